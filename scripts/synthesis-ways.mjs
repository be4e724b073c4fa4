/*
 * Ways to get runners onto a cluster, which the benchmark compares: as a user writes it by hand, and with this library.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const BUNDLE = path.join(path.dirname(fileURLToPath(import.meta.url)), '../lib/credential-sync/handler.bundle');
const require = createRequire(import.meta.url);
const { App, CustomResource, Duration, RemovalPolicy, Stack } = require('aws-cdk-lib');
const cloudwatch = require('aws-cdk-lib/aws-cloudwatch');
const eksL1 = require('aws-cdk-lib/aws-eks');
const eks = require('aws-cdk-lib/aws-eks-v2');
const iam = require('aws-cdk-lib/aws-iam');
const lambda = require('aws-cdk-lib/aws-lambda');
const scheduler = require('aws-cdk-lib/aws-scheduler');
const targets = require('aws-cdk-lib/aws-scheduler-targets');
const { Secret } = require('aws-cdk-lib/aws-secretsmanager');
const sqs = require('aws-cdk-lib/aws-sqs');
const { KubectlV35Layer } = require('@aws-cdk/lambda-layer-kubectl-v35');
const { ArgoWorkflows, HybridRunner, RunnerCluster, RunnerImages, RunnerMonitoring, RunnerNamespace, SecretsStore } = require('../lib/index.js');

const ARGO_ENDPOINT = 'argo-workflows-server.argo-workflows.svc:2746';

export const WAYS = {
  /** What a user writes without this library, as far as the vendor's chart goes: a release, and a role for its pods. */
  byHand: (stack, cluster, number) => {
    addRole(stack, cluster, number);
    addRelease(stack, cluster, number);
  },
  /** Without alarms: also the namespace, the pull secret, the token and their renewal. */
  unmonitored: (stack, cluster, number) => addRunner(stack, cluster, number, { monitoring: RunnerMonitoring.none() }),
  /** The same, and as by hand a role of the pods that reads secrets. */
  withRole: (stack, cluster, number) => addRunner(stack, cluster, number, { monitoring: RunnerMonitoring.none(), secretsStore: SecretsStore.awsSecretsManager() }),
  /** No more than what is required on a cluster that has Argo Workflows: also alarms and reports of the status. */
  defaults: (stack, cluster, number) => addRunner(stack, cluster, number),
};

/** Each way of this library beside all its resources written by hand. */
export const SAME_BY_HAND = {
  unmonitored: (stack, cluster, number) => void addSynced(stack, cluster, number),
  withRole: (stack, cluster, number) => {
    addRole(stack, cluster, number);
    addSynced(stack, cluster, number);
  },
  defaults: (stack, cluster, number) => addMonitoring(stack, cluster, number, addSynced(stack, cluster, number)),
};

/** A stack with a cluster, and on it so many runners as a way of making them makes. */
export function synthesize(way, runners) {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const cluster = addCluster(stack);
  for (let number = 0; number < runners; number++) {
    way(stack, cluster, number);
  }
  const assembly = app.synth();
  const { template } = assembly.getStackByName('Stack');
  return { directory: assembly.directory, resources: Object.keys(template.Resources).length, bytes: JSON.stringify(template).length };
}

export function addCluster(stack) {
  return new eks.Cluster(stack, 'Cluster', {
    version: eks.KubernetesVersion.of('1.35'),
    kubectlProviderOptions: { kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer') },
  });
}

function addRunner(stack, cluster, number, options = {}) {
  new HybridRunner(stack, `Runner${number}`, {
    cluster: RunnerCluster.fromEksV2(cluster),
    agentId: `agent-${number}`,
    serverHost: 'acme.getcollate.io',
    authToken: Secret.fromSecretNameV2(stack, `Token${number}`, `token-${number}`),
    images: RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, `Keys${number}`, 'keys')),
    namespace: RunnerNamespace.create(`runner-${number}`),
    argoWorkflows: ArgoWorkflows.existing({ endpoint: ARGO_ENDPOINT }),
    ...options,
  });
}

function addRole(stack, cluster, number) {
  const role = new iam.Role(stack, `Role${number}`, {
    assumedBy: new iam.SessionTagsPrincipal(new iam.ServicePrincipal('pods.eks.amazonaws.com')),
  });
  role.addToPolicy(new iam.PolicyStatement({
    actions: ['secretsmanager:GetSecretValue'],
    resources: [stack.formatArn({ service: 'secretsmanager', resource: 'secret', resourceName: '/collate/hybrid-ingestion-runner/*', arnFormat: 'arn:aws:service:region:account:resource:resourceName' })],
  }));
  new eksL1.CfnPodIdentityAssociation(stack, `Association${number}`, { clusterName: cluster.clusterName, namespace: `runner-${number}`, serviceAccount: 'ingestion', roleArn: role.roleArn });
}

function addRelease(stack, cluster, number, { options, values } = {}) {
  return new eks.HelmChart(stack, `Chart${number}`, {
    cluster,
    namespace: `runner-${number}`,
    release: 'hybrid-ingestion-runner',
    repository: 'https://open-metadata.github.io/hybrid-ingestion-runner-helm-chart',
    chart: 'hybrid-ingestion-runner',
    version: HybridRunner.CHART_VERSION,
    ...options,
    values: {
      config: {
        agentId: `agent-${number}`,
        serverHost: 'acme.getcollate.io',
        authTokenSecret: { name: 'token', key: 'token' },
        secretsManager: 'managed-aws',
        argoWorkflows: { endpoint: ARGO_ENDPOINT },
      },
      ...values,
    },
  });
}

