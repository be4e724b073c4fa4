import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { CredentialSync } from '../credential-sync';
import { describe } from './descriptions';

/**
 * The alarm on the dead letters of a cluster's function, shared by its runners in a stack: made with the first that is
 * monitored. In the stack of the runners, because that of the function must not depend on what their alarms tell.
 */
export class DeadLetterAlarm extends Construct {
  public static of(runner: Construct, credentialSync: CredentialSync): DeadLetterAlarm {
    const stack = Stack.of(runner);
    const home = stack === Stack.of(credentialSync) ? credentialSync : stack;
    const id = home === credentialSync ? 'DeadLetterAlarm' : `CollateDeadLetterAlarm-${credentialSync.node.addr.slice(-8)}`;
    return home.node.tryFindChild(id) as DeadLetterAlarm | undefined ?? new DeadLetterAlarm(home, id, credentialSync);
  }

  public readonly alarm: cloudwatch.Alarm;
  private readonly actions = new Set<cloudwatch.IAlarmAction>();
  private readonly okActions = new Set<cloudwatch.IAlarmAction>();

  private constructor(scope: Construct, id: string, credentialSync: CredentialSync) {
    super(scope, id);
    this.alarm = new cloudwatch.Alarm(this, 'Alarm', {
      metric: credentialSync.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: 'Maximum' }),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 1,
      // SQS tells nothing of a queue that nobody has used for hours.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription: describe('DeadLetters', 'Collate credential sync: invocations failed three times, or were not delivered'),
    });
  }

  /** Adds the actions of a runner; those that several runners share once. */
  public add(actions: cloudwatch.IAlarmAction[], okActions: cloudwatch.IAlarmAction[]): void {
    actions.filter((action) => !this.actions.has(action)).forEach((action) => this.alarm.addAlarmAction(action));
    okActions.filter((action) => !this.okActions.has(action)).forEach((action) => this.alarm.addOkAction(action));
    actions.forEach((action) => this.actions.add(action));
    okActions.forEach((action) => this.okActions.add(action));
  }
}
