import { ChildProcess, spawn } from 'child_process';
import * as path from 'path';

/** Commands that are waited for, each in a process group of its own, so that what it has started ends with it. */
export class Commands {
  private readonly running = new Map<ChildProcess, Promise<unknown>>();
  private stopped = false;

  /** Fails with the end of what the command printed as errors. */
  public run(command: string, parameters: readonly string[], env: NodeJS.ProcessEnv, input = ''): Promise<void> {
    if (this.stopped) {
      return Promise.reject(new Error(`${path.basename(command)}: the rehearsal is over`));
    }
    const child = spawn(command, parameters, { env, detached: true, stdio: ['pipe', 'ignore', 'pipe'] });
    const ended = new Promise<void>((resolve, reject) => {
      let errors = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => { errors = (errors + text).slice(-2_000); });
      child.once('error', reject);
      child.once('close', (code) => code === 0 ? resolve() : reject(new Error(`${path.basename(command)}: ${errors}`)));
    }).finally(() => this.running.delete(child));
    this.running.set(child, ended);
    // A command that ends early reads no input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    return ended;
  }

  /** Ends all that run, and lets none begin. */
  public async stop(): Promise<void> {
    this.stopped = true;
    for (const { pid } of this.running.keys()) {
      endGroup(pid);
    }
    await Promise.allSettled(this.running.values());
  }
}

function endGroup(pid: number | undefined): void {
  try {
    // Without an id it has not started, and 0 would be this process's own group.
    if (pid) {
      process.kill(-pid, 'SIGKILL');
    }
  } catch {
    // It has ended by itself.
  }
}
