import { CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { ArgoWorkflows, CredentialSync, HybridRunnerProps, IngestionIdentity, RunnerImages, RunnerMonitoring, RunnerNamespace, SecretsStore } from '../lib';
import { CLUSTERS, FIRST_SYNC, ResourceGraph, addRunner, another, makeStack } from './helpers';
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

test.each<[string, Partial<HybridRunnerProps>, number]>([
  ['no monitoring', { monitoring: RunnerMonitoring.none() }, 5],
  ['a dashboard', { monitoring: RunnerMonitoring.of({ dashboard: true }) }, 11],
  ['renewOnSecretChange', { renewOnSecretChange: true }, 12],
  ['no Argo Workflows', { argoWorkflows: ArgoWorkflows.none() }, 11],
  ['a namespace of the user\'s', { namespace: RunnerNamespace.existing('mine') }, 10],
  ['no pods', { replicas: 0 }, 9],
  ['a role by Pod Identity', { secretsStore: SecretsStore.awsSecretsManager() }, 14],
  ['images of a mirror', { images: RunnerImages.fromMirror({ runnerRepository: 'registry.example.com/runner', ingestionRepository: 'registry.example.com/ingestion' }) }, 10],
  ['another chart', { chartVersion: '1.12.14', atomic: true, reapply: '1', podDisruptionBudget: {}, serviceMonitor: {} }, 11],
])('a further runner with %s adds no more than it takes', (_, props, count) => {
  const stack = makeStack();
  const cluster = CLUSTERS['imported aws-eks-v2'](stack);
  const size = () => stack.node.findAll().filter(CfnResource.isCfnResource).length;
  addRunner(stack, cluster, props.namespace ? { ...props, namespace: RunnerNamespace.existing('first') } : props);
  const before = size();
  addRunner(stack, cluster, { ...another(2), ...props }, 'Second');
  expect(size() - before).toBe(count);
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

describe('the rights of many runners by an imported role', () => {
  /** Whether each policy of the role is within its limit, and what it may do by the managed ones. */
  function rightsOf(stack: Stack) {
    const [inline, managed] = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].map((type) => Object.values<any>(Template.fromStack(stack).findResources(type))
      .map(({ Properties }) => Properties).filter(({ Roles }) => Roles?.[0] === 'mine').map(({ PolicyDocument }) => PolicyDocument));
    expect(inline.map(deployedLength).reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(LONGEST_INLINE_POLICIES);
    managed.forEach((document) => expect(deployedLength(document)).toBeLessThanOrEqual(LONGEST_MANAGED_POLICY));
    expect(managed.length).toBeLessThanOrEqual(MOST_MANAGED_POLICIES);
    return managed.map(({ Statement }) => Statement.filter(({ Action }: any) => Action === 'secretsmanager:GetSecretValue').length);
  }
  const named = (stack: Stack, id: string) => Secret.fromSecretNameV2(stack, id, `collate/secret-of-runner-${id}`);

  test('fit into managed policies of the function\'s', () => {
    const stack = makeStack();
    const cluster = CLUSTERS['imported aws-eks-v2'](stack);
    const credentialSync = new CredentialSync(stack, 'CredentialSync', { cluster, role: Role.fromRoleName(stack, 'Mine', 'mine') });
    for (let number = 0; number < 40; number++) {
      addRunner(stack, cluster, {
        ...another(number), credentialSync, monitoring: RunnerMonitoring.none(),
        authToken: named(stack, `Token${number}`), images: RunnerImages.fromCollateRegistry(named(stack, `Keys${number}`)),
      }, `Runner${number}`);
    }
    const counts = rightsOf(stack);
    expect(counts.reduce((sum, count) => sum + count)).toBe(80);
    const graph = new ResourceGraph(Template.fromStack(stack));
    graph.ids(FIRST_SYNC).forEach((sync) => expect([...graph.waitsFor(sync)]).toEqual(expect.arrayContaining(graph.ids('AWS::IAM::ManagedPolicy'))));
  });

  test('fit into managed policies of the ingestion pods\', however often it is imported', () => {
    const stack = makeStack();
    const cluster = CLUSTERS['imported aws-eks-v2'](stack);
    const runners = [1, 2].map((number) => addRunner(stack, cluster, {
      ...another(number), identity: IngestionIdentity.podIdentity({ role: Role.fromRoleArn(stack, `Mine${number}`, 'arn:aws:iam::111122223333:role/path/mine') }),
    }, `Runner${number}`));
    for (let number = 0; number < 90; number++) {
      runners[number % 2].grantSecretRead(named(stack, `Secret${number}`));
    }
    const counts = rightsOf(stack);
    expect(counts).toHaveLength(3);
    expect(counts.reduce((sum, count) => sum + count)).toBe(90);
  });
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
