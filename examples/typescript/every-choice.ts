/*
 * Every choice there is, spread over five runners; one of them would not do in practice.
 */
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as eksv2 from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { ArgoWorkflows, ChartSource, CredentialSync, FunctionPlacement, HybridRunner, IngestionIdentity, RunnerCluster, RunnerImages, RunnerMonitoring, RunnerNamespace, SecretsStore } from 'cdk-collate-hybrid-runner';

const KUBECTL_LAYER = 'arn:aws:lambda:eu-central-1:111122223333:layer:kubectl:1';

const app = new App();
ownedCluster(new Stack(app, 'OwnedCluster'));
importedCluster(new Stack(app, 'ImportedCluster'));
olderGeneration(new Stack(app, 'OlderGeneration'));

/** A cluster of this app, the vendor's images, AWS Secrets Manager, Pod Identity, and all settings of pods. */
function ownedCluster(stack: Stack): void {
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
  const cluster = new eksv2.Cluster(stack, 'Cluster', {
    version: eksv2.KubernetesVersion.V1_33,
    vpc,
    kubectlProviderOptions: { kubectlLayer: lambda.LayerVersion.fromLayerVersionArn(stack, 'KubectlLayer', KUBECTL_LAYER) },
  });
  const key = new kms.Key(stack, 'Key');
  const notify = new SnsAction(new Topic(stack, 'Alarms'));
  const runner = new HybridRunner(stack, 'Runner', {
    cluster: RunnerCluster.fromEksV2(cluster, {
      functionPlacement: FunctionPlacement.inVpc({
        vpc,
        subnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
        securityGroups: [new ec2.SecurityGroup(stack, 'SyncSecurityGroup', { vpc })],
      }),
    }),
    agentId: 'aws-prod',
    serverHost: 'acme.getcollate.io',
    authToken: Secret.fromSecretNameV2(stack, 'Token', 'collate/runner-token'),
    authTokenField: 'jwt',
    images: RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, 'RegistryKeys', 'collate/registry-keys'), {
      registryAccount: '444455556666',
      registryRegion: 'us-east-1',
      runnerTag: '1.13.3',
      ingestionTag: 'om-1.13.3',
    }),
    secretsStore: SecretsStore.awsSecretsManager({ pathPrefix: '/data', encryptionKeys: [key] }),
    identity: IngestionIdentity.podIdentity({ installAgent: true, permissionsBoundary: boundary(stack) }),
    argoWorkflows: ArgoWorkflows.install({ namespace: 'argo' }),
    namespace: RunnerNamespace.create('collate', { removalPolicy: RemovalPolicy.DESTROY }),
    releaseName: 'collate',
    chartVersion: '1.12.14',
    chartSource: ChartSource.repository('https://charts.example.com'),
    renewalPeriod: Duration.hours(1),
    renewOnSecretChange: true,
    monitoring: RunnerMonitoring.of({
      interval: Duration.minutes(10),
      alarmActions: [notify],
      okActions: [notify],
      compositeAlarmActions: [notify],
      dashboard: true,
    }),
    replicas: 1,
    runnerResources: { requests: { cpu: '500m', memory: '500Mi' }, limits: { cpu: '1', memory: '1Gi' } },
    ingestionResources: { requests: { memory: '8Gi' }, limits: { memory: '8Gi' } },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'data', effect: 'NoExecute', duration: Duration.minutes(5) }],
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: {} }] } },
    podDisruptionBudget: { maxUnavailable: 1 },
    podAnnotations: { team: 'data' },
    commonLabels: { team: 'data' },
    ingestionEnvironment: { HTTPS_PROXY: 'http://proxy.acme.io:3128' },
    ingestionWorkflowParams: { tolerations: [{ key: 'dedicated', operator: 'Exists' }] },
    ingestionContainerParams: { env: [{ name: 'LOG_LEVEL', value: 'DEBUG' }] },
    serviceMonitor: { interval: Duration.minutes(1), labels: { release: 'prometheus' }, annotations: { team: 'data' } },
    prometheusRules: { extraRules: [{ alert: 'RunnerDown', expr: 'up == 0', for: '5m' }] },
    grafanaDashboard: { namespace: 'grafana', folderName: 'Data', instanceSelector: { dashboards: 'data' }, labels: { team: 'data' }, allowCrossNamespaceImport: true },
    values: { config: { reconnectDelaySeconds: '10' }, podSecurityContext: { runAsNonRoot: true, runAsUser: 1000 }, sidecars: [] },
    timeout: Duration.minutes(5),
    atomic: true,
    wait: true,
    reapply: '2026-11-25',
    removalPolicy: RemovalPolicy.RETAIN,
  });

  const password = Secret.fromSecretNameV2(stack, 'Password', '/elsewhere/redshift-password');
  runner.grantSecretRead(password);
  new CfnOutput(stack, 'PasswordField', { value: runner.secretReference(password) });
  new CfnOutput(stack, 'RenewCommand', { value: runner.renewCommand });
  new CfnOutput(stack, 'StatusCommand', { value: runner.statusCommand });
  new CfnOutput(stack, 'AnyAlarm', { value: runner.compositeAlarm!.alarmName });
  new CfnOutput(stack, 'ChartPin', { value: HybridRunner.CHART_VERSION });
  new CfnOutput(stack, 'Names', { value: [runner.namespaceName, runner.releaseName, runner.serviceAccountName].join(' ') });
  runner.metricSyncSucceeded({ period: Duration.hours(4) }).createAlarm(stack, 'NotRenewed', {
    threshold: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: cloudwatch.TreatMissingData.BREACHING,
  });
  runner.metricSyncFailures().createAlarm(stack, 'Failing', { threshold: 3, evaluationPeriods: 1 });
  runner.metricSyncDuration().createAlarm(stack, 'Slow', { threshold: 30, evaluationPeriods: 3 });
  runner.metricChecksFailed().createAlarm(stack, 'ChecksFailing', { threshold: 1, evaluationPeriods: 1 });
  runner.metricRunnerConnected().createAlarm(stack, 'Disconnected', {
    threshold: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 1,
  });
  runner.metricSecondsToExpiry().createAlarm(stack, 'Expiring', {
    threshold: Duration.hours(2).toSeconds(),
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 1,
  });
  runner.metricJobs('failed').createAlarm(stack, 'JobsFailing', { threshold: 1, evaluationPeriods: 1 });
  new CfnOutput(stack, 'SyncFunction', { value: runner.credentialSync.lambdaFunction.functionName });
  new CfnOutput(stack, 'SyncRole', { value: runner.credentialSync.role.roleArn });
  new CfnOutput(stack, 'DeadLetters', { value: runner.credentialSync.deadLetterQueue.queueUrl });

  refusePeriod(stack, cluster);
}

