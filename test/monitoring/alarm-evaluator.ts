/** A metric's values by the second at which they were told. */
export type Series = { readonly at: number; readonly value: number }[];

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

const MINUTE = 60;

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
 * An alarm of a template, evaluated on data as CloudWatch does it: every minute, by the periods that end there and not
 * at borders of the clock, on what has arrived by then; where periods have no data by real ones of a little before,
 * unless an expression fills them; and only then by what missing data counts as.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html (the sliding window)
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export class AlarmEvaluator {
  private readonly values = new Map<number, { readonly at: number; readonly value: number }[]>();
  private readonly watched: ReturnType<typeof watched>;
  /** When the first value was told. */
  private readonly start: number;

  /** @param delay seconds from when a value was told until an alarm sees it */
  constructor(private readonly alarm: { Properties: any }, series: Record<string, Series>, private readonly delay = 0) {
    this.watched = watched(alarm);
    this.start = Math.min(...(series[this.watched.name] ?? []).map(({ at }) => at));
    // Metrics have a value for each minute, whatever the second.
    for (const point of series[this.watched.name] ?? []) {
      const minute = Math.floor(point.at / MINUTE);
      this.values.set(minute, [...this.values.get(minute) ?? [], point]);
    }
  }

  public stateAt(now: number): AlarmState {
    const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, Threshold, ComparisonOperator, TreatMissingData } = this.alarm.Properties;
    const range = Array.from({ length: EvaluationPeriods + FURTHER_POINTS }, (_, index) => this.pointAt(now, index));
    const filled = range.some((point) => point !== undefined) ? range.map((point) => point ?? this.watched.fill) : range;
    const present = filled.filter((point) => point !== undefined).slice(0, EvaluationPeriods);
    if (present.length === 0 && TreatMissingData === 'missing') {
      return 'INSUFFICIENT_DATA';
    }
    const missing = EvaluationPeriods - present.length;
    const breaching = present.filter((point) => COMPARISONS[ComparisonOperator](point, Threshold)).length;
    if (TreatMissingData === 'ignore' && breaching < DatapointsToAlarm && breaching + missing >= DatapointsToAlarm) {
      return this.start <= now ? this.stateAt(now - MINUTE) : 'INSUFFICIENT_DATA';
    }
    return breaching + (TreatMissingData === 'breaching' ? missing : 0) >= DatapointsToAlarm ? 'ALARM' : 'OK';
  }

  /** When, in seconds, the alarm is first on; nothing if it never is. It is evaluated from the first second on, every minute. */
  public firstAlarm(from: number, to: number): number | undefined {
    return this.first('ALARM', from, to);
  }

  /** When, in seconds, the alarm is first off. */
  public firstOk(from: number, to: number): number | undefined {
    return this.first('OK', from, to);
  }

  private first(state: AlarmState, from: number, to: number): number | undefined {
    for (let now = from; now <= to; now += MINUTE) {
      if (this.stateAt(now) === state) {
        return now;
      }
    }
    return undefined;
  }

  /** The data point of a period, counted back from the last whole minute. */
  private pointAt(now: number, index: number): number | undefined {
    const minutes = this.watched.period / MINUTE;
    const end = Math.floor(now / MINUTE) - index * minutes;
    const values: number[] = [];
    for (let minute = end - minutes; minute < end; minute++) {
      this.values.get(minute)?.forEach(({ at, value }) => at + this.delay <= now && values.push(value));
    }
    return values.length > 0 ? STATISTICS[this.watched.statistic](values) : undefined;
  }
}
