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

/** CloudWatch namespace of the metrics. */
export const METRIC_NAMESPACE = 'CollateHybridRunner';

/** Names of the metrics, in namespace {@link METRIC_NAMESPACE}. */
export const SyncMetric = {
  /** 1 for a sync in which everything was written, 0 for any other. Dimension: AgentId. */
  SYNC_SUCCEEDED: 'SyncSucceeded',
  /** Failures of a sync, by the stage they happened in. Dimensions: AgentId; AgentId and Stage. */
  SYNC_FAILURES: 'SyncFailures',
  /** Seconds until the registry token in the pull secret expires. Dimension: AgentId. */
  SECONDS_TO_EXPIRY: 'SecondsToExpiry',
} as const;

/** Names of the metrics' dimensions. */
export const MetricDimension = { AGENT_ID: 'AgentId', STAGE: 'Stage' } as const;

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

/** What the schedule, the first sync and a person's renew command send. */
export interface SyncRequest {
  readonly action: 'sync';
  readonly agentId: string;
  /** Kubernetes namespace of both Secrets. */
  readonly namespace: string;
  readonly pullSecret?: PullSecretRequest;
  readonly tokenSecret: TokenSecretRequest;
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
    /** When the JWT expires, ISO 8601; absent where it says nothing of it. */
    readonly expiresAt?: string;
  };
}