/** An existing cluster with two runners that share the function: a mirror, roles that are there, and given secrets. */
function importedCluster(stack: Stack): void {
  const cluster = RunnerCluster.fromEksV2(eksv2.Cluster.fromClusterAttributes(stack, 'Cluster', {
    clusterName: 'data-platform',
    kubectlProvider: eksv2.KubectlProvider.fromKubectlProviderAttributes(stack, 'Kubectl', {
      serviceToken: 'arn:aws:lambda:eu-central-1:111122223333:function:data-platform-kubectl',
    }),
  }), { accessEntry: true, kubernetesVersion: '1.33', functionPlacement: FunctionPlacement.outsideVpc() });
  const authToken = Secret.fromSecretNameV2(stack, 'Token', 'collate/runner-token');
  const images = RunnerImages.fromMirror({
    runnerRepository: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/collate/runner',
    ingestionRepository: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/collate/ingestion',
    runnerTag: '1.13.3',
    ingestionTag: '1.13.3',
  });
  const password = Secret.fromSecretNameV2(stack, 'Password', '/data/redshift-password');
  const credentialSync = new CredentialSync(stack, 'CredentialSync', {
    cluster,
    encryptionKey: new kms.Key(stack, 'Key'),
    permissionsBoundary: boundary(stack),
    schedulerRole: iam.Role.fromRoleArn(stack, 'SchedulerRole', 'arn:aws:iam::111122223333:role/scheduler'),
    deadLetterQueue: new Queue(stack, 'DeadLetters'),
    reservedConcurrentExecutions: 2,
    logRetention: RetentionDays.ONE_WEEK,
    tracing: lambda.Tracing.ACTIVE,
  });
  new CfnOutput(stack, 'ClusterName', { value: cluster.clusterName });

  new HybridRunner(stack, 'Runner', {
    cluster,
    authToken,
    images,
    agentId: 'aws-prod',
    serverHost: 'acme.getcollate.io',
    credentialSync,
    secretsStore: SecretsStore.awsSecretsManager({ secrets: [password] }),
    identity: IngestionIdentity.podIdentity({ role: iam.Role.fromRoleArn(stack, 'IngestionRole', 'arn:aws:iam::111122223333:role/ingestion') }),
    argoWorkflows: ArgoWorkflows.none(),
    namespace: RunnerNamespace.existing('collate'),
    chartSource: ChartSource.oci('oci://111122223333.dkr.ecr.eu-central-1.amazonaws.com/hybrid-ingestion-runner'),
  });
  new HybridRunner(stack, 'FinanceRunner', {
    cluster,
    authToken,
    images,
    credentialSync,
    agentId: 'aws-prod-finance',
    serverHost: 'acme.getcollate.io',
    monitoring: RunnerMonitoring.none(),
    namespace: RunnerNamespace.create('collate-finance'),
    podDisruptionBudget: { minAvailable: 1 },
    argoWorkflows: ArgoWorkflows.existing({ endpoint: 'argo-workflows-server.argo.svc:2746' }),
  });
}

