import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CLUSTERS, addRunner, failureOf, makeStack, renewalSchedule, synthesize } from '../helpers';
import { FUNCTION_ARN, Resource, queryError } from './aws-apis';
import { FIRST_SYNC, RENEWAL, STATUS, report, request, schedule, useProgram } from './setup';

jest.setTimeout(120_000);

const program = useProgram();
const status = (...words: string[]) => program().run(['status', '--stack', 'data', ...words]);
const AGAIN = 'cdk deploy --revert-drift recreates what was deleted outside CloudFormation';

describe('a runner whose renewal schedule was deleted', () => {
  beforeEach(() => program().apis.schedules.shift());

  test.each([['its stack', ['--stack', 'data']], ['its function', ['--function', 'sync-AbC']]])('is found by %s, and its report says so', async (_, words) => {
    const { code, stdout, stderr } = await program().run(['status', ...words]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain('\n  FAILED  renewal-scheduled  does not exist\n                             → cdk deploy --revert-drift recreates what was\n                               deleted outside CloudFormation\n');
    expect(stdout).toContain('Of 3 checks, 1 failed. The runner is connected to Collate.');
  });

  test('is renewed all the same', async () => {
    const actions: string[] = [];
    program().apis.invoke = async ({ action }) => {
      actions.push(action);
      return { result: { agentId: 'aws-prod', namespace: 'collate', tokenSecret: { name: 'hybrid-runner-token', changed: false, restarted: false } } };
    };
    expect(await program().run(['renew', '--stack', 'data'])).toMatchObject({ code: 0, stderr: '' });
    expect(actions).toEqual(['sync']);
  });

  test('and whose report schedule was, too, is told of', async () => {
    program().apis.schedules = [];
    expect(await status()).toEqual({ code: 1, stdout: '', stderr: `stack data has 1 runner and the schedules of none: ${AGAIN}\n` });
  });

  test('is told of among others', async () => {
    program().apis.schedules = [schedule('Second', request({ agentId: 'finance' }))];
    program().apis.stacks.data.push({ ...RENEWAL, id: 'Second' }, FIRST_SYNC);
    expect(await status('--agent', 'aws-prod')).toEqual({ code: 1, stdout: '', stderr: `stack data has 2 runners and the schedules of 1: ${AGAIN}\n` });
  });

  test('while its report schedule is of an older state, is asked for by what renews it', async () => {
    program().apis.schedules = [schedule('Status', request({ action: 'status', workload: undefined })), schedule('Renewal', request())];
    for (const resources of [[STATUS, RENEWAL], [RENEWAL, STATUS]]) {
      program().apis.stacks.data = resources;
      let asked: unknown;
      program().apis.invoke = async (event) => { asked = event; return { result: report() }; };
      expect((await status()).code).toBe(0);
      expect(asked).toEqual(request({ action: 'status' }));
    }
  });
});

describe('a runner whose status nobody reports any more is told of', () => {
  const checks = async (...words: string[]) => JSON.parse((await program().run(['status', '--json', ...words])).stdout).checks.slice(1);
  const RENEWED = { name: 'renewal-scheduled', state: 'passed', seen: 'rate(2 hours), enabled' };

  test.each([['its stack', ['--stack', 'data']], ['its function', ['--function', 'sync-AbC']]])('by %s, if the schedule was disabled', async (_, words) => {
    program().apis.schedules[1] = schedule('Status', request({ action: 'status' }), { State: 'DISABLED', ScheduleExpression: 'rate(5 minutes)' });
    expect(await checks(...words)).toEqual([
      RENEWED, { name: 'report-scheduled', state: 'failed', seen: 'rate(5 minutes), disabled', remedy: 'enable schedule Status in EventBridge Scheduler' },
    ]);
    expect((await status()).code).toBe(1);
  });

  test('by its stack, if the schedule was deleted', async () => {
    program().apis.schedules.pop();
    expect(await checks('--stack', 'data')).toEqual([RENEWED, { name: 'report-scheduled', state: 'failed', seen: 'does not exist', remedy: AGAIN }]);
    // A function does not tell it from one that was not to be made.
    expect(await checks('--function', 'sync-AbC')).toEqual([RENEWED]);
  });

  test('and not one whose status nobody was to report', async () => {
    program().apis.schedules = [schedule('Renewal', request()), schedule('Second', request({ agentId: 'finance' }))];
    for (const left of [[], [{ ...STATUS, status: 'DELETE_COMPLETE' }], [{ ...STATUS, status: 'CREATE_FAILED' }]]) {
      program().apis.stacks.data = [RENEWAL, FIRST_SYNC, ...left];
      expect(await checks('--stack', 'data')).toEqual([RENEWED]);
    }
    program().apis.stacks.data = [RENEWAL, STATUS, { ...RENEWAL, id: 'Second', logicalId: 'OtherRunnerSyncSchedule89ABCDEF' }];
    expect(await checks('--stack', 'data', '--agent', 'finance')).toEqual([RENEWED]);
    expect(await checks('--stack', 'data', '--agent', 'aws-prod')).toHaveLength(2);
  });

  test.each(['Runner', 'Sync', 'ReportSchedule', 'My-Runner'])('by the names that a stack has of the runner %s', async (id) => {
    const stack = makeStack();
    addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), {}, id);
    const schedules = Object.entries(Template.fromStack(stack).findResources('AWS::Scheduler::Schedule'));
    const nameOf = (description: string) => schedules.find(([, { Properties }]) => Properties.Description.startsWith(description))?.[0];
    program().apis.schedules.pop();
    program().apis.stacks.data = [{ ...RENEWAL, logicalId: nameOf('Renews') }, { ...STATUS, logicalId: nameOf('Reports') }];
    program().apis.stacks.outer = [{ type: 'AWS::CloudFormation::Stack', id: 'data' }];
    expect(await checks('--stack', 'outer')).toMatchObject([{ state: 'passed' }, { name: 'report-scheduled', seen: 'does not exist' }]);
  });
});

