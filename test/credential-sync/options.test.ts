import { App, NestedStack, PermissionsBoundary, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Function, Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CredentialSync, CredentialSyncProps, FunctionPlacement, HybridRunnerProps, IngestionIdentity, RunnerCluster, RunnerImages, SecretsStore } from '../../lib';
import { CLUSTERS, FIRST_SYNC, ResourceGraph, addRunner, another, eksV2Cluster, flatten, importedEksV2Cluster, makeStack, only, renewalSchedule, warnings } from '../helpers';

const CLUSTER = 'imported aws-eks-v2';
const BOUNDARY = 'arn:aws:iam::111122223333:policy/boundary';

function synthesizeWith(options: (stack: Stack) => Omit<CredentialSyncProps, 'cluster'>, makeCluster = CLUSTERS[CLUSTER], props: (stack: Stack) => Partial<HybridRunnerProps> = () => ({})): Template {
  const stack = makeStack();
  const cluster = makeCluster(stack);
  const credentialSync = new CredentialSync(stack, 'CredentialSync', { cluster, ...options(stack) });
  expect(addRunner(stack, cluster, { credentialSync, ...props(stack) }).credentialSync).toBe(credentialSync);
  return Template.fromStack(stack);
}

function policyStatements(template: Template, text: string): any[] {
  return Object.values(template.findResources('AWS::IAM::Policy'))
    .filter((policy) => JSON.stringify(policy).includes(text))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

test('a credential sync of one\'s own is the only one', () => {
  const template = synthesizeWith(() => ({}));
  template.resourceCountIs('AWS::Lambda::Function', 1);
  expect(flatten(only(template, FIRST_SYNC).Properties.ServiceToken)).toMatch(/^CredentialSyncFunction/);
});

describe('encryptionKey', () => {
  const template = synthesizeWith((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }));
  const keyArn = { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] };

  test('encrypts the log, the dead letters and the environment', () => {
    expect(only(template, 'AWS::Logs::LogGroup').Properties.KmsKeyId).toEqual(keyArn);
    expect(only(template, 'AWS::SQS::Queue').Properties.KmsMasterKeyId).toEqual(keyArn);
    expect(only(template, 'AWS::Lambda::Function').Properties.KmsKeyArn).toEqual(keyArn);
  });

  test('may be used by the function and the schedules, through the services that need it alone', () => {
    const statements = policyStatements(template, 'collate/token').filter(({ Action }) => String(Action).includes('kms:'));
    statements.forEach((statement) => expect(statement).toMatchObject({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Effect: 'Allow', Resource: keyArn }));
    expect(statements.map(({ Condition }) => flatten(Condition.StringEquals['kms:ViaService']))).toEqual(['lambda.AWS::Region.AWS::URLSuffix', 'sqs.AWS::Region.AWS::URLSuffix']);
    const [scheduler] = Object.values(template.findResources('AWS::IAM::Role', { Properties: { Description: Match.stringLikeRegexp('on schedule') } }));
    expect(scheduler.Properties.Policies[0].PolicyDocument.Statement[2]).toMatchObject({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: keyArn });
  });

  test('lets CloudWatch Logs use it for log groups of the account', () => {
    const [statement] = only(template, 'AWS::KMS::Key').Properties.KeyPolicy.Statement.slice(-1);
    expect(flatten(statement.Principal.Service)).toMatch(/^logs\.AWS::Region\./);
    expect(flatten(statement.Condition.ArnLike['kms:EncryptionContext:aws:logs:arn'])).toBe('arn:AWS::Partition:logs:AWS::Region:AWS::AccountId:log-group:*');
  });

  test('may be imported', () => {
    const arn = 'arn:aws:kms:eu-central-1:111122223333:key/1';
    const imported = synthesizeWith((stack) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Key', arn) }));
    expect(only(imported, 'AWS::Logs::LogGroup').Properties.KmsKeyId).toBe(arn);
    imported.resourceCountIs('AWS::KMS::Key', 0);
  });

  test('may be of another stack, which stays independent', () => {
    const app = new App();
    const [keys, runners] = ['Keys', 'Runners'].map((id) => new Stack(app, id));
    const cluster = CLUSTERS[CLUSTER](runners);
    const credentialSync = new CredentialSync(runners, 'CredentialSync', { cluster, encryptionKey: new kms.Key(keys, 'Key') });
    addRunner(runners, cluster, { credentialSync });
    app.synth();
    expect(keys.dependencies).toEqual([]);
    expect(runners.dependencies).toEqual([keys]);
  });
});

