import { ChildProcess, spawn } from 'child_process';
import * as fs from 'fs';
import { AddressInfo, Socket, createServer } from 'net';

/**
 * Runs a program until it ends or a pipe closes, which it does also when whoever holds the other end is killed. The
 * shell is in a process group of its own, so that Ctrl-C does not end it before the program.
 */
const UNTIL_CLOSED = '"$0" "$@" & program=$!; { cat; kill -9 $program; } <&3 >/dev/null 2>&1 & wait $program';

/** A program of the control plane that runs until it is stopped, or until this process ends. */
export class Program {
  /** Starts the program, and comes back once it answers. */
  public static async start(name: string, binary: string, parameters: string[], options: ProgramOptions): Promise<Program> {
    const program = new Program(name, binary, parameters, options);
    await program.awaitReady(options.ready);
    return program;
  }

  private readonly child: ChildProcess;
  private readonly pipe: Socket;

  private constructor(private readonly name: string, binary: string, parameters: string[], private readonly options: ProgramOptions) {
    const log = fs.openSync(options.log, 'a');
    this.child = spawn('/bin/sh', ['-c', UNTIL_CLOSED, binary, ...parameters], { env: { PATH: process.env.PATH, ...options.environment }, stdio: ['ignore', log, log, 'pipe'], detached: true });
    fs.closeSync(log);
    // What somebody forgot to stop keeps no test from ending.
    this.child.unref();
    this.pipe = this.child.stdio[3] as Socket;
    this.pipe.unref();
  }

  public async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.ref();
      this.pipe.destroy();
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
