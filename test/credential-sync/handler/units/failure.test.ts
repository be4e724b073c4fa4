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
  expect(quote('the API server', ['API'])).toBe('the API server');
});

test('a quote has no token for EKS and no signature of a URL in it, of whomever it is', () => {
  expect(quote('token k8s-aws-v1.aHR0cHM6Ly9zdHM_-x, sent', [])).toBe('token [redacted], sent');
  expect(quote('https://sts/?X-Amz-Date=1&X-Amz-Security-Token=a%2Fb&X-Amz-Signature=0f "x"', [])).toBe('https://sts/?X-Amz-Date=1&[redacted]&[redacted] "x"');
  expect(quote('x-amz-signature%3D0f%26', [])).toBe('[redacted]');
});

test('a quote tells what comes after a long secret', () => {
  expect(quote(`${'s'.repeat(1_000)} is too long`, ['s'.repeat(1_000)])).toBe('[redacted] is too long');
});
