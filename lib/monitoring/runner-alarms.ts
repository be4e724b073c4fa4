import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { AlarmActions, alarmId } from './alarm-actions';
import { describeRunnerAlarm } from './descriptions';
import { RunnerMetrics } from './metrics';

/** A registry token lives 12 hours; with a third of it left, renewals have failed for longer than any period. */
const EXPIRY_THRESHOLD = Duration.hours(4);

/** How long the runner may be without its connection, or a check may fail, in minutes; but for one report always. */
const TOLERANCE = 10;

/** What the alarms of a runner rest on. */
export interface RunnerAlarmsProps {
  readonly agentId: string;
  readonly metrics: RunnerMetrics;
  readonly interval: Duration;
  readonly renewalPeriod: Duration;
  /** Whether there is a pull secret, which expires. */
  readonly expires: boolean;
  readonly deadLetters: cloudwatch.IAlarm;
  readonly alarmActions: cloudwatch.IAlarmAction[];
  readonly okActions: cloudwatch.IAlarmAction[];
  readonly compositeAlarmActions: cloudwatch.IAlarmAction[];
  /** What the alarms come after: what is not there yet is not looked at, and that alarms. */
  readonly after: Construct;
}

/** What an alarm is made of. */
interface Condition {
  readonly metric: cloudwatch.Metric;
  readonly comparisonOperator: cloudwatch.ComparisonOperator;
  readonly threshold: number;
  /** What counts for a period without data; without it CloudWatch would look at older data first, and be late. */
  readonly absent: number;
  readonly evaluationPeriods: number;
}

/**
 * The alarms of a runner. A report or a renewal that does not come is as bad as a bad one, so that missing data alarms
 * too. CloudWatch looks every minute at the periods that end there, and an outage begins anywhere between two runs: so
 * each alarm looks a part of the schedule further back than it tolerates.
 */
export class RunnerAlarms extends Construct {
  public readonly alarms: cloudwatch.Alarm[];
  public readonly composite: cloudwatch.CompositeAlarm;

  constructor(scope: Construct, id: string, private readonly props: RunnerAlarmsProps) {
    super(scope, id);
    const { metrics, interval, renewalPeriod, agentId } = props;
    const tolerated = Math.max(2, Math.ceil(TOLERANCE / interval.toMinutes()));
    const evaluationPeriods = tolerated + 1;
    const seen = Duration.minutes(tolerated * interval.toMinutes()).toHumanString();
    const below = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD;

    // After one that failed the next comes two periods after the last good one, and later if it is tried again.
    const halves = 5;
    const half = Duration.minutes(Math.ceil(renewalPeriod.toMinutes() / 2));
    const late = this.add('RenewalLate', `no renewal succeeded in ${Duration.minutes(halves * half.toMinutes()).toHumanString()}`, {
      metric: metrics.syncSucceeded({ period: half }), comparisonOperator: below, threshold: 1, absent: 0, evaluationPeriods: halves,
    });
    const expiring = props.expires && this.add('ExpiryNear', `the pull secret has less than ${EXPIRY_THRESHOLD.toHumanString()} left, a third of its life, or nobody knows`, {
      metric: metrics.secondsToExpiry({ period: interval }), comparisonOperator: below, threshold: EXPIRY_THRESHOLD.toSeconds(), absent: 0, evaluationPeriods,
    });
    const disconnected = this.add('Disconnected', `it was not seen connected to Collate for ${seen}`, {
      metric: metrics.runnerConnected({ period: interval }), comparisonOperator: below, threshold: 1, absent: 0, evaluationPeriods,
    });
    const failing = this.add('ChecksFailing', `checks did not pass, or were not made, for ${seen}`, {
      metric: metrics.checksFailed({ period: interval }), comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD, threshold: 0, absent: 1, evaluationPeriods,
    });
    this.alarms = [late, ...expiring ? [expiring] : [], disconnected, failing];

    const everything = [...this.alarms, props.deadLetters].map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM));
    this.composite = new cloudwatch.CompositeAlarm(this, alarmId(this, 'Any'), {
      alarmRule: cloudwatch.AlarmRule.anyOf(...everything),
      alarmDescription: describeRunnerAlarm(this, 'Any', agentId, 'one of its alarms is on, or dead letters are present'),
    });
    new AlarmActions(this.composite, (action) => this.composite.addAlarmAction(action), { prop: 'compositeAlarmActions' }).add(props.compositeAlarmActions);
  }

  private add(name: string, what: string, { metric, absent, ...options }: Condition): cloudwatch.Alarm {
    const { agentId, alarmActions, okActions, after } = this.props;
    const alarm = new cloudwatch.Alarm(this, alarmId(this, name), {
      ...options,
      metric: new cloudwatch.MathExpression({ expression: `FILL(told, ${absent})`, usingMetrics: { told: metric }, period: metric.period, label: metric.metricName }),
      // Where there is no data at all, there is nothing to fill.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
      alarmDescription: describeRunnerAlarm(this, name, agentId, what),
    });
    alarm.node.addDependency(after);
    new AlarmActions(alarm, (action) => alarm.addAlarmAction(action), { prop: 'alarmActions' }).add(alarmActions);
    new AlarmActions(alarm, (action) => alarm.addOkAction(action), { prop: 'okActions' }).add(okActions);
    return alarm;
  }
}
