import { App, CfnParameter, Fn, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { CredentialSync, IngestionIdentity, RunnerCluster, SecretsStore } from '../lib';
import { CHART, CLUSTERS, ResourceGraph, addRunner, another, importedEksV2Cluster, only } from './helpers';

const CLUSTER = 'imported aws-eks-v2';

/** A stack of roles, and one of runners. */
function makeStacks(makeRunners: (roles: Stack) => Stack = (roles) => new Stack(roles.node.root, 'Runners')) {
  const app = new App();
  const roles = new Stack(app, 'Roles');
  return { app, roles, runners: makeRunners(roles) };
}

function makeRole(stack: Stack, service = 'lambda'): iam.Role {
  return new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal(`${service}.amazonaws.com`) });
}

describe('role of CredentialSync', () => {
  function useRole(role: (roles: Stack, runners: Stack) => iam.IRole, stacks = makeStacks()): Template {
    const { app, roles, runners } = stacks;
    const cluster = CLUSTERS[CLUSTER](runners);
    addRunner(runners, cluster, { credentialSync: new CredentialSync(runners, 'CredentialSync', { cluster, role: role(roles, runners) }) });
    app.synth();
    return Template.fromStack(runners);
  }

  const message = (runners: string) => `role must be of stack ${runners}, where the function is, got Roles/Mine of stack Roles, and both would depend on each other: refer to it by Role.fromRoleArn in stack ${runners}, or give it the rights that docs/security.md lists and pass it withoutPolicyUpdates()`;

  test('is refused, owned or imported there, also from within that stack', () => {
    expect(() => useRole((roles) => makeRole(roles))).toThrow(new Error(message('Runners')));
    expect(() => useRole((roles) => iam.Role.fromRoleName(roles, 'Mine', 'mine'))).toThrow(new Error(message('Runners')));
    expect(() => useRole((roles) => makeRole(roles), makeStacks((roles) => new NestedStack(roles, 'Nested')))).toThrow(new Error(message('Roles/Nested')));
  });

  test('is taken by its ARN, with its rights in the stack of the function', () => {
    const template = useRole((roles, runners) => iam.Role.fromRoleArn(runners, 'Theirs', makeRole(roles).roleArn));
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).toContain('sqs:SendMessage');
  });

  test('is taken if it may not be changed', () => {
    useRole((roles) => makeRole(roles).withoutPolicyUpdates()).resourceCountIs('AWS::IAM::Policy', 0);
  });
});

describe.each<[string, (role: iam.IRole) => IngestionIdentity]>([
  ['podIdentity', (role) => IngestionIdentity.podIdentity({ role })],
  ['irsa', (role) => IngestionIdentity.irsa({ role })],
])('role of IngestionIdentity.%s', (_, identityOf) => {
  function makeCluster(runners: Stack): RunnerCluster {
    const openIdConnectProvider = iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(runners, 'Provider', 'arn:aws:iam::111122223333:oidc-provider/oidc.example.com');
    return RunnerCluster.fromEksV2(importedEksV2Cluster(runners, { openIdConnectProvider }), { accessEntry: true });
  }

  function grantSecret(role: (roles: Stack) => iam.IRole) {
    const { app, roles, runners } = makeStacks();
    const cluster = makeCluster(runners);
    const identity = identityOf(role(roles));
    const secret = new secretsmanager.Secret(runners, 'Password', { encryptionKey: new kms.Key(runners, 'Key') });
    const runner = addRunner(runners, cluster, { identity, secretsStore: SecretsStore.awsSecretsManager({ secrets: [secret] }) });
    new s3.Bucket(runners, 'Bucket').grantRead(runner);
    addRunner(runners, cluster, { identity, secretsStore: SecretsStore.awsSecretsManager(), ...another(2) }, 'Second');
    app.synth();
    return { roles, runners, template: Template.fromStack(runners) };
  }

  test('is granted a secret whose name is put together at deployment', () => {
    const { roles, runners } = makeStacks();
    const runner = addRunner(runners, makeCluster(runners), { identity: identityOf(makeRole(roles)), secretsStore: SecretsStore.awsSecretsManager() });
    const name = Fn.join('/', Fn.split('-', new CfnParameter(runners, 'Name').valueAsString));
    runner.grantSecretRead(secretsmanager.Secret.fromSecretNameV2(runners, 'Password', name));
    expect(JSON.stringify(only(Template.fromStack(runners), 'AWS::IAM::ManagedPolicy'))).toContain('"Fn::Split":["-",{"Ref":"Name"}]');
  });

  test('is granted secrets and all else by a policy in the runner\'s stack, before the chart', () => {
    const { roles, runners, template } = grantSecret((stack) => makeRole(stack, 'pods.eks'));
    expect(roles.dependencies).toEqual([]);
    expect(runners.dependencies).toEqual([roles]);
    const { Roles, PolicyDocument } = only(template, 'AWS::IAM::ManagedPolicy').Properties;
    expect(Roles).toEqual([{ 'Fn::ImportValue': expect.stringMatching(/^Roles:.*RefMine/) }]);
    expect(PolicyDocument.Statement.map(({ Action }: any) => Action)).toEqual([
      'secretsmanager:GetSecretValue', 'kms:Decrypt', ['s3:GetObject*', 's3:GetBucket*', 's3:List*'], 'secretsmanager:GetSecretValue',
    ]);
    const graph = new ResourceGraph(template);
    graph.ids(CHART).forEach((chart) => expect(graph.waitsFor(chart)).toContain(graph.id('AWS::IAM::ManagedPolicy')));
    expect(Template.fromStack(roles).toJSON().Resources).not.toHaveProperty('MineDefaultPolicy');
  });

  test('is left as it is if it may not be changed', () => {
    const { template } = grantSecret((stack) => makeRole(stack, 'pods.eks').withoutPolicyUpdates());
    ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].forEach((type) => expect(JSON.stringify(template.findResources(type))).not.toContain('Mine'));
  });
});
