import { App, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AuthenticationMode } from 'aws-cdk-lib/aws-eks';
import { AnyPrincipal, IRole, OpenIdConnectProvider, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { ArgoWorkflows, HybridRunner, HybridRunnerProps, IngestionIdentity, RunnerCluster, RunnerImages, RunnerMonitoring, RunnerNamespace, SecretsStore } from '../lib';
import { CHART, CLUSTERS, FIRST_SYNC, MANIFEST, REGION, ResourceGraph, addRunner, another, eksCluster, eksV2Cluster, importedEksCluster, importedEksV2Cluster, makeStack } from './helpers';
import { references } from './references';

const IRSA_PROVIDER = `arn:aws:iam::111122223333:oidc-provider/oidc.eks.${REGION}.amazonaws.com/id/ABC`;

const CHOICES: Record<string, Partial<HybridRunnerProps>> = {
  'Pod Identity and Secrets Manager': { secretsStore: SecretsStore.awsSecretsManager() },
  'IRSA and Secrets Manager': { secretsStore: SecretsStore.awsSecretsManager(), identity: IngestionIdentity.irsa() },
  'the defaults': {},
  'an existing namespace without Argo': { namespace: RunnerNamespace.existing('collate'), argoWorkflows: ArgoWorkflows.none() },
};

const CASES = Object.keys(CLUSTERS).flatMap((cluster) => Object.keys(CHOICES).map((choice) => [cluster, choice] as const));

function makeCluster(stack: Stack, name: string): RunnerCluster {
  // Only an import that was given the provider can do IRSA.
  const openIdConnectProvider = () => OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, 'Provider', IRSA_PROVIDER);
  switch (name) {
    case 'imported aws-eks': return RunnerCluster.fromEks(importedEksCluster(stack, { openIdConnectProvider: openIdConnectProvider() }), { accessEntry: true });
    case 'imported aws-eks-v2': return RunnerCluster.fromEksV2(importedEksV2Cluster(stack, { openIdConnectProvider: openIdConnectProvider() }), { accessEntry: true });
    default: return CLUSTERS[name](stack);
  }
}

test.each(CASES)('on %s with %s, credentials stand before the chart and the schedule comes last', (cluster, choice) => {
  const stack = makeStack();
  const runner = addRunner(stack, makeCluster(stack, cluster), CHOICES[choice]);
  const graph = new ResourceGraph(Template.fromStack(stack));

  const chart = graph.id(CHART);
  const firstSync = graph.id(FIRST_SYNC);
  const rights = graph.id(MANIFEST, 'RoleBinding');
  const namespaces = graph.ids(MANIFEST, '"kind\\":\\"Namespace');
  const access = [...graph.ids('AWS::EKS::AccessEntry', 'STANDARD'), ...graph.ids(MANIFEST, 'aws-auth')];
  const identity = [
    ...graph.ids('AWS::IAM::Policy', '/collate/hybrid-ingestion-runner/*'),
    ...graph.ids('AWS::EKS::PodIdentityAssociation'),
  ];

  expect(graph.cyclic).toEqual([]);
  expect(namespaces).toHaveLength(choice.startsWith('an existing') ? 0 : 2);
  expect(access.length).toBeGreaterThan(0);
  expect(identity.length > 0).toBe(choice.includes('Secrets Manager'));

  const ownNamespaces = graph.ids(MANIFEST, '"kind\\":\\"Namespace\\",\\"metadata\\":{\\"name\\":\\"hybrid-ingestion-runner');
  expect(ownNamespaces).toHaveLength(choice.startsWith('an existing') ? 0 : 1);
  for (const namespace of ownNamespaces) {
    expect(graph.waitsFor(rights)).toContain(namespace);
  }
  for (const before of [...ownNamespaces, ...access, rights, graph.id('AWS::IAM::Policy', 'collate/registry-keys')]) {
    expect(graph.waitsFor(firstSync)).toContain(before);
  }
  for (const before of [firstSync, ...namespaces, ...identity]) {
    expect(graph.waitsFor(chart)).toContain(before);
  }
  for (const schedule of graph.ids('AWS::Scheduler::Schedule')) {
    expect(graph.waitsFor(schedule)).toContain(chart);
  }
  for (const alarm of graph.ids('AWS::CloudWatch::Alarm', 'Runner aws-prod')) {
    expect(graph.waitsFor(alarm)).toContain(chart);
  }
  for (const barrier of graph.ids('AWS::SSM::Parameter', 'kubectl-ready')) {
    expect(graph.waitsFor(chart)).toContain(barrier);
    expect(graph.waitsFor(rights)).toContain(barrier);
  }
  expect(runner.releaseName).toBe('hybrid-ingestion-runner');
});

