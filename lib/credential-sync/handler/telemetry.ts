import { METRIC_NAMESPACE, MetricDimension, SyncMetric, SyncRequest } from '../contract';
import { StageFailure } from './failure';

type Level = 'info' | 'warning' | 'error';

/** Writes one line of JSON to the log. Values are names, times and reasons, never secrets. */
export function log(level: Level, message: string, fields: Record<string, unknown> = {}): void {
  write({ level, message, ...fields });
}

/** What a sync came to, as metrics. */
export interface Outcome {
  readonly failures: StageFailure[];
  /** When the registry's token ends, in milliseconds since 1970. */
  readonly expiresAt?: number;
}

/**
 * Emits metrics through the log.
 *
 * Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function emitMetrics({ agentId }: SyncRequest, { failures, expiresAt }: Outcome, now: number): void {
  const dimensions = { [MetricDimension.AGENT_ID]: agentId };
  emit(now, dimensions, {
    [SyncMetric.SYNC_SUCCEEDED]: failures.length === 0 ? 1 : 0,
    [SyncMetric.SYNC_FAILURES]: failures.length,
    ...expiresAt !== undefined && { [SyncMetric.SECONDS_TO_EXPIRY]: Math.round((expiresAt - now) / 1000) },
  });
  for (const stage of new Set(failures.map((failure) => failure.stage))) {
    emit(now, { ...dimensions, [MetricDimension.STAGE]: stage }, {
      [SyncMetric.SYNC_FAILURES]: failures.filter((failure) => failure.stage === stage).length,
    });
  }
}

function emit(timestamp: number, dimensions: Record<string, string>, metrics: Record<string, number>): void {
  const unitOf = (name: string) => name === SyncMetric.SECONDS_TO_EXPIRY ? 'Seconds' : 'Count';
  write({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [{
        Namespace: METRIC_NAMESPACE,
        Dimensions: [Object.keys(dimensions)],
        Metrics: Object.keys(metrics).map((Name) => ({ Name, Unit: unitOf(Name) })),
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
