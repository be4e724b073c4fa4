/*
 * What the construct and the function agree on. Imported by both and by the tests, so it imports nothing.
 */

/** Environment variables of the function. */
export const SyncEnvironment = {
  /** Name of the EKS cluster, the audience of the Kubernetes token. */
  CLUSTER_NAME: 'CLUSTER_NAME',
  /** URL of the Kubernetes API server; absent when the function asks EKS at run time. */
  CLUSTER_ENDPOINT: 'CLUSTER_ENDPOINT',
  /** Base64 certificate authority of the API server; absent when the function asks EKS at run time. */
  CLUSTER_CERTIFICATE_AUTHORITY: 'CLUSTER_CERTIFICATE_AUTHORITY',
} as const;

/** Owner of the fields that the function applies, as the Kubernetes API server records it. */
export const FIELD_MANAGER = 'cdk-collate-hybrid-runner';

/** Names of the Roles in Kubernetes, and of their bindings; two, because another runner may live in the namespace of Argo Workflows. */
export const RUNNER_ROLE = 'collate-credential-sync';
export const ARGO_ROLE = 'collate-credential-sync-argo';

/** CloudWatch namespace of the metrics. */
export const METRIC_NAMESPACE = 'CollateHybridRunner';

/** Names of the metrics, in namespace {@link METRIC_NAMESPACE}. All have the dimensions AgentId and Cluster. */
export const SyncMetric = {
  /** 1 for a sync in which everything was written, 0 for any other. */
  SYNC_SUCCEEDED: 'SyncSucceeded',
  /** Failures of a sync; also with dimension Stage, by the stage they happened in. */
  SYNC_FAILURES: 'SyncFailures',
  /** Seconds until the registry token in the pull secret expires. */
  SECONDS_TO_EXPIRY: 'SecondsToExpiry',
  /** Milliseconds that a sync took. */
  SYNC_DURATION: 'SyncDuration',
} as const;

/** Names of the metrics of a status report, in the same namespace. */
export const StatusMetric = {
  /** 1 while the runner is connected to Collate, 0 while it is not, absent while nobody knows. */
  RUNNER_CONNECTED: 'RunnerConnected',
  /** Checks that did not pass, also those that could not be made. */
  CHECKS_FAILED: 'ChecksFailed',
  /** Jobs since the runner's pod started, by their status, which is the dimension Status. */
  JOBS: 'Jobs',
} as const;

/** Names of the metrics' dimensions. The cluster's name, because runners of two clusters may have one agent id. */
export const MetricDimension = { AGENT_ID: 'AgentId', CLUSTER: 'Cluster', STAGE: 'Stage', STATUS: 'Status' } as const;

/** Where a sync can fail. */
export type SyncStage = 'secretsmanager' | 'ecr' | 'kubernetes';

/** Type of the custom resource that runs the first sync. */
export const FIRST_SYNC_RESOURCE_TYPE = 'Custom::CollateHybridRunnerFirstSync';

/** Name of the custom resource property that holds a {@link SyncRequest} as JSON. */
export const REQUEST_PROPERTY = 'Request';

/** The pull secret to write. */
export interface PullSecretRequest {
  /** Name of the Kubernetes Secret, of type `kubernetes.io/dockerconfigjson`. */
  readonly name: string;
  /** Secrets Manager secret with the vendor's keys: JSON `{accessKeyId, secretAccessKey}`. */
  readonly credentialsSecretArn: string;
  /** AWS account of the registry. */
  readonly registryAccount: string;
  /** AWS region of the registry. */
  readonly registryRegion: string;
  /** Host of the registry, the key in the pull secret. */
  readonly registryHost: string;
}

/** The runner's token to write. */
export interface TokenSecretRequest {
  /** Name of the Kubernetes Secret, of type `Opaque`. */
  readonly name: string;
  /** Key in the Kubernetes Secret. */
  readonly key: string;
  /** Secrets Manager secret with the JWT. */
  readonly secretArn: string;
  /** Field of a JSON secret that holds the JWT; without it the whole string is the JWT. */
  readonly field?: string;
}