/** What each resource of a stack waits for by itself: all that it depends on and refers to. */
function edgesOf(stack: Stack): Record<string, string[]> {
  const { Resources } = Template.fromStack(stack).toJSON();
  const names = new Map(stack.node.findAll().filter(CfnResource.isCfnResource).map(({ logicalId, node }) => [
    stack.resolve(logicalId),
    node.path.replace('Stack/', '').replace('CollateCredentialSync-data', 'Shared').replace(/(\/Resource)?(\/Default)?$/, '').replace(/-[0-9a-f]{8}$/, ''),
  ]));
  return Object.fromEntries(Object.entries<any>(Resources).map(([id, { DependsOn = [], ...rest }]) =>
    [names.get(id), [...new Set([DependsOn, references(rest)].flat().filter((target) => target in Resources))].map((target) => names.get(target)).sort()]));
}

/** What the function of a cluster's runners is made of. */
const SHARED_EDGES = {
  'Shared/Sync/Log': [],
  'Shared/Sync/DeadLetters': [],
  'Shared/Sync/DeadLetters/Policy': ['Shared/Sync/DeadLetters'],
  'Shared/Sync/Role': [],
  'Shared/Sync/Role/DefaultPolicy': ['Shared/Sync/DeadLetters', 'Shared/Sync/Log', 'Shared/Sync/Role'],
  'Shared/Sync/Function': ['Shared/Sync/DeadLetters', 'Shared/Sync/Log', 'Shared/Sync/Role', 'Shared/Sync/Role/DefaultPolicy'],
  'Shared/AccessEntry': ['Shared/Sync/Role'],
  'Shared/SchedulerRole': ['Shared/Sync/DeadLetters', 'Shared/Sync/Function'],
  'Shared/DeadLetterAlarm/Alarm': ['Shared/Sync/DeadLetters'],
};

test('with the defaults, no resource waits for another one that it does not need', () => {
  const stack = makeStack();
  addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack));
  const release = ['Runner/Chart/Release'];
  expect(edgesOf(stack)).toEqual({
    ...SHARED_EDGES,
    'Runner/Namespaces/Runner': [],
    'Runner/Namespaces/Argo': [],
    'Runner/Sync/Rights': ['Runner/Namespaces/Argo', 'Runner/Namespaces/Runner'],
    'Runner/Sync/FirstSync': ['Runner/Sync/Rights', 'Shared/AccessEntry', 'Shared/Sync/Function'],
    'Runner/Chart/Release': ['Runner/Sync/FirstSync'],
    'Runner/Sync/Schedule': [...release, 'Shared/SchedulerRole', 'Shared/Sync/DeadLetters', 'Shared/Sync/Function'],
    'Runner/Sync/ReportSchedule': [...release, 'Shared/SchedulerRole', 'Shared/Sync/Function'],
    'Runner/Alarms/RenewalLate': release,
    'Runner/Alarms/ExpiryNear': release,
    'Runner/Alarms/Disconnected': release,
    'Runner/Alarms/ChecksFailing': release,
    'Runner/Alarms/Any': ['Runner/Alarms/ChecksFailing', 'Runner/Alarms/Disconnected', 'Runner/Alarms/ExpiryNear', 'Runner/Alarms/RenewalLate', 'Shared/DeadLetterAlarm/Alarm'],
  });
});

