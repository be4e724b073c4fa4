import { Alarm, AlarmBase, IAlarm, IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { stableId } from '../private/stable-id';

/** CloudWatch takes no more for each state of an alarm. */
const MOST = 5;

/** Whose alarm it is, for the error that its actions are too many. */
interface Origin {
  readonly of: string;
  readonly alarm: string;
  readonly remedy: string;
}

/** What an alarm does: each thing once, by however many objects it is named. */
export class AlarmActions {
  private readonly arns: Record<string, Set<string>> = {};
  private imported?: IAlarm;

  constructor(private readonly alarm: AlarmBase, private readonly origin?: Origin) {
  }

  /** Adds what it does when it goes off. */
  public onAlarm(actions: IAlarmAction[], prop: string = 'alarmActions'): void {
    this.newOnes(prop, actions).forEach((action) => this.alarm.addAlarmAction(action));
  }

  /** Adds what it does when all is well again. */
  public onOk(actions: IAlarmAction[]): void {
    this.newOnes('okActions', actions).forEach((action) => this.alarm.addOkAction(action));
  }

  /** The alarm as actions see it: they call what they make for it after its id, which alarms of all runners share and must keep. */
  private get bound(): IAlarm {
    const { alarm } = this;
    return this.imported ??= Alarm.fromAlarmArn(alarm, `${alarm.node.id}-${stableId(alarm, alarm)}`, alarm.alarmArn);
  }

  private newOnes(prop: string, actions: IAlarmAction[]): IAlarmAction[] {
    const known = this.arns[prop] ??= new Set();
    const wanted = new Set(actions.map((action) => action.bind(this.alarm, this.bound).alarmActionArn).filter((arn) => !known.has(arn)));
    wanted.forEach((arn) => known.add(arn));
    if (known.size > MOST) {
      const { of, alarm, remedy } = this.origin ?? { of: '', alarm: 'an alarm', remedy: 'subscribe several receivers to one SNS topic' };
      throw new Error(`${prop}${of} must be at most ${MOST} different ones, the most that CloudWatch takes for ${alarm}, got ${known.size}: ${remedy}`);
    }
    return [...wanted].map((alarmActionArn) => ({ bind: () => ({ alarmActionArn }) }));
  }
}
