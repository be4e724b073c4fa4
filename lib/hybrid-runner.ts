import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ArgoWorkflows } from './argo-workflows';
import { ConnectorSecretOptions } from './connector-secret';
import { CredentialSync } from './credential-sync';
import { RunnerSync } from './credential-sync/runner-sync';
import { HybridRunnerProps } from './hybrid-runner-props';
import { ClusterDashboard } from './monitoring/cluster-dashboard';
import { DeadLetterAlarm } from './monitoring/dead-letter-alarm';
import { RunnerMetrics } from './monitoring/metrics';
import { RunnerAlarms } from './monitoring/runner-alarms';
import { ClusterAdapter } from './private/cluster-adapter';
import { clusterKey } from './private/cluster-key';
import { grantSecretRead } from './private/grants';
import { IngestionBinding } from './private/ingestion-binding';
import { reapply } from './private/reapply';
import { refuseConflicts, register } from './private/runner-registry';
import { refuseSecrets } from './private/value-checks';
import { requireAgentId, requireConnectorSecretName, requireDuration, requireField, requireFromFactory, requireOwnNamespace, requireReapply, requireSecret, requireServerHost, requireWholeMinutes } from './private/validation';
import { RunnerChart } from './runner-chart';
import { RunnerMonitoring } from './runner-monitoring';
import { RunnerNamespace } from './runner-namespace';
import { SecretsStore } from './secrets-store';

/** Service account of the ingestion pods. */
const SERVICE_ACCOUNT_NAME = 'ingestion';

/**
 * A Collate Hybrid Ingestion Runner on an EKS cluster.
 *
 * It makes the namespace, the pull secret and the token of the runner, and only then the Helm release, so that no pod
 * ever waits for credentials; afterwards a schedule renews them.
 */
export class HybridRunner extends Construct implements iam.IGrantable {
  /** Version of the Helm chart where `chartVersion` is left out. */
  public static readonly CHART_VERSION = RunnerChart.VERSION;

  /** Name of the Kubernetes namespace. */
  public readonly namespaceName: string;

  /** Name of the Helm release. */
  public readonly releaseName: string;

  /** Name of the service account of the ingestion pods. */
  public readonly serviceAccountName: string;

  /** The function that writes the pull secret and the token; shared by the runners of a cluster in a stack. */
  public readonly credentialSync: CredentialSync;

  /** The AWS CLI line that renews the pull secret and the token now. */
  public readonly renewCommand: string;

  /** The line that says whether the runner works, and what to do where it does not. Needs AWS credentials alone. */
  public readonly statusCommand: string;

  /** The alarm that goes off with the first of the runner's; none with `RunnerMonitoring.none()`. */
  public readonly compositeAlarm?: cloudwatch.CompositeAlarm;

  private readonly agentId: string;
  private readonly metrics: RunnerMetrics;
  private readonly secretsStore: SecretsStore;
  private readonly ingestion: IngestionBinding;
  private readonly sync: RunnerSync;
  /** Names of the Kubernetes Secrets by the secret they are kept equal to. */
  private readonly connectorSecrets = new Map<string, string[]>();