describe('an alias of a key', () => {
  const keyArn = { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] };
  const aliasOfKey = (stack: Stack) => new kms.Key(stack, 'Key').addAlias('collate');

  test('stands for its key', () => {
    const template = synthesizeWith((stack) => ({ encryptionKey: aliasOfKey(stack) }));
    expect(only(template, 'AWS::Logs::LogGroup').Properties.KmsKeyId).toEqual(keyArn);
    expect(only(template, 'AWS::Lambda::Function').Properties.KmsKeyArn).toEqual(keyArn);
    const resources = policyStatements(template, 'collate/token').filter(({ Action }) => String(Action).includes('kms:')).map(({ Resource }) => Resource);
    expect(resources).toEqual([keyArn, keyArn]);
  });

  test('stands for its key in a secret and in a queue, too', () => {
    const template = synthesizeWith((stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'Mine', { encryptionMasterKey: aliasOfKey(stack) }) }), CLUSTERS[CLUSTER], (stack) => ({
      authToken: new secretsmanager.Secret(stack, 'Own', { encryptionKey: stack.node.findChild('Key').node.findChild('Alias') as kms.Alias }),
    }));
    const resources = policyStatements(template, 'sqs:SendMessage').filter(({ Action }) => String(Action).includes('kms:')).map(({ Resource }) => Resource);
    expect(resources).toEqual([keyArn, keyArn]);
  });

  test('is refused where nobody knows its key', () => {
    const stack = makeStack();
    const alias = kms.Alias.fromAliasName(stack, 'Alias', 'alias/collate');
    const error = new Error('alias Stack/Alias does not tell its key, which policies must name: refer to the key itself, as by Key.fromKeyArn');
    expect(() => synthesizeWith((other) => ({ encryptionKey: kms.Alias.fromAliasName(other, 'Alias', 'alias/collate') }))).toThrow(error);
    const runner = addRunner(stack, CLUSTERS[CLUSTER](stack), { secretsStore: SecretsStore.awsSecretsManager() });
    expect(() => runner.grantSecretRead(new secretsmanager.Secret(stack, 'Own', { encryptionKey: alias }))).toThrow(error);
  });
});

test('a function that an injector puts into a VPC may have its network interfaces', () => {
  const stack = new Stack(new App({
    propertyInjectors: [{ constructUniqueId: Function.PROPERTY_INJECTION_ID, inject: (props, { scope }) => ({ ...props, vpc: Stack.of(scope).node.findChild('Vpc') }) }],
  }), 'Stack');
  Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a'], privateSubnetIds: ['subnet-1'] });
  addRunner(stack, CLUSTERS[CLUSTER](stack));
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role', { Properties: { Description: Match.stringLikeRegexp('^Writes') } }));
  expect(Properties.ManagedPolicyArns.map(flatten)).toEqual([expect.stringMatching(/AWSLambdaENIManagementAccess$/)]);
});

test('logRetention is how long the log is kept', () => {
  expect(only(synthesizeWith(() => ({ logRetention: RetentionDays.ONE_YEAR })), 'AWS::Logs::LogGroup').Properties.RetentionInDays).toBe(365);
});

test('deadLetterQueue takes the place of the one that is made, with its key', () => {
  const template = synthesizeWith((stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'Mine', { encryptionMasterKey: new kms.Key(stack, 'Key') }) }));
  const arn = { 'Fn::GetAtt': [expect.stringMatching(/^Mine/), 'Arn'] };
  template.resourceCountIs('AWS::SQS::Queue', 1);
  expect(only(template, 'AWS::Lambda::Function').Properties.DeadLetterConfig.TargetArn).toEqual(arn);
  expect(renewalSchedule(template).Target.DeadLetterConfig.Arn).toEqual(arn);
  expect(policyStatements(template, 'collate/token').filter(({ Action }) => String(Action).includes('kms:'))).toHaveLength(1);
});

