import { execFileSync } from 'child_process';
import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as eksv2 from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { ArgoWorkflows, CredentialSync, FunctionPlacement, RunnerCluster, RunnerClusterOptions, RunnerImages, RunnerMonitoring, SecretsStore } from '../../lib';
import { ACCOUNT, CLUSTERS, FIRST_SYNC, REGION, addRunner, another, eksCluster, eksV2Cluster, flatten, importedEksCluster, importedEksV2Cluster, makeStack, manifestOf, manifests, only, renewalSchedule, synthesize, warnings } from '../helpers';

const CLUSTER = 'imported aws-eks-v2';

describe('the function', () => {
  const template = synthesize();
  const lambdaFunction = only(template, 'AWS::Lambda::Function').Properties;

  test('runs on the newest Node, bounded, with a log that is not kept for ever', () => {
    expect(lambdaFunction).toMatchObject({ Runtime: 'nodejs24.x', Handler: 'index.handler', Timeout: 300, MemorySize: 256 });
    expect(only(template, 'AWS::Logs::LogGroup')).toMatchObject({ Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' });
    expect(lambdaFunction.LoggingConfig).toEqual({ LogGroup: { Ref: expect.stringContaining('Log') } });
  });

  test('knows its cluster and no secret', () => {
    expect(lambdaFunction.Environment.Variables).toEqual({ CLUSTER_NAME: 'data' });
  });

  test('has a role without a name, so that its access entry cannot outlive it', () => {
    template.resourcePropertiesCountIs('AWS::IAM::Role', Match.objectLike({ RoleName: Match.anyValue() }), 0);
  });

  test('may do exactly this', () => {
    const statements = functionStatements(template);
    expect(statements).toEqual([
      { Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Effect: 'Allow', Resource: expect.stringMatching(/Log.*\.Arn$/) },
      { Action: 'sqs:SendMessage', Effect: 'Allow', Resource: expect.stringMatching(/DeadLetters.*\.Arn$/) },
      { Action: 'eks:DescribeCluster', Effect: 'Allow', Resource: 'arn:AWS::Partition:eks:AWS::Region:AWS::AccountId:cluster/data' },
      { Action: 'secretsmanager:GetSecretValue', Effect: 'Allow', Resource: expect.stringMatching(/:secret:collate\/token-\?{6}$/) },
      { Action: 'secretsmanager:GetSecretValue', Effect: 'Allow', Resource: expect.stringMatching(/:secret:collate\/registry-keys-\?{6}$/) },
    ]);
  });

  test('needs no eks:DescribeCluster where the cluster says its endpoint', () => {
    const stack = makeStack();
    const cluster = importedEksCluster(stack, { clusterEndpoint: 'https://api.example.com', clusterCertificateAuthorityData: 'Q0E=' });
    addRunner(stack, RunnerCluster.fromEks(cluster, { accessEntry: true }));
    const described = Template.fromStack(stack);
    expect(syncFunction(described).Environment.Variables).toEqual({
      CLUSTER_NAME: 'data', CLUSTER_ENDPOINT: 'https://api.example.com', CLUSTER_CERTIFICATE_AUTHORITY: 'Q0E=',
    });
    expect(JSON.stringify(functionStatements(described))).not.toContain('eks:');
  });

  test('may decrypt with the keys of its secrets, owned or imported, through Secrets Manager alone', () => {
    const stack = makeStack();
    const owned = new secretsmanager.Secret(stack, 'Owned', { encryptionKey: new kms.Key(stack, 'Key') });
    const imported = secretsmanager.Secret.fromSecretAttributes(stack, 'Imported', {
      secretCompleteArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:keys-AbCdEf',
      encryptionKey: kms.Key.fromKeyArn(stack, 'ImportedKey', 'arn:aws:kms:eu-central-1:111122223333:key/1'),
    });
    addRunner(stack, CLUSTERS[CLUSTER](stack), { authToken: owned, images: RunnerImages.fromCollateRegistry(imported) });
    const decrypt = functionStatements(Template.fromStack(stack)).filter(({ Action }) => Action === 'kms:Decrypt');
    expect(decrypt.map(({ Resource }) => Resource)).toEqual([expect.stringMatching(/^Key.*\.Arn$/), 'arn:aws:kms:eu-central-1:111122223333:key/1']);
    const services = decrypt.map(({ Condition }) => flatten(Condition.StringEquals['kms:ViaService']));
    expect(services).toEqual(['secretsmanager.AWS::Region.AWS::URLSuffix', 'secretsmanager.eu-central-1.AWS::URLSuffix']);
  });

  test('may decrypt a secret of another region through Secrets Manager there', () => {
    const stack = makeStack({ env: { account: ACCOUNT, region: REGION } });
    const authToken = secretsmanager.Secret.fromSecretAttributes(stack, 'Elsewhere', {
      secretCompleteArn: `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:token-AbCdEf`,
      encryptionKey: kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1`),
    });
    addRunner(stack, CLUSTERS[CLUSTER](stack), { authToken });
    const [{ Condition }] = functionStatements(Template.fromStack(stack)).filter(({ Action }) => Action === 'kms:Decrypt');
    expect(flatten(Condition.StringEquals['kms:ViaService'])).toBe('secretsmanager.eu-west-1.AWS::URLSuffix');
  });

  test.each([
    ['region', { account: ACCOUNT, region: 'eu-west-1' }],
    ['account', { account: '444455556666', region: REGION }],
  ])('may read a secret that a stack of another %s makes, whose ARN ends as nobody knows yet', (_, env) => {
    const app = new App();
    const stack = makeStack({ env: { account: ACCOUNT, region: REGION } }, app);
    const authToken = new secretsmanager.Secret(new Stack(app, 'Elsewhere', { env }), 'Token', { secretName: 'elsewhere' });
    addRunner(stack, CLUSTERS[CLUSTER](stack), { authToken });
    const [statement] = Object.values<any>(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement).filter(({ Action }: any) => Action === 'secretsmanager:GetSecretValue');
    expect([statement.Resource].flat().map(flatten)).toContain(`arn:AWS::Partition:secretsmanager:${env.region}:${env.account}:secret:elsewhere-??????`);
  });
});

describe('the rights in Kubernetes', () => {
  const template = synthesize();

  const role = manifestOf(template, 'Role', 'collate-credential-sync');
  const argoRole = manifestOf(template, 'Role', 'collate-credential-sync-argo');

  test('are to write the two Secrets, to restart the runner, and to look at it, each by name', () => {
    expect(role.metadata.namespace).toBe('hybrid-ingestion-runner');
    expect(role.rules).toEqual([
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['omd-registry-credentials', 'hybrid-runner-token'], verbs: ['create', 'patch'] },
      { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['hybrid-ingestion-runner'], verbs: ['get', 'patch'] },
      { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['ingestion'], verbs: ['get'] },
      { apiGroups: [''], resources: ['services/proxy'], resourceNames: ['hybrid-ingestion-runner:metrics-app'], verbs: ['get'] },
      { apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], verbs: ['create'] },
    ]);
    expect(argoRole.metadata.namespace).toBe('argo-workflows');
    expect(argoRole.rules).toEqual([
      { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['argo-workflows-workflow-controller', 'argo-workflows-server'], verbs: ['get'] },
    ]);
  });

  test('are for the group of the access entry, in these namespaces and no further', () => {
    const [group] = only(template, 'AWS::EKS::AccessEntry').Properties.KubernetesGroups;
    for (const { metadata } of [role, argoRole]) {
      expect(manifestOf(template, 'RoleBinding', metadata.name)).toMatchObject({
        metadata: { namespace: metadata.namespace },
        roleRef: { kind: 'Role', name: metadata.name },
        subjects: [{ kind: 'Group', name: group }],
      });
    }
    expect(group).not.toMatch(/^(system|eks|aws|amazon|iam):/);
    expect(manifests(template).map(({ kind }) => kind)).not.toEqual(expect.arrayContaining(['ClusterRole']));
  });

  test('are none on an Argo Workflows of somebody else', () => {
    const roles = manifests(synthesize(another(1))).filter(({ kind }) => kind === 'Role');
    expect(roles.map(({ metadata }) => metadata)).toEqual([{ name: 'collate-credential-sync', namespace: 'runner-1' }]);
    expect(JSON.stringify(roles)).not.toContain('argo');
  });

  test('are one Role where Argo Workflows is in the runner\'s namespace', () => {
    const shared = synthesize({ argoWorkflows: ArgoWorkflows.install({ namespace: 'hybrid-ingestion-runner' }) });
    expect(manifestOf(shared, 'Role').rules.at(-1).resourceNames).toEqual(['argo-workflows-workflow-controller', 'argo-workflows-server']);
  });

  test('follow the name of the release', () => {
    const named = manifestOf(synthesize({ releaseName: 'collate' }), 'Role', 'collate-credential-sync');
    expect(named.rules[1].resourceNames).toEqual(['collate-hybrid-ingestion-runner']);
    expect(named.rules[3].resourceNames).toEqual(['collate-hybrid-ingestion-runner:metrics-app']);
  });

  test('come by an access entry of type STANDARD without any access policy', () => {
    expect(only(template, 'AWS::EKS::AccessEntry').Properties).toEqual({
      ClusterName: 'data', PrincipalArn: { 'Fn::GetAtt': [expect.stringContaining('SyncRole'), 'Arn'] }, Type: 'STANDARD', KubernetesGroups: [expect.any(String)],
    });
  });

  test('differ between functions, so that one cannot write where another may', () => {
    const stack = makeStack();
    const cluster = CLUSTERS[CLUSTER](stack);
    const groups = [stack, new Stack(stack, 'Other')].map((scope, index) => addRunner(scope, cluster, another(index), `Runner${index}`).credentialSync.kubernetesGroup);
    expect(new Set(groups).size).toBe(2);
  });

  test('differ between stacks of one shape and other names, which may serve one cluster, and stay the same when synthesized again', () => {
    const groupOf = (stackName: string, scope: (stack: Stack) => Stack = (stack) => stack) => {
      const stack = new Stack(new App(), 'Runners', { stackName });
      const cluster = RunnerCluster.fromEksV2(importedEksV2Cluster(stack), { accessEntry: true });
      return addRunner(scope(stack), cluster).credentialSync.kubernetesGroup;
    };
    const nested = (stack: Stack) => new NestedStack(stack, 'Nested');
    expect(new Set([groupOf('one'), groupOf('two'), groupOf('one', nested), groupOf('two', nested)]).size).toBe(4);
    expect(groupOf('one')).toBe(groupOf('one'));
    expect(groupOf('one', nested)).toBe(groupOf('one', nested));
  });
});

describe('the way into the cluster', () => {
  test.each([
    [eks.AuthenticationMode.API], [eks.AuthenticationMode.API_AND_CONFIG_MAP],
  ])('is an access entry on a cluster of aws-eks in mode %s', (authenticationMode) => {
    const stack = makeStack();
    addRunner(stack, RunnerCluster.fromEks(eksCluster(stack, { authenticationMode })));
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::EKS::AccessEntry', 1);
    expect(manifests(template).filter(({ metadata }) => metadata.name === 'aws-auth' && JSON.stringify(metadata).includes('collate'))).toEqual([]);
  });

  test.each([[undefined], [eks.AuthenticationMode.CONFIG_MAP]])('is the aws-auth ConfigMap on a cluster of aws-eks in mode %s', (authenticationMode) => {
    const stack = makeStack();
    const runner = addRunner(stack, RunnerCluster.fromEks(eksCluster(stack, { authenticationMode })));
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::EKS::AccessEntry', 0);
    expect(JSON.stringify(template.toJSON())).toContain(`\\\\\\"groups\\\\\\":[\\\\\\"${runner.credentialSync.kubernetesGroup}\\\\\\"]`);
  });

  test('names a role with a path without it in the ConfigMap, and with it to Lambda', () => {
    const stack = makeStack();
    const cluster = RunnerCluster.fromEks(eksCluster(stack));
    const role = iam.Role.fromRoleArn(stack, 'Mine', 'arn:aws:iam::111122223333:role/team/data/mine');
    const { kubernetesGroup } = addRunner(stack, cluster, { credentialSync: new CredentialSync(stack, 'CredentialSync', { cluster, role }) }).credentialSync;
    const template = Template.fromStack(stack);
    const mapped = JSON.parse(flatten(manifestOf(template, 'ConfigMap', 'aws-auth').data.mapRoles)).filter(({ groups }: any) => groups.includes(kubernetesGroup));
    expect(mapped.map(({ rolearn }: any) => rolearn)).toEqual(['arn:AWS::Partition:iam::AWS::AccountId:role/mine']);
    expect(syncFunction(template).Role).toBe('arn:aws:iam::111122223333:role/team/data/mine');
  });

  test.each(['aws-eks-v2', CLUSTER])('is left to the user with accessEntry: false on %s', (name) => {
    const stack = makeStack();
    const makeCluster = () => name === CLUSTER ? RunnerCluster.fromEksV2(importedEksV2Cluster(stack), { accessEntry: false }) : RunnerCluster.fromEksV2(eksV2Cluster(stack), { accessEntry: false });
    const runner = addRunner(stack, makeCluster());
    const entries = Object.values(Template.fromStack(stack).findResources('AWS::EKS::AccessEntry'));
    expect(entries.filter(({ Properties }) => Properties.KubernetesGroups)).toEqual([]);
    expect(runner.credentialSync.kubernetesGroup).toMatch(/^collate-credential-sync-/);
    expect(warnings(stack)).toEqual([]);
  });
});

describe('the place of the function', () => {
  test.each(['aws-eks with access entries', 'aws-eks-v2'])('follows the kubectl handler into the VPC of %s', (name) => {
    const stack = makeStack();
    addRunner(stack, CLUSTERS[name](stack));
    const template = Template.fromStack(stack);
    const config = syncFunction(template).VpcConfig;
    expect(config.SubnetIds.map(({ Ref }: any) => Ref)).toEqual([expect.stringContaining('PrivateSubnet1'), expect.stringContaining('PrivateSubnet2')]);
    expect(config.SecurityGroupIds).toEqual([{ 'Fn::GetAtt': [expect.stringContaining('Cluster'), 'ClusterSecurityGroupId'] }].map((group) => expect.objectContaining(group)));
    template.hasResourceProperties('AWS::IAM::Role', { ManagedPolicyArns: [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AWSLambdaENIManagementAccess']] }] });
  });

  test('follows the kubectl handler out of the VPC', () => {
    const stack = makeStack();
    addRunner(stack, RunnerCluster.fromEksV2(eksV2Cluster(stack, { endpointAccess: eksv2.EndpointAccess.PUBLIC })));
    expect(syncFunction(Template.fromStack(stack))).not.toHaveProperty('VpcConfig');
  });

  test('is that of the kubectl handler of an imported cluster', () => {
    const stack = makeStack();
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a'], privateSubnetIds: ['subnet-1'], privateSubnetRouteTableIds: ['rtb-1'] });
    const cluster = importedEksCluster(stack, { vpc, kubectlPrivateSubnetIds: ['subnet-9'], kubectlSecurityGroupId: 'sg-9' });
    addRunner(stack, RunnerCluster.fromEks(cluster, { accessEntry: true }));
    expect(syncFunction(Template.fromStack(stack)).VpcConfig).toEqual({ SubnetIds: ['subnet-9'], SecurityGroupIds: ['sg-9'] });
  });

  test('can be outside of the VPC', () => {
    const stack = makeStack();
    addRunner(stack, RunnerCluster.fromEksV2(eksV2Cluster(stack), { functionPlacement: FunctionPlacement.outsideVpc() }));
    const template = Template.fromStack(stack);
    expect(syncFunction(template)).not.toHaveProperty('VpcConfig');
    expect(JSON.stringify(template.findResources('AWS::IAM::Role'))).not.toContain('AWSLambdaENIManagementAccess');
  });

  test('can be in a VPC, whose way to the API server is opened', () => {
    const stack = makeStack();
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a'], privateSubnetIds: ['subnet-1'], privateSubnetRouteTableIds: ['rtb-1'] });
    const cluster = importedEksV2Cluster(stack, { securityGroupIds: ['sg-cluster'] });
    addRunner(stack, RunnerCluster.fromEksV2(cluster, { accessEntry: true, functionPlacement: FunctionPlacement.inVpc({ vpc }) }));
    const template = Template.fromStack(stack);
    expect(syncFunction(template).VpcConfig.SubnetIds).toEqual(['subnet-1']);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { GroupId: 'sg-cluster', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' });
    expect(warnings(stack)).toEqual([]);
  });

  test('can be in a VPC in another stack than the cluster\'s, which stays independent', () => {
    const app = new App();
    const [clusterStack, runnerStack] = ['Cluster', 'Runner'].map((id) => new Stack(app, id));
    const cluster = eksV2Cluster(clusterStack);
    addRunner(runnerStack, RunnerCluster.fromEksV2(cluster, { functionPlacement: FunctionPlacement.inVpc({ vpc: cluster.vpc }) }));
    app.synth();
    expect(clusterStack.dependencies).toEqual([]);
    Template.fromStack(runnerStack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', { FromPort: 443, ToPort: 443 });
  });

  test('in a VPC warns where the cluster\'s security group is not known', () => {
    const stack = makeStack();
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a'], privateSubnetIds: ['subnet-1'], privateSubnetRouteTableIds: ['rtb-1'] });
    addRunner(stack, RunnerCluster.fromEksV2(importedEksV2Cluster(stack), { accessEntry: true, functionPlacement: FunctionPlacement.inVpc({ vpc }) }));
    expect(warnings(stack)).toEqual([expect.stringContaining('imported cluster Stack/Cluster lacks clusterSecurityGroupId or securityGroupIds: let the function\'s security group in on port 443 yourself')]);
  });

  test('in a VPC with security groups of the user\'s changes no rule', () => {
    const stack = makeStack();
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a'], privateSubnetIds: ['subnet-1'], privateSubnetRouteTableIds: ['rtb-1'] });
    const securityGroups = [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-mine')];
    const cluster = importedEksV2Cluster(stack, { securityGroupIds: ['sg-cluster'] });
    addRunner(stack, RunnerCluster.fromEksV2(cluster, { accessEntry: true, functionPlacement: FunctionPlacement.inVpc({ vpc, securityGroups }) }));
    const template = Template.fromStack(stack);
    expect(syncFunction(template).VpcConfig.SecurityGroupIds).toEqual(['sg-mine']);
    template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });
});

describe('what a further runner says of the cluster', () => {
  /** Two runners of one function, whose options of the cluster differ. */
  function add(first: RunnerClusterOptions, second: (stack: Stack) => RunnerClusterOptions): void {
    const stack = makeStack();
    const cluster = eksV2Cluster(stack);
    addRunner(stack, RunnerCluster.fromEksV2(cluster, first));
    addRunner(stack, RunnerCluster.fromEksV2(cluster, second(stack)), another(2), 'Second');
  }
  const vpc = (stack: Stack, id = 'Vpc') => ec2.Vpc.fromVpcAttributes(stack, id, { vpcId: 'vpc-1', availabilityZones: ['a'], privateSubnetIds: ['subnet-1'] });

  test.each<[string, RunnerClusterOptions, (stack: Stack) => RunnerClusterOptions]>([
    ['accessEntry', {}, () => ({ accessEntry: false })],
    ['accessEntry', { accessEntry: false }, () => ({ accessEntry: true })],
    ['functionPlacement', {}, () => ({ functionPlacement: FunctionPlacement.outsideVpc() })],
    ['functionPlacement', { functionPlacement: FunctionPlacement.outsideVpc() }, (stack) => ({ functionPlacement: FunctionPlacement.inVpc({ vpc: vpc(stack) }) })],
    ['accessEntry and functionPlacement', {}, (stack) => ({ accessEntry: false, functionPlacement: FunctionPlacement.inVpc({ vpc: vpc(stack) }) })],
  ])('is refused where its %s is not that of the function', (names, first, second) => {
    expect(() => add(first, second)).toThrow(new RegExp(`^${names} of cluster Stack/Cluster must be what Stack/CollateCredentialSync-[0-9a-f]+ was made with, because its runners share that function: say the same for each runner, or leave it out of the later ones$`));
  });

  test.each<[RunnerClusterOptions, RunnerClusterOptions]>([
    [{ accessEntry: false, functionPlacement: FunctionPlacement.outsideVpc() }, {}],
    [{ functionPlacement: FunctionPlacement.outsideVpc() }, { functionPlacement: FunctionPlacement.outsideVpc() }],
    [{}, { accessEntry: true, functionPlacement: FunctionPlacement.likeKubectl() }],
  ])('is taken where it is the same, or nothing: %j, %j', (first, second) => {
    expect(() => add(first, () => second)).not.toThrow();
  });

  test('is taken where it is the same VPC, imported twice', () => {
    const stack = makeStack();
    const cluster = eksV2Cluster(stack);
    [1, 2].forEach((number) => {
      const functionPlacement = FunctionPlacement.inVpc({ vpc: vpc(stack, `Vpc${number}`) });
      addRunner(stack, RunnerCluster.fromEksV2(cluster, { functionPlacement }), another(number), `Runner${number}`);
    });
  });
});

describe('the schedule', () => {
  test('syncs every two hours what the first sync synced, and dead letters are kept', () => {
    const template = synthesize({ authTokenField: 'jwt' });
    const schedule = renewalSchedule(template);
    const request = only(template, FIRST_SYNC).Properties.Request;
    expect(schedule).toMatchObject({ ScheduleExpression: 'rate(2 hours)', State: 'ENABLED', FlexibleTimeWindow: { Mode: 'OFF' } });
    expect(schedule.Target.Input).toEqual(request);
    expect(schedule.Target.DeadLetterConfig.Arn['Fn::GetAtt'][0]).toContain('DeadLetters');
    expect(JSON.parse(flatten(request))).toEqual({
      action: 'sync',
      agentId: 'aws-prod',
      namespace: 'hybrid-ingestion-runner',
      pullSecret: {
        name: 'omd-registry-credentials',
        credentialsSecretArn: expect.stringMatching(/:secret:collate\/registry-keys$/),
        registryAccount: '118146679784',
        registryRegion: 'eu-west-1',
        registryHost: '118146679784.dkr.ecr.eu-west-1.amazonaws.com',
      },
      tokenSecret: { name: 'hybrid-runner-token', key: 'token', secretArn: expect.stringMatching(/:secret:collate\/token$/), field: 'jwt' },
      workload: { name: 'hybrid-ingestion-runner', serviceAccount: 'ingestion', argoNamespace: 'argo-workflows' },
    });
  });

  test('may invoke the function and keep dead letters, and nothing else', () => {
    const template = synthesize();
    const [{ Properties }] = Object.values(template.findResources('AWS::IAM::Role', { Properties: { Description: Match.stringLikeRegexp('on schedule') } }));
    expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([{
      Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'scheduler.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    }]);
    expect(Properties.Policies[0].PolicyDocument.Statement.map(({ Action, Resource }: any) => [Action, flatten(Resource)])).toEqual([
      ['lambda:InvokeFunction', expect.stringMatching(/Function.*\.Arn$/)], ['sqs:SendMessage', expect.stringMatching(/DeadLetters.*\.Arn$/)],
    ]);
    expect(only(template, 'AWS::Lambda::Function').Properties.DeadLetterConfig.TargetArn['Fn::GetAtt'][0]).toContain('DeadLetters');
    template.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true, MessageRetentionPeriod: 1209600 });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', { PolicyDocument: { Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })] } });
  });

  test('ends a delivery that the next one overtakes', () => {
    expect(renewalSchedule(synthesize()).Target.RetryPolicy.MaximumEventAgeInSeconds).toBe(7200);
  });
});

test('setting account and region of the stack keeps every logical id', () => {
  const [one, two] = [{}, { env: { account: '111122223333', region: 'eu-central-1' } }].map((props) => {
    const stack = makeStack(props);
    addRunner(stack, CLUSTERS[CLUSTER](stack), { secretsStore: SecretsStore.awsSecretsManager() });
    return Object.keys(Template.fromStack(stack).toJSON().Resources);
  });
  expect(two).toEqual(one);
});

test('CloudFormation gives up on the first sync after ten minutes, not after an hour', () => {
  expect(only(synthesize(), FIRST_SYNC).Properties.ServiceTimeout).toBe('600');
});

describe('renewCommand', () => {
  test.each(['aws-prod', 'it\'s <aws.scheduler.scheduled-time> & $(more)'])('sends the same request through a shell, for agent %j', (agentId) => {
    const stack = makeStack();
    const runner = addRunner(stack, CLUSTERS[CLUSTER](stack), { agentId });
    const command = flatten(stack.resolve(runner.renewCommand));
    const [, payload] = /^aws lambda invoke --region AWS::Region --function-name \S+ --cli-binary-format raw-in-base64-out --payload '([^']*)' \/dev\/stdout$/.exec(command)!;
    expect(JSON.parse(payload).agentId).toBe(agentId);
    expect(payload).toBe(flatten(only(Template.fromStack(stack), FIRST_SYNC).Properties.Request));
    expect(payload).not.toMatch(/[<>]/);
  });
});

describe('statusCommand', () => {
  test.each(['aws-prod', 'it\'s & $(more)'])('names the function and the runner to a shell, for agent %j', (agentId) => {
    const stack = makeStack();
    const runner = addRunner(stack, CLUSTERS[CLUSTER](stack), { agentId });
    const command = flatten(stack.resolve(runner.statusCommand));
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' }).trimEnd().split('\n');
    expect(words).toEqual(['npx', 'cdk-collate-hybrid-runner', 'status', '--region', 'AWS::Region', '--function', expect.stringContaining('Function'), `--agent=${agentId}`]);
  });
});

describe('more runners on one cluster', () => {
  test('share the function and all around it, and take six resources and five alarms each', () => {
    const counts = [1, 2, 3].map((runners) => {
      const stack = makeStack();
      const cluster = CLUSTERS[CLUSTER](stack);
      Array.from({ length: runners }, (_, index) => addRunner(stack, cluster, index ? another(index) : {}, `Runner${index}`));
      const template = Template.fromStack(stack);
      ['AWS::Lambda::Function', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup', 'AWS::EKS::AccessEntry'].forEach((type) => template.resourceCountIs(type, 1));
      template.resourceCountIs('AWS::Scheduler::Schedule', 2 * runners);
      template.resourceCountIs('AWS::CloudWatch::Alarm', 4 * runners + 1);
      template.resourceCountIs('AWS::CloudWatch::CompositeAlarm', runners);
      return Object.keys(template.toJSON().Resources).length;
    });
    expect(counts[1] - counts[0]).toBe(counts[2] - counts[1]);
    expect(counts[2] - counts[1]).toBe(11);
  });

  test('take five resources each without monitoring', () => {
    const [one, two] = [1, 2].map((runners) => {
      const stack = makeStack();
      const cluster = CLUSTERS[CLUSTER](stack);
      Array.from({ length: runners }, (_, index) => addRunner(stack, cluster, { ...index ? another(index) : {}, monitoring: RunnerMonitoring.none() }, `Runner${index}`));
      return Object.keys(Template.fromStack(stack).toJSON().Resources).length;
    });
    expect(two - one).toBe(5);
  });

  test('in a nested stack have a function there', () => {
    const stack = makeStack();
    const nested = new NestedStack(stack, 'Nested');
    const runner = addRunner(nested, CLUSTERS['aws-eks-v2'](stack));
    expect(Stack.of(runner.credentialSync)).toBe(nested);
  });
});

function syncFunction(template: Template): any {
  return only(Template.fromJSON({ Resources: template.findResources('AWS::Lambda::Function', { Properties: { Environment: { Variables: { CLUSTER_NAME: Match.anyValue() } } } }) }), 'AWS::Lambda::Function').Properties;
}

function functionStatements(template: Template): any[] {
  const [policy] = Object.values(template.findResources('AWS::IAM::Policy', { Properties: { PolicyName: Match.stringLikeRegexp('CollateCredentialSync') } }));
  return policy.Properties.PolicyDocument.Statement.map((statement: any) => ({ ...statement, Resource: flatten(statement.Resource) }));
}