  /**
   * Fails if a property is malformed, if the cluster is made in a stack of another account or region, if another runner
   * on the cluster has the agent id or the namespace or installs Argo Workflows too, if it says something else of the
   * cluster than those it shares the function with, or if the chart version does not know an option.
   */
  constructor(scope: Construct, id: string, props: HybridRunnerProps) {
    super(scope, id);
    requireFromFactory('cluster', props.cluster, '_adapter', 'RunnerCluster.fromEks(cluster) or RunnerCluster.fromEksV2(cluster)');
    requireFromFactory('images', props.images, '_runner', 'RunnerImages.fromCollateRegistry(…) or RunnerImages.fromMirror(…)');
    requireFactories(props);
    this.agentId = requireAgentId(props.agentId);
    requireServerHost(props.serverHost);
    requireSecret('authToken', props.authToken);
    requireField('authTokenField', props.authTokenField, 'the token secret', 'the token');
    const renewalPeriod = requireRenewalPeriod(props.renewalPeriod ?? Duration.hours(2));
    const { _adapter: cluster } = props.cluster;
    cluster.requireSamePlace(this);
    this.metrics = new RunnerMetrics(this.agentId, cluster.cluster.clusterName);
    const namespace = props.namespace ?? RunnerNamespace.create();
    const argo = props.argoWorkflows ?? ArgoWorkflows.install();
    const claim = {
      clusterKey: clusterKey(this, cluster),
      agentId: this.agentId,
      namespace: namespace._name,
      createsNamespace: namespace._create,
      argoNamespace: argo._namespace,
      argoEndpoint: argo._endpoint,
    };
    refuseConflicts(this, claim);
    refuseOtherCluster(props.credentialSync, claim.clusterKey, cluster);

    this.namespaceName = namespace._name;
    this.serviceAccountName = SERVICE_ACCOUNT_NAME;
    this.secretsStore = props.secretsStore ?? SecretsStore.kubernetes();
    const namespacesScope = new Construct(this, 'Namespaces');
    const addNamespace = (childId: string, prop: string, name: string) => cluster.addManifest(namespacesScope, childId, {
      manifest: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: requireOwnNamespace(prop, name) } }],
      removalPolicy: namespace._removalPolicy,
      overwrite: namespace._takeOver,
    });
    const namespaces = [
      ...namespace._create ? [addNamespace(namespace._idOf('Runner'), 'namespace', namespace._name)] : [],
      ...argo._namespace && argo._namespace !== namespace._name ? [addNamespace('Argo', 'argoWorkflows.namespace', argo._namespace)] : [],
    ];

    this.ingestion = new IngestionBinding(this, 'Ingestion', cluster, props.identity, {
      namespace: this.namespaceName,
      name: this.serviceAccountName,
    });
    if (this.secretsStore._kind === 'managed-aws') {
      this.secretsStore._grantRead(this, this);
    }

    const sync = new RunnerSync(this, 'Sync', {
      ...props,
      namespace,
      workload: { name: RunnerChart.fullName(props), serviceAccount: this.serviceAccountName, argoNamespace: argo._namespace },
      annotatedRoleArn: () => this.ingestion.annotatedRoleArn,
    });
    sync.rights.node.addDependency(...namespaces);
    this.credentialSync = sync.credentialSync;
    this.renewCommand = sync.renewCommand;
    this.statusCommand = sync.statusCommand;
    this.sync = sync;

    const chart = new RunnerChart(this, 'Chart', {
      cluster,
      options: props,
      images: props.images,
      namespace,
      names: {
        pullSecretName: sync.pullSecretName,
        tokenSecretName: sync.tokenSecretName,
        tokenSecretKey: sync.tokenSecretKey,
        serviceAccountName: this.serviceAccountName,
        secretsManager: this.secretsStore._kind,
        argoNamespace: argo._namespace,
        argoEndpoint: argo._endpoint,
      },
      serviceAccountAnnotations: () => this.ingestion.annotations,
    });
    chart.node.addDependency(sync.firstSync, ...this.ingestion.prerequisites);
    this.releaseName = chart.releaseName;
    sync.renew(renewalPeriod, chart);
    if (props.renewOnSecretChange) {
      sync.renewOnSecretChange(chart);
    }
    this.compositeAlarm = this.monitor(props, renewalPeriod, chart);
    if (props.reapply !== undefined) {
      refuseSecrets(this, { reapply: props.reapply }, ([name]) => name, 'pass a text, such as a date');
      reapply(this, requireReapply(props.reapply));
    }
    register({ ...claim, runner: this, chart });
  }

  /** The role of the ingestion pods. It is made, and bound to them, when it is first asked for. */
  public get ingestionRole(): iam.IRole {
    return this.ingestion.role;
  }

  /**
   * The principal of the ingestion pods: grants to the runner are grants to `ingestionRole`, by policies of the runner's
   * stack if the role is imported or of another one.
   */
  public get grantPrincipal(): iam.IPrincipal {
    return this.ingestion.principal.grantPrincipal;
  }

  /**
   * Lets the ingestion pods read a secret, and decrypt it if it has a key of its own. The policies of a secret and a key
   * of another account must admit `ingestionRole` as well.
   *
   * Fails if the secret's name has a `*` or `?`, which IAM takes for any characters.
   */
  public grantSecretRead(secret: ISecret): iam.Grant {
    return grantSecretRead(this, this, secret);
  }

  /**
   * What to write into a password field of a connection in Collate, so that the ingestion reads the secret itself.
   *
   * Fails with `SecretsStore.kubernetes()` for a secret that was not added by `addConnectorSecret`, and otherwise for
   * one of another account or region, or one that is imported by an ARN that is a token, which does not tell the name.
   */
  public secretReference(secret: ISecret): string {
    requireSecret('secret', secret);
    const names = this.connectorSecrets.get(this.keyOf(secret)) ?? [];
    if (names.length > 1) {
      throw new Error(`secret ${secret.node.path} was added as ${names.join(' and ')}: use what addConnectorSecret returned for each`);
    }
    return this.secretsStore._reference(this, secret, names[0]);
  }

  /**
   * Keeps an Opaque Secret in the runner's namespace, with the one key `value`, equal to a secret of Secrets Manager, for
   * connections that read their password with `SecretsStore.kubernetes()`. It is written at deployment and at each
   * renewal, and stays when it is no longer added.
   *
   * Returns what to write into a password field of a connection in Collate. Fails with
   * `SecretsStore.awsSecretsManager()`, and if the name is malformed or taken.
   *
   * @param name name of the Kubernetes Secret
   */
  public addConnectorSecret(name: string, secret: ISecret, options: ConnectorSecretOptions = {}): string {
    if (this.secretsStore._kind !== 'kubernetes') {
      throw new Error('addConnectorSecret needs SecretsStore.kubernetes(): with SecretsStore.awsSecretsManager() the ingestion reads the secret itself, once grantSecretRead lets it');
    }
    requireSecret('secret', secret);
    requireConnectorSecretName(name, this.sync.secretNames);
    requireField('field', options.field, 'the connector\'s secret', 'the value');
    this.sync.addConnectorSecret(name, secret, options.field);
    const key = this.keyOf(secret);
    this.connectorSecrets.set(key, [...this.connectorSecrets.get(key) ?? [], name]);
    return this.secretsStore._reference(this, secret, name);
  }

  /**
   * 1 for every sync that wrote everything. Alarm on its absence: missing data means that nothing is renewed.
   *
   * @param options - sum over an hour by default
   */
  public metricSyncSucceeded(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metrics.syncSucceeded(options).attachTo(this);
  }

  /**
   * Number of failures: one for each Secret that was not written, or for which the runner was not restarted.
   *
   * @param options - sum over an hour by default
   */
  public metricSyncFailures(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metrics.syncFailures(options).attachTo(this);
  }

  /**
   * Milliseconds that a sync took.
   *
   * @param options - average over an hour by default
   */
  public metricSyncDuration(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metrics.syncDuration(options).attachTo(this);
  }

  /**
   * Seconds until the registry token in the pull secret expires, taken at each renewal and each report.
   *
   * @param options - minimum over an hour by default
   */
  public metricSecondsToExpiry(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metrics.secondsToExpiry(options).attachTo(this);
  }

  /**
   * 1 while the runner is connected to Collate, 0 while it is not. Where nobody knows, data is missing.
   *
   * @param options - maximum over an hour by default
   */
  public metricRunnerConnected(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metrics.runnerConnected(options).attachTo(this);
  }

  /**
   * Number of checks that did not pass, also of those that could not be made.
   *
   * @param options - minimum over an hour by default
   */
  public metricChecksFailed(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metrics.checksFailed(options).attachTo(this);
  }

  /**
   * Number of jobs since the runner's pod started.
   *
   * @param status as the runner's metric `collate_hybrid_agent_jobs_total` calls it
   * @param options - maximum over an hour by default
   */
  public metricJobs(status: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metrics.jobs(status, options).attachTo(this);
  }

  private monitor(props: HybridRunnerProps, renewalPeriod: Duration, chart: Construct): cloudwatch.CompositeAlarm | undefined {
    const options = (props.monitoring ?? RunnerMonitoring.of())._options;
    if (!options) {
      return undefined;
    }
    const { interval, alarmActions = [], okActions = [], compositeAlarmActions = [] } = options;
    this.sync.report(interval, chart);
    const deadLetters = DeadLetterAlarm.of(this, this.credentialSync);
    const { agentId, metrics } = this;
    const alarms = new RunnerAlarms(this, 'Alarms', {
      agentId,
      metrics,
      interval,
      renewalPeriod,
      expires: this.sync.pullSecretName !== undefined,
      runs: props.replicas !== 0,
      deadLetters: deadLetters.alarm,
      alarmActions,
      okActions,
      compositeAlarmActions,
      after: chart,
    });
    deadLetters.add(alarmActions, okActions);
    if (options.dashboard) {
      ClusterDashboard.of(this, props.cluster._adapter).addRunner({
        agentId, metrics, interval, renewalPeriod, namespace: this.namespaceName, alarms: [...alarms.alarms, deadLetters.alarm],
      });
    }
    return alarms.composite;
  }

  /** The same for two imports of one secret; one that is made has another ARN in each stack, by a name that may be the same. */
  private keyOf(secret: ISecret): string {
    return secret.node.defaultChild ? secret.node.path : JSON.stringify(Stack.of(this).resolve(secret.secretArn));
  }
}

