import { GetScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import { FIRST_SYNC_RESOURCE_TYPE, SyncRequest } from '../credential-sync/contract';
import { shellWord } from '../private/shell-word';
import { Options } from './arguments';
import { Aws } from './aws';
import { EXIT_CODES } from './exit-codes';
import { functionMatcher } from './function-name';
import { MAKE_AGAIN, Problem } from './problem';

export interface RunnerSchedule {
  readonly name: string;
  readonly expression: string;
  readonly enabled: boolean;
}

/** A runner, as its schedules have it. */
export interface Runner {
  readonly functionArn: string;
  readonly request: SyncRequest;
  /** The schedule that renews; absent where it is gone. */
  readonly renewal?: RunnerSchedule;
  /**
   * The schedule that reports the status; absent where there is to be none. With `--function` also where it was deleted,
   * because only a stack says what there is to be.
   */
  readonly report?: RunnerSchedule | 'deleted';
}

/** The runner that the options mean. */
export async function findRunner(aws: Aws, options: Options): Promise<Runner> {
  const { stack, lambdaFunction, agent } = options;
  const place = stack === undefined ? `function ${lambdaFunction}` : `stack ${stack}`;
  const { schedules, firstSyncs } = stack === undefined ? await contentsOfFunction(aws, lambdaFunction!) : await contentsOfStack(aws, stack);
  const found = await Promise.all(schedules.map(async ({ id, name, group }) => ({ id, schedule: await aws.schedule(name, group) })));
  const deleted = found.filter(({ schedule }) => !schedule);
  const runners = runnersOf(found.flatMap(({ schedule, id }) => schedule ? readSchedule(schedule, deleted.some((other) => reportsWhatRenews(other.id, id))) : []));
  const wanted = runners.filter(({ request }) => agent === undefined || request.agentId === agent);
  if (stack !== undefined && !wanted.some(({ renewal }) => renewal)) {
    // A schedule that was made and is gone was deleted by somebody, whatever became of a later deployment.
    await requireDeployed(aws, stack, wanted.length > 0 ? undefined : { deleted: deleted.length > 0, place: sayAbsent(place, agent, runners) });
  }
  if (wanted.length === 0) {
    throw explainAbsence(place, options, runners, firstSyncs);
  }
  if (wanted.length > 1) {
    throw new Problem(`${place} has ${wanted.length} runners: choose one with ${choices(wanted)}`, EXIT_CODES.USAGE);
  }
  return wanted[0];
}

/** Where a runner lacks a schedule, the stack may be about to make it, or have failed to. */
async function requireDeployed(aws: Aws, stack: string, absence?: { readonly deleted: boolean; readonly place: string }): Promise<void> {
  const state = await aws.stackStatus(stack);
  if (/^(CREATE|UPDATE|REVIEW|IMPORT)_(ROLLBACK_)?(COMPLETE_CLEANUP_)?IN_PROGRESS$/.test(state)) {
    throw new Problem(`stack ${stack} is still being deployed (${state}): wait until it is, or use status --watch`, EXIT_CODES.UNWELL, true);
  }
  if (!absence) {
    return;
  }
  const failed = /^(CREATE_FAILED|ROLLBACK_)/.test(state) || (/^(UPDATE_FAILED|(UPDATE|IMPORT)_ROLLBACK_)/.test(state) && !absence.deleted);
  if (failed || /^DELETE_/.test(state)) {
    throw new Problem(`${absence.place}, and ${failed ? `its last deployment failed (${state})` : `is ${state}`}: its events in CloudFormation say why`, EXIT_CODES.UNWELL);
  }
}

function explainAbsence(place: string, { stack, lambdaFunction, agent }: Options, runners: Runner[], firstSyncs: number): Problem {
  if (firstSyncs > runners.length) {
    return new Problem(`${place} has ${count(firstSyncs, 'runner')} and the schedules of ${runners.length || 'none'}: ${MAKE_AGAIN}`, EXIT_CODES.UNWELL);
  }
  if (runners.length > 0) {
    return new Problem(sayAbsent(place, agent, runners));
  }
  return new Problem(stack === undefined
    ? `no schedule in this region invokes function ${lambdaFunction}: check its name, --region and --profile`
    : `${place} holds no runner: name the stack that has the HybridRunner`);
}

function sayAbsent(place: string, agent: string | undefined, runners: Runner[]): string {
  return runners.length > 0 ? `${place} has no runner ${agent}, only ${choices(runners)}` : `${place} has no runner`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The options that choose among runners, as one may give them to a shell. */
function choices(runners: Runner[]): string {
  const list = (option: string, valueOf: (runner: Runner) => string) => [...new Set(runners.map((runner) => `--${option}=${shellWord(valueOf(runner))}`))].sort();
  const agents = list('agent', ({ request }) => request.agentId);
  // Runners of different clusters may have the same agent id.
  return (agents.length === runners.length ? agents : list('function', ({ functionArn }) => functionArn)).join(' or ');
}

interface Contents {
  readonly schedules: {
    readonly name: string;
    readonly group?: string;
    /** What the template calls it, after its stack. */
    readonly id?: string;
  }[];
  /** One for each runner, as far as known. */
  readonly firstSyncs: number;
}

const DELETED = /^DELETE_(COMPLETE|SKIPPED)$/;
const DELETED_OR_NEVER_MADE = /^(DELETE_(COMPLETE|SKIPPED)|CREATE_FAILED)$/;

/** Also of the stacks nested in it. */
async function contentsOfStack(aws: Aws, stack: string): Promise<Contents> {
  const resources = await aws.stackResources(stack);
  const listed = (type: string, absent: RegExp) => resources.flatMap(({ ResourceType, ResourceStatus, LogicalResourceId, PhysicalResourceId: name }) =>
    ResourceType === type && name && !absent.test(ResourceStatus ?? '') ? [{ name, id: `${stack}/${LogicalResourceId}` }] : []);
  // A stack whose making failed holds what was made before that.
  const nested = await Promise.all(listed('AWS::CloudFormation::Stack', DELETED).map(({ name }) => contentsOfStack(aws, name)));
  return {
    schedules: [...listed('AWS::Scheduler::Schedule', DELETED_OR_NEVER_MADE), ...nested.flatMap(({ schedules }) => schedules)],
    firstSyncs: nested.reduce((sum, { firstSyncs }) => sum + firstSyncs, listed(FIRST_SYNC_RESOURCE_TYPE, DELETED_OR_NEVER_MADE).length),
  };
}

/** Whether a schedule reports the runner that another one renews: the CDK calls them after their place in the construct. */
function reportsWhatRenews(reporting = '', renewing = ''): boolean {
  const [, runner] = /^(.*)ReportSchedule[0-9A-F]{8}$/.exec(reporting) ?? [];
  return runner !== undefined && renewing.startsWith(`${runner}Schedule`) && /^[0-9A-F]{8}$/.test(renewing.slice(`${runner}Schedule`.length));
}

async function contentsOfFunction(aws: Aws, lambdaFunction: string): Promise<Contents> {
  const matches = functionMatcher(lambdaFunction);
  const schedules = await aws.schedules();
  return {
    schedules: schedules
      .filter(({ Target }) => matches(Target?.Arn ?? ''))
      .flatMap(({ Name, GroupName }) => Name ? [{ name: Name, group: GroupName }] : []),
    firstSyncs: 0,
  };
}

/** The schedule that renews a runner, or the one that reports its status: both send its request. */
function readSchedule({ Name, Target, ScheduleExpression, State }: GetScheduleCommandOutput, reportDeleted: boolean): Runner[] {
  const request = parse(Target?.Input) as Partial<SyncRequest> | undefined;
  if (!(request?.action === 'sync' || request?.action === 'status') || !request.agentId || !request.tokenSecret || !Target?.Arn) {
    return [];
  }
  const schedule: RunnerSchedule = { name: Name ?? '', expression: ScheduleExpression ?? '', enabled: State === 'ENABLED' };
  return [{
    functionArn: Target.Arn,
    request: request as SyncRequest,
    ...request.action === 'status' ? { report: schedule } : { renewal: schedule, ...reportDeleted && { report: 'deleted' } },
  }];
}

/** One for each runner, with the request of what renews it, or else of what reports it. */
function runnersOf(found: Runner[]): Runner[] {
  const runners = new Map<string, Runner>();
  for (const runner of found) {
    const key = JSON.stringify([runner.functionArn, runner.request.namespace, runner.request.agentId]);
    runners.set(key, runner.renewal ? { ...runners.get(key), ...runner } : { ...runner, ...runners.get(key) });
  }
  return [...runners.values()];
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
