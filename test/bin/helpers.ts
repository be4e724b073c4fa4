import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addRunner } from '../../bin/app';
import { HybridRunner } from '../../lib';

export const ROOT = path.join(__dirname, '..', '..');
const FLAGS = JSON.parse(fs.readFileSync(path.join(ROOT, 'cdk.json'), 'utf8')).context;

// One folder for all apps of a test file: the layers are copied into it once.
const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'collate-hybrid-runner-test-'));
afterAll(() => fs.rmSync(outdir, { recursive: true, force: true }));

/** An app as `cdk synth` makes it, with the values given by `-c`. */
export function makeApp(context: Record<string, unknown> = {}): App {
  return new App({ outdir, context: { ...FLAGS, ...context } });
}

export interface SynthesizedApp {
  readonly app: App;
  readonly runner: HybridRunner;
  readonly stack: Stack;
  readonly template: Template;
}

export async function synthesizeApp(context: Record<string, unknown> = {}): Promise<SynthesizedApp> {
  const app = makeApp(context);
  const runner = await addRunner(app);
  const stack = Stack.of(runner);
  return { app, runner, stack, template: Template.fromStack(stack) };
}

/** Both things that the app makes. */
export const APPS: Record<string, Record<string, unknown>> = {
  'a new cluster': {},
  'an existing cluster': { clusterName: 'data' },
};