/** Without these an empty object, which TypeScript takes for some of them, would be another choice than the default. */
function requireFactories(props: HybridRunnerProps): void {
  const factories: [keyof HybridRunnerProps, string, string][] = [
    ['namespace', '_create', 'RunnerNamespace.create(…) or RunnerNamespace.existing(…)'],
    ['argoWorkflows', '_endpoint', 'ArgoWorkflows.install(…), ArgoWorkflows.existing(…) or ArgoWorkflows.none()'],
    ['secretsStore', '_kind', 'SecretsStore.kubernetes() or SecretsStore.awsSecretsManager(…)'],
    ['identity', '_installAgent', 'IngestionIdentity.podIdentity(…) or IngestionIdentity.irsa(…)'],
    ['chartSource', '_asset', 'ChartSource.repository(…), ChartSource.oci(…) or ChartSource.asset(…)'],
    ['monitoring', '_options', 'RunnerMonitoring.of(…) or RunnerMonitoring.none()'],
    ['credentialSync', '_clusterKey', 'new CredentialSync(…)'],
  ];
  factories.filter(([prop]) => props[prop] !== undefined && props[prop] !== null).forEach(([prop, member, names]) => requireFromFactory(prop, props[prop] as object, member, names));
}

function requireRenewalPeriod(period: Duration): Duration {
  requireDuration('renewalPeriod', period, Duration.minutes(15), Duration.hours(4), 'a registry token lives 12 hours, and after one failed run the next must still be in time');
  return requireWholeMinutes('renewalPeriod', period);
}

function refuseOtherCluster(sync: CredentialSync | undefined, key: string, { cluster }: ClusterAdapter): void {
  if (sync && sync._clusterKey !== key) {
    throw new Error(`credentialSync ${sync.node.path} is not known to be of cluster ${cluster.node.path}: give both the same cluster, or leave credentialSync out`);
  }
}
