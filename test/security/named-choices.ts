import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { EKS_USE_NATIVE_OIDC_PROVIDER } from 'aws-cdk-lib/cx-api';
import * as path from 'path';
import { ArgoWorkflows, ChartSource, CredentialSync, CredentialSyncProps, FunctionPlacement, HybridRunner, HybridRunnerProps, IngestionIdentity, RunnerCluster, RunnerImages, RunnerMonitoring, RunnerNamespace, SecretsStore } from '../../lib';
import { ACCOUNT, CLUSTERS, REGION, addRunner, another, eksV2Cluster, importedEksV2Cluster, registryKeys, tokenSecret } from '../helpers';

const IMPORTED = 'imported aws-eks-v2';
const CHART = path.join(__dirname, '../chart');

const TELL = { bind: () => ({ alarmActionArn: `arn:aws:sns:${REGION}:${ACCOUNT}:alarms` }) };
const ACTIONS = { alarmActions: [TELL], compositeAlarmActions: [TELL] };

/** Puts runners into an app, in one stack or more. */
type Build = (app: App) => void;
/** What is done with a runner afterwards. */
type Use = (runner: HybridRunner, stack: Stack) => void;

/** Every choice that puts something else into a template, by the name it has in the documentation. */
export const NAMED_CHOICES: Record<string, Build> = {
  ...Object.fromEntries(Object.entries(CLUSTERS).map(([name, makeCluster]): [string, Build] => [
    `cluster: ${name}`, (app) => {
      const stack = new Stack(app, 'Stack');
      addRunner(stack, makeCluster(stack));
    },
  ])),
  'functionPlacement: outsideVpc': (app) => {
    const stack = new Stack(app, 'Stack');
    addRunner(stack, RunnerCluster.fromEksV2(eksV2Cluster(stack), { functionPlacement: FunctionPlacement.outsideVpc() }));
  },
  'functionPlacement: inVpc': (app) => {
    const stack = new Stack(app, 'Stack', { env: { account: ACCOUNT, region: REGION } });
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-12345678', availabilityZones: ['a'], privateSubnetIds: ['subnet-12345678'], privateSubnetRouteTableIds: ['rtb-12345678'] });
    addRunner(stack, RunnerCluster.fromEksV2(importedEksV2Cluster(stack, { securityGroupIds: ['sg-12345678'] }), { accessEntry: true, functionPlacement: FunctionPlacement.inVpc({ vpc }) }));
  },
  'images: fromMirror': one(() => ({
    images: RunnerImages.fromMirror({ runnerRepository: 'registry.acme.io/runner', ingestionRepository: 'registry.acme.io/ingestion' }),
  })),
  'authToken and registry keys of the app, with keys of their own': one((stack) => ({
    authToken: new secretsmanager.Secret(stack, 'OwnToken', { encryptionKey: new kms.Key(stack, 'TokenKey', { enableKeyRotation: true }) }),
    images: RunnerImages.fromCollateRegistry(new secretsmanager.Secret(stack, 'OwnKeys', { encryptionKey: new kms.Key(stack, 'KeysKey', { enableKeyRotation: true }) })),
  })),
  'secretsStore: awsSecretsManager': one((stack) => ({
    secretsStore: SecretsStore.awsSecretsManager({ pathPrefix: '/data', encryptionKeys: [kms.Key.fromKeyArn(stack, 'StoreKey', `arn:aws:kms:${REGION}:${ACCOUNT}:key/00000000-0000-0000-0000-000000000001`)] }),
  })),
  'secretsStore: awsSecretsManager with secrets': one((stack) => ({
    secretsStore: SecretsStore.awsSecretsManager({ secrets: [tokenSecret(stack), registryKeys(stack)] }),
  })),
  'addConnectorSecret: a secret by name': one(() => ({}), (runner, stack) => runner.addConnectorSecret('redshift', namedSecret(stack))),
  'addConnectorSecret: with a key': one(() => ({}), (runner, stack) => runner.addConnectorSecret('redshift', secretWithKey(stack), { field: 'password' })),
  'grantSecretRead: a secret by name': one(() => ({}), (runner, stack) => runner.grantSecretRead(namedSecret(stack))),
  'grantSecretRead: with a key': one(() => ({ secretsStore: SecretsStore.awsSecretsManager() }), (runner, stack) => runner.grantSecretRead(secretWithKey(stack))),
  'identity: irsa': irsa,
  'identity: irsa, with a provider that CloudFormation makes': (app) => {
    app.node.setContext(EKS_USE_NATIVE_OIDC_PROVIDER, true);
    irsa(app);
  },
  'identity: podIdentity with the agent': one((stack) => ({
    identity: IngestionIdentity.podIdentity({ installAgent: true }), secretsStore: SecretsStore.awsSecretsManager({ secrets: [tokenSecret(stack)] }),
  })),
  'identity: podIdentity with a role': one((stack) => ({
    identity: IngestionIdentity.podIdentity({ role: iam.Role.fromRoleArn(stack, 'IngestionRole', `arn:aws:iam::${ACCOUNT}:role/ingestion`) }),
  })),
  'identity: podIdentity with a role of another stack': (app) => {
    const [roles, stack] = ['Roles', 'Stack'].map((id) => new Stack(app, id));
    const role = new iam.Role(roles, 'IngestionRole', { assumedBy: new iam.ServicePrincipal('pods.eks.amazonaws.com') });
    addRunner(stack, CLUSTERS[IMPORTED](stack), { identity: IngestionIdentity.podIdentity({ role }), secretsStore: SecretsStore.awsSecretsManager() }).grantSecretRead(secretWithKey(stack));
  },
  'argoWorkflows: none, in a namespace of the user\'s': one(() => ({ argoWorkflows: ArgoWorkflows.none(), namespace: RunnerNamespace.existing('collate') })),
  'chartSource: asset': one((stack) => ({ chartSource: ChartSource.asset(new Asset(stack, 'ChartAsset', { path: CHART })) })),
  'chartSource: oci': one(() => ({ chartSource: ChartSource.oci(`oci://${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/hybrid-ingestion-runner`) })),
  'pod settings and deployment': one(() => ({
    replicas: 2,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    podDisruptionBudget: {},
    serviceMonitor: {},
    prometheusRules: {},
    grafanaDashboard: {},
    atomic: true,
    reapply: '2026-11-25',
    renewalPeriod: Duration.hours(1),
    removalPolicy: RemovalPolicy.RETAIN,
    argoWorkflows: ArgoWorkflows.install({ namespace: 'collate-data' }),
    namespace: RunnerNamespace.create('collate-data', { removalPolicy: RemovalPolicy.DESTROY }),
  })),
  'monitoring: with actions and a dashboard, and renewOnSecretChange': one(() => ({ monitoring: RunnerMonitoring.of({ ...ACTIONS, dashboard: true }), renewOnSecretChange: true })),
  'monitoring: none': one(() => ({ monitoring: RunnerMonitoring.none() })),
  'credentialSync: with a key': withSync((stack) => ({ encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }) })),
  'credentialSync: with roles': withSync((stack) => ({
    role: iam.Role.fromRoleArn(stack, 'FunctionRole', `arn:aws:iam::${ACCOUNT}:role/function`, { mutable: false }),
    schedulerRole: iam.Role.fromRoleArn(stack, 'SchedulerRole', `arn:aws:iam::${ACCOUNT}:role/schedules`, { mutable: false }),
  })),
  'credentialSync: with tracing and an own queue': withSync((stack) => ({
    tracing: Tracing.ACTIVE, deadLetterQueue: new sqs.Queue(stack, 'Queue', { encryptionMasterKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }), enforceSSL: true }),
  })),
  'credentialSync: in a VPC with an imported role': (app) => {
    const [roles, stack] = ['Roles', 'Stack'].map((id) => new Stack(app, id));
    const { roleArn } = new iam.Role(roles, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const cluster = RunnerCluster.fromEksV2(eksV2Cluster(stack));
    addRunner(stack, cluster, { credentialSync: new CredentialSync(stack, 'CredentialSync', { cluster, role: iam.Role.fromRoleArn(stack, 'FunctionRole', roleArn) }) });
  },
  'credentialSync: with a role with a path, on aws-eks with the ConfigMap': (app) => {
    const stack = new Stack(app, 'Stack');
    const cluster = CLUSTERS['aws-eks with the ConfigMap'](stack);
    const role = new iam.Role(stack, 'FunctionRole', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'), path: '/team/data/' });
    addRunner(stack, cluster, { credentialSync: new CredentialSync(stack, 'CredentialSync', { cluster, role }) });
  },
  'strict': strict,
  'credentialSync: shared by two stacks': shared((runner, stack) => {
    runner.addConnectorSecret('redshift', namedSecret(stack));
    runner.grantSecretRead(secretWithKey(stack));
  }),
  'credentialSync: shared by two stacks, with a connector\'s key and renewOnSecretChange': shared((runner, stack) => {
    runner.addConnectorSecret('redshift', secretWithKey(stack));
  }, { renewOnSecretChange: true }),
};

function irsa(app: App): void {
  const stack = new Stack(app, 'Stack');
  addRunner(stack, RunnerCluster.fromEksV2(eksV2Cluster(stack)), {
    identity: IngestionIdentity.irsa(), secretsStore: SecretsStore.awsSecretsManager({ secrets: [tokenSecret(stack)] }),
  });
}

/** All that docs/security.md names for those who must have no finding at all. */
function strict(app: App): void {
  const stack = new Stack(app, 'Stack', { env: { account: ACCOUNT, region: REGION } });
  const role = (name: string) => iam.Role.fromRoleArn(stack, name, `arn:aws:iam::${ACCOUNT}:role/${name}`, { mutable: false });
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-12345678', availabilityZones: ['a'], privateSubnetIds: ['subnet-12345678'], privateSubnetRouteTableIds: ['rtb-12345678'] });
  const securityGroups = [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-12345678')];
  const cluster = RunnerCluster.fromEksV2(importedEksV2Cluster(stack), { accessEntry: true, functionPlacement: FunctionPlacement.inVpc({ vpc, securityGroups }) });
  const encryptionKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
  addRunner(stack, cluster, {
    identity: IngestionIdentity.podIdentity({ role: role('ingestion') }),
    secretsStore: SecretsStore.awsSecretsManager(),
    monitoring: RunnerMonitoring.of(ACTIONS),
    credentialSync: new CredentialSync(stack, 'CredentialSync', {
      cluster,
      encryptionKey,
      role: role('function'),
      schedulerRole: role('schedules'),
      deadLetterQueue: new sqs.Queue(stack, 'Queue', { encryptionMasterKey: encryptionKey, enforceSSL: true }),
      logRetention: RetentionDays.ONE_YEAR,
      reservedConcurrentExecutions: 2,
      tracing: Tracing.ACTIVE,
    }),
  });
}

export const NAMES = Object.keys(NAMED_CHOICES);

/** One runner on an imported cluster. */
function one(props: (stack: Stack) => Partial<HybridRunnerProps>, use: Use = () => {}): Build {
  return (app) => {
    const stack = new Stack(app, 'Stack');
    use(addRunner(stack, CLUSTERS[IMPORTED](stack), props(stack)), stack);
  };
}

/** Two runners, the second of which has its function in the other's stack. */
function shared(use: Use, props: Partial<HybridRunnerProps> = {}): Build {
  return (app) => {
    const [first, other] = ['Shared', 'Other'].map((id) => new Stack(app, id));
    const cluster = CLUSTERS[IMPORTED](first);
    const credentialSync = new CredentialSync(first, 'CredentialSync', { cluster });
    addRunner(first, cluster, { credentialSync, ...props });
    use(addRunner(other, CLUSTERS[IMPORTED](other), { credentialSync, ...another(2), ...props }), other);
  };
}

function namedSecret(stack: Stack): secretsmanager.ISecret {
  return secretsmanager.Secret.fromSecretNameV2(stack, 'Redshift', 'data/redshift');
}

function secretWithKey(stack: Stack): secretsmanager.ISecret {
  return new secretsmanager.Secret(stack, 'OwnRedshift', { encryptionKey: new kms.Key(stack, 'RedshiftKey', { enableKeyRotation: true }) });
}

function withSync(options: (stack: Stack) => Omit<CredentialSyncProps, 'cluster'>): Build {
  return (app) => {
    const stack = new Stack(app, 'Stack', { env: { account: ACCOUNT, region: REGION } });
    const cluster = CLUSTERS[IMPORTED](stack);
    addRunner(stack, cluster, { credentialSync: new CredentialSync(stack, 'CredentialSync', { cluster, ...options(stack) }) });
  };
}

/** An app with one of the choices. */
export function buildChoice(name: string): App {
  const app = new App();
  NAMED_CHOICES[name](app);
  return app;
}

/** Whether it is a policy of something of the user's that the library writes into, or could, or a role that it attaches one to. */
export function isWrittenInto(constructPath: string): boolean {
  return /^[^/]+\/((FunctionRole|SchedulerRole|IngestionRole|KubectlProviderRole)\/(Default)?Policy|Queue\/Policy)[^/]*\//.test(constructPath)
    || /^[^/]+\/FunctionRole\/Resource$/.test(constructPath);
}

/** Whether a construct is of this library; clusters, keys and secrets around it are the user's. */
export function isOurs(constructPath: string): boolean {
  return /^[^/]+\/(Runner\/|CollateCredentialSync|CredentialSync\/|CollatePodIdentityAgent|CollateDashboard|CollateDeadLetterAlarm|CollateRights|CollateSecretChange)/.test(constructPath)
    || /\/from [^/]*CredentialSync[^/]*$/.test(constructPath);
}


/** Whether the CDK makes a construct for IRSA on a cluster of the app. */
export function isMadeForIrsa(constructPath: string): boolean {
  return /^[^/]+\/(Custom::AWSCDKOpenIdConnectProvider|AWSCDKCfnUtilsProvider)CustomResourceProvider\//.test(constructPath);
}