test('with every option that adds something, no resource waits for another one that it does not need', () => {
  const stack = makeStack();
  const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), {
    argoWorkflows: ArgoWorkflows.none(),
    identity: IngestionIdentity.podIdentity({ installAgent: true }),
    monitoring: RunnerMonitoring.of({ dashboard: true }),
    renewOnSecretChange: true,
  });
  runner.addConnectorSecret('password', Secret.fromSecretNameV2(stack, 'Password', 'data/password'));
  new Key(stack, 'Key').grantDecrypt(runner);
  const edges = edgesOf(stack);
  const alarms = ['ChecksFailing', 'Disconnected', 'ExpiryNear', 'RenewalLate'].map((name) => `Runner/Alarms/${name}`);
  expect(Object.fromEntries(Object.entries(edges).filter(([name]) => !alarms.includes(name)))).toEqual({
    'Key': [],
    ...SHARED_EDGES,
    'CollatePodIdentityAgent-data': [],
    'CollateSecretChange': ['Shared/Sync/Function'],
    'CollateDashboard-data/Dashboard': [...alarms, 'Shared/DeadLetterAlarm/Alarm'],
    'Runner/Namespaces/Runner': [],
    'Runner/Ingestion/Role': [],
    'Runner/Ingestion/Role/DefaultPolicy': ['Key', 'Runner/Ingestion/Role'],
    'Runner/Ingestion/Association': ['Runner/Ingestion/Role'],
    'Runner/Sync/Rights': ['Runner/Namespaces/Runner'],
    'Runner/Sync/FirstSync': ['Runner/Sync/Rights', 'Shared/AccessEntry', 'Shared/Sync/Function'],
    'Runner/Chart/Release': ['CollatePodIdentityAgent-data', 'Runner/Ingestion/Association', 'Runner/Ingestion/Role', 'Runner/Ingestion/Role/DefaultPolicy', 'Runner/Sync/FirstSync'],
    'Runner/Sync/Schedule': ['Runner/Chart/Release', 'Shared/SchedulerRole', 'Shared/Sync/DeadLetters', 'Shared/Sync/Function'],
    'Runner/Sync/ReportSchedule': ['Runner/Chart/Release', 'Shared/SchedulerRole', 'Shared/Sync/Function'],
    'Runner/Sync/SecretChange/Rule': ['CollateSecretChange', 'Runner/Chart/Release', 'Shared/Sync/Function'],
    'Runner/Alarms/Any': [...alarms, 'Shared/DeadLetterAlarm/Alarm'],
  });
  alarms.forEach((alarm) => expect(edges[alarm]).toEqual(['Runner/Chart/Release']));
});

test('a grant made after the runner still comes before the chart', () => {
  const stack = makeStack();
  const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack));
  new Key(stack, 'Key').grantDecrypt(runner);
  const graph = new ResourceGraph(Template.fromStack(stack));
  const chart = graph.waitsFor(graph.id(CHART));
  expect(chart).toContain(graph.id('AWS::EKS::PodIdentityAssociation'));
  expect(chart).toContain(graph.id('AWS::IAM::Policy', 'kms:Decrypt'));
});

test.each([
  ['podIdentity', (role: IRole) => IngestionIdentity.podIdentity({ role, installAgent: true })],
  ['irsa', (role: IRole) => IngestionIdentity.irsa({ role })],
])('with %s the policies of a given role, and the agent, come before the chart', (_, identity) => {
  const stack = makeStack();
  const role = new Role(stack, 'Given', { assumedBy: new AnyPrincipal() });
  addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { identity: identity(role), secretsStore: SecretsStore.awsSecretsManager() });
  const graph = new ResourceGraph(Template.fromStack(stack));
  const chart = graph.waitsFor(graph.id(CHART));
  for (const before of [graph.id('AWS::IAM::Policy', '/collate/hybrid-ingestion-runner/*'), ...graph.ids('AWS::EKS::Addon')]) {
    expect(chart).toContain(before);
  }
});

