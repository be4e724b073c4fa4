import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { AlarmActions } from './alarm-actions';
import { describeRunnerAlarm } from './descriptions';
import { RunnerMetrics } from './metrics';

/** A registry token lives 12 hours; with a third of it left, renewals have failed for longer than any period. */
const EXPIRY_THRESHOLD = Duration.hours(4);

/** How long the runner may be without its connection, or a check may fail, in minutes; two intervals at least. */
const TOLERANCE = 10;

/** What the alarms of a runner rest on. */
export interface RunnerAlarmsProps {
  readonly agentId: string;
  readonly metrics: RunnerMetrics;
  readonly interval: Duration;
  readonly renewalPeriod: Duration;
  /** Whether there is a pull secret, which expires. */
  readonly expires: boolean;
  /** Whether it shall have pods: one that is paused is neither connected nor well, and nobody needs to be told. */
  readonly runs: boolean;
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
    this.alarms = [
      this.watchRenewal(),
      ...props.expires ? [this.watchExpiry()] : [],
      ...props.runs ? this.watchRunner() : [],
    ];

    const everything = [...this.alarms, props.deadLetters].map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM));
    this.composite = new cloudwatch.CompositeAlarm(this, 'Any', {
      alarmRule: cloudwatch.AlarmRule.anyOf(...everything),
      alarmDescription: describeRunnerAlarm(this, 'Any', props.agentId, 'one of its alarms is on, or dead letters are present'),
    });
    // The CDK names it after its place in the app, and a second deployment of the app could not have the name, too.
    (this.composite.node.defaultChild as cloudwatch.CfnCompositeAlarm).alarmName = undefined;
    new AlarmActions(this.composite).onAlarm(props.compositeAlarmActions, 'compositeAlarmActions');
  }

  private watchRenewal(): cloudwatch.Alarm {
    // After one that failed the next comes two periods after the last good one, and later if it is tried again.
    const halves = 5;
    const half = Duration.minutes(Math.ceil(this.props.renewalPeriod.toMinutes() / 2));
    return this.add('RenewalLate', `no renewal succeeded in ${Duration.minutes(halves * half.toMinutes()).toHumanString()}`, {
      metric: this.props.metrics.syncSucceeded({ period: half }), comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD, threshold: 1, absent: 0, evaluationPeriods: halves,
    });
  }

  private watchExpiry(): cloudwatch.Alarm {
    const { metrics, interval } = this.props;
    return this.add('ExpiryNear', `the pull secret has less than ${EXPIRY_THRESHOLD.toHumanString()} left, a third of its life, or nobody knows`, {
      metric: metrics.secondsToExpiry({ period: interval }), comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD, threshold: EXPIRY_THRESHOLD.toSeconds(), absent: 0, evaluationPeriods: this.tolerated + 1,
    });
  }

  private watchRunner(): cloudwatch.Alarm[] {
    const { metrics, interval } = this.props;
    const seen = Duration.minutes(this.tolerated * interval.toMinutes()).toHumanString();
    const evaluationPeriods = this.tolerated + 1;
    return [
      this.add('Disconnected', `it was not seen connected to Collate for ${seen}`, {
        metric: metrics.runnerConnected({ period: interval }), comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD, threshold: 1, absent: 0, evaluationPeriods,
      }),
      this.add('ChecksFailing', `checks did not pass, or were not made, for ${seen}`, {
        metric: metrics.checksFailed({ period: interval }), comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD, threshold: 0, absent: 1, evaluationPeriods,
      }),
    ];
  }

  /** Intervals for which nothing good may be seen: so many that one report alone alarms nobody. */
  private get tolerated(): number {
    return Math.max(2, Math.ceil(TOLERANCE / this.props.interval.toMinutes()));
  }

  private add(name: string, what: string, { metric, absent, ...options }: Condition): cloudwatch.Alarm {
    const { agentId, alarmActions, okActions, after } = this.props;
    const alarm = new cloudwatch.Alarm(this, name, {
      ...options,
      metric: new cloudwatch.MathExpression({ expression: `FILL(told, ${absent})`, usingMetrics: { told: metric }, period: metric.period, label: metric.metricName }),
      // Where there is no data at all, there is nothing to fill.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
      alarmDescription: describeRunnerAlarm(this, name, agentId, what),
    });
    alarm.node.addDependency(after);
    const actions = new AlarmActions(alarm);
    actions.onAlarm(alarmActions);
    actions.onOk(okActions);
    return alarm;
  }
}
