import { look } from '../../../../lib/credential-sync/handler/look';
import { STATUS_PATIENCE } from '../../../../lib/credential-sync/handler/patience';
import { Api, ApiAnswer, failureOf, refusal } from './api';

jest.mock('../../../../lib/credential-sync/handler/api-server', () => ({ ...jest.requireActual('../../../../lib/credential-sync/handler/api-server'), send: jest.fn() }));

describe('an object', () => {
  const find = (answer: ApiAnswer) => look(new Api([answer], STATUS_PATIENCE).kubernetes, 'Secret collate/a', { method: 'GET', path: '/a' }, 'ask for the right');

  test('that is there is given, and one that is not is nothing', async () => {
    expect(await find({ body: { a: 1 } })).toMatchObject({ status: 200, body: { a: 1 } });
    expect(await find(refusal(404, 'not found'))).toBeUndefined();
  });

  const policy = 'let the policy admit requests that are not carried out (dry run); a webhook must declare sideEffects None or NoneOnDryRun for them';
  test.each<[string, ApiAnswer, string, string]>([
    ['for want of a right', refusal(403, 'forbidden'), 'unauthorized', 'Secret collate/a may not be looked at: ask for the right'],
    ['for a policy', refusal(403, 'admission webhook "x" denied it'), 'policy', `a policy of the cluster refused to let Secret collate/a be looked at: admission webhook "x" denied it: ${policy}`],
    ['for a webhook that takes no dry run', refusal(400, 'admission webhook "x" does not support dry run'), 'policy', `a policy of the cluster refused to let Secret collate/a be looked at: admission webhook "x" does not support dry run: ${policy}`],
    ['of an ill server', refusal(500, 'etcd'), 'unavailable', 'the API server answered 500: etcd: the next run tries again'],
    ['of no server', 'ENOTFOUND', 'unreachable', 'the API server did not answer (ENOTFOUND): the cluster is gone, or was made again and has another endpoint: import it with that'],
  ])('that cannot be seen %s says so', async (_, answer, reason, text) => {
    expect(await failureOf(find(answer))).toEqual([reason, text]);
  });

  test('that a fault of the function hides is named', async () => {
    const { kubernetes } = new Api([{}]);
    const broken = { ...kubernetes, token: () => Promise.reject(new TypeError('hunter2')) };
    expect(await failureOf(look(broken, 'Secret collate/a', { method: 'GET', path: '/a' }, ''))).toEqual(['internal', 'Secret collate/a could not be looked at: unexpected TypeError: this is a fault of the function: report it']);
  });
});
