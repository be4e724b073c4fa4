import { AlarmEvaluator } from './alarm-evaluator';

const MINUTE = 60;
const HOUR = 3600;

function alarm(period: number, evaluationPeriods: number, treatMissingData: string): any {
  return { Properties: { MetricName: 'Metric', Period: period, Statistic: 'Sum', EvaluationPeriods: evaluationPeriods, Threshold: 1, ComparisonOperator: 'LessThanThreshold', TreatMissingData: treatMissingData } };
}

/** The table of the documentation: 0 does not breach, X does, - is missing; the newest comes last. */
test.each([
  ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
  ['- - - - 0', 'OK', 'OK', 'OK', 'OK'],
  ['- - - - -', 'INSUFFICIENT_DATA', 'ALARM', 'OK', 'INSUFFICIENT_DATA'],
  ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
])('three periods of %s are what CloudWatch says', (points, ...states) => {
  const series = points.split(' ').flatMap((point, index) => point === '-' ? [] : [{ at: index * MINUTE, value: point === '0' ? 1 : 0 }]);
  expect(['missing', 'breaching', 'notBreaching', 'ignore'].map((treat) => new AlarmEvaluator(alarm(MINUTE, 3, treat), { Metric: series }).stateAt(5 * MINUTE))).toEqual(states);
});

test.each([
  ['0 0 0 - - - - - -', 'OK'],
  ['X X X - - - - - -', 'ALARM'],
  ['X X X - - - - - 0', 'OK'],
  ['0 0 0 - - - - - X', 'OK'],
  ['0 0 0 - - - X X X', 'ALARM'],
])('where missing data is ignored, %s leaves the state as it was until real data say otherwise', (points, state) => {
  const series = points.split(' ').flatMap((point, index) => point === '-' ? [] : [{ at: index * MINUTE, value: point === '0' ? 1 : 0 }]);
  expect(new AlarmEvaluator(alarm(MINUTE, 3, 'ignore'), { Metric: series }).stateAt(9 * MINUTE)).toBe(state);
});

test('periods end when the alarm is evaluated, so that it goes off between backups of two days more than a day apart', () => {
  const { Properties: { MetricName, Period, Statistic, ...rest } } = alarm(24 * HOUR, 1, 'breaching');
  const metrics = [{ Expression: 'FILL(told, 0)' }, { Id: 'told', MetricStat: { Metric: { MetricName }, Period, Stat: Statistic }, ReturnData: false }];
  const backups = [25, 50, 73].map((hour) => ({ at: hour * HOUR, value: 1 }));
  const daily = new AlarmEvaluator({ Properties: { ...rest, Metrics: metrics } }, { Metric: backups });
  expect([49, 49.5, 50.5, 73.5].map((hour) => daily.stateAt(hour * HOUR))).toEqual(['OK', 'ALARM', 'OK', 'OK']);
});

test('what was told is seen after a while', () => {
  const late = new AlarmEvaluator(alarm(MINUTE, 1, 'notBreaching'), { Metric: [{ at: 0, value: 0 }] }, 90);
  expect([80, 100].map((now) => late.stateAt(now))).toEqual(['OK', 'ALARM']);
});
