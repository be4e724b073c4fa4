import { Duration } from 'aws-cdk-lib';
import { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { requireDuration, requireWholeMinutes } from './private/validation';

/**
 * Options of `RunnerMonitoring.of`.
 */
export interface RunnerMonitoringOptions {
  /**
   * How often the runner is looked at: 1 minute to 1 hour. An alarm on what is seen goes off after 10 minutes, or after
   * two intervals if that is longer, and at the latest one interval later.
   *
   * @default Duration.minutes(5)
   */
  readonly interval?: Duration;

  /**
   * What each alarm of the runner does when it goes off, such as telling an SNS topic: at most 5 things. Its description
   * says what to do. The cluster's alarm on dead letters does the same, and at most 5 things for all its runners.
   *
   * `LambdaAction` needs its `useUniquePermissionId`, or in the app the feature flag
   * `@aws-cdk/aws-cloudwatch-actions:changeLambdaPermissionLogicalIdForLambdaAction`, which new apps have: otherwise the
   * CDK lets one alarm of all invoke a function.
   *
   * @default - nothing: the alarms are seen in CloudWatch
   */
  readonly alarmActions?: IAlarmAction[];

  /**
   * What each alarm of the runner does when all is well again: at most 5 things.
   *
   * @default - nothing
   */
  readonly okActions?: IAlarmAction[];

  /**
   * What the runner's composite alarm does, which goes off once, with the first of them: at most 5 things. Give these or
   * `alarmActions`.
   *
   * @default - nothing
   */
  readonly compositeAlarmActions?: IAlarmAction[];

  /**
   * Whether the runner has a row on the dashboard of its cluster, which is made with the first of them.
   *
   * @default false
   */
  readonly dashboard?: boolean;
}

/**
 * How a runner is monitored.
 */
export class RunnerMonitoring {
  /**
   * Checks the runner at an interval, with metrics and alarms for its renewal, its connection to Collate and the checks
   * of `npx cdk-collate-hybrid-runner status`.
   *
   * Fails if `interval` is not 1 minute to 1 hour, in whole minutes.
   */
  public static of(options: RunnerMonitoringOptions = {}): RunnerMonitoring {
    const { alarmActions = [], okActions = [], compositeAlarmActions = [] } = options;
    return new RunnerMonitoring({
      ...options,
      interval: requireInterval(options.interval ?? Duration.minutes(5)),
      alarmActions: [...alarmActions],
      okActions: [...okActions],
      compositeAlarmActions: [...compositeAlarmActions],
    });
  }

  /** No schedule, no alarms: the metrics of the renewal stay, and the status is looked at when somebody asks. */
  public static none(): RunnerMonitoring {
    return new RunnerMonitoring();
  }

  /** @internal */
  public readonly _options?: RunnerMonitoringOptions & { readonly interval: Duration };

  private constructor(options?: RunnerMonitoring['_options']) {
    this._options = options;
  }
}

function requireInterval(interval: Duration): Duration {
  requireDuration('interval', interval, Duration.minutes(1), Duration.hours(1), 'EventBridge Scheduler and CloudWatch count in minutes, and after an hour an alarm is late');
  return requireWholeMinutes('interval', interval);
}
