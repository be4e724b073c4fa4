import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { ArgoWorkflows } from './argo-workflows';
import { ChartSource } from './chart-source';
import { CredentialSync } from './credential-sync';
import { IngestionIdentity } from './ingestion-identity';
import { ContainerResources, GrafanaDashboardOptions, PodDisruptionBudgetOptions, PrometheusRulesOptions, ServiceMonitorOptions, Toleration } from './pod-settings';
import { RunnerCluster } from './runner-cluster';
import { RunnerImages } from './runner-images';
import { RunnerMonitoring } from './runner-monitoring';
import { RunnerNamespace } from './runner-namespace';
import { SecretsStore } from './secrets-store';

/**
 * What can be chosen for a runner, wherever it is added.
 */
export interface HybridRunnerOptions {
  /** Name of the runner in Collate, under Settings > Preferences > Ingestion Runners. A literal of printable ASCII. */
  readonly agentId: string;

  /** Host of your Collate, without protocol, such as `acme.getcollate.io`. A literal. */
  readonly serverHost: string;

  /**
   * Field of the token secret that holds the JWT, if the secret is JSON.
   *
   * @default - the whole secret string is the JWT
   */
  readonly authTokenField?: string;

  /**
   * Where the ingestion pods find the passwords of your data sources.
   *
   * @default SecretsStore.kubernetes()
   */
  readonly secretsStore?: SecretsStore;

  /**
   * How the ingestion pods get their IAM role, once something is granted to it.
   *
   * @default IngestionIdentity.podIdentity()
   */
  readonly identity?: IngestionIdentity;

  /**
   * What runs the ingestion jobs.
   *
   * @default ArgoWorkflows.install()
   */
  readonly argoWorkflows?: ArgoWorkflows;

  /**
   * The Kubernetes namespace, one for each runner. Changing it later installs anew, and then removes the old
   * installation. If the runner installs Argo Workflows that deployment fails, because both installations would own the
   * same objects: remove the runner in one deployment, and add it with the new namespace in the next.
   *
   * @default RunnerNamespace.create('hybrid-ingestion-runner'), which outlives the stack
   */
  readonly namespace?: RunnerNamespace;

  /**
   * Name of the Helm release. Helm refuses a changed name, because the chart's service accounts and Roles have the same
   * names in every release: remove the runner in one deployment, and add it with the new name in the next.
   *
   * @default 'hybrid-ingestion-runner'
   */
  readonly releaseName?: string;

  /**
   * Version of the Helm chart, 1.10.4 or newer. Options that the version does not know are refused.
   *
   * @default HybridRunner.CHART_VERSION
   */
  readonly chartVersion?: string;

  /**
   * Where the Helm chart comes from.
   *
   * @default ChartSource.repository(), the vendor's
   */
  readonly chartSource?: ChartSource;

  /**
   * How often the pull secret and the token are renewed: 15 minutes to 4 hours. A registry token lives 12 hours, so
   * with the default four runs may fail before it ends.
   *
   * @default Duration.hours(2)
   */
  readonly renewalPeriod?: Duration;

  /**
   * Monitoring of the runner: a report of its status at an interval, and alarms for when it stops working.
   *
   * @default RunnerMonitoring.of(), every 5 minutes, with alarms that tell nobody but the console
   */
  readonly monitoring?: RunnerMonitoring;

  /**
   * Whether a change of the token, the registry keys or a connector's secret in Secrets Manager is synced at once, and
   * not only at the next renewal. It rests on events that CloudTrail sends to EventBridge, for which the account needs a
   * trail, and hears of secrets in the region of the stack. EventBridge passes on 8,192 characters, which is enough for
   * the names of about 40 connector secrets: synthesis fails with many more.
   *
   * @default false
   */
  readonly renewOnSecretChange?: boolean;

  /**
   * Number of runner pods. 0 pauses the runner: its credentials are renewed, and alarms tell if they are not, but none is
   * on its connection and its checks.
   *
   * @default 1
   */
  readonly replicas?: number;

  /**
   * CPU and memory of the runner pod. What you leave out is not set.
   *
   * @default - requests 500m CPU and 500Mi, limits 1000m CPU and 1Gi
   */
  readonly runnerResources?: ContainerResources;

  /**
   * CPU and memory of the ingestion pods.
   *
   * @default - requests and limits of 1000m CPU and 4096Mi
   */
  readonly ingestionResources?: ContainerResources;

  /**
   * Labels of the nodes the runner pod may run on. Those that Kubernetes would refuse are errors at synthesis. For
   * ingestion pods see `ingestionWorkflowParams`.
   *
   * @default - any node
   */
  readonly nodeSelector?: { [key: string]: string };

