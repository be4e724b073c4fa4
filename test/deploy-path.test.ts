import { execFileSync } from 'child_process';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { HybridRunnerProps, RunnerMonitoring, SecretsStore } from '../lib';
import { CLUSTERS, FIRST_SYNC, addRunner, makeStack } from './helpers';

function print(cluster: string, props: Partial<HybridRunnerProps> = {}): string[] {
  const stack: Stack = makeStack();
  addRunner(stack, CLUSTERS[cluster](stack), props);
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'deploy-path-')), 'template.json');
  fs.writeFileSync(file, JSON.stringify(Template.fromStack(stack).toJSON()));
  return execFileSync(process.execPath, [path.join(__dirname, '../scripts/deploy-path.mjs'), file], { encoding: 'utf8' }).split('\n').map((line) => line.trim());
}

const chainOf = (lines: string[]) => lines.filter((line) => /^\d+ /.test(line)).map((line) => line.split(/\s+/)[1]);
const needlessIn = (lines: string[]) => lines.filter((line) => / on /.test(line) && /^(Runner|Collate)/.test(line)).map((line) => line.replace(/[0-9A-F]{8}\b/g, ''));

test('on a cluster that is there, the release waits for the function and the first sync, and the alarms for the release', () => {
  const lines = print('imported aws-eks-v2');
  expect(chainOf(lines)).toEqual([
    'AWS::Logs::LogGroup', 'AWS::IAM::Policy', 'AWS::Lambda::Function', FIRST_SYNC, 'Custom::AWSCDK-EKS-HelmChart', 'AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm',
  ]);
  expect(lines[0]).toMatch(/: 5 resources up to the Helm release hybrid-ingestion-runner, 2 after it$/);
  const unwatched = print('imported aws-eks-v2', { monitoring: RunnerMonitoring.none() });
  expect(chainOf(unwatched).at(-1)).toBe('AWS::Scheduler::Schedule');
  expect(unwatched[0]).toMatch(/, 1 after it$/);
});

test('with a cluster of the stack, only namespace, rights and first sync stand between kubectl and the release', () => {
  const chain = chainOf(print('aws-eks-v2'));
  expect(chain.slice(-7)).toEqual([
    'AWS::Lambda::Function', 'Custom::AWSCDK-EKS-KubernetesResource', 'Custom::AWSCDK-EKS-KubernetesResource', FIRST_SYNC, 'Custom::AWSCDK-EKS-HelmChart', 'AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm',
  ]);
});

test('a role of the ingestion pods makes no chain longer', () => {
  const lengths = [{}, { secretsStore: SecretsStore.awsSecretsManager() }].map((props) => chainOf(print('imported aws-eks-v2', props)).length);
  expect(lengths[1]).toBe(lengths[0]);
});

test('with the defaults, no dependency of ours is implied by another, but for the one that the CDK writes for every function', () => {
  expect(needlessIn(print('imported aws-eks-v2'))).toEqual([
    'CollateCredentialSyncdataSyncFunction on CollateCredentialSyncdataSyncRole',
  ]);
});
