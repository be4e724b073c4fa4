import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE, MetricDimension, StatusMetric, SyncMetric } from '../credential-sync/contract';

type Options = cloudwatch.MetricOptions;

/** The metrics of one runner, each with the statistic that makes sense of it. */
export class RunnerMetrics {
  constructor(private readonly agentId: string, private readonly clusterName: string) {}

  public syncSucceeded(options?: Options): cloudwatch.Metric {
    return this.metric(SyncMetric.SYNC_SUCCEEDED, 'Sum', options);
  }

  public syncFailures(options?: Options): cloudwatch.Metric {
    return this.metric(SyncMetric.SYNC_FAILURES, 'Sum', options);
  }

  public syncDuration(options?: Options): cloudwatch.Metric {
    return this.metric(SyncMetric.SYNC_DURATION, 'Average', options);
  }

  public secondsToExpiry(options?: Options): cloudwatch.Metric {
    return this.metric(SyncMetric.SECONDS_TO_EXPIRY, 'Minimum', options);
  }

  public runnerConnected(options?: Options): cloudwatch.Metric {
    return this.metric(StatusMetric.RUNNER_CONNECTED, 'Maximum', options);
  }

  public checksFailed(options?: Options): cloudwatch.Metric {
    return this.metric(StatusMetric.CHECKS_FAILED, 'Minimum', options);
  }

  public jobs(status: string, options?: Options): cloudwatch.Metric {
    return this.metric(StatusMetric.JOBS, 'Maximum', options, { [MetricDimension.STATUS]: status });
  }

  /** Jobs of every status there is, which only the runner knows. */
  public jobsByStatus(period: Duration): cloudwatch.MathExpression {
    const { AGENT_ID, CLUSTER, STATUS } = MetricDimension;
    const search = [`{${METRIC_NAMESPACE},${AGENT_ID},${CLUSTER},${STATUS}}`, `MetricName="${StatusMetric.JOBS}"`, ...searchTerms(AGENT_ID, this.agentId), `${CLUSTER}="${this.clusterName}"`].join(' ');
    return new cloudwatch.MathExpression({ expression: `SEARCH('${search}', 'Maximum', ${period.toSeconds()})`, usingMetrics: {}, period, label: '' });
  }

  private metric(metricName: string, statistic: string, options: Options = {}, dimensions: Record<string, string> = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { [MetricDimension.AGENT_ID]: this.agentId, [MetricDimension.CLUSTER]: this.clusterName, ...dimensions },
      statistic,
      period: Duration.hours(1),
      ...options,
    });
  }
}

/**
 * What finds a value: the value itself; or its words, if it has a single quote, which would end the text it stands in.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
 */
function searchTerms(property: string, value: string): string[] {
  if (!value.includes('\'')) {
    return [`${property}="${value.replace(/[()]/g, '\\$&')}"`];
  }
  const words = value.split(/[^A-Za-z0-9]+/).filter(Boolean);
  if (words.length === 0) {
    throw new Error(`dashboard must be false for a runner whose agentId has a single quote and no letter or digit, got ${JSON.stringify(value)}: CloudWatch has no search for it`);
  }
  // In capitals they would be operators; case makes no other difference to a word.
  return words.map((word) => `${property}=${/^(AND|OR|NOT)$/.test(word) ? word.toLowerCase() : word}`);
}
