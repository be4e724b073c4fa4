import { queryError, restError } from './aws-apis';
import { FIRST_SYNC, report, useProgram } from './setup';

jest.setTimeout(120_000);

const program = useProgram();
const watch = (words: string[], onProgress?: (text: string) => void) => program().run(['status', '--stack', 'data', '--watch', ...words], {}, onProgress);
/** Without their times. */
const linesOf = (text: string) => text.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''));

const DISCONNECTED = report({
  healthy: false,
  connected: false,
  checks: [{ name: 'runner-connected', state: 'failed', seen: 'not connected: the metric is 0', remedy: 'wait' }],
});
const EXPIRED = { name: 'token-secret', state: 'failed', seen: 'expired 1 h ago', remedy: 'make a new one' } as const;

test('what may pass is waited for, and told of once', async () => {
  const { apis } = program();
  const [renewal, reporting] = apis.schedules;
  Object.assign(apis, { schedules: [], stackStates: { data: 'CREATE_IN_PROGRESS' } });
  apis.stacks.data = [FIRST_SYNC];
  const changes: [RegExp, () => void][] = [
    // After the program has looked once more.
    [/still being deployed/, () => void setTimeout(() => {
      apis.schedules.push(renewal, reporting);
      apis.stacks.data.push({ type: 'AWS::Scheduler::Schedule', id: 'Renewal' });
      apis.refusals.lambda = restError(429, 'TooManyRequestsException', 'Rate Exceeded.');
    }, 7_500)],
    [/throttling/, () => {
      delete apis.refusals.lambda;
      apis.invoke = async () => ({ error: { name: 'Sandbox.Timedout', message: '2030-05-04T10:12:31.000Z 6f0e Task timed out after 300.00 seconds' } });
    }],
    [/timed out/, () => { apis.invoke = async () => ({ result: report() }); }],
  ];
  const { code, stdout, stderr } = await watch(['--timeout', '2'], (text) => changes.find(([told]) => told.test(text))?.[1]());
  expect(linesOf(stderr)).toEqual([
    'stack data is still being deployed (CREATE_IN_PROGRESS): wait until it is, or use status --watch (trying again)',
    'AWS is throttling this account\'s requests: try again in a minute (trying again)',
    'function sync-AbC could not report: Task timed out after 300.00 seconds: its log says where it hangs (trying again)',
    'Active',
    '',
  ]);
  expect(stdout).toContain('All 2 checks passed.');
  expect(code).toBe(0);
});

test('ends at Active, with 1 if another check does not pass', async () => {
  program().apis.invoke = async () => ({ result: report({ healthy: false, checks: [...report().checks, EXPIRED] }) });
  const { code, stdout, stderr } = await watch(['--timeout', '2']);
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual(['Active; token-secret: expired 1 h ago', '']);
  expect(stdout).toContain('Of 4 checks, 1 failed. The runner is connected to Collate.');
});

test.each([
  ['denied access', () => { program().apis.refusals.lambda = restError(403, 'AccessDeniedException', 'no'); }, 'access denied: no'],
  ['expired credentials', () => { program().apis.refusals.cloudformation = queryError(403, 'ExpiredToken', 'expired'); }, 'the AWS credentials have expired: sign in again'],
  ['a stack that could not be made', () => { Object.assign(program().apis, { schedules: [], stackStates: { data: 'ROLLBACK_COMPLETE' } }); }, 'stack data has no runner, and its last deployment failed (ROLLBACK_COMPLETE): its events in CloudFormation say why'],
])('does not wait for %s', async (_, make, sentence) => {
  make();
  expect(await watch(['--timeout', '1'])).toMatchObject({ stdout: '', stderr: `${sentence}\n` });
});

describe('at the time limit', () => {
  const limited = () => watch(['--timeout', '0.05']);

  test.each([[500, 'ServiceException'], [409, 'ResourceConflictException']])('the last trouble of status %s is told, with its exit code', async (status, name) => {
    program().apis.refusals.lambda = restError(status, name, 'Try later.');
    const { code, stderr } = await limited();
    expect(code).toBe(3);
    expect(linesOf(stderr)).toEqual([`AWS answered with ${name}: Try later (trying again)`, `timed out: AWS answered with ${name}: Try later`, '']);
  });

  test('a call that hangs is broken off', async () => {
    program().apis.invoke = () => new Promise(() => undefined);
    const start = Date.now();
    expect(await limited()).toEqual({ code: 3, stdout: '', stderr: 'timed out: nothing answered\n' });
    expect(Date.now() - start).toBeLessThan(15_000);
  });

  test('a program that gives credentials is not waited for', async () => {
    const AWS_CONFIG_FILE = program().write('config', '[profile slow]\ncredential_process = sleep 30\n');
    const start = Date.now();
    expect(await program().run(['status', '--stack', 'data', '--watch', '--timeout', '0.05', '--profile', 'slow'], { AWS_CONFIG_FILE, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }))
      .toEqual({ code: 3, stdout: '', stderr: 'timed out: nothing answered\n' });
    expect(Date.now() - start).toBeLessThan(15_000);
  });

  test('the last report is printed, with 1', async () => {
    program().apis.invoke = async () => ({ result: DISCONNECTED });
    const { code, stdout, stderr } = await limited();
    expect(code).toBe(1);
    expect(linesOf(stderr)).toEqual(['not Active; runner-connected: not connected', 'timed out; the last report follows', '']);
    expect(stdout).toContain('Of 3 checks, 1 failed. The runner is not connected to Collate.');
  });
});

test('the progress of many checks stays short', async () => {
  const checks = [...DISCONNECTED.checks, ...Array.from({ length: 50 }, (_, index) => ({ ...EXPIRED, name: `connector-secret/${index}` }))];
  program().apis.invoke = async () => ({ result: { ...DISCONNECTED, checks } });
  const { stderr } = await watch(['--timeout', '0.01']);
  expect(linesOf(stderr)).toEqual(['not Active; runner-connected: not connected; connector-secret/0: expired 1 h ago; connector-secret/1: expired 1 h ago; connector-secret/2: expired 1 h ago; and 47 more', 'timed out; the last report follows', '']);
});