describe('reservedConcurrentExecutions', () => {
  test('are the function\'s', () => {
    expect(only(synthesizeWith(() => ({ reservedConcurrentExecutions: 1 })), 'AWS::Lambda::Function').Properties.ReservedConcurrentExecutions).toBe(1);
  });

  test.each([0, -1, 1.5])('%d is refused', (reservedConcurrentExecutions) => {
    expect(() => synthesizeWith(() => ({ reservedConcurrentExecutions })))
      .toThrow(new Error(`reservedConcurrentExecutions must be a whole number of 1 or more, got ${reservedConcurrentExecutions}: leave it out to share the account's`));
  });
});

test('tracing is the function\'s, with the right to write traces', () => {
  const template = synthesizeWith(() => ({ tracing: Tracing.ACTIVE }));
  expect(only(template, 'AWS::Lambda::Function').Properties.TracingConfig).toEqual({ Mode: 'Active' });
  expect(policyStatements(template, 'collate/token')).toContainEqual({ Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Effect: 'Allow', Resource: '*' });
});

test('what is not chosen is not there', () => {
  const { Properties } = only(synthesizeWith(() => ({})), 'AWS::Lambda::Function');
  ['ReservedConcurrentExecutions', 'TracingConfig', 'KmsKeyArn'].forEach((name) => expect(Properties).not.toHaveProperty(name));
});

describe('a role of the user\'s', () => {
  const inVpc = (stack: Stack) => RunnerCluster.fromEksV2(eksV2Cluster(stack));

  test('is the function\'s, the access entry\'s, and gets the rights', () => {
    const template = synthesizeWith((stack) => ({ role: new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }) }));
    const arn = { 'Fn::GetAtt': [expect.stringMatching(/^Mine/), 'Arn'] };
    expect(only(template, 'AWS::Lambda::Function').Properties.Role).toEqual(arn);
    expect(only(template, 'AWS::EKS::AccessEntry').Properties.PrincipalArn).toEqual(arn);
    expect(policyStatements(template, 'MineDefaultPolicy').map(({ Action }) => Action)).toEqual(expect.arrayContaining(['sqs:SendMessage', 'secretsmanager:GetSecretValue']));
    template.resourceCountIs('AWS::IAM::Role', 2);
  });

  test('gets the right to a network interface where the function is in a VPC', () => {
    const template = synthesizeWith((stack) => ({ role: new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }) }), inVpc);
    const [mine] = Object.entries(template.findResources('AWS::IAM::Role')).filter(([id]) => id.startsWith('Mine')).map(([, role]) => role);
    expect(mine.Properties.ManagedPolicyArns.map(flatten)).toEqual(['arn:AWS::Partition:iam::aws:policy/service-role/AWSLambdaENIManagementAccess']);
  });

  test('that is imported gets the right to a network interface by a policy of its own', () => {
    const stack = makeStack();
    const cluster = inVpc(stack);
    addRunner(stack, cluster, { credentialSync: new CredentialSync(stack, 'CredentialSync', { cluster, role: iam.Role.fromRoleName(stack, 'Mine', 'mine') }) });
    const template = Template.fromStack(stack);
    expect(policyStatements(template, 'logs:PutLogEvents')).toContainEqual({
      Action: ['ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses'],
      Effect: 'Allow',
      Resource: '*',
    });
    const graph = new ResourceGraph(template);
    expect(graph.waitsFor(graph.id('AWS::Lambda::Function', 'Renews'))).toContain(graph.id('AWS::IAM::Policy', 'ec2:CreateNetworkInterface'));
    expect(warnings(stack)).toEqual([]);
  });

  test('is left as it is if it may not be changed, and so is the schedules\'', () => {
    const role = (stack: Stack, name: string) => iam.Role.fromRoleArn(stack, name, `arn:aws:iam::111122223333:role/${name}`, { mutable: false });
    const template = synthesizeWith((stack) => ({ role: role(stack, 'function'), schedulerRole: role(stack, 'schedules') }));
    template.resourceCountIs('AWS::IAM::Role', 0);
    template.resourceCountIs('AWS::IAM::Policy', 0);
    template.resourceCountIs('AWS::Logs::ResourcePolicy', 0);
    expect(only(template, 'AWS::Lambda::Function').Properties.Role).toBe('arn:aws:iam::111122223333:role/function');
    expect(renewalSchedule(template).Target.RoleArn).toBe('arn:aws:iam::111122223333:role/schedules');
  });
});

