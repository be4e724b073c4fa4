import { ChildProcessWithoutNullStreams, spawn } from 'child_process';
import { randomBytes } from 'crypto';
import * as fs from 'fs';
import * as http from 'http';
import { AddressInfo } from 'net';
import * as os from 'os';
import * as path from 'path';
import { findCanaries } from '../security/canary';
import { AwsApis } from './aws-apis';

const ROOT = path.join(__dirname, '../..');

/** The program that the package installs. */
const PROGRAM = path.join(ROOT, JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')).bin['cdk-collate-hybrid-runner']);

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the shipped program in a process of its own, against AWS APIs on this machine. */
export class Program {
  public static async start(): Promise<Program> {
    const program = new Program();
    await new Promise<void>((resolve) => program.server.listen(0, '127.0.0.1', resolve));
    return program;
  }

  public apis = new AwsApis();
  /** Of whoever runs the program, which never prints them. */
  private readonly keys = {
    AWS_ACCESS_KEY_ID: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    AWS_SECRET_ACCESS_KEY: randomBytes(20).toString('hex'),
    AWS_SESSION_TOKEN: randomBytes(100).toString('hex'),
  };
  private readonly home = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-'));
  /** Which Node runs it. */
  public node = process.execPath;
  /** Answers as AWS does. */
  public readonly listener: http.RequestListener = (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', async () => {
      const { status, headers, body, text } = await this.apis.answer({
        method: incoming.method ?? '',
        url: new URL(incoming.url ?? '/', 'http://localhost'),
        headers: incoming.headers as Record<string, string | undefined>,
        body: Buffer.concat(chunks).toString(),
      });
      outgoing.writeHead(status, headers).end(text ?? JSON.stringify(body));
    });
  };
  private readonly server = http.createServer(this.listener);

  private constructor() {}

  /** Tells of each piece of progress when it comes. */
  public async run(words: string[], environment: Record<string, string | undefined> = {}, onProgress: (text: string) => void = () => {}): Promise<Ended> {
    const child = this.start(words, environment);
    const ended = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => { ended.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      ended.stderr += text;
      onProgress(text);
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    expect(findCanaries(ended.stdout + ended.stderr, this.keys)).toEqual([]);
    return { code, ...ended };
  }

  /** What {@link run} runs, for tests that meddle with it. */
  public start(words: string[], environment: Record<string, string | undefined> = {}): ChildProcessWithoutNullStreams {
    const endpoint = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return spawn(this.node, [PROGRAM, ...words], {
      // Nothing of this machine's own AWS configuration.
      env: {
        PATH: process.env.PATH,
        HOME: this.home,
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_REGION: 'eu-central-1',
        ...this.keys,
        AWS_MAX_ATTEMPTS: '1',
        AWS_ENDPOINT_URL: endpoint,
        ...environment,
      },
    });
  }

  /** A file in the home folder of whoever runs the program. */
  public write(name: string, text: string): string {
    const file = path.join(this.home, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    fs.rmSync(this.home, { recursive: true });
  }
}
