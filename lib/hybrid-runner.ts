import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ArgoWorkflows } from './argo-workflows';
import { CredentialSync } from './credential-sync';
import { METRIC_NAMESPACE, MetricDimension, SyncMetric } from './credential-sync/contract';
import { RunnerSync } from './credential-sync/runner-sync';
import { HybridRunnerProps } from './hybrid-runner-props';
import { clusterKey } from './private/cluster-key';
import { grantSecretRead } from './private/grants';
import { IngestionBinding } from './private/ingestion-binding';
import { refuseConflicts, register } from './private/runner-registry';
import { requireAgentId, requireDuration, requireLiteral, requireServerHost } from './private/validation';
import { RunnerChart } from './runner-chart';
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

  private readonly agentId: string;
  private readonly secretsStore: SecretsStore;
  private readonly ingestion: IngestionBinding;

  /**
   * Fails if a property is malformed, if another runner on the cluster has the agent id or the namespace or installs
   * Argo Workflows too, or if the chart version does not know an option.
   */
  constructor(scope: Construct, id: string, props: HybridRunnerProps) {
    super(scope, id);
    requireFromFactory('cluster', props.cluster, '_adapter', 'RunnerCluster.fromEks(cluster) or RunnerCluster.fromEksV2(cluster)');
    requireFromFactory('images', props.images, '_runner', 'RunnerImages.fromCollateRegistry(…) or RunnerImages.fromMirror(…)');
    this.agentId = requireAgentId(props.agentId);
    requireServerHost(props.serverHost);
    requireSecret('authToken', props.authToken);
    requireTokenField(props.authTokenField);
    const renewalPeriod = requireRenewalPeriod(props.renewalPeriod ?? Duration.hours(2));
    const { _adapter: cluster } = props.cluster;
    const namespace = props.namespace ?? RunnerNamespace.create();
    const argo = props.argoWorkflows ?? ArgoWorkflows.install();
    const place = {
      clusterKey: clusterKey(this, cluster),
      agentId: this.agentId,
      namespace: namespace._name,
      argoNamespace: argo._namespace,
      argoEndpoint: argo._endpoint,
    };
    refuseConflicts(this, place);

    this.namespaceName = namespace._name;
    this.serviceAccountName = SERVICE_ACCOUNT_NAME;
    this.secretsStore = props.secretsStore ?? SecretsStore.kubernetes();
    const namespaces = new Construct(this, 'Namespaces');
    const addNamespace = (childId: string, name: string, removalPolicy: RemovalPolicy) => cluster.addManifest(namespaces, childId, {
      manifest: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }],
      removalPolicy,
    });
    if (namespace._create) {
      addNamespace('Runner', namespace._name, namespace._removalPolicy);
    }
    if (argo._namespace && argo._namespace !== namespace._name) {
      addNamespace('Argo', argo._namespace, namespace._removalPolicy);
    }

    this.ingestion = new IngestionBinding(this, 'Ingestion', cluster, props.identity, {
      namespace: this.namespaceName,
      name: this.serviceAccountName,
    });
    if (this.secretsStore._kind === 'managed-aws') {
      this.secretsStore._grantRead(this, this);
    }

    const sync = new RunnerSync(this, 'Sync', { ...props, namespace: this.namespaceName, cluster: props.cluster });
    sync.node.addDependency(namespaces);
    this.credentialSync = sync.credentialSync;
    this.renewCommand = sync.renewCommand;

    const chart = new RunnerChart(this, 'Chart', {
      cluster,
      options: props,
      images: props.images,
      namespace: this.namespaceName,
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
    chart.node.addDependency(namespaces, sync.firstSync, ...this.ingestion.prerequisites);
    this.releaseName = chart.releaseName;
    sync.schedule(renewalPeriod, chart);
    register({ ...place, runner: this, chart });
  }

  /** The role of the ingestion pods. It is made, and bound to them, when it is first asked for. */
  public get ingestionRole(): iam.IRole {
    return this.ingestion.role;
  }

  /** The principal of the ingestion pods: grants to the runner are grants to `ingestionRole`. */
  public get grantPrincipal(): iam.IPrincipal {
    return this.ingestionRole.grantPrincipal;
  }

  /**
   * Lets the ingestion pods read a secret, and decrypt it if it has a key of its own. The policies of a secret and a key
   * of another account must admit `ingestionRole` as well.
   */
  public grantSecretRead(secret: ISecret): iam.Grant {
    return grantSecretRead(this, this, secret);
  }

  /**
   * What to write into a password field of a connection in Collate, so that the ingestion reads the secret itself.
   *
   * Fails with `SecretsStore.kubernetes()`, where the name of a Kubernetes Secret follows `secret:`.
   */
  public secretReference(secret: ISecret): string {
    return this.secretsStore._reference(secret);
  }

  /**
   * 1 for every sync that wrote everything. Alarm on its absence: missing data means that nothing is renewed.
   *
   * @param options - sum over an hour by default
   */
  public metricSyncSucceeded(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric(SyncMetric.SYNC_SUCCEEDED, 'Sum', options);
  }

  /**
   * Number of failures, one for each stage that failed.
   *
   * @param options - sum over an hour by default
   */
  public metricSyncFailures(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric(SyncMetric.SYNC_FAILURES, 'Sum', options);
  }

  /**
   * Seconds until the registry token in the pull secret expires, taken at each renewal.
   *
   * @param options - minimum over an hour by default
   */
  public metricSecondsToExpiry(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric(SyncMetric.SECONDS_TO_EXPIRY, 'Minimum', options);
  }

  private metric(metricName: string, statistic: string, options: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { [MetricDimension.AGENT_ID]: this.agentId },
      statistic,
      period: Duration.hours(1),
      ...options,
    }).attachTo(this);
  }
}

/** EventBridge Scheduler counts in minutes. */
function requireRenewalPeriod(period: Duration): Duration {
  requireDuration('renewalPeriod', period, Duration.minutes(15), Duration.hours(4), 'a registry token lives 12 hours, and two runs may fail before it ends');
  if (!Number.isInteger(period.toMinutes({ integral: false }))) {
    throw new Error(`renewalPeriod must be whole minutes, got ${period.toSeconds({ integral: false })} seconds`);
  }
  return period;
}

/** For users of JavaScript, whom no compiler tells. By a member, because classes have other names in bundles. */
function requireFromFactory(prop: string, value: object, member: string, factories: string): void {
  if (typeof value !== 'object' || !(member in value)) {
    throw new Error(`${prop} must be made by ${factories}, got ${typeof value === 'object' ? 'another object' : typeof value}`);
  }
}

function requireTokenField(field: string | undefined): void {
  if (field !== undefined && requireLiteral('authTokenField', field).trim() === '') {
    throw new Error(`authTokenField must name a field of the token secret, got ${JSON.stringify(field)}: leave it out if the whole secret is the token`);
  }
}

function requireSecret(prop: string, secret: ISecret): void {
  if (typeof secret !== 'object') {
    throw new Error(`${prop} must be a Secrets Manager secret, got a ${typeof secret}: use Secret.fromSecretNameV2 to refer to one by name`);
  }
}
