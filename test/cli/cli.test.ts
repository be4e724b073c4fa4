import * as fs from 'fs';
import * as path from 'path';
import { SyncRequest } from '../../lib/credential-sync/contract';
import { awsError } from '../credential-sync/handler/aws';
import { kubernetesError } from '../credential-sync/handler/kubernetes';
import { KEYS_ARN, TOKEN_ARN, makeToken, useWorld } from '../credential-sync/handler/world';
import { DEPLOYMENT_URL, deployment } from '../credential-sync/handler/workload';
import { AwsApis, FUNCTION_ARN, Schedule, queryError, restError } from './aws-apis';
import { Ended, Program } from './program';

jest.setTimeout(120_000);

/** The shipped program, which invokes the shipped function, which asks stand-ins for AWS and Kubernetes. */
const world = useWorld();
let program: Program;
/** What the function's process is invoked with beside the event. */
let invocation: Parameters<ReturnType<typeof world>['invoke']>[0];

beforeAll(async () => { program = await Program.start(); });
afterAll(() => program.stop());
beforeEach(() => {
  invocation = {};
  program.apis = new AwsApis();
  program.apis.schedules = [schedule('Renewal', world().requestWithWorkload()), schedule('Status', world().requestWithWorkload({ action: 'status' }), { ScheduleExpression: 'rate(5 minutes)' })];
  program.apis.stacks = { data: [{ type: 'AWS::IAM::Role', id: 'role' }, { type: 'AWS::Scheduler::Schedule', id: 'Renewal' }, { type: 'AWS::Scheduler::Schedule', id: 'Status' }] };
  program.apis.invoke = async (event) => {
    const { result, error } = await world().invoke({ event, ...invocation });
    return error ? { error } : { result };
  };
});

function schedule(Name: string, request: SyncRequest, changes: Partial<Schedule> = {}): Schedule {
  return { Name, State: 'ENABLED', ScheduleExpression: 'rate(2 hours)', Target: { Arn: FUNCTION_ARN, Input: JSON.stringify(request) }, ...changes };
}

async function status(...words: string[]): Promise<Ended> {
  const ended = await program.run(['status', '--stack', 'data', ...words], { COLUMNS: '100' });
  world().expectNoSecret(ended.stdout + ended.stderr);
  return ended;
}

