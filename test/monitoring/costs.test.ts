import * as fs from 'fs';
import * as path from 'path';
import { Duration } from 'aws-cdk-lib';
import { RunnerMonitoring } from '../../lib';
import { SyncRequest } from '../../lib/credential-sync/contract';
import { emitStatusMetrics, emitSyncMetrics } from '../../lib/credential-sync/handler/telemetry';
import { renewalSchedule, synthesize } from '../helpers';

const README = fs.readFileSync(path.join(__dirname, '../../README.md'), 'utf8');
const REQUEST: SyncRequest = { action: 'sync', agentId: 'aws-prod', namespace: 'collate', tokenSecret: { name: 'n', key: 'k', secretArn: 'a' } };

/** Metrics that a run tells of: each name with each set of dimensions is one. */
function toldBy(run: () => void): Set<string> {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  run();
  const lines = write.mock.calls.map(([line]) => JSON.parse(String(line)));
  write.mockRestore();
  return new Set(lines.flatMap(({ _aws: { CloudWatchMetrics }, ...values }) => CloudWatchMetrics.flatMap(({ Dimensions, Metrics }: any) =>
    Dimensions.flatMap((dimensions: string[]) => Metrics.map(({ Name }: any) => JSON.stringify([Name, dimensions.map((name) => values[name])]))))));
}

const REPORTED = toldBy(() => emitStatusMetrics(REQUEST, { connected: true, failed: 0, expiresAt: 1, jobs: { running: 1, success: 1, failed: 1 } }, 0));
const RENEWED = toldBy(() => emitSyncMetrics(REQUEST, { failures: [], expiresAt: 1, duration: 1 }, 0));

/** Dollars a month by the prices that the README names. */
function costOf(monitoring: RunnerMonitoring, interval?: number): number[] {
  const template = synthesize({ monitoring });
  const types = Object.values<any>(template.toJSON().Resources).map(({ Type, Properties }) => `${Type} ${Properties?.Namespace ?? ''}`);
  const alarms = types.filter((type) => type === 'AWS::CloudWatch::Alarm ').length;
  const composites = types.filter((type) => type.startsWith('AWS::CloudWatch::CompositeAlarm')).length;
  const reports = interval ? 30 * 24 * 60 / interval : 0;
  const reported = interval ? REPORTED : new Set<string>();
  const { ScheduleExpression } = renewalSchedule(template);
  const share = 1 / Number(/^rate\((\d) hours\)$/.exec(ScheduleExpression)![1]);
  return [
    0.3 * reported.size,
    0.1 * alarms + 0.5 * composites,
    reports * (2 * 0.25 * 0.0000166667 + 0.2 / 1e6),
    reports * (1 / 1e6 + 0.5 * 2e3 / 1e9),
    0.3 * share * [...RENEWED].filter((metric) => !reported.has(metric)).length,
  ];
}

test('what monitoring costs is what the README says', () => {
  const [columns, ...rows] = README.split('\n').filter((line) => /^\| (?:[^|]*\| ){3}/.test(line) && /\$\d|`none\(\)`/.test(line)).map((line) => line.split('|').slice(2, -1).map((cell) => cell.trim()));
  expect(columns).toEqual(['5 minutes', '15 minutes', '`none()`']);
  const costs = [costOf(RunnerMonitoring.of(), 5), costOf(RunnerMonitoring.of({ interval: Duration.minutes(15) }), 15), costOf(RunnerMonitoring.none())];
  const dollars = (amount: number) => amount === 0 ? '' : `$${amount.toFixed(2)}`;
  expect(rows.slice(0, -1)).toEqual([0, 1, 2, 3, 4].map((row) => costs.map((cost) => dollars(cost[row]))));
  expect(rows[rows.length - 1]).toEqual(costs.map((cost) => `**${dollars(cost.map((part) => Number(part.toFixed(2))).reduce((sum, part) => sum + part))}**`));
});