/** A password of a data source to write, for connections that read it from Kubernetes. */
export interface ConnectorSecretRequest {
  /** Name of the Kubernetes Secret, of type `Opaque` with one key, {@link CONNECTOR_SECRET_KEY}. */
  readonly name: string;
  /** Secrets Manager secret with the value. */
  readonly secretArn: string;
  /** Field of a JSON secret that holds the value; without it the whole string is the value. */
  readonly field?: string;
}

/** The key that Collate's ingestion reads a Kubernetes Secret by. */
export const CONNECTOR_SECRET_KEY = 'value';

/** What stands in the cluster around the two Secrets. */
export interface WorkloadRequest {
  /** Name of the runner's Deployment and of its Service. */
  readonly name: string;
  /** Service account of the ingestion pods. */
  readonly serviceAccount: string;
  /** IAM role that the service account is annotated with; absent where it is bound otherwise, or has none. */
  readonly roleArn?: string;
  /** Namespace of Argo Workflows, where it was installed with this runner. */
  readonly argoNamespace?: string;
}

/** Port of the runner's Service that has its metrics. */
export const METRICS_PORT = 'metrics-app';

/** Deployments of Argo Workflows, which the chart names so whatever the release is called. */
export const ARGO_DEPLOYMENTS = { controller: 'argo-workflows-workflow-controller', server: 'argo-workflows-server' } as const;

/** Custom resource definitions of Argo Workflows. */
export const ARGO_DEFINITIONS = [
  'clusterworkflowtemplates', 'cronworkflows', 'workflowartifactgctasks', 'workfloweventbindings', 'workflows',
  'workflowtaskresults', 'workflowtasksets', 'workflowtemplates',
].map((plural) => `${plural}.argoproj.io`);

/** Annotation of both Secrets: when their content expires, ISO 8601. */
export const EXPIRES_AT_ANNOTATION = 'cdk-collate-hybrid-runner/expires-at';

/** Annotation of the runner's Deployment and its pods: a digest of the token that they have. */
export const TOKEN_DIGEST_ANNOTATION = 'cdk-collate-hybrid-runner/token-digest';

/** What to do. */
export type Action = 'sync' | 'status';

/** What the schedules, the first sync and people's commands send. */
export interface SyncRequest {
  readonly action: Action;
  readonly agentId: string;
  /** Kubernetes namespace of both Secrets. */
  readonly namespace: string;
  readonly pullSecret?: PullSecretRequest;
  readonly tokenSecret: TokenSecretRequest;
  readonly connectorSecrets?: ConnectorSecretRequest[];
  readonly workload?: WorkloadRequest;
}

/** What a successful sync answers. */
export interface SyncResult {
  readonly agentId: string;
  readonly namespace: string;
  readonly pullSecret?: {
    readonly name: string;
    /** When the registry token expires, ISO 8601. */
    readonly expiresAt: string;
  };
  readonly tokenSecret: {
    readonly name: string;
    /** Whether the JWT differs from the one that was there before. */
    readonly changed: boolean;
    /** Whether the runner's pods were restarted, because they had another JWT. */
    readonly restarted: boolean;
    /** When the JWT expires, ISO 8601; absent where it says nothing of it. */
    readonly expiresAt?: string;
  };
  readonly connectorSecrets?: {
    readonly name: string;
    readonly changed: boolean;
  }[];
}

/** How a check came out: `unknown` if it could not be made. */
export type CheckState = 'passed' | 'failed' | 'unknown';

/** One thing that must hold for a runner to work. */
export interface Check {
  readonly name: string;
  readonly state: CheckState;
  /** What was found. */
  readonly seen: string;
  /** What to do; absent where the check passed. */
  readonly remedy?: string;
}

/** What the action `status` answers. */
export interface StatusReport {
  readonly agentId: string;
  readonly namespace: string;
  /** Whether every check passed. */
  readonly healthy: boolean;
  /** Whether the runner says that it is connected to Collate, which shows it as Active. */
  readonly connected: boolean;
  /** ISO 8601. */
  readonly checkedAt: string;
  readonly checks: Check[];
}
