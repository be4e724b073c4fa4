/** A metric's values by the second at which they were told. */
export type Series = { readonly at: number; readonly value: number }[];

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

const STATISTICS: Record<string, (values: number[]) => number> = {
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  Minimum: (values) => Math.min(...values),
  Maximum: (values) => Math.max(...values),
};

const COMPARISONS: Record<string, (value: number, threshold: number) => boolean> = {
  LessThanThreshold: (value, threshold) => value < threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
};

/** Data points that CloudWatch looks at beyond those that it evaluates, before missing ones count as what they shall. */
const FURTHER_POINTS = 2;

/** What an alarm of a template looks at: a metric, or FILL of one. */
export function watched({ Properties }: { Properties: any }): { name: string; dimensions: unknown; period: number; statistic: string; fill?: number } {
  const { Metrics, MetricName, Dimensions, Period, Statistic } = Properties;
  if (!Metrics) {
    return { name: MetricName, dimensions: Dimensions, period: Period, statistic: Statistic };
  }
  expect(Metrics).toHaveLength(2);
  const [{ Expression, ReturnData = true }, { Id, MetricStat: { Metric, Period: period, Stat }, ReturnData: partial }] = Metrics;
  const [, id, fill] = /^FILL\((\w+), (\d+)\)$/.exec(Expression)!;
  expect([id, ReturnData, partial]).toEqual([Id, true, false]);
  return { name: Metric.MetricName, dimensions: Metric.Dimensions, period, statistic: Stat, fill: Number(fill) };
}

/**
 * An alarm of a template, evaluated on data as CloudWatch does it: by the data points of the last periods; where some
 * are missing by real ones of a little before, unless an expression fills them; and only then by what missing data
 * counts as.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export class AlarmEvaluator {
  private readonly points = new Map<number, number>();
  private readonly fill?: number;
  private readonly period: number;

  constructor(private readonly alarm: { Properties: any }, series: Record<string, Series>) {
    const { name, period, statistic, fill } = watched(alarm);
    this.fill = fill;
    this.period = period;
    const values = new Map<number, number[]>();
    for (const { at, value } of series[name] ?? []) {
      const index = Math.floor(at / period);
      values.set(index, [...values.get(index) ?? [], value]);
    }
    values.forEach((told, index) => this.points.set(index, STATISTICS[statistic](told)));
  }

  public stateAt(now: number): AlarmState {
    const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, Threshold, ComparisonOperator, TreatMissingData } = this.alarm.Properties;
    const last = Math.floor(now / this.period) - 1;
    const range = Array.from({ length: EvaluationPeriods + FURTHER_POINTS }, (_, index) => this.points.get(last - index));
    const filled = range.some((point) => point !== undefined) ? range.map((point) => point ?? this.fill) : range;
    const present = filled.filter((point) => point !== undefined).slice(0, EvaluationPeriods);
    if (present.length === 0 && TreatMissingData === 'missing') {
      return 'INSUFFICIENT_DATA';
    }
    const missing = TreatMissingData === 'breaching' ? EvaluationPeriods - present.length : 0;
    const breaching = present.filter((point) => COMPARISONS[ComparisonOperator](point, Threshold)).length;
    return breaching + missing >= DatapointsToAlarm ? 'ALARM' : 'OK';
  }

  /** When, in seconds, the alarm is first on; nothing if it never is. */
  public firstAlarm(from: number, to: number): number | undefined {
    for (let now = Math.ceil(from / this.period) * this.period; now <= to; now += this.period) {
      if (this.stateAt(now) === 'ALARM') {
        return now;
      }
    }
    return undefined;
  }
}
