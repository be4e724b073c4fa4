import { METRIC_NAMESPACE, MetricDimension, StatusMetric, SyncEnvironment, SyncMetric, SyncRequest } from '../contract';
import { StageFailure } from './failure';

type Level = 'info' | 'warning' | 'error';

/** Writes one line of JSON to the log. Values are names, times and reasons, never secrets. */
export function log(level: Level, message: string, fields: Record<string, unknown> = {}): void {
  write({ level, message, ...fields });
}

/** What a sync came to, as metrics. */
export interface SyncOutcome {
  readonly failures: StageFailure[];
  /** When the registry's token ends, in milliseconds since 1970. */
  readonly expiresAt?: number;
  /** In milliseconds. */
  readonly duration: number;
}

/**
 * Emits metrics of a sync through the log.
 *
 * Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function emitSyncMetrics(request: SyncRequest, { failures, expiresAt, duration }: SyncOutcome, now: number): void {
  const dimensions = dimensionsOf(request);
  emit(now, dimensions, {
    [SyncMetric.SYNC_SUCCEEDED]: failures.length === 0 ? 1 : 0,
    [SyncMetric.SYNC_FAILURES]: failures.length,
    [SyncMetric.SYNC_DURATION]: duration,
    ...secondsToExpiry(expiresAt, now),
  });
  for (const stage of new Set(failures.map((failure) => failure.stage))) {
    emit(now, { ...dimensions, [MetricDimension.STAGE]: stage }, {
      [SyncMetric.SYNC_FAILURES]: failures.filter((failure) => failure.stage === stage).length,
    });
  }
}

/** What a status report came to, as metrics. */
export interface StatusOutcome {
  /** Absent where nobody knows. */
  readonly connected?: boolean;
  readonly failed: number;
  /** When the registry's token in the pull secret ends, in milliseconds since 1970. */
  readonly expiresAt?: number;
  /** Number of jobs by their status. */
  readonly jobs: Record<string, number>;
}

/** Emits metrics of a status report through the log. */
export function emitStatusMetrics(request: SyncRequest, { connected, failed, expiresAt, jobs }: StatusOutcome, now: number): void {
  const dimensions = dimensionsOf(request);
  emit(now, dimensions, {
    ...connected !== undefined && { [StatusMetric.RUNNER_CONNECTED]: connected ? 1 : 0 },
    [StatusMetric.CHECKS_FAILED]: failed,
    ...secondsToExpiry(expiresAt, now),
  });
  for (const [status, count] of Object.entries(jobs)) {
    emit(now, { ...dimensions, [MetricDimension.STATUS]: status }, { [StatusMetric.JOBS]: count });
  }
}

/** Without the cluster nothing else works, and that must still be told. */
function dimensionsOf({ agentId }: SyncRequest): Record<string, string> {
  return { [MetricDimension.AGENT_ID]: agentId, [MetricDimension.CLUSTER]: process.env[SyncEnvironment.CLUSTER_NAME] || 'unknown' };
}

function secondsToExpiry(expiresAt: number | undefined, now: number): Record<string, number> {
  return expiresAt === undefined ? {} : { [SyncMetric.SECONDS_TO_EXPIRY]: Math.round((expiresAt - now) / 1000) };
}

const UNITS: Record<string, string> = { [SyncMetric.SECONDS_TO_EXPIRY]: 'Seconds', [SyncMetric.SYNC_DURATION]: 'Milliseconds' };

function emit(timestamp: number, dimensions: Record<string, string>, metrics: Record<string, number>): void {
  write({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [{
        Namespace: METRIC_NAMESPACE,
        Dimensions: [Object.keys(dimensions)],
        Metrics: Object.keys(metrics).map((Name) => ({ Name, Unit: UNITS[Name] ?? 'Count' })),
      }],
    },
    ...dimensions,
    ...metrics,
  });
}

/** Not through console, which the runtime may wrap: CloudWatch reads metrics only from a bare line. */
function write(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