test.each([
  ['aws-eks', (stack: Stack) => RunnerCluster.fromEks(eksCluster(stack, { authenticationMode: AuthenticationMode.API }))],
  ['aws-eks-v2', (stack: Stack) => RunnerCluster.fromEksV2(eksV2Cluster(stack))],
])('a runner in another stack than its %s cluster leaves the cluster stack independent', (_, makeClusterIn) => {
  const app = new App();
  const clusterStack = new Stack(app, 'ClusterStack');
  const runnerStack = new Stack(app, 'RunnerStack');
  const runner = addRunner(runnerStack, makeClusterIn(clusterStack), { secretsStore: SecretsStore.awsSecretsManager() });
  app.synth();
  expect(Stack.of(runner.credentialSync)).toBe(runnerStack);
  expect(clusterStack.dependencies).toEqual([]);
  expect(runnerStack.dependencies).toContain(clusterStack);
  Template.fromStack(runnerStack).resourceCountIs(CHART, 1);
  Template.fromStack(clusterStack).resourceCountIs(CHART, 0);
});

test('secrets of another stack, encrypted with its key, leave that stack independent', () => {
  const app = new App();
  const secretStack = new Stack(app, 'SecretStack');
  const runnerStack = new Stack(app, 'RunnerStack');
  const encryptionKey = new Key(secretStack, 'Key');
  const [token, keys, password] = ['Token', 'Keys', 'Password'].map((id) => new Secret(secretStack, id, { encryptionKey }));
  const runner = addRunner(runnerStack, CLUSTERS['imported aws-eks-v2'](runnerStack), {
    authToken: token,
    images: RunnerImages.fromCollateRegistry(keys),
    secretsStore: SecretsStore.awsSecretsManager({ secrets: [password], encryptionKeys: [encryptionKey] }),
  });
  runner.grantSecretRead(password).assertSuccess();
  app.synth();
  expect(secretStack.dependencies).toEqual([]);
  expect(runnerStack.dependencies).toEqual([secretStack]);
  const decrypting = Object.values<any>(Template.fromStack(runnerStack).findResources('AWS::IAM::Policy'))
    .map(({ Properties: { PolicyDocument } }) => PolicyDocument.Statement.filter(({ Action }: any) => Action === 'kms:Decrypt').length);
  // The function, and the pods.
  expect(decrypting).toEqual([1, 1]);
});

test.each(['aws-eks-v2', 'aws-eks with access entries'])('a runner in a nested stack of an %s cluster synthesizes whole', (cluster) => {
  const stack = makeStack();
  const nested = new NestedStack(stack, 'Nested');
  addRunner(nested, CLUSTERS[cluster](stack));
  const template = Template.fromStack(nested);
  for (const type of [CHART, FIRST_SYNC, 'AWS::CloudWatch::CompositeAlarm', 'AWS::Lambda::Function', 'AWS::EKS::AccessEntry']) {
    template.resourceCountIs(type, 1);
  }
  const graph = new ResourceGraph(template);
  expect(graph.waitsFor(graph.id(CHART))).toContain(graph.id(FIRST_SYNC));
});

describe('two runners on one cluster', () => {
  test.each([['first', [1, 2]], ['last', [2, 1]]])('the one that uses Argo Workflows waits for the one that installs it, added %s', (_, order) => {
    const stack = makeStack();
    const cluster = CLUSTERS['imported aws-eks-v2'](stack);
    const runners: Record<number, HybridRunner> = {};
    for (const number of order) {
      runners[number] = addRunner(stack, cluster, number === 1 ? {} : another(2), `Runner${number}`);
    }
    const graph = new ResourceGraph(Template.fromStack(stack));
    const installing = graph.id(CHART, 'installArgoWorkflows\\":true');
    const using = graph.id(CHART, 'installArgoWorkflows\\":false');
    expect(graph.waitsFor(using)).toContain(installing);
    expect(graph.cyclic).toEqual([]);
    expect(runners[1].credentialSync).toBe(runners[2].credentialSync);
  });
});
