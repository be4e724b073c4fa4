import { Duration } from 'aws-cdk-lib';

/**
 * Amounts of CPU and memory, as Kubernetes quantities.
 */
export interface ResourceQuantities {
  /**
   * CPU, such as `500m` or `2`.
   *
   * @default - the default of the setting this is part of
   */
  readonly cpu?: string;

  /**
   * Memory, such as `512Mi` or `4Gi`.
   *
   * @default - the default of the setting this is part of
   */
  readonly memory?: string;
}

/**
 * What a container asks for and may use.
 */
export interface ContainerResources {
  /**
   * What the container is given.
   *
   * @default - the default of the setting this is part of
   */
  readonly requests?: ResourceQuantities;

  /**
   * What the container may use at most.
   *
   * @default - the default of the setting this is part of
   */
  readonly limits?: ResourceQuantities;
}

/**
 * Lets the runner's pod on nodes with a taint. Keys, values, operators, effects and pairs that Kubernetes would
 * refuse are errors at synthesis.
 */
export interface Toleration {
  /**
   * Key of the taint.
   *
   * @default - any key, which needs the operator `Exists`
   */
  readonly key?: string;

  /**
   * `Equal` or `Exists`.
   *
   * @default - Kubernetes takes `Equal`
   */
  readonly operator?: string;

  /**
   * Value of the taint, for the operator `Equal`.
   *
   * @default - none
   */
  readonly value?: string;

  /**
   * `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
   *
   * @default - all effects
   */
  readonly effect?: string;

  /**
   * How long the pod may stay once a taint with the effect `NoExecute` appears; needs that effect here too.
   *
   * @default - for ever
   */
  readonly duration?: Duration;
}

/**
 * How many runner pods a voluntary disruption may take. Give one of the two numbers.
 */
export interface PodDisruptionBudgetOptions {
  /**
   * How many pods must stay.
   *
   * @default - not limited this way
   */
  readonly minAvailable?: number;

  /**
   * How many pods may be away.
   *
   * @default 1, unless `minAvailable` is given
   */
  readonly maxUnavailable?: number;
}

/**
 * A ServiceMonitor of the Prometheus operator for the runner's metrics.
 */
export interface ServiceMonitorOptions {
  /**
   * How often Prometheus reads the metrics.
   *
   * @default Duration.seconds(30)
   */
  readonly interval?: Duration;

  /**
   * Labels by which your Prometheus finds the monitor. Those that Kubernetes would refuse are errors at synthesis.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };

  /**
   * Annotations of the monitor. Keys that Kubernetes would refuse are errors at synthesis.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
}

/**
 * A PrometheusRule of the Prometheus operator with the chart's alerts.
 */
export interface PrometheusRulesOptions {
  /**
   * Rule groups beside the chart's own, in Prometheus's form.
   *
   * @default - none
   */
  readonly extraRules?: { [key: string]: unknown }[];
}

/**
 * A GrafanaDashboard of the Grafana operator.
 */
export interface GrafanaDashboardOptions {
  /**
   * Namespace of the dashboard.
   *
   * @default - the runner's
   */
  readonly namespace?: string;

  /**
   * Folder in Grafana.
   *
   * @default 'Hybrid Ingestion Runner'
   */
  readonly folderName?: string;

  /**
   * Labels of the Grafana instance. Those that Kubernetes would refuse are errors at synthesis.
   *
   * @default { dashboards: 'grafana' }
   */
  readonly instanceSelector?: { [key: string]: string };

  /**
   * Labels of the dashboard. Those that Kubernetes would refuse are errors at synthesis.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };

  /**
   * Whether a Grafana instance in another namespace may take the dashboard.
   *
   * @default false
   */
  readonly allowCrossNamespaceImport?: boolean;
}
