import { ChildProcess, spawn } from 'child_process';
import * as path from 'path';

const ROOT = path.join(__dirname, '../../..');
const BUNDLE = path.join(ROOT, 'lib/credential-sync/handler.bundle/index.js');
/** The Node of the Lambda runtime, from the npm package of that name. */
export const NODE = path.join(ROOT, 'node_modules/node/bin/node');

export interface Invocation {
  readonly event: unknown;
  readonly environment?: Record<string, string | null>;
  /** Time that the function has left, in milliseconds. */
  readonly remaining?: number;
  /** How far the function's clock is ahead, in milliseconds. */
  readonly clockOffset?: number;
}

export interface Outcome {
  readonly result?: any;
  readonly error?: { name: string; message: string; text: string };
  /** All lines that were logged, read as JSON. */
  readonly lines: any[];
  /** All that was printed. */
  readonly output: string;
  /** Of the handler alone, in milliseconds. */
  readonly duration: number;
  /** Greatest resident size of the process so far, in bytes. */
  readonly peakMemory: number;
}

/** The shipped bundle in a process of its own, on the runtime's Node. */
export class Lambda {
  public static async start(environment: Record<string, string>, bundle: string = BUNDLE): Promise<Lambda> {
    const child = spawn(NODE, [path.join(__dirname, 'lambda-process.mjs'), bundle], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const { version, loaded } = await new Promise<{ version: string; loaded: number }>((resolve, reject) => {
      child.once('error', reject);
      child.once('message', resolve);
    });
    return new Lambda(child, version, loaded);
  }

  private output = '';
  private invocations = 0;

  /** Node's version, and how long the bundle took to load, in milliseconds. */
  private constructor(private readonly child: ChildProcess, public readonly version: string, public readonly loaded: number) {
    [child.stdout, child.stderr].forEach((stream) => stream?.setEncoding('utf8').on('data', (text) => { this.output += text; }));
  }

  public async invoke({ event, environment = {}, remaining = 300_000, clockOffset = 0 }: Invocation): Promise<Outcome> {
    const id = ++this.invocations;
    this.output = '';
    const answer = await new Promise<Omit<Outcome, 'lines' | 'output'>>((resolve) => {
      const listen = (message: { id: number } & Outcome) => {
        if (message.id === id) {
          this.child.off('message', listen);
          resolve({ result: message.result, error: message.error, duration: message.duration, peakMemory: message.peakMemory });
        }
      };
      this.child.on('message', listen);
      this.child.send({ id, event, environment, remaining, clockOffset });
    });
    // Output and answer travel by different pipes.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const lines = this.output.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    return { ...answer, lines, output: this.output };
  }

  public stop(): void {
    this.child.kill();
  }
}