describe('a renewal schedule', () => {
  const checkOf = async (ScheduleExpression: string) => {
    program().apis.schedules[0] = schedule('Renewal', request(), { ScheduleExpression });
    return JSON.parse((await status('--json')).stdout).checks[1];
  };

  test.each(['rate(5 hours)', 'rate(241 minutes)', 'rate(1 day)', 'rate(7 days)'])('of %s is too rare', async (expression) => {
    expect(await checkOf(expression)).toEqual({
      name: 'renewal-scheduled', state: 'failed', seen: `${expression}, enabled`, remedy: 'set schedule Renewal in EventBridge Scheduler to 4 hours at most, because a registry token lives 12 hours',
    });
  });

  test.each(['rate(4 hours)', 'rate(240 minutes)', 'rate(1 hour)', 'cron(0 * * * ? *)'])('of %s is not', async (expression) => {
    expect(await checkOf(expression)).toMatchObject({ name: 'renewal-scheduled', state: 'passed' });
  });

  test('may be as rare as the library lets it be', async () => {
    expect(await checkOf(renewalSchedule(synthesize({ renewalPeriod: Duration.hours(4) })).ScheduleExpression)).toMatchObject({ state: 'passed' });
    expect(failureOf({ renewalPeriod: Duration.minutes(241) })).toThrow('renewalPeriod');
  });
});