test('a FIFO queue for dead letters is refused', () => {
  expect(() => synthesizeWith((stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'Letters', { fifo: true }) })))
    .toThrow(new Error('deadLetterQueue must be a standard queue, got Stack/Letters, which is a FIFO queue: neither Lambda nor EventBridge Scheduler puts dead letters into one'));
});

test.each(['Größe – neu', 'データ'])('a cluster with the id %j has roles with descriptions that IAM takes', (id) => {
  const stack = makeStack();
  addRunner(stack, RunnerCluster.fromEksV2(importedEksV2Cluster(new Construct(stack, id)), { accessEntry: true }));
  const roles = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role'));
  roles.forEach(({ Properties: { Description } }) => expect(Description).toMatch(/^[\t\n\r\x20-\x7e\xa1-\xff]{1,1000}$/));
});

describe('a role for two syncs of one cluster', () => {
  const ARN = 'arn:aws:iam::111122223333:role/mine';

  function make({ accessEntry = true, mutable = true, name = 'data', arn = ARN } = {}): void {
    const app = new App();
    const [one, two] = ['One', 'Two'].map((id) => new Stack(app, id));
    const sync = (stack: Stack, clusterName: string, roleArn: string) => new CredentialSync(stack, 'CredentialSync', {
      cluster: RunnerCluster.fromEksV2(importedEksV2Cluster(stack, { clusterName }), { accessEntry }),
      role: iam.Role.fromRoleArn(stack, 'Mine', roleArn, { mutable }),
    });
    sync(one, 'data', ARN);
    sync(two, name, arn);
  }

  test.each([true, false])('is refused, mutable: %s, because the cluster takes it once', (mutable) => {
    expect(() => make({ mutable })).toThrow(new Error('role must not be that of another CredentialSync of the cluster, got Two/Mine, which One/CredentialSync has: give its runners that one as credentialSync, or this one another role'));
  });

  test.each<[string, Parameters<typeof make>[0]]>([
    ['another role', { arn: `${ARN}-two` }], ['another cluster', { name: 'finance' }], ['access that is somebody else\'s', { accessEntry: false }],
  ])('%s is taken', (_, options) => {
    expect(() => make(options)).not.toThrow();
  });
});

