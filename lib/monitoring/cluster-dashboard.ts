import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { ClusterAdapter } from '../private/cluster-adapter';
import { clusterId, stackSingleton } from '../private/cluster-key';
import { RunnerMetrics } from './metrics';

const HEIGHT = 6;

/** What a row tells of. */
export interface DashboardRow {
  readonly agentId: string;
  readonly namespace: string;
  readonly metrics: RunnerMetrics;
  readonly interval: Duration;
  readonly renewalPeriod: Duration;
  readonly alarms: cloudwatch.IAlarm[];
}

/** The dashboard of a cluster's runners in a stack, a row for each. */
export class ClusterDashboard extends Construct {
  public static of(scope: Construct, cluster: ClusterAdapter): ClusterDashboard {
    return stackSingleton(scope, `CollateDashboard-${clusterId(scope, cluster)}`, (stack, id) => new ClusterDashboard(stack, id));
  }

  private readonly dashboard: cloudwatch.Dashboard;

  private constructor(scope: Construct, id: string) {
    super(scope, id);
    this.dashboard = new cloudwatch.Dashboard(this, 'Dashboard', { defaultInterval: Duration.days(1) });
  }

  public addRunner({ agentId, namespace, metrics, interval, renewalPeriod, alarms }: DashboardRow): void {
    const graph = (title: string, width: number, left: cloudwatch.IMetric[], more: Partial<cloudwatch.GraphWidgetProps> = {}) =>
      new cloudwatch.GraphWidget({ title, width, height: HEIGHT, left, leftYAxis: { min: 0 }, ...more });
    this.dashboard.addWidgets(
      new cloudwatch.TextWidget({ markdown: `## ${agentId}\nnamespace \`${namespace}\``, width: 24, height: 2 }),
    );
    this.dashboard.addWidgets(
      graph('Connected', 4, [metrics.runnerConnected({ period: interval })], { leftYAxis: { min: 0, max: 1 } }),
      graph('Seconds to expiry', 5, [metrics.secondsToExpiry({ period: interval })]),
      graph('Jobs since start, by status', 5, [metrics.jobsByStatus(interval)]),
      graph('Sync duration and failures', 5, [metrics.syncDuration({ period: renewalPeriod })], {
        right: [metrics.syncFailures({ period: renewalPeriod })], rightYAxis: { min: 0 },
      }),
      new cloudwatch.AlarmStatusWidget({ title: 'Alarms', width: 5, height: HEIGHT, alarms }),
    );
  }
}
