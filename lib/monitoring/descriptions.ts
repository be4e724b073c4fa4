import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { shellWord } from '../private/shell-word';

/** Of the version that is newest, which knows of every alarm there was. */
const RUNBOOK = 'https://github.com/cdk-collate/cdk-collate-hybrid-runner/blob/main/docs/runbook.md';

/** CloudWatch takes 1,024 characters; kept back of them is what the name of a nested stack may come to. */
const MOST = 1024 - 128;

/** What to do about each alarm of a runner, by the command that a word stands for, and the section of the runbook that says more. */
const REMEDIES: Record<string, { todo: (command: (word: string) => string) => string; section: string }> = {
  RenewalLate: { todo: (command) => `Run ${command('renew')}: it renews, or says what to fix`, section: 'renewal-late' },
  ExpiryNear: { todo: (command) => `Run ${command('renew')}: it renews, or says what to fix`, section: 'expiry-near' },
  Disconnected: { todo: (command) => `${command('status')} says what is wrong; look for the way to Collate and the token`, section: 'disconnected' },
  ChecksFailing: { todo: (command) => `${command('status')} says what is wrong`, section: 'checks-failing' },
  Any: { todo: (command) => `${command('status')} says what is wrong`, section: 'which-alarm-is-it' },
};

/** The description of an alarm of a runner, with a line to copy into a shell. */
export function describeRunnerAlarm(scope: Construct, alarm: string, agentId: string, what: string): string {
  const { stackName, region } = Stack.of(scope);
  const { todo, section } = REMEDIES[alarm];
  const text = (options: string) => describe(`Runner ${agentId}: ${what}`,
    todo((word) => `npx cdk-collate-hybrid-runner ${word} --stack ${stackName} --region ${region}${options}`), section);
  const full = text(` --agent=${shellWord(agentId)}`);
  // An id of many quotes; it is needed only among several runners of a stack, and then the command says so.
  return full.length > MOST ? text('') : full;
}

/** The description of the alarm on dead letters. */
export function describeDeadLetters(queueName: string): string {
  return describe('Collate credential sync: invocations failed three times, or were not delivered',
    `Read the messages of queue ${queueName} and the function's log, fix the cause, and purge the queue`, 'dead-letters');
}

function describe(what: string, todo: string, section: string): string {
  return `${what}. ${todo}. Runbook: ${RUNBOOK}#${section}`;
}