/** A cluster of the older module with two runners: IAM roles for service accounts, and a chart that travels with the app. */
function olderGeneration(stack: Stack): void {
  const cluster = eks.Cluster.fromClusterAttributes(stack, 'Cluster', {
    clusterName: 'warehouse',
    kubectlRoleArn: 'arn:aws:iam::111122223333:role/kubectl',
    kubectlLayer: lambda.LayerVersion.fromLayerVersionArn(stack, 'KubectlLayer', KUBECTL_LAYER),
    openIdConnectProvider: iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, 'Provider',
      'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF'),
  });
  const runnerCluster = RunnerCluster.fromEks(cluster, { accessEntry: false, functionPlacement: FunctionPlacement.likeKubectl() });
  const credentialSync = new CredentialSync(stack, 'CredentialSync', {
    cluster: runnerCluster,
    role: iam.Role.fromRoleArn(stack, 'SyncRole', 'arn:aws:iam::111122223333:role/credential-sync'),
  });
  const authToken = Secret.fromSecretNameV2(stack, 'Token', 'collate/runner-token');
  const images = RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, 'RegistryKeys', 'collate/registry-keys'));
  const runner = new HybridRunner(stack, 'Runner', {
    cluster: runnerCluster,
    credentialSync,
    authToken,
    images,
    agentId: 'aws-warehouse',
    serverHost: 'acme.getcollate.io',
    secretsStore: SecretsStore.kubernetes(),
    identity: IngestionIdentity.irsa({ permissionsBoundary: boundary(stack) }),
    chartSource: ChartSource.asset(new Asset(stack, 'Chart', { path: '../chart/hybrid-ingestion-runner.tgz' }), {
      digest: '244ec0cb2073dccb645b261c5b2a0236a482b7bb5d883cb5fc24da1912c9e51a',
    }),
  });
  new HybridRunner(stack, 'FinanceRunner', {
    cluster: runnerCluster,
    credentialSync,
    authToken,
    images,
    agentId: 'aws-warehouse-finance',
    serverHost: 'acme.getcollate.io',
    namespace: RunnerNamespace.create('collate-finance'),
    identity: IngestionIdentity.irsa({ role: iam.Role.fromRoleArn(stack, 'FinanceRole', 'arn:aws:iam::111122223333:role/finance-ingestion') }),
    argoWorkflows: ArgoWorkflows.none(),
  });
  const passwordField = runner.addConnectorSecret('redshift', Secret.fromSecretNameV2(stack, 'Redshift', 'data/redshift'), { field: 'password' });
  new CfnOutput(stack, 'PasswordField', { value: passwordField });
  iam.Grant.addToPrincipal({ grantee: runner, actions: ['s3:GetObject'], resourceArns: ['arn:aws:s3:::lake/*'] });
  new CfnOutput(stack, 'Group', { value: runner.credentialSync.kubernetesGroup });
  new CfnOutput(stack, 'IngestionRole', { value: runner.ingestionRole.roleArn });
}

/** The policy that an organization sets as the limit of all roles. */
function boundary(stack: Stack): iam.IManagedPolicy {
  return iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'developer-boundary');
}

/** What a value gets that cannot work: an error that says what to change. */
function refusePeriod(stack: Stack, cluster: eksv2.ICluster): void {
  try {
    new HybridRunner(stack, 'Refused', {
      cluster: RunnerCluster.fromEksV2(cluster),
      agentId: 'aws-prod-refused',
      serverHost: 'acme.getcollate.io',
      authToken: Secret.fromSecretNameV2(stack, 'RefusedToken', 'collate/runner-token'),
      images: RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, 'RefusedKeys', 'collate/registry-keys')),
      renewalPeriod: Duration.hours(5),
    });
  } catch (error) {
    console.log(`refused: ${(error as Error).message}`);
  }
  stack.node.tryRemoveChild('Refused');
}