  /**
   * Taints the runner pod tolerates.
   *
   * @default - none
   */
  readonly tolerations?: Toleration[];

  /**
   * Affinity of the runner pod, in Kubernetes' form.
   *
   * @default - none
   */
  readonly affinity?: { [key: string]: unknown };

  /**
   * Makes a PodDisruptionBudget. Needs chart 1.11.13.
   *
   * @default - none
   */
  readonly podDisruptionBudget?: PodDisruptionBudgetOptions;

  /**
   * Annotations of the runner pod. Keys that Kubernetes would refuse are errors at synthesis. Needs chart 1.12.1.
   *
   * @default - none
   */
  readonly podAnnotations?: { [key: string]: string };

  /**
   * Labels of all objects of the chart. Those that Kubernetes would refuse are errors at synthesis. Needs chart 1.12.1.
   *
   * @default - none
   */
  readonly commonLabels?: { [key: string]: string };

  /**
   * Environment variables of the ingestion pods. Never secrets: they stand readable in the template and the cluster.
   *
   * @default - none
   */
  readonly ingestionEnvironment?: { [key: string]: string };

  /**
   * Parameters of the ingestion workflow's pod template, such as `tolerations`. Needs chart 1.12.5.
   *
   * @default - none
   */
  readonly ingestionWorkflowParams?: { [key: string]: unknown };

  /**
   * Parameters of the ingestion container, such as `env`. Needs chart 1.12.5.
   *
   * @default - none
   */
  readonly ingestionContainerParams?: { [key: string]: unknown };

  /**
   * Makes a ServiceMonitor. Its custom resource definition must be in the cluster.
   *
   * @default - none
   */
  readonly serviceMonitor?: ServiceMonitorOptions;

  /**
   * Makes a PrometheusRule. Its custom resource definition must be in the cluster.
   *
   * @default - none
   */
  readonly prometheusRules?: PrometheusRulesOptions;

  /**
   * Makes a GrafanaDashboard. Needs chart 1.11.7, and its custom resource definition must be in the cluster.
   *
   * @default - none
   */
  readonly grafanaDashboard?: GrafanaDashboardOptions;

  /**
   * Values of the chart that have no option of their own, merged last: maps key by key, all else as a whole. Write the
   * chart's own keys, in every language. Keys that this library sets are refused, and so are secret values and what is
   * neither of JSON nor a token. Null in a map, by which Helm removes a default of the chart, works from TypeScript and
   * JavaScript only: in other languages jsii drops the key.
   *
   * @default - none
   */
  readonly values?: { [key: string]: unknown };

  /**
   * How long Helm may take: 1 to 13 minutes, with `atomic` 1 to 6, because a rollback takes as long again and the
   * function that runs Helm ends after 15.
   *
   * @default Duration.minutes(10), with `atomic` Duration.minutes(6)
   */
  readonly timeout?: Duration;

  /**
   * Whether Helm undoes a failed installation or upgrade. The failed pods and their logs are then gone.
   *
   * @default false
   */
  readonly atomic?: boolean;

  /**
   * Whether the deployment waits until the runner is ready.
   *
   * @default true
   */
  readonly wait?: boolean;

  /**
   * Any text, such as a date. Another one than at the last deployment has it apply the namespaces, the rights, the two
   * Secrets and the Helm release again, in their order, which restores what was deleted in the cluster: without a change
   * of the template CloudFormation does nothing. An object of the release that somebody else changed must be deleted
   * first, because Helm 4 does not overwrite it.
   *
   * @default - they are applied when their own properties change
   */
  readonly reapply?: string;

  /**
   * What happens to the Helm release when the runner leaves the stack. Retain it, and the namespaces, before you
   * move the construct, and take the construct out of its old place in a deployment of its own. `SNAPSHOT` is refused.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Properties of `HybridRunner`.
 */
export interface HybridRunnerProps extends HybridRunnerOptions {
  /** The cluster. One that this app makes must be in a stack of the same account and region. */
  readonly cluster: RunnerCluster;

  /** The secret with the runner's JWT, from Collate: the whole secret string, or the field `authTokenField` of a JSON one. */
  readonly authToken: ISecret;

  /** Where the images come from. */
  readonly images: RunnerImages;

  /**
   * The function that writes the pull secret and the token, to choose its options or to share it between stacks.
   *
   * @default - the one of the cluster in this stack, made when the first runner needs it
   */
  readonly credentialSync?: CredentialSync;
}
