#!/usr/bin/env node
import { App } from 'aws-cdk-lib';
import { addRunner } from './app';

async function main(): Promise<void> {
  // Synthesized here and not at exit, so that every failure comes to the handler below.
  const app = new App({ autoSynth: false });
  await addRunner(app);
  app.synth();
}

main().catch((error: Error) => {
  const sentence = error.message.trim().replace(/\s*\n\s*/g, ' ');
  // The CDK's own --debug asks for the stack trace.
  console.error(process.env.CDK_DEBUG === 'true' ? error.stack : `collate-hybrid-runner: ${sentence}`);
  process.exitCode = 1;
});
