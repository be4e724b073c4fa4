import { span } from '../../../../lib/credential-sync/handler/finding';

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

test.each([
  [0, '0 s'], [-HOUR, '0 s'], [SECOND - 1, '0 s'], [SECOND, '1 s'], [MINUTE - 1, '59 s'],
  [MINUTE, '1 min'], [MINUTE + SECOND - 1, '1 min'], [MINUTE + SECOND, '1 min 1 s'], [HOUR - 1, '59 min 59 s'],
  [HOUR, '1 h'], [HOUR + MINUTE - 1, '1 h'], [HOUR + MINUTE, '1 h 1 min'], [DAY - 1, '23 h 59 min'],
  [DAY, '1 d'], [DAY + HOUR - 1, '1 d'], [DAY + HOUR, '1 d 1 h'], [400 * DAY, '400 d'],
])('%d milliseconds are told in their two largest units: %s', (milliseconds, text) => {
  expect(span(milliseconds)).toBe(text);
});