/** A function as this library's, once in a stack. */
function syncFunction(stack) {
  return stack.node.tryFindChild('Sync') ?? new lambda.Function(stack, 'Sync', {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(BUNDLE),
    deadLetterQueue: new sqs.Queue(stack, 'DeadLetters'),
  });
}

/** Namespace, rights, first sync, release and schedule, one after the other. */
function addSynced(stack, cluster, number) {
  const namespace = `runner-${number}`;
  const sync = syncFunction(stack);
  const [keys, token] = [Secret.fromSecretNameV2(stack, `Keys${number}`, 'keys'), Secret.fromSecretNameV2(stack, `Token${number}`, `token-${number}`)];
  [keys, token].forEach((secret) => secret.grantRead(sync));
  const request = (action) => JSON.stringify({
    action,
    agentId: `agent-${number}`,
    namespace,
    pullSecret: { name: 'omd-registry-credentials', credentialsSecretArn: keys.secretArn, registryAccount: '118146679784', registryRegion: 'eu-west-1', registryHost: '118146679784.dkr.ecr.eu-west-1.amazonaws.com' },
    tokenSecret: { name: 'hybrid-runner-token', key: 'token', secretArn: token.secretArn },
    workload: { name: 'hybrid-ingestion-runner', serviceAccount: 'ingestion' },
  });
  const after = (construct, ...others) => {
    construct.node.addDependency(...others);
    return construct;
  };

  const made = new eks.KubernetesManifest(stack, `Namespace${number}`, {
    cluster, manifest: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }], removalPolicy: RemovalPolicy.RETAIN, overwrite: true, prune: false,
  });
  const apiGroup = 'rbac.authorization.k8s.io';
  const metadata = { name: 'credential-sync', namespace };
  const rights = after(new eks.KubernetesManifest(stack, `Rights${number}`, {
    cluster,
    prune: false,
    manifest: [
      {
        apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules: [
          { apiGroups: [''], resources: ['secrets'], resourceNames: ['omd-registry-credentials', 'hybrid-runner-token'], verbs: ['create', 'patch'] },
          { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['hybrid-ingestion-runner'], verbs: ['get', 'patch'] },
          { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['ingestion'], verbs: ['get'] },
          { apiGroups: [''], resources: ['services/proxy'], resourceNames: ['hybrid-ingestion-runner:metrics-app'], verbs: ['get'] },
          { apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], verbs: ['create'] },
        ],
      },
      { apiVersion: `${apiGroup}/v1`, kind: 'RoleBinding', metadata, roleRef: { apiGroup, kind: 'Role', name: metadata.name }, subjects: [{ apiGroup, kind: 'Group', name: 'credential-sync' }] },
    ],
  }), made);
  const firstSync = after(new CustomResource(stack, `FirstSync${number}`, {
    resourceType: 'Custom::FirstSync', serviceToken: sync.functionArn, serviceTimeout: Duration.minutes(10), properties: { Request: request('sync') },
  }), rights);
  const release = after(addRelease(stack, cluster, number, {
    options: { createNamespace: false, wait: true, timeout: Duration.minutes(10) },
    values: {
      createArgoWorkflowsNamespace: false,
      ecrRegistryHelper: { enabled: false },
      image: { repository: '118146679784.dkr.ecr.eu-west-1.amazonaws.com/hybrid-ingestion-runner' },
      imagePullSecrets: [{ name: 'omd-registry-credentials' }],
      installArgoWorkflows: false,
      resources: { limits: { cpu: '1000m', memory: '1Gi' }, requests: { cpu: '500m', memory: '500Mi' } },
    },
  }), firstSync);
  const schedule = (id, period, action) => after(new scheduler.Schedule(stack, `${id}${number}`, {
    description: `${id} of a runner`,
    schedule: scheduler.ScheduleExpression.rate(period),
    target: new targets.LambdaInvoke(sync, { input: scheduler.ScheduleTargetInput.fromText(request(action)), deadLetterQueue: sync.deadLetterQueue, maxEventAge: period.toMinutes() > 15 ? period : undefined }),
  }), release);
  schedule('Schedule', Duration.hours(2), 'sync');
  return { release, schedule };
}

/** The reports, four alarms on what they and the renewals tell, and an alarm on any of those. */
function addMonitoring(stack, cluster, number, { release, schedule }) {
  schedule('ReportSchedule', Duration.minutes(5), 'status');
  const alarms = ['RenewalLate', 'ExpiryNear', 'Disconnected', 'ChecksFailing'].map((name) => {
    const alarm = new cloudwatch.Alarm(stack, `${name}${number}`, {
      metric: new cloudwatch.MathExpression({
        expression: 'FILL(told, 0)',
        usingMetrics: { told: new cloudwatch.Metric({ namespace: 'Runners', metricName: name, dimensionsMap: { AgentId: `agent-${number}`, Cluster: cluster.clusterName }, statistic: 'Minimum' }) },
      }),
      threshold: 1,
      evaluationPeriods: 3,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
      alarmDescription: `Runner agent-${number}: ${name}. Run npx cdk-collate-hybrid-runner status --stack ${stack.stackName} --region ${stack.region}, and see the runbook`,
    });
    alarm.node.addDependency(release);
    return alarm;
  });
  new cloudwatch.CompositeAlarm(stack, `Any${number}`, {
    alarmRule: cloudwatch.AlarmRule.anyOf(...alarms.map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM))),
    alarmDescription: `Runner agent-${number}: one of its alarms is on. Run npx cdk-collate-hybrid-runner status --stack ${stack.stackName} --region ${stack.region}, and see the runbook`,
  });
}