describe('a stack without a runner', () => {
  test.each<[string, string, Resource[], string]>([
    ['that is being made', 'CREATE_IN_PROGRESS', [], 'stack data is still being deployed (CREATE_IN_PROGRESS): wait until it is, or use status --watch'],
    ['that has not begun to be made', 'REVIEW_IN_PROGRESS', [], 'stack data is still being deployed (REVIEW_IN_PROGRESS): wait until it is, or use status --watch'],
    ['that gets its runner', 'UPDATE_IN_PROGRESS', [FIRST_SYNC], 'stack data is still being deployed (UPDATE_IN_PROGRESS): wait until it is, or use status --watch'],
    ['that is taken back', 'ROLLBACK_IN_PROGRESS', [FIRST_SYNC], 'stack data has no runner, and its last deployment failed (ROLLBACK_IN_PROGRESS): its events in CloudFormation say why'],
    ['that could not be made', 'ROLLBACK_COMPLETE', [{ ...RENEWAL, status: 'DELETE_COMPLETE' }, { ...FIRST_SYNC, status: 'DELETE_COMPLETE' }], 'stack data has no runner, and its last deployment failed (ROLLBACK_COMPLETE): its events in CloudFormation say why'],
    ['that is being deleted', 'DELETE_IN_PROGRESS', [FIRST_SYNC], 'stack data has no runner, and is DELETE_IN_PROGRESS: its events in CloudFormation say why'],
    ['that is set back to before it', 'UPDATE_ROLLBACK_IN_PROGRESS', [FIRST_SYNC], 'stack data is still being deployed (UPDATE_ROLLBACK_IN_PROGRESS): wait until it is, or use status --watch'],
    ['that is cleaned up after that', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', [FIRST_SYNC], 'stack data is still being deployed (UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS): wait until it is, or use status --watch'],
    ...['UPDATE_FAILED', 'UPDATE_ROLLBACK_FAILED', 'UPDATE_ROLLBACK_COMPLETE'].flatMap((state) => [
      ['nothing', []],
      ['a first sync that failed', [{ ...FIRST_SYNC, status: 'CREATE_FAILED' }]],
      ['a first sync, and then nothing', [FIRST_SYNC]],
      ['schedules that could not be made', [FIRST_SYNC, { ...RENEWAL, status: 'CREATE_FAILED' }]],
      ['schedules that were taken back', [{ ...RENEWAL, status: 'DELETE_COMPLETE' }, { ...FIRST_SYNC, status: 'DELETE_COMPLETE' }]],
    ].map(([left, resources]): [string, string, Resource[], string] => [
      `whose update ended with ${state} and left ${left as string}`, state, resources as Resource[],
      `stack data has no runner, and its last deployment failed (${state}): its events in CloudFormation say why`,
    ])),
  ])('%s says so, and ends with 1', async (_, state, resources, sentence) => {
    program().apis.schedules = [];
    program().apis.stacks.data = resources;
    program().apis.stackStates.data = state;
    expect(await status()).toEqual({ code: 1, stdout: '', stderr: `${sentence}\n` });
  });

  test('any more is not taken for one that lost its schedules', async () => {
    program().apis.schedules = [];
    program().apis.stacks.data = [RENEWAL, STATUS, FIRST_SYNC].map((resource) => ({ ...resource, status: 'DELETE_COMPLETE' }));
    expect(await status()).toEqual({ code: 3, stdout: '', stderr: 'stack data holds no runner: name the stack that has the HybridRunner\n' });
  });

  test('is not asked for its state where the runner is there', async () => {
    program().apis.stackStates.data = 'UPDATE_IN_PROGRESS';
    expect((await status()).code).toBe(0);
  });
});

describe('after a failed deployment into a stack that has a runner', () => {
  beforeEach(() => { program().apis.stackStates.data = 'UPDATE_ROLLBACK_COMPLETE'; });

  test('the runner is reported as ever', async () => {
    expect(await status()).toMatchObject({ code: 0, stderr: '' });
  });

  test('schedules that were made and are gone are those that somebody deleted', async () => {
    program().apis.schedules = [];
    expect(await status()).toEqual({ code: 1, stdout: '', stderr: `stack data has 1 runner and the schedules of none: ${AGAIN}\n` });
  });

  test('another that was to be added is told of beside it', async () => {
    program().apis.stacks.data.push({ ...FIRST_SYNC, status: 'CREATE_FAILED' });
    expect(await status('--agent', 'finance')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'stack data has no runner finance, only --agent=aws-prod, and its last deployment failed (UPDATE_ROLLBACK_COMPLETE): its events in CloudFormation say why\n',
    });
  });
});

test('one of very many runners is found and watched without a warning', async () => {
  const agents = Array.from({ length: 30 }, (_, index) => `agent-${index}`);
  agents.forEach((agentId) => {
    program().apis.schedules.push(schedule(agentId, request({ agentId })));
    program().apis.stacks.data.push({ ...RENEWAL, id: agentId });
  });
  const { code, stderr } = await status('--agent', 'agent-29', '--watch');
  expect({ code, stderr: stderr.slice(10) }).toEqual({ code: 0, stderr: 'Active\n' });
});

