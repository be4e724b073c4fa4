import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as fc from 'fast-check';
import { RunnerCluster } from '../../lib';
import { readArguments } from '../../lib/cli/arguments';
import { CLUSTERS, addRunner, flatten, importedEksV2Cluster, makeStack } from '../helpers';

const RUNBOOK = path.join(__dirname, '../../docs/runbook.md');

/** Descriptions of the alarms by the beginning of their ids. */
function descriptions(stack: Stack): Record<string, string> {
  const { Resources } = Template.fromStack(stack).toJSON();
  const alarms = Object.entries<any>(Resources).filter(([, { Type }]) => /^AWS::CloudWatch::(Composite)?Alarm$/.test(Type));
  return Object.fromEntries(alarms.map(([id, { Properties }]) => [/RenewalLate|ExpiryNear|Disconnected|ChecksFailing|Any|DeadLetter/.exec(id)![0], flatten(Properties.AlarmDescription)]));
}

/** The words of the command in a description, as a shell reads them. */
function wordsOf(description: string): string[] {
  const [, line] = /npx cdk-collate-hybrid-runner (.*)(: it renews, or| says what is wrong)/s.exec(description)!;
  return execFileSync('sh', ['-c', `printf '%s\\0' ${line}`]).toString().split('\0').slice(0, -1);
}

function describeRunner(agentId: string, stackName = 'Stack'): Record<string, string> {
  const stack = makeStack({ stackName, env: { region: 'ap-southeast-2', account: '111122223333' } });
  addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { agentId });
  return descriptions(stack);
}

test('each says what happened, what to do, and which section of the runbook there is', () => {
  const runbook = fs.readFileSync(RUNBOOK, 'utf8');
  const anchors = [...runbook.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title.toLowerCase().replace(/[^a-z0-9 -]/g, '').replace(/ /g, '-'));
  const { DeadLetter, ...ofRunner } = describeRunner('aws-prod');
  expect(Object.keys(ofRunner)).toHaveLength(5);
  Object.values(ofRunner).forEach((text) => expect(text).toMatch(/^Runner aws-prod: /));
  [DeadLetter, ...Object.values(ofRunner)].forEach((text) => expect(anchors).toContain(/ Runbook: https:\/\/\S+\/docs\/runbook\.md#(\S+)$/.exec(text)![1]));
  expect(ofRunner.Disconnected).toContain('it was not seen connected to Collate for 10 minutes. ');
  expect(ofRunner.ChecksFailing).toContain('checks did not pass, or were not made, for 10 minutes. ');
  expect(ofRunner.RenewalLate).toContain('no renewal succeeded in 5 hours. ');
});

test('the one of dead letters names the queue', () => {
  expect(describeRunner('aws-prod').DeadLetter).toMatch(/Read the messages of queue CollateCredentialSync\w*SyncDeadLetters\w+\.QueueName and /);
});

test('each names the stack, the region and the runner in a line that can be copied', () => {
  const { DeadLetter, ...ofRunner } = describeRunner('aws-prod', 'data-runners');
  const commands = Object.fromEntries(Object.entries(ofRunner).map(([alarm, text]) => [alarm, /npx .*? --agent=\S+/.exec(text)![0].replace(/[:.]$/, '')]));
  const line = (command: string) => `npx cdk-collate-hybrid-runner ${command} --stack data-runners --region ap-southeast-2 --agent=aws-prod`;
  expect(commands).toEqual({ RenewalLate: line('renew'), ExpiryNear: line('renew'), Disconnected: line('status'), ChecksFailing: line('status'), Any: line('status') });
});

test('a shell and the command read that line, whatever the agent id', () => {
  const agentId = fc.string({ minLength: 1, maxLength: 40 }).filter((id) => /^[\x21\x23-\x39\x3b-\x5b\x5d-\x7e]([\x20-\x21\x23-\x5b\x5d-\x7e]*[\x21\x23-\x5b\x5d-\x7e])?$/.test(id));
  fc.assert(fc.property(agentId, (id) => {
    const { Any, RenewalLate } = describeRunner(id);
    expect([Any, RenewalLate].map((text) => readArguments(wordsOf(text)))).toEqual([
      expect.objectContaining({ command: 'status', stack: 'Stack', region: 'ap-southeast-2', agent: id }),
      expect.objectContaining({ command: 'renew', stack: 'Stack', region: 'ap-southeast-2', agent: id }),
    ]);
  }), { numRuns: 25, examples: [['-rf'], ['--stack'], ['it\'s $(x) `y`'], ['a: it renews']] });
});

test.each([['letters', 'x'], ['quotes', '\''], ['spaces inside', 'x y']])('none is longer than CloudWatch takes with the longest names, of %s', (_, characters) => {
  const agentId = `x${characters.repeat(128)}`.slice(0, 127) + 'x';
  const texts = Object.values(describeRunner(agentId, 's'.repeat(128)));
  expect(texts).toHaveLength(6);
  texts.forEach((text) => expect(text.length).toBeLessThanOrEqual(1024));
});

test.each([60, 80, 100, 120])('in a nested stack, whose name is not known, there is room for it beside an agent id of %d quotes', (quotes) => {
  const nested = new NestedStack(makeStack(), 'Nested');
  addRunner(nested, RunnerCluster.fromEksV2(importedEksV2Cluster(nested), { accessEntry: true }), { agentId: '\''.repeat(quotes) });
  const texts = Object.values(descriptions(nested));
  expect(texts).toHaveLength(6);
  texts.forEach((text) => expect(text.length - 'AWS::StackName'.length + 128).toBeLessThanOrEqual(1024));
});
