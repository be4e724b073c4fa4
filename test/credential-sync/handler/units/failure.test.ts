import { StageFailure, SyncFailure, errorName, errorText, quote } from '../../../../lib/credential-sync/handler/failure';

test('a failure tells its stage, what happened and what to do', () => {
  const failure = new StageFailure('ecr', 'keys', 'the keys were rejected', 'ask for new ones');
  expect(String(failure)).toBe('ecr: the keys were rejected: ask for new ones');
  expect(failure.name).toBe('StageFailure');
});

test('a sync tells each of its failures once', () => {
  const failures = ['a', 'b', 'a'].map((message) => new StageFailure('kubernetes', 'x', message, 'do'));
  const failure = new SyncFailure('it\'s "me"', 'collate', failures);
  expect(failure.message).toBe('sync of runner "it\'s \\"me\\"" in namespace collate failed at kubernetes: a: do; kubernetes: b: do');
  expect(failure).toMatchObject({ name: 'SyncFailure', failures });
});

test('errors are told by name and text, other things by kind', () => {
  expect([errorName(new TypeError('x')), errorName('x'), errorName(undefined)]).toEqual(['TypeError', 'string', 'undefined']);
  expect([errorText(new TypeError('x')), errorText('y'), errorText(1)]).toEqual(['x', 'y', '1']);
});

test('a quote is one line of at most 300 characters, without any secret', () => {
  expect(quote('  a\n\t b  ', [])).toBe('a b');
  expect(quote('x'.repeat(400), [])).toBe('x'.repeat(300));
  expect(quote('one secret and one more secret', ['secret', 'one'])).toBe('one [redacted] and one more [redacted]');
  expect(quote('four', ['four'])).toBe('[redacted]');
});
