import { StageFailure, SyncFailure, errorName, errorText, lacking, quote } from '../../../../lib/credential-sync/handler/failure';

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

test('a quote has no secret that JSON writes down otherwise', () => {
  const secret = 'ab"cd\\ef"gh';
  expect(quote(JSON.stringify({ password: secret }), [secret])).toBe('{"password":"[redacted]"}');
});

test('a quote has no token for EKS and no signature of a URL in it, of whomever it is', () => {
  expect(quote('token k8s-aws-v1.aHR0cHM6Ly9zdHM_-x, sent', [])).toBe('token [redacted], sent');
  expect(quote('https://sts/?X-Amz-Date=1&X-Amz-Security-Token=a%2Fb&X-Amz-Signature=0f "x"', [])).toBe('https://sts/?X-Amz-Date=1&[redacted]&[redacted] "x"');
  expect(quote('x-amz-signature%3D0f%26', [])).toBe('[redacted]');
});

describe('a quote of what may hold values that nobody knows any more', () => {
  const strict = (text: string, secrets: string[] = []) => quote(text, secrets, { encoded: true });
  const base64 = (size: number) => Buffer.alloc(size, 'Zm9v+/').toString('base64');

  test.each([
    ['base64 of 40 characters', `value "${'aB3/'.repeat(10)}", sent`, 'value "[redacted]", sent'],
    ['one less', 'aB3/'.repeat(10).slice(1), 'aB3/'.repeat(10).slice(1)],
    ['the alphabet for URLs', `x ${'aB_-'.repeat(10)} y`, 'x [redacted] y'],
    ['its padding', `${base64(40)} y`, '[redacted] y'],
    ['a key in front', `password=${'aB3+'.repeat(10)}`, 'password=[redacted]'],
    ['a JSON Web Token', `token ${['eyJhbGciOiJSUzI1NiJ9', 'eyJzdWIiOiJhIn0', 'aB_-'.repeat(20)].join('.')} was`, 'token [redacted] was'],
    ['hexadecimals', `x ${'0a1b'.repeat(10)} y`, 'x [redacted] y'],
    ['a word that is too long for a name', `x ${'a'.repeat(21)}-${'b'.repeat(20)} y`, 'x [redacted] y'],
    ['lines', `${'aB3/'.repeat(19)}\n${'aB3/'.repeat(9)}`, `[redacted] ${'aB3/'.repeat(9)}`],
  ])('has none of it: %s', (_, text, told) => {
    expect(strict(text)).toBe(told);
  });

  test.each([
    'ReplicaSet "argo-workflows-workflow-controller-5d7f8b9c6d" has timed out progressing.',
    'pods "hybrid-ingestion-runner-5d7f8b9c6d-abcde-0123456789" is forbidden: exceeded quota',
    'Post "https://opentelemetry-operator-webhook-service.opentelemetry-operator-system.svc:443/mutate?timeout=10s": refused',
    '/apis/apps/v1/namespaces/collate/deployments/hybrid-ingestion-runner',
    `object.spec.template.spec.securityContext.runAsNonRoot ${'a'.repeat(20)}-${'b'.repeat(20)}`,
  ])('leaves names: %s', (text) => {
    expect(strict(text)).toBe(text);
  });

  test('has none of a known value beside it, however short', () => {
    const value = `${'aB3/'.repeat(10)}!xyz`;
    expect(strict(`value ${value}, sent`, [value])).toBe('value [redacted], sent');
  });

  test('has nothing of one at the end of what is looked at', () => {
    expect(strict(`${'aB3/'.repeat(490)} ${'cD4/'.repeat(30)}`)).toBe('[redacted] [redacted]');
  });
});

test('a quote tells what comes after a long secret', () => {
  expect(quote(`${'s'.repeat(1_000)} is too long`, ['s'.repeat(1_000)])).toBe('[redacted] is too long');
});

test('a right that is lacking is told by the Role that should give it', () => {
  expect(lacking('collate')).toBe('either namespace collate does not exist, or the Role collate-credential-sync in it lacks the right: deploy the stack with another value of reapply; or the function\'s access entry, or its line in aws-auth, lacks its group');
  expect(lacking('argo', { role: 'other', right: 'the verb get' })).toContain('the Role other in it lacks the verb get: ');
});
