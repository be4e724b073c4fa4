import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { CredentialSync } from '../credential-sync';
import { stableId } from '../private/stable-id';
import { AlarmActions } from './alarm-actions';
import { describeDeadLetters } from './descriptions';

/**
 * The alarm on the dead letters of a cluster's function, shared by its runners in a stack: made with the first that is
 * monitored. In the stack of the runners, because that of the function must not depend on what their alarms tell.
 */
export class DeadLetterAlarm extends Construct {
  public static of(runner: Construct, credentialSync: CredentialSync): DeadLetterAlarm {
    const stack = Stack.of(runner);
    const home = stack === Stack.of(credentialSync) ? credentialSync : stack;
    const id = home === credentialSync ? 'DeadLetterAlarm' : `CollateDeadLetterAlarm-${stableId(credentialSync, runner)}`;
    return home.node.tryFindChild(id) as DeadLetterAlarm | undefined ?? new DeadLetterAlarm(home, id, credentialSync);
  }

  public readonly alarm: cloudwatch.Alarm;
  private readonly actions: AlarmActions;

  private constructor(scope: Construct, id: string, credentialSync: CredentialSync) {
    super(scope, id);
    this.alarm = new cloudwatch.Alarm(this, 'Alarm', {
      metric: credentialSync.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: 'Maximum' }),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 1,
      // SQS falls silent about a queue that nobody has used for six hours, also about one with letters in it.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
      alarmDescription: describeDeadLetters(credentialSync.deadLetterQueue.queueName),
    });
    this.actions = new AlarmActions(this.alarm, { of: ' of the runners that share a function', alarm: 'their alarm on dead letters', remedy: 'let several runners tell one SNS topic' });
  }

  /** Adds the actions of a runner; those that several runners share once. */
  public add(actions: cloudwatch.IAlarmAction[], okActions: cloudwatch.IAlarmAction[]): void {
    this.actions.onAlarm(actions);
    this.actions.onOk(okActions);
  }
}
