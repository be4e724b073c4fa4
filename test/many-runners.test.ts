import { Template } from 'aws-cdk-lib/assertions';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { RunnerImages, SecretsStore } from '../lib';
import { CLUSTERS, addRunner, another, makeStack } from './helpers';
import { LONGEST_INLINE_POLICIES, LONGEST_MANAGED_POLICY, MOST_MANAGED_POLICIES, deployedLength } from './iam-quotas';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MOST_RESOURCES = 500;
const LONGEST_TEMPLATE = 1_000_000;

/** A stack with a cluster and runners, each with secrets of its own. */
function synthesize(runners: number): Template {
  const stack = makeStack();
  const cluster = CLUSTERS['aws-eks-v2'](stack);
  for (let number = 0; number < runners; number++) {
    addRunner(stack, cluster, {
      ...number ? another(number) : {},
      authToken: Secret.fromSecretNameV2(stack, `Token${number}`, `collate/token-of-runner-${number}`),
      images: RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, `Keys${number}`, `collate/registry-keys-of-runner-${number}`)),
    }, `Runner${number}`);
  }
  return Template.fromStack(stack);
}

const sizeOf = (template: Template) => Object.keys(template.toJSON().Resources).length;
const alarmsOf = (template: Template) => Object.values<any>(template.toJSON().Resources).filter(({ Type }) => /Alarm$/.test(Type)).length;
const TEMPLATES = Object.fromEntries([0, 1, 2, 40].map((runners) => [runners, synthesize(runners)]));

test('every runner after the first adds six resources and five alarms, and shares the function', () => {
  const each = (sizeOf(TEMPLATES[40]) - sizeOf(TEMPLATES[2])) / 38;
  expect(sizeOf(TEMPLATES[2]) - sizeOf(TEMPLATES[1])).toBe(11);
  expect(alarmsOf(TEMPLATES[2]) - alarmsOf(TEMPLATES[1])).toBe(5);
  // Policies that outgrow their limit are split, which makes a few resources more.
  expect(each).toBeLessThan(12);
  for (const type of ['AWS::Lambda::Function', 'AWS::Logs::LogGroup', 'AWS::SQS::Queue', 'AWS::EKS::AccessEntry']) {
    TEMPLATES[40].resourceCountIs(type, Object.keys(TEMPLATES[1].findResources(type)).length);
  }
});

test('forty runners fit into one stack with their cluster', () => {
  expect(sizeOf(TEMPLATES[40])).toBeLessThan(MOST_RESOURCES);
  expect(JSON.stringify(TEMPLATES[40].toJSON()).length).toBeLessThan(LONGEST_TEMPLATE);
});

test('the rights of forty runners fit into the role', () => {
  const [roleId] = Object.entries(TEMPLATES[40].findResources('AWS::IAM::Role'))
    .filter(([, { Properties }]) => String(Properties.Description).startsWith('Writes registry credentials')).map(([id]) => id);
  const policiesOf = (type: string) => Object.values<any>(TEMPLATES[40].findResources(type)).filter(({ Properties }) => JSON.stringify(Properties.Roles ?? []).includes(roleId));
  const lengthOf = ({ Properties }: any) => deployedLength(Properties.PolicyDocument);
  const managed = policiesOf('AWS::IAM::ManagedPolicy');
  const statements = [...policiesOf('AWS::IAM::Policy'), ...managed].flatMap(({ Properties }) => Properties.PolicyDocument.Statement);

  expect(policiesOf('AWS::IAM::Policy').map(lengthOf).reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(LONGEST_INLINE_POLICIES);
  managed.forEach((policy) => expect(lengthOf(policy)).toBeLessThanOrEqual(LONGEST_MANAGED_POLICY));
  expect(managed.length + 1).toBeLessThanOrEqual(MOST_MANAGED_POLICIES);
  expect(statements.filter(({ Action }) => Action === 'secretsmanager:GetSecretValue')).toHaveLength(80);
});

test('a store of secrets makes at most three more of each runner', () => {
  const counts = [{}, { secretsStore: SecretsStore.awsSecretsManager() }].map((props) => {
    const stack = makeStack();
    addRunner(stack, CLUSTERS['aws-eks-v2'](stack), props);
    return sizeOf(Template.fromStack(stack));
  });
  expect(counts[1] - counts[0]).toBe(3);
});

test('the function, and so every first sync, waits for all rights', () => {
  const [{ DependsOn }] = Object.values<any>(TEMPLATES[40].findResources('AWS::Lambda::Function'))
    .filter(({ Properties }) => String(Properties.Description).startsWith('Renews'));
  const overflow = Object.keys(TEMPLATES[40].findResources('AWS::IAM::ManagedPolicy'));
  expect(overflow.length).toBeGreaterThan(0);
  expect(DependsOn).toEqual(expect.arrayContaining(overflow));
});
