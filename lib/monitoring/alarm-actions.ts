import { AlarmBase, IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

/** CloudWatch takes no more for each state of an alarm. */
const MOST = 5;

/** Who gave the actions, for the error that they are too many. */
interface Origin {
  readonly prop: string;
  readonly of?: string;
  readonly alarm?: string;
  readonly remedy?: string;
}

/** What an alarm does in one of its states: each thing once, by however many objects it is named. */
export class AlarmActions {
  private readonly arns = new Set<string>();

  constructor(private readonly alarm: AlarmBase, private readonly attach: (action: IAlarmAction) => void, private readonly origin: Origin) {}

  public add(actions: IAlarmAction[]): void {
    const wanted = new Set(actions.map((action) => action.bind(this.alarm, this.alarm).alarmActionArn).filter((arn) => !this.arns.has(arn)));
    const count = this.arns.size + wanted.size;
    if (count > MOST) {
      const { prop, of, alarm = 'an alarm', remedy = 'subscribe several receivers to one SNS topic' } = this.origin;
      throw new Error(`${prop}${of ? ` of ${of}` : ''} must be at most ${MOST} different ones, the most that CloudWatch takes for ${alarm}, got ${count}: ${remedy}`);
    }
    wanted.forEach((alarmActionArn) => {
      this.arns.add(alarmActionArn);
      this.attach({ bind: () => ({ alarmActionArn }) });
    });
  }
}

/** The id of an alarm, unlike that of any other runner's: actions call what they make for an alarm after its id. */
export function alarmId(scope: Construct, name: string): string {
  return `${name}-${scope.node.addr.slice(-8)}`;
}