describe('status', () => {
  test('prints a table that people can read, and ends with 0 where all is well', async () => {
    await world().invoke();
    const { code, stdout, stderr } = await status();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, 'DATE').replace(/written \d+ s ago/g, 'written 1 s ago')).toBe([
      'Runner aws-prod in namespace collate, DATE UTC',
      '',
      '  ok  runner-ready       1 of 1 pods ready',
      '  ok  runner-connected   connected, shown as Active in Collate',
      '  ok  pull-secret        written 1 s ago, expires in 11 h 59 min',
      '  ok  token-secret       written 1 s ago, names no expiry',
      '  ok  service-account    exists, and may read the Secrets of the namespace',
      '  ok  argo-controller    1 of 1 pods ready',
      '  ok  argo-server        1 of 1 pods ready',
      '  ok  argo-definitions   all 8 are established',
      '  ok  renewal-scheduled  rate(2 hours), enabled',
      '  ok  report-scheduled   rate(5 minutes), enabled',
      '',
      'All 10 checks passed. The runner is connected: Collate shows it as Active.',
      '',
    ].join('\n'));
  });

  const bad: Record<string, { make: () => void | Promise<unknown>; lines: RegExp[]; conclusion?: string }> = {
    'no Secret': {
      make: () => { world().kubernetes.secrets = {}; },
      lines: [/^ {2}FAILED {2}pull-secret {8}does not exist\n {2}FAILED {2}token-secret {7}does not exist\n {29}→ renew now; if that fails, its message says why$/m],
      conclusion: 'Of 10 checks, 2 failed. The runner is connected to Collate.',
    },
    'an expired pull secret': {
      make: () => { invocation = { clockOffset: 13 * 3_600_000 }; world().kubernetes.now = () => Date.now() + 13 * 3_600_000; },
      lines: [/FAILED {2}pull-secret {8}written 13 h ago, expired 1 h ago$/m],
    },
    'an expired token': {
      make: async () => {
        world().aws.secrets[TOKEN_ARN] = { SecretString: makeToken({ exp: Math.floor(Date.now() / 1000) + 60 }) };
        await world().invoke();
        invocation = { clockOffset: 3_600_000 };
        world().kubernetes.now = () => Date.now() + 3_600_000;
      },
      lines: [/FAILED {2}token-secret {7}written 1 h ago, expired 59 min( \d+ s)? ago\n +→ make a new token for the runner in Collate/],
    },
    'a Deployment that is not ready': {
      make: () => { world().kubernetes.workload[DEPLOYMENT_URL] = deployment(0); },
      lines: [/FAILED {2}runner-ready {7}0 of 1 pods ready\n +→ if pull-secret did not pass, fix it first/],
    },
    'a metric of 0': {
      make: () => { world().kubernetes.metrics = 'collate_hybrid_agent_connected 0\n'; },
      lines: [/FAILED {2}runner-connected {3}not connected: collate_hybrid_agent_connected is 0\n +→ check that the nodes reach serverHost on/],
      conclusion: 'Of 10 checks, 1 failed. The runner is not connected to Collate.',
    },
    'a metric that is missing': {
      make: () => { world().kubernetes.metrics = 'up 1\n'; },
      lines: [/unknown {2}runner-connected {3}the runner's metrics do not have collate_hybrid_agent_connected\n +→ look in Collate under/],
    },
    'no rights': {
      make: () => { world().kubernetes.forbidden = /./; },
      lines: [/unknown {2}runner-ready {7}Deployment collate\/hybrid-ingestion-runner may not be looked at\n +→ either namespace collate does not exist,/, /unknown {2}runner-connected {3}the runner's metrics may not be read/],
      conclusion: 'Of 10 checks, 8 are unknown. Whether the runner is connected to Collate is not known.',
    },
    'a cluster that does not know the function': {
      make: () => { world().kubernetes.faults = [kubernetesError(401, 'Unauthorized')]; },
      lines: [/unknown {2}runner-ready {7}the cluster does not know the function\n {2}unknown {2}runner-connected/, /argo-definitions {3}the cluster does not know the function\n +→ check that its access entry/],
    },
    'no cluster': {
      make: () => {
        world().aws.faults.eks = [awsError('ResourceNotFoundException', 'No cluster found for name: data.')];
        invocation = { environment: { CLUSTER_ENDPOINT: null, CLUSTER_CERTIFICATE_AUTHORITY: null } };
      },
      lines: [/unknown {2}runner-ready {7}cluster data does not exist\n/, /argo-definitions .*\n +→ it is gone, or its name/],
    },
    'a schedule that was switched off': {
      make: () => { program.apis.schedules[0] = schedule('Renewal', world().requestWithWorkload(), { State: 'DISABLED' }); },
      lines: [/FAILED {2}renewal-scheduled {2}rate\(2 hours\), disabled\n +→ enable schedule Renewal in EventBridge Scheduler/],
    },
  };

  test.each(Object.keys(bad))('tells of %s, and ends with 1', async (name) => {
    await world().invoke();
    await bad[name].make();
    const { code, stdout, stderr } = await status();
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    bad[name].lines.forEach((line) => expect(stdout).toMatch(line));
    expect(stdout).toContain(bad[name].conclusion ?? 'Of 10 checks, ');
    // Readable on a terminal of usual width.
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  test('prints JSON for programs', async () => {
    await world().invoke();
    const { code, stdout } = await status('--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ agentId: 'aws-prod', namespace: 'collate', healthy: true, connected: true });
    expect(report.checks.slice(-2)).toEqual([
      { name: 'renewal-scheduled', state: 'passed', seen: 'rate(2 hours), enabled' },
      { name: 'report-scheduled', state: 'passed', seen: 'rate(5 minutes), enabled' },
    ]);
    world().kubernetes.metrics = '';
    const unwell = await status('--json');
    expect([unwell.code, JSON.parse(unwell.stdout).healthy]).toEqual([1, false]);
  });

  test('finds the runner by the function as well, by name and by ARN', async () => {
    await world().invoke();
    for (const name of ['sync-AbC', FUNCTION_ARN]) {
      const { code, stdout } = await program.run(['status', '--function', name]);
      expect([code, stdout.split('\n')[0]]).toEqual([0, expect.stringMatching(/^Runner aws-prod in namespace collate/)]);
    }
  });

  test('finds the runner in a nested stack, whatever stands around it', async () => {
    await world().invoke();
    program.apis.stacks.outer = [...Array.from({ length: 5 }, (_, index) => ({ type: 'AWS::S3::Bucket', id: `bucket-${index}` })), { type: 'AWS::CloudFormation::Stack', id: 'data' }];
    program.apis.schedules.push(schedule('Other', world().request(), { Target: { Arn: 'arn:aws:sqs:eu-central-1:111122223333:queue', Input: 'text' } }));
    program.apis.stacks.data.push({ type: 'AWS::Scheduler::Schedule', id: 'Other' }, { type: 'AWS::Scheduler::Schedule', id: 'Gone' });
    expect((await program.run(['status', '--stack', 'outer'])).code).toBe(0);
  });

  test('takes credentials and region from a profile, also those that a program gives', async () => {
    await world().invoke();
    const keys = JSON.stringify({ Version: 1, AccessKeyId: 'AKIAIOSFODNN7EXAMPLE', SecretAccessKey: 'not-a-key' });
    const config = program.write('config', `[profile work]\nregion = eu-central-1\ncredential_process = sh -c 'echo ${JSON.stringify(keys)}'\n`);
    const nothing = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_REGION: undefined, AWS_CONFIG_FILE: config };
    expect(await program.run(['status', '--stack', 'data', '--profile', 'work'], nothing)).toMatchObject({ code: 0, stderr: '' });
    expect((await program.run(['status', '--stack', 'data'], nothing)).stderr).toBe('no AWS region is set: name it with --region, or set AWS_REGION\n');
  });

  test('chooses among several runners', async () => {
    await world().invoke();
    program.apis.schedules.push(schedule('Second', world().requestWithWorkload({ agentId: 'finance' })));
    program.apis.stacks.data.push({ type: 'AWS::Scheduler::Schedule', id: 'Second' });
    const undecided = await status();
    expect(undecided).toEqual({ code: 2, stdout: '', stderr: 'stack data has 2 runners: choose one with --agent=aws-prod or --agent=finance\n' });
    expect((await status('--agent', 'finance')).stdout).toMatch(/^Runner finance in namespace collate/);
    expect(await status('--agent', 'Finance')).toEqual({ code: 3, stdout: '', stderr: 'stack data has no runner Finance, only --agent=aws-prod or --agent=finance\n' });
  });
});

describe('status --watch', () => {
  test('waits until the runner is Active, telling what is missing, and then prints the table', async () => {
    await world().invoke();
    const { kubernetes } = world();
    kubernetes.metrics = kubernetesError(503, 'no endpoints available for service "x"');
    kubernetes.workload[DEPLOYMENT_URL] = deployment(0);
    const running = status('--watch', '--timeout', '2');
    setTimeout(() => Object.assign(kubernetes, { metrics: 'collate_hybrid_agent_connected 1\n', workload: { ...kubernetes.workload, [DEPLOYMENT_URL]: deployment(1) } }), 6_000);
    const { code, stdout, stderr } = await running;
    expect(code).toBe(0);
    expect(stderr.split('\n').map((line) => line.slice(8))).toEqual([
      '  not Active; runner-ready: 0 of 1 pods ready; runner-connected: no pod of the runner is ready', '  Active', '',
    ]);
    expect(stdout).toContain('All 10 checks passed.');
  });

  test('ends at its time limit with 1, and JSON stays JSON', async () => {
    await world().invoke();
    world().kubernetes.metrics = 'collate_hybrid_agent_connected 0\n';
    const start = Date.now();
    const { code, stdout, stderr } = await status('--watch', '--timeout', '0.05', '--json');
    expect(code).toBe(1);
    expect(Date.now() - start).toBeLessThan(20_000);
    expect(JSON.parse(stdout).connected).toBe(false);
    expect(stderr).toMatch(/^\d\d:\d\d:\d\d {2}not Active; runner-connected: not connected\n\d\d:\d\d:\d\d {2}timed out; the last report follows\n$/);
  });
});

describe('renew', () => {
  const renew = (...words: string[]) => program.run(['renew', '--stack', 'data', ...words]);

  test('renews, and says until when the credentials are good', async () => {
    const { code, stdout, stderr } = await renew();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Renewed runner aws-prod in namespace collate\n\n {2}omd-registry-credentials {2}good until \d{4}-\d\d-\d\d \d\d:\d\d UTC, 12 hours from now\n {2}hybrid-runner-token {7}written\n$/);
    expect(Object.keys(world().kubernetes.secrets)).toHaveLength(2);
  });

  test('says that a new token restarts the pods', async () => {
    await renew();
    world().aws.secrets[TOKEN_ARN] = { SecretString: makeToken({ exp: Math.floor(Date.now() / 1000) + 30 * 86_400 }) };
    expect((await renew()).stdout).toMatch(/hybrid-runner-token {7}new, so the runner's pods are being restarted, good until .*, 30 days from now$/m);
    expect(world().kubernetes.patches.filter(({ spec }) => spec)).toHaveLength(1);
  });

  test('prints JSON', async () => {
    const { stdout } = await renew('--json');
    expect(JSON.parse(stdout)).toMatchObject({ agentId: 'aws-prod', pullSecret: { name: 'omd-registry-credentials', expiresAt: expect.any(String) } });
  });

  test('that fails says what failed and what to do, and ends with 1', async () => {
    delete world().aws.secrets[KEYS_ARN];
    expect(await renew()).toEqual({
      code: 1,
      stdout: '',
      stderr: `function sync-AbC could not renew everything: sync of runner "aws-prod" in namespace collate failed at secretsmanager: secret ${KEYS_ARN} does not exist, or has no value yet: create it, or correct its name\n`,
    });
  });
});

describe('what keeps AWS from being asked is told in one sentence', () => {
  const oneLine = (text: string) => expect(text).toMatch(/^[^\n]+\n$/);

  test.each<[string, string[], Record<string, string | undefined>, string]>([
    ['no credentials', ['--stack', 'data'], { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }, 'no AWS credentials were found: sign in with aws sso login or aws login, or name a profile with --profile'],
    ['a profile that is not there', ['--stack', 'data', '--profile', 'nobody'], { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }, 'there are no credentials in the AWS profile nobody: sign in, or correct its name'],
    ['no region', ['--stack', 'data'], { AWS_REGION: undefined }, 'no AWS region is set: name it with --region, or set AWS_REGION'],
    ['no such stack', ['--stack', 'nowhere'], {}, 'stack nowhere does not exist in this account and region: check its name, --region and --profile'],
    ['no such function', ['--function', 'nothing'], {}, 'no schedule in this region invokes function nothing: check its name, --region and --profile'],
    ['no way to AWS', ['--stack', 'data'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, 'AWS could not be reached (ECONNREFUSED): check the network, the proxy and the region'],
  ])('%s', async (_, words, environment, sentence) => {
    expect(await program.run(['status', ...words], environment)).toEqual({ code: 3, stdout: '', stderr: `${sentence}\n` });
  });

  const denied = 'User: arn:aws:iam::111122223333:user/ann is not authorized to perform';
  test.each([
    ['a stack that may not be listed', 'cloudformation', queryError(403, 'AccessDenied', `${denied}: cloudformation:ListStackResources`), `access denied: ${denied}: cloudformation:ListStackResources`],
    ['a schedule that may not be read', 'scheduler', restError(403, 'AccessDeniedException', `${denied}: scheduler:GetSchedule`), `access denied: ${denied}: scheduler:GetSchedule`],
    ['a function that may not be invoked', 'lambda', restError(403, 'AccessDeniedException', `${denied}: lambda:InvokeFunction`), `access denied: ${denied}: lambda:InvokeFunction`],
    ['credentials that have expired', 'cloudformation', queryError(403, 'ExpiredToken', 'The security token included in the request is expired'), 'the AWS credentials have expired: sign in again'],
    ['credentials that AWS does not know', 'cloudformation', queryError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.'), 'AWS does not accept the credentials: check which profile is in use, and the clock of this machine'],
    ['throttling', 'lambda', restError(429, 'TooManyRequestsException', 'Rate Exceeded.'), 'AWS is throttling this account\'s requests: try again in a minute'],
    ['a function that is gone', 'lambda', restError(404, 'ResourceNotFoundException', 'Function not found'), `function ${FUNCTION_ARN} does not exist: cdk deploy --revert-drift recreates what was deleted outside CloudFormation`],
    ['an error that nobody foresaw', 'scheduler', restError(500, 'InternalServerException', 'Something\nwent wrong.'), 'AWS answered with InternalServerException: Something went wrong'],
  ])('%s', async (_, service, refusal, sentence) => {
    program.apis.refusals[service] = refusal;
    expect(await status()).toEqual({ code: 3, stdout: '', stderr: `${sentence}\n` });
  });

  test('a stack without a runner', async () => {
    program.apis.stacks.empty = [{ type: 'AWS::S3::Bucket', id: 'bucket' }];
    expect(await program.run(['status', '--stack', 'empty'])).toEqual({ code: 3, stdout: '', stderr: 'stack empty holds no runner: name the stack that has the HybridRunner\n' });
  });

  test('a function that is another one, or too old to report', async () => {
    program.apis.invoke = async () => ({ result: { hello: 'world' } });
    oneLine((await status()).stderr);
    program.apis.invoke = async () => ({ error: { name: 'Error', message: 'request: action must be "sync"' } });
    expect(await status()).toEqual({ code: 3, stdout: '', stderr: 'function sync-AbC could not report: request: action must be "sync"\n' });
  });
});

describe('a command line that is not understood is told so, with 2', () => {
  test.each<[string[], string]>([
    [['--stack', 'data'], 'name a command, status or renew'],
    [['restart', '--stack', 'data'], 'there is no command restart, only status and renew'],
    [['status'], 'name either the stack by --stack or the function by --function'],
    [['status', '--json'], 'name either the stack by --stack or the function by --function'],
    [['status', '--stack', 'a', '--function', 'b'], 'name either the stack by --stack or the function by --function'],
    [['status', 'data'], 'data is not understood: a stack is named by --stack'],
    [['status', '--stack', ''], '--stack needs a value'],
    [['status', '--stack'], 'option \'--stack <value>\' argument missing'],
    [['status', '--stack', 'data', '--agent', '-prod'], '--agent needs a value; one that begins with a dash is written --agent=VALUE'],
    [['status', '--stack', '--json'], '--stack needs a value; one that begins with a dash is written --stack=VALUE'],
    [['status', '--stack', 'data', '--json=yes'], 'option \'--json\' does not take an argument'],
    [['status', '--stack', 'data', '--wait'], 'unknown option \'--wait\''],
    [['status', '--stack', 'data', '--watch', '--timeout', 'soon'], '--timeout must be minutes, above 0 and at most a day, got soon'],
    [['status', '--stack', 'data', '--timeout', '5'], '--timeout goes with --watch'],
    [['renew', '--stack', 'data', '--watch'], '--watch goes with status'],
  ])('%j', async (words, sentence) => {
    const { code, stdout, stderr } = await program.run(words);
    const error = `${sentence} (see cdk-collate-hybrid-runner --help)`;
    expect([code, stderr]).toEqual([2, `${error}\n`]);
    expect(stdout && JSON.parse(stdout)).toEqual(words.includes('--json') ? { error } : '');
    expect(program.apis.calls).toEqual([]);
  });
});

test('--help explains itself', async () => {
  for (const words of [['--help'], ['help'], [], ['status', '-h']]) {
    const { code, stdout } = await program.run(words);
    expect(code).toBe(0);
    ['status', 'renew', '--stack', '--function', '--agent', '--json', '--watch', '--timeout', '--region', '--profile', '--version', 'Exit codes: 0 '].forEach((word) => expect(stdout).toContain(word));
  }
});

test('--version prints that of the package, also beside a command, and asks nobody', async () => {
  const { version } = JSON.parse(fs.readFileSync(path.join(__dirname, '../../package.json'), 'utf8'));
  for (const words of [['--version'], ['status', '--version']]) {
    expect(await program.run(words)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  }
  expect(program.apis.calls).toEqual([]);
});

test('the runbook has every check', async () => {
  await world().invoke();
  const { stdout } = await status('--json');
  const runbook = fs.readFileSync(path.join(__dirname, '../../docs/runbook.md'), 'utf8');
  const names: string[] = JSON.parse(stdout).checks.map(({ name }: any) => name);
  expect(names.filter((name) => !runbook.includes(`\`${name}\``))).toEqual([]);
});
