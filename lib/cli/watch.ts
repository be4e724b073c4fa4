import { setTimeout } from 'timers/promises';
import { StatusReport } from '../credential-sync/contract';
import { EXIT_CODES } from './exit-codes';
import { Problem, explain } from './problem';
import { summarize } from './table';
import { printable } from './text';

/** Often enough to see a pod come up, and each time a few requests to the cluster. */
const POLL_INTERVAL = 5_000;

/** Looks again and again, until the runner is connected or the time is over, and tells what changes. */
export async function waitUntilActive(look: () => Promise<StatusReport>, limit: AbortSignal): Promise<StatusReport> {
  let last: StatusReport | Problem = new Problem('nothing answered', EXIT_CODES.UNREACHABLE);
  let told = '';
  // The calls heed the limit, the finding of credentials does not.
  const over = new Promise<undefined>((resolve) => limit.addEventListener('abort', () => resolve(undefined)));
  while (!limit.aborted) {
    const seen = await Promise.race([look().catch((error: unknown) => explain(error)), over]);
    if (limit.aborted || !seen) {
      // What was interrupted says nothing, what was seen before does.
      break;
    }
    if (seen instanceof Problem && !seen.passing) {
      throw seen;
    }
    last = seen;
    const line = seen instanceof Problem ? `${seen.message} (trying again)` : summarize(seen);
    if (line !== told) {
      tell(line);
      told = line;
    }
    if (!(seen instanceof Problem) && seen.connected) {
      return seen;
    }
    await setTimeout(POLL_INTERVAL, undefined, { signal: limit }).catch(() => undefined);
  }
  if (last instanceof Problem) {
    throw new Problem(`timed out: ${last.message}`, last.exitCode);
  }
  tell('timed out; the last report follows');
  return last;
}

/** Progress goes to the error output, so that what is printed at the end can be read by programs. */
function tell(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${printable(line)}\n`);
}
