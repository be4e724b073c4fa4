import { ChildProcess, spawn } from 'child_process';
import * as fs from 'fs';
import { AddressInfo, createServer } from 'net';

/** What still runs, and must not outlive this process. */
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** A program of the control plane that runs until it is stopped, or until this process ends. */
export class Program {
  /** Starts the program, and comes back once it answers. */
  public static async start(name: string, binary: string, parameters: string[], options: ProgramOptions): Promise<Program> {
    const program = new Program(name, binary, parameters, options);
    await program.awaitReady(options.ready);
    return program;
  }

  private readonly child: ChildProcess;

  private constructor(private readonly name: string, binary: string, parameters: string[], private readonly options: ProgramOptions) {
    const log = fs.openSync(options.log, 'a');
    this.child = spawn(binary, parameters, { env: { PATH: process.env.PATH, ...options.environment }, stdio: ['ignore', log, log] });
    fs.closeSync(log);
    running.add(this.child);
  }

  public async stop(): Promise<void> {
    running.delete(this.child);
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGKILL');
      await gone;
    }
  }

  private async awaitReady(ready: () => Promise<boolean>): Promise<void> {
    const limit = Date.now() + 60_000;
    while (!await ready().catch(() => false)) {
      if (this.child.exitCode !== null || Date.now() > limit) {
        await this.stop();
        throw new Error(`${this.name} did not start; it printed: ${fs.readFileSync(this.options.log, 'utf8').slice(-4000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export interface ProgramOptions {
  readonly ready: () => Promise<boolean>;
  /** File for what the program prints. */
  readonly log: string;
  readonly environment?: Record<string, string>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
