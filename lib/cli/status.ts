import { Check, CheckState, StatusReport } from '../credential-sync/contract';
import { EXIT_CODES, Options } from './arguments';
import { Aws } from './aws';
import { MAKE_AGAIN, Problem } from './problem';
import { Runner, RunnerSchedule, findRunner } from './runners';
import { WORDS, renderReport } from './table';
import { toJson } from './text';
import { isTime } from './time';
import { waitUntilActive } from './watch';

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
    throw new Problem(`the function could not report: ${answer.failure}`, EXIT_CODES.UNREACHABLE, true);
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
    checkSchedule('renewal-scheduled', renewal),
    ...report ? [checkSchedule('report-scheduled', report === 'deleted' ? undefined : report)] : [],
  ];
}

function checkSchedule(name: string, schedule?: RunnerSchedule): Check {
  if (!schedule) {
    return { name, state: 'failed', seen: 'does not exist', remedy: MAKE_AGAIN };
  }
  const seen = `${schedule.expression}, ${schedule.enabled ? 'enabled' : 'disabled'}`;
  return schedule.enabled ? { name, state: 'passed', seen } : { name, state: 'failed', seen, remedy: `enable schedule ${schedule.name} in EventBridge Scheduler` };
}
