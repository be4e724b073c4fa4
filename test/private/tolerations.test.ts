import { Duration, Lazy } from 'aws-cdk-lib';
import { Toleration } from '../../lib';
import { tolerationValues } from '../../lib/private/tolerations';

const TOKEN = Lazy.string({ produce: () => 'Exists' });
const minute = Duration.minutes(1);

const keyless = 'key must be given with the operator Equal: name the taint\'s key, or tolerate every taint with the operator Exists';
const lasting = 'duration must not be given without the effect NoExecute, which alone makes a pod leave: set that effect, or leave the duration out';

test.each<[Toleration, string]>([
  [{ key: 'a', operator: 'Equals' }, 'operator must be one of Equal, Exists, got "Equals": leave it out for Equal'],
  [{ key: 'a', effect: 'noExecute' }, 'effect must be one of NoSchedule, PreferNoSchedule, NoExecute, got "noExecute": leave it out for all effects'],
  [{}, keyless],
  [{ key: '', operator: 'Equal' }, keyless],
  [{ key: 'a', operator: 'Exists', value: 'b' }, 'value must not be given with the operator Exists, got "b": leave one of them out'],
  [{ key: 'a', duration: minute }, lasting],
  [{ key: 'a', duration: minute, effect: 'NoSchedule' }, lasting],
])('%j is refused by its place in the list', (toleration, message) => {
  expect(() => tolerationValues([{ operator: 'Exists' }, toleration])).toThrow(new Error(`tolerations[1].${message}`));
});

test.each<Toleration>([
  { operator: 'Exists' },
  { key: 'a' },
  { key: 'a', operator: '', value: 'b', effect: '' },
  { key: 'a', operator: 'Equal', value: 'b', effect: 'PreferNoSchedule' },
  { key: 'a', operator: 'Exists', value: '', effect: 'NoSchedule' },
  { operator: TOKEN },
  { operator: TOKEN, value: 'b' },
])('%j is passed on', (toleration) => {
  expect(tolerationValues([toleration])).toEqual([toleration]);
});

test.each(['NoExecute', TOKEN])('with the effect %j a duration is passed on in seconds', (effect) => {
  expect(tolerationValues([{ key: 'a', effect, duration: minute }])).toEqual([{ key: 'a', effect, tolerationSeconds: 60 }]);
});
