import { Response } from '../credential-sync/handler/https-server';
import { FUNCTION_ARN, restError } from './aws-apis';
import { report, useProgram } from './setup';

jest.setTimeout(120_000);

const program = useProgram();
const run = (command: string, ...words: string[]) => program().run([command, '--stack', 'data', ...words]);

const renewal = (changes: Record<string, unknown> = {}) => ({
  agentId: 'aws-prod',
  namespace: 'collate',
  pullSecret: { name: 'omd-registry-credentials', expiresAt: new Date(Date.now() + 12 * 3_600_000).toISOString() },
  tokenSecret: { name: 'hybrid-runner-token', changed: false, restarted: false },
  ...changes,
});

describe('an answer of another shape is told in one sentence, with 3', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'hello'],
    ['a list', []],
    ['a report', report()],
    ['no token', renewal({ tokenSecret: undefined })],
    ['a pull secret without its end', renewal({ pullSecret: { name: 'x' } })],
    ['an end that is no time', renewal({ pullSecret: { name: 'x', expiresAt: 'soon' } })],
    ['connectors that are no list', renewal({ connectorSecrets: { name: 'x' } })],
    ['a connector without a name', renewal({ connectorSecrets: [null] })],
  ])('to renew: %s', async (_, result) => {
    program().apis.invoke = async () => ({ result });
    const sentence = `function ${FUNCTION_ARN} does not answer with a renewal that this version understands: deploy the stack again with it\n`;
    expect(await run('renew')).toEqual({ code: 3, stdout: '', stderr: sentence });
    const { stdout, ...rest } = await run('renew', '--json');
    expect(rest).toEqual({ code: 3, stderr: sentence });
    expect(JSON.parse(stdout)).toEqual({ error: sentence.trim() });
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'hello'],
    ['a renewal', renewal()],
    ['no time', { ...report(), checkedAt: undefined }],
    ['a time that is no text', { ...report(), checkedAt: 2030 }],
    ['a time in a list', { ...report(), checkedAt: ['2030-05-04T10:12:31.000Z'] }],
    ['a text that is no time', { ...report(), checkedAt: 'soon' }],
    ['no agent', { ...report(), agentId: 7 }],
    ['no verdict', { ...report(), healthy: 'yes' }],
    ['a check that is none', { ...report(), checks: [null] }],
    ['a check of an unknown state', { ...report(), checks: [{ name: 'a', state: 'skipped', seen: 'b' }] }],
    ['a check that saw nothing', { ...report(), checks: [{ name: 'a', state: 'failed', seen: null }] }],
    ['a remedy that is no text', { ...report(), checks: [{ name: 'a', state: 'failed', seen: 'b', remedy: {} }] }],
  ])('to status: %s', async (_, result) => {
    program().apis.invoke = async () => ({ result });
    expect(await run('status')).toEqual({ code: 3, stdout: '', stderr: `function ${FUNCTION_ARN} does not answer with a report that this version understands: deploy the stack again with it\n` });
  });
});

test('a token may end in a year of more than four digits, as where its end was put in as milliseconds', async () => {
  const result = renewal();
  program().apis.invoke = async () => ({ result: { ...result, tokenSecret: { ...result.tokenSecret, expiresAt: '+062178-08-08T17:46:40.000Z' } } });
  expect((await run('renew')).stdout).toMatch(/ {2}hybrid-runner-token {7}unchanged, good until \+062178-08-08 17:46 UTC, \d+ days from now$/m);
});

test('what later versions add does no harm', async () => {
  program().apis.invoke = async () => ({ result: renewal({ news: 1, connectorSecrets: [{ name: 'db', changed: true, news: 1 }] }) });
  expect(await run('renew')).toMatchObject({ code: 0, stderr: '' });
  program().apis.invoke = async () => ({ result: { ...report(), news: 1 } });
  expect(await run('status')).toMatchObject({ code: 0, stderr: '' });
});

