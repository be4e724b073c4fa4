import { Check, StatusReport } from '../credential-sync/contract';
import { EXIT_CODES, Options } from './arguments';
import { Aws } from './aws';
import { Problem } from './problem';
import { Runner } from './runners';
import { renderReport, summarize } from './table';

/** Often enough to see a pod come up, and each time a few requests to the cluster. */
const POLL_INTERVAL = 10_000;

/** Reports how a runner is, once or until it is Active. */
export async function status(aws: Aws, runner: Runner, { json, watch, timeout }: Options): Promise<number> {
  const report = watch ? await waitUntilActive(aws, runner, timeout) : await ask(aws, runner);
  process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : renderReport(report, process.stdout.columns));
  return report.healthy ? EXIT_CODES.WELL : EXIT_CODES.UNWELL;
}

async function ask(aws: Aws, runner: Runner): Promise<StatusReport> {
  const answer = await aws.invoke(runner.functionArn, { ...runner.request, action: 'status' });
  if ('failure' in answer) {
    throw new Problem(`the function could not report: ${answer.failure}`);
  }
  const report = answer.result as StatusReport;
  if (!Array.isArray(report?.checks)) {
    throw new Problem(`function ${runner.functionArn} is not the credential sync of a runner, or of an older version: deploy the stack again`);
  }
  const checks = [...report.checks, checkSchedule(runner)];
  return { ...report, healthy: report.healthy && runner.schedule.enabled, checks };
}

/** The function does not see what calls it. */
function checkSchedule({ schedule: { name, expression, enabled } }: Runner): Check {
  const check = { name: 'renewal-scheduled', seen: `${expression}, ${enabled ? 'enabled' : 'disabled'}` };
  return enabled ? { ...check, state: 'passed' } : { ...check, state: 'failed', remedy: `enable schedule ${name} in EventBridge Scheduler` };
}

/** Progress goes to the error output, so that what is printed at the end can be read by programs. */
async function waitUntilActive(aws: Aws, runner: Runner, timeout: number): Promise<StatusReport> {
  const end = Date.now() + timeout;
  for (let last = ''; ;) {
    const report = await ask(aws, runner);
    const summary = summarize(report);
    if (summary !== last) {
      process.stderr.write(`${report.checkedAt.slice(11, 19)}  ${summary}\n`);
      last = summary;
    }
    const pause = Math.min(POLL_INTERVAL, Math.max(end - Date.now(), 0));
    if ((report.connected && report.healthy) || pause === 0) {
      return report;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