describe('permissionsBoundary', () => {
  const boundary = (stack: Stack) => iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', BOUNDARY);
  const boundaries = (template: Template) => Object.values(template.findResources('AWS::IAM::Role')).map(({ Properties }) => Properties.PermissionsBoundary);

  test('stands on both roles of the credential sync', () => {
    expect(boundaries(synthesizeWith((stack) => ({ permissionsBoundary: boundary(stack) })))).toEqual([BOUNDARY, BOUNDARY]);
  });

  test.each([
    ['podIdentity', (permissionsBoundary: iam.IManagedPolicy) => IngestionIdentity.podIdentity({ permissionsBoundary })],
    ['irsa', (permissionsBoundary: iam.IManagedPolicy) => IngestionIdentity.irsa({ permissionsBoundary })],
  ])('stands on the role of the ingestion pods, with %s', (_, identity) => {
    const stack = makeStack();
    const openIdConnectProvider = iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, 'Provider', 'arn:aws:iam::111122223333:oidc-provider/oidc.example.com');
    const cluster = RunnerCluster.fromEksV2(importedEksV2Cluster(stack, { openIdConnectProvider }), { accessEntry: true });
    addRunner(stack, cluster, { identity: identity(boundary(stack)), secretsStore: SecretsStore.awsSecretsManager() });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', { Description: Match.stringLikeRegexp('^Ingestion pods'), PermissionsBoundary: BOUNDARY });
  });

  test('of the stack stands on every role', () => {
    const stack = makeStack();
    iam.PermissionsBoundary.of(stack).apply(boundary(stack));
    addRunner(stack, CLUSTERS[CLUSTER](stack), { secretsStore: SecretsStore.awsSecretsManager() });
    expect(boundaries(Template.fromStack(stack))).toEqual([BOUNDARY, BOUNDARY, BOUNDARY]);
  });

  test.each<[string, (stack: Stack) => Stack]>([
    ['by PermissionsBoundary.of(stack)', (stack) => {
      iam.PermissionsBoundary.of(stack).apply(iam.ManagedPolicy.fromManagedPolicyName(stack, 'Wider', 'wider'));
      return stack;
    }],
    ['by the stack\'s properties', (stack) => new Stack(stack, 'Bound', { permissionsBoundary: PermissionsBoundary.fromName('wider') })],
  ])('wins over the one of all roles, given %s', (_, bind) => {
    const stack = bind(makeStack());
    const cluster = CLUSTERS[CLUSTER](stack);
    const permissionsBoundary = boundary(stack);
    addRunner(stack, cluster, {
      credentialSync: new CredentialSync(stack, 'CredentialSync', { cluster, permissionsBoundary }),
      identity: IngestionIdentity.podIdentity({ permissionsBoundary }),
      secretsStore: SecretsStore.awsSecretsManager(),
    });
    new iam.Role(stack, 'Other', { assumedBy: new iam.AccountRootPrincipal() });
    expect(boundaries(Template.fromStack(stack)).map(flatten)).toEqual([BOUNDARY, BOUNDARY, BOUNDARY, expect.stringMatching(/:policy\/wider$/)]);
  });

  test('is refused where no role is made', () => {
    const role = (stack: Stack, name: string) => iam.Role.fromRoleName(stack, name, name);
    expect(() => synthesizeWith((stack) => ({ permissionsBoundary: boundary(stack), role: role(stack, 'function'), schedulerRole: role(stack, 'schedules') })))
      .toThrow(new Error('permissionsBoundary must not be given together with role and schedulerRole, because then no role is made: set it on those roles'));
    const stack = makeStack();
    const options = { permissionsBoundary: boundary(stack), role: role(stack, 'ingestion') };
    const message = new Error('permissionsBoundary must not be given together with role, because then no role is made: set it on that role');
    expect(() => IngestionIdentity.podIdentity(options)).toThrow(message);
    expect(() => IngestionIdentity.irsa(options)).toThrow(message);
  });
});

describe('runners of several stacks with one credential sync', () => {
  const app = new App();
  const shared = new Stack(app, 'Shared');
  const credentialSync = new CredentialSync(shared, 'CredentialSync', { cluster: CLUSTERS[CLUSTER](shared) });
  const stacks = ['One', 'Two'].map((id, index) => {
    const stack = new Stack(app, id);
    addRunner(stack, CLUSTERS[CLUSTER](stack), {
      ...another(index),
      credentialSync,
      images: RunnerImages.fromCollateRegistry(new secretsmanager.Secret(stack, 'Keys', { encryptionKey: new kms.Key(stack, 'Key') })),
    });
    return stack;
  });
  app.synth();
  const templates = stacks.map((stack) => Template.fromStack(stack));

  test('use its function, with schedules and alarms of their own', () => {
    templates.forEach((template) => {
      template.resourceCountIs('AWS::Lambda::Function', 0);
      template.resourceCountIs('AWS::EKS::AccessEntry', 0);
      template.resourceCountIs('AWS::SQS::Queue', 0);
      template.resourceCountIs('AWS::IAM::Policy', 0);
      template.resourceCountIs('AWS::Scheduler::Schedule', 2);
      expect(flatten(only(template, FIRST_SYNC).Properties.ServiceToken['Fn::ImportValue'])).toMatch(/^Shared:.*Function/);
    });
  });

  test('depend on its stack, which depends on none of theirs', () => {
    expect(shared.dependencies).toEqual([]);
    stacks.forEach((stack) => expect(stack.dependencies).toEqual([shared]));
  });

  test('bring their own policies before their first sync', () => {
    templates.forEach((template) => {
      const { Roles, PolicyDocument } = only(template, 'AWS::IAM::ManagedPolicy').Properties;
      expect(Roles).toEqual([{ 'Fn::ImportValue': expect.stringMatching(/^Shared:.*Role/) }]);
      expect(PolicyDocument.Statement.map(({ Action }: any) => Action)).toEqual(['secretsmanager:GetSecretValue', 'secretsmanager:GetSecretValue', 'kms:Decrypt']);
      const graph = new ResourceGraph(template);
      expect(graph.waitsFor(graph.id(FIRST_SYNC))).toContain(graph.id('AWS::IAM::ManagedPolicy'));
    });
    expect(policyStatements(Template.fromStack(shared), '').map(({ Action }) => Action)).not.toContain('secretsmanager:GetSecretValue');
  });

  test('may stand in a nested stack', () => {
    const stack = makeStack();
    const cluster = CLUSTERS[CLUSTER](stack);
    const nested = new NestedStack(stack, 'Nested');
    addRunner(nested, cluster, { credentialSync: new CredentialSync(stack, 'CredentialSync', { cluster }) });
    Template.fromStack(nested).resourceCountIs('AWS::Lambda::Function', 0);
    expect(new ResourceGraph(Template.fromStack(stack)).cyclic).toEqual([]);
  });

  test('leave a role that may not be changed as it is', () => {
    const other = new App();
    const [one, two] = ['One', 'Two'].map((id) => new Stack(other, id));
    const sync = new CredentialSync(one, 'CredentialSync', {
      cluster: CLUSTERS[CLUSTER](one), role: iam.Role.fromRoleName(one, 'Mine', 'mine', { mutable: false }),
    });
    addRunner(two, CLUSTERS[CLUSTER](two), { credentialSync: sync });
    ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].forEach((type) => Template.fromStack(two).resourceCountIs(type, 0));
  });
});

