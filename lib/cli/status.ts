import { Check, CheckState, StatusReport } from '../credential-sync/contract';
import { Options } from './arguments';
import { Aws } from './aws';
import { EXIT_CODES } from './exit-codes';
import { nameOf } from './function-name';
import { MAKE_AGAIN, Problem } from './problem';
import { Runner, RunnerSchedule, findRunner } from './runners';
import { WORDS, renderReport } from './table';
import { toJson } from './text';
import { isTime } from './time';
import { waitUntilActive } from './watch';

/** As the library lets one set it, in hours. */
const LONGEST_RENEWAL_PERIOD = 4;

/** Reports how a runner is, once or until it is Active. */
export async function status(aws: Aws, options: Options): Promise<number> {
  const look = async () => ask(aws, await findRunner(aws, options));
  const report = aws.limit ? await waitUntilActive(look, aws.limit) : await look();
  process.stdout.write(options.json ? toJson(report) : renderReport(report));
  return report.healthy ? EXIT_CODES.WELL : EXIT_CODES.UNWELL;
}

async function ask(aws: Aws, runner: Runner): Promise<StatusReport> {
  const answer = await aws.invoke(runner.functionArn, { ...runner.request, action: 'status' });
  if ('failure' in answer) {
    throw new Problem(`function ${nameOf(runner.functionArn)} could not report: ${answer.failure}`, EXIT_CODES.UNREACHABLE, true);
  }
  const { result } = answer;
  if (!isReport(result)) {
    throw new Problem(`function ${runner.functionArn} does not answer with a report that this version understands: deploy the stack again with it`);
  }
  const schedules = checkSchedules(runner);
  return { ...result, healthy: result.healthy && schedules.every(({ state }) => state === 'passed'), checks: [...result.checks, ...schedules] };
}

function isReport(result: unknown): result is StatusReport {
  const { agentId, namespace, healthy, connected, checkedAt, checks } = (result ?? {}) as Record<keyof StatusReport, unknown>;
  return [agentId, namespace].every((text) => typeof text === 'string')
    && [healthy, connected].every((flag) => typeof flag === 'boolean')
    && isTime(checkedAt)
    && Array.isArray(checks) && checks.every(isCheck);
}

function isCheck(check: unknown): check is Check {
  const { name, state, seen, remedy = '' } = (check ?? {}) as Record<keyof Check, unknown>;
  return [name, seen, remedy].every((text) => typeof text === 'string') && Object.keys(WORDS).includes(state as CheckState);
}

/** The function does not see what calls it. */
function checkSchedules({ renewal, report }: Runner): Check[] {
  return [
    checkSchedule('renewal-scheduled', renewal, (schedule) => hoursOf(schedule) > LONGEST_RENEWAL_PERIOD
      ? `set schedule ${schedule.name} in EventBridge Scheduler to ${LONGEST_RENEWAL_PERIOD} hours at most, because a registry token lives 12 hours`
      : undefined),
    ...report ? [checkSchedule('report-scheduled', report === 'deleted' ? undefined : report)] : [],
  ];
}

function checkSchedule(name: string, schedule?: RunnerSchedule, remedyOf: (schedule: RunnerSchedule) => string | undefined = () => undefined): Check {
  if (!schedule) {
    return { name, state: 'failed', seen: 'does not exist', remedy: MAKE_AGAIN };
  }
  const seen = `${schedule.expression}, ${schedule.enabled ? 'enabled' : 'disabled'}`;
  const remedy = schedule.enabled ? remedyOf(schedule) : `enable schedule ${schedule.name} in EventBridge Scheduler`;
  return remedy === undefined ? { name, state: 'passed', seen } : { name, state: 'failed', seen, remedy };
}

const HOURS: Record<string, number> = { minute: 1 / 60, hour: 1, day: 24 };

/** Between two runs at a rate; 0 for times that somebody chose otherwise, which are not judged. */
function hoursOf({ expression }: RunnerSchedule): number {
  const [, number, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return unit === undefined ? 0 : Number(number) * HOURS[unit];
}