describe('trouble is told in one sentence', () => {
  test.each([
    '2030-05-04T10:12:31.000Z 6f0e-1 Task timed out after 300.00 seconds',
    'RequestId: 6f0e-1 Error: Task timed out after 300.00 seconds',
  ])('a function that ran out of time: %s', async (message) => {
    program().apis.invoke = async () => ({ error: { name: 'Sandbox.Timedout', message } });
    expect(await run('status')).toEqual({ code: 3, stdout: '', stderr: 'function sync-AbC could not report: Task timed out after 300.00 seconds: its log says where it hangs\n' });
    expect(await run('renew')).toEqual({ code: 1, stdout: '', stderr: 'function sync-AbC could not renew everything: Task timed out after 300.00 seconds: its log says where it hangs\n' });
  });

  test('a profile that asks for a code', async () => {
    const AWS_CONFIG_FILE = program().write('config', '[profile work]\nrole_arn = arn:aws:iam::111122223333:role/work\nsource_profile = ann\nmfa_serial = arn:aws:iam::111122223333:mfa/ann\n[profile ann]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = not-a-key\n');
    expect(await program().run(['status', '--stack', 'data', '--profile', 'work'], { AWS_CONFIG_FILE, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }))
      .toEqual({ code: 3, stdout: '', stderr: 'the AWS profile asks for a multi-factor code, which this program does not: put its credentials into the environment by aws configure export-credentials --format env, and leave out --profile\n' });
  });

  test('a region that is none', async () => {
    expect(await program().run(['status', '--stack', 'data', '--region', 'not a region!'], { AWS_ENDPOINT_URL: undefined }))
      .toEqual({ code: 3, stdout: '', stderr: 'the AWS region name is not valid: correct it with --region or AWS_REGION\n' });
  });

  test.each<[string, Response, string, string?]>([
    ['a proxy that answers in place of AWS', { status: 502, headers: { 'content-type': 'text/html' }, text: '<html>Bad gateway</html>' }, 'the response did not come from AWS: check the network, the proxy and AWS_ENDPOINT_URL'],
    ['one that does so to CloudFormation', { status: 502, headers: { 'content-type': 'text/html' }, text: '<html><body>Bad gateway</body></html>' }, 'the response did not come from AWS: check the network, the proxy and AWS_ENDPOINT_URL', 'cloudformation'],
    ['a page in place of AWS', { status: 200, headers: { 'content-type': 'text/html' }, text: '<html>Sign in</html>' }, 'the response did not come from AWS: check the network, the proxy and AWS_ENDPOINT_URL'],
    ...['ReservedFunctionConcurrentInvocationLimitExceeded', 'ReservedFunctionInvocationRateLimitExceeded'].map((Reason): [string, Response, string, string] => [
      `a function that ${Reason} throttles`, restError(429, 'TooManyRequestsException', 'Rate Exceeded.', { Reason }),
      'function sync-AbC is throttled by its own limit, reservedConcurrentExecutions: try again in a minute, and if it stays, raise the limit or take it away, because at 0 the function never runs', 'lambda',
    ]),
    ['an account that is throttled', restError(429, 'TooManyRequestsException', 'Rate Exceeded.', { Reason: 'ConcurrentInvocationLimitExceeded' }), 'AWS is throttling this account\'s requests: try again in a minute', 'lambda'],
    ['a function that is being deployed', restError(409, 'ResourceConflictException', 'The function is currently in the following state: Pending'), 'AWS answered with ResourceConflictException: The function is currently in the following state: Pending'],
  ])('%s', async (_, answer, sentence, service = 'scheduler') => {
    program().apis.refusals[service] = answer;
    expect(await run('status')).toEqual({ code: 3, stdout: '', stderr: `${sentence}\n` });
  });
});

describe('with --json a program reads JSON also of what failed', () => {
  test.each([
    ['renew', 'a renewal', 1, 'function sync-AbC could not renew everything: a\u0007 "b"'],
    ['status', 'a report', 3, 'function sync-AbC could not report: a\u0007 "b"'],
  ])('%s: %s', async (command, _, exitCode, error) => {
    program().apis.invoke = async () => ({ error: { name: 'SyncFailure', message: 'a\u0007 "b"' } });
    const { code, stdout, stderr } = await run(command, '--json');
    expect([code, JSON.parse(stdout)]).toEqual([exitCode, { error }]);
    expect(stderr).toBe(`${error.replace('\u0007', '\\u{7}')}\n`);
  });

  test('the way to AWS', async () => {
    const { code, stdout } = await program().run(['status', '--stack', 'nowhere', '--json']);
    expect([code, JSON.parse(stdout)]).toEqual([3, { error: 'stack nowhere does not exist in this account and region: check its name, --region and --profile' }]);
  });

  test('a report that did not come in time', async () => {
    program().apis.invoke = () => new Promise(() => undefined);
    expect(JSON.parse((await run('status', '--json', '--watch', '--timeout', '0.02')).stdout)).toEqual({ error: 'timed out: nothing answered' });
  });
});

describe('whoever reads', () => {
  test('may stop reading, and the exit code is that of the report', async () => {
    for (const [healthy, code] of [[true, 0], [false, 1]] as const) {
      program().apis.invoke = async () => ({ result: report({ healthy }) });
      const child = program().start(['status', '--stack', 'data']);
      child.stdout.destroy();
      let stderr = '';
      child.stderr.on('data', (text) => { stderr += text; });
      expect(await new Promise((resolve) => child.on('close', resolve))).toBe(code);
      expect(stderr).toBe('');
    }
  });

  test('may interrupt the waiting, which ends at once', async () => {
    program().apis.invoke = async () => ({ result: report({ connected: false }) });
    const child = program().start(['status', '--stack', 'data', '--watch', '--timeout', '0.4']);
    child.stderr.once('data', () => child.kill('SIGINT'));
    const start = Date.now();
    expect(await new Promise((resolve) => child.on('exit', (...[, signal]) => resolve(signal)))).toBe('SIGINT');
    expect(Date.now() - start).toBeLessThan(12_000);
  });
});