test('a credential sync of another cluster is refused', () => {
  const stack = makeStack();
  const other = RunnerCluster.fromEksV2(importedEksV2Cluster(new Stack(stack, 'Other'), { clusterName: 'other' }), { accessEntry: true });
  const credentialSync = new CredentialSync(stack, 'CredentialSync', { cluster: other });
  const props: Partial<HybridRunnerProps> = { credentialSync };
  expect(() => addRunner(stack, CLUSTERS[CLUSTER](stack), props)).toThrow(new Error('credentialSync Stack/CredentialSync is not known to be of cluster Stack/Cluster: give both the same cluster, or leave credentialSync out'));
});

describe.each([
  ['aws', 'eu-central-1', 'amazonaws.com'],
  ['aws-cn', 'cn-north-1', 'amazonaws.com.cn'],
  ['aws-us-gov', 'us-gov-west-1', 'amazonaws.com'],
])('in partition %s', (partition, region, suffix) => {
  const stack = makeStack({ env: { account: '111122223333', region } });
  const cluster = RunnerCluster.fromEksV2(eksV2Cluster(stack), { functionPlacement: FunctionPlacement.likeKubectl() });
  const credentialSync = new CredentialSync(stack, 'CredentialSync', { cluster, encryptionKey: new kms.Key(stack, 'Key') });
  addRunner(stack, cluster, { credentialSync, secretsStore: SecretsStore.awsSecretsManager({ encryptionKeys: [new kms.Key(stack, 'StoreKey')] }) });
  const text = JSON.stringify(deploy(Template.fromStack(stack).toJSON(), { 'AWS::Partition': partition, 'AWS::URLSuffix': suffix }));

  test('every ARN and service is that partition\'s', () => {
    expect(new Set([...text.matchAll(/arn:([^:"]*):/g)].map(([, found]) => found))).toEqual(new Set([partition]));
    expect(text).toContain(`arn:${partition}:secretsmanager:${region}:111122223333:secret:/collate/hybrid-ingestion-runner/*`);
    expect(text).toContain(`"kms:ViaService":"secretsmanager.${region}.${suffix}"`);
    expect(text).toContain(`"Service":"logs.${region}.${suffix}"`);
    expect(text).toContain(`arn:${partition}:iam::aws:policy/service-role/AWSLambdaENIManagementAccess`);
  });
});

/** The template as CloudFormation reads it in a partition. */
function deploy(value: any, parameters: Record<string, string>): any {
  if (Array.isArray(value)) {
    return value.map((item) => deploy(item, parameters));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (value.Ref in parameters) {
    return parameters[value.Ref];
  }
  if (value['Fn::Join']) {
    const parts = deploy(value['Fn::Join'][1], parameters);
    return parts.every((part: any) => typeof part === 'string') ? parts.join(value['Fn::Join'][0]) : { 'Fn::Join': [value['Fn::Join'][0], parts] };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deploy(item, parameters)]));
}