describe('--function takes', () => {
  test.each([
    ...['sync-AbC', 'function:sync-AbC', '111122223333:sync-AbC', '111122223333:function:sync-AbC', FUNCTION_ARN].flatMap((name) => [name, `${name}:live`, `${name}:7`]),
    'sync-AbC:$LATEST', `${FUNCTION_ARN}:$LATEST`,
  ])('%s', async (name) => {
    expect(await program().run(['status', '--function', name])).toMatchObject({ code: 0, stderr: '' });
  });

  test('no part of a name, and no ARN of another account', async () => {
    const elsewhere = [FUNCTION_ARN.replace('111122223333', '444455556666'), FUNCTION_ARN.replace('aws', 'aws-cn'), FUNCTION_ARN.replace('central', 'north'), '444455556666:function:sync-AbC'];
    for (const name of ['AbC', 'sync', 'live:sync-AbC', ...elsewhere]) {
      expect(await program().run(['status', '--function', name])).toEqual({ code: 3, stdout: '', stderr: `no schedule in this region invokes function ${name}: check its name, --region and --profile\n` });
    }
  });

  test.each(['sync-AbC:', ':sync-AbC', 'sync AbC', 'sync-AbC:live:7', '1111:function:sync-AbC', 'arn:aws:s3:::sync-AbC', `${FUNCTION_ARN}:$NEWEST`])('nothing that Lambda does not take: %s', async (name) => {
    const { code, stderr } = await program().run(['status', '--function', name]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `--function must be the name or the ARN of a Lambda function, whole or in part, got ${name}\n` });
    expect(program().apis.calls).toEqual([]);
  });

  test.each([FUNCTION_ARN, 'eu-central-1:111122223333:function:sync-AbC', 'eu-central-1:111122223333:sync-AbC'])('the region from an ARN where none is named: %s', async (name) => {
    expect(await program().run(['status', '--function', name], { AWS_REGION: undefined })).toMatchObject({ code: 0, stderr: '' });
  });

  test('the region that the AWS CLI takes from the environment', async () => {
    const answer = jest.spyOn(program().apis, 'answer');
    const environment = { AWS_REGION: undefined, AWS_DEFAULT_REGION: 'eu-north-1' };
    expect(await program().run(['status', '--stack', 'data'], environment)).toMatchObject({ code: 0, stderr: '' });
    await program().run(['status', '--stack', 'data'], { ...environment, AWS_REGION: 'eu-west-1' });
    const regions = answer.mock.calls.map(([{ headers }]) => /Credential=[^/]+\/\d+\/([^/]+)/.exec(headers.authorization ?? '')?.[1]);
    expect([...new Set(regions)]).toEqual(['eu-north-1', 'eu-west-1']);
  });

  test('the region that is named before that of an ARN', async () => {
    const answer = jest.spyOn(program().apis, 'answer');
    await program().run(['status', '--function', FUNCTION_ARN, '--region', 'eu-north-1']);
    const regions = answer.mock.calls.map(([{ headers }]) => /Credential=[^/]+\/\d+\/([^/]+)/.exec(headers.authorization ?? '')?.[1]);
    expect([...new Set(regions)]).toEqual(['eu-north-1']);
  });
});

test('runners of the same name on two clusters are told apart by their functions', async () => {
  const other = FUNCTION_ARN.replace('sync-AbC', 'sync-XyZ');
  program().apis.schedules.push(schedule('Other', request(), { Target: { Arn: other, Input: JSON.stringify(request()) } }));
  program().apis.stacks.data.push({ ...RENEWAL, id: 'Other' });
  expect(await status('--agent', 'aws-prod')).toEqual({ code: 2, stdout: '', stderr: `stack data has 2 runners: choose one with --function=${FUNCTION_ARN} or --function=${other}\n` });
});

test('the choice among runners is told as one may give it to a shell', async () => {
  program().apis.schedules.push(schedule('Second', request({ agentId: '-it\'s $(one)' })));
  program().apis.stacks.data.push({ ...RENEWAL, id: 'Second' });
  expect(await status()).toEqual({ code: 2, stdout: '', stderr: 'stack data has 2 runners: choose one with --agent=\'-it\'\\\'\'s $(one)\' or --agent=aws-prod\n' });
  expect(await status('--agent=-it\'s $(one)')).toMatchObject({ code: 0 });
});

test('a name that CloudFormation does not take is told in one line', async () => {
  program().apis.refusals.cloudformation = queryError(400, 'ValidationError', '1 validation error detected:\nthe name');
  expect(await status()).toEqual({ code: 3, stdout: '', stderr: 'AWS answered with ValidationError: 1 validation error detected: the name\n' });
});
