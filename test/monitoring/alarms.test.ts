import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { HybridRunnerProps, RunnerMonitoring } from '../../lib';
import { synthesize } from '../helpers';
import { AlarmEvaluator, Series } from './alarm-evaluator';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

/** Not on any period's border. */
const START = 100 * DAY + 7 * MINUTE + 41;
const END = START + 2 * DAY;

function alarmOf(template: Template, name: string): any {
  const [[, alarm]] = Object.entries<any>(template.findResources('AWS::CloudWatch::Alarm')).filter(([id]) => id.includes(name));
  return alarm;
}

/** What a function tells that runs this often from the start on, some seconds late as schedules are, until something happens. */
function told(every: number, value: (at: number) => number | undefined, end = END): Series {
  const points = [];
  for (let run = 0; START + run * every < end; run++) {
    const at = START + run * every + (run * 17) % 59;
    const told = value(at);
    points.push(...told === undefined ? [] : [{ at, value: told }]);
  }
  return points;
}

const CASES: { name: string; props: Partial<HybridRunnerProps>; interval: number; period: number }[] = [
  { name: 'the defaults', props: {}, interval: 5 * MINUTE, period: 2 * HOUR },
  { name: 'a report every minute and a renewal every 15', props: { monitoring: RunnerMonitoring.of({ interval: Duration.minutes(1) }), renewalPeriod: Duration.minutes(15) }, interval: MINUTE, period: 15 * MINUTE },
  { name: 'a report every 15 minutes and a renewal every 4 hours', props: { monitoring: RunnerMonitoring.of({ interval: Duration.minutes(15) }), renewalPeriod: Duration.hours(4) }, interval: 15 * MINUTE, period: 4 * HOUR },
  { name: 'a report every hour', props: { monitoring: RunnerMonitoring.of({ interval: Duration.hours(1) }) }, interval: HOUR, period: 2 * HOUR },
  { name: 'a report every 7 minutes and a renewal every 47', props: { monitoring: RunnerMonitoring.of({ interval: Duration.minutes(7) }), renewalPeriod: Duration.minutes(47) }, interval: 7 * MINUTE, period: 47 * MINUTE },
];

describe.each(CASES)('with $name', ({ props, interval, period }) => {
  const template = synthesize(props);
  const on = (name: string, series: Record<string, Series>) => new AlarmEvaluator(alarmOf(template, name), series).firstAlarm(START + 2 * period + 4 * interval, END);
  const event = START + DAY + 23 * MINUTE;
  const tolerance = Math.max(10 * MINUTE, 2 * interval);

  test('nothing goes off while all is well', () => {
    const renewals = told(period, () => 1);
    const lastRenewal = (at: number) => Math.max(...renewals.map((point) => point.at).filter((time) => time <= at));
    const series = {
      SyncSucceeded: renewals,
      SecondsToExpiry: told(interval, (at) => 12 * HOUR - (at - lastRenewal(at))),
      RunnerConnected: told(interval, () => 1),
      ChecksFailed: told(interval, () => 0),
    };
    expect(['RenewalLate', 'ExpiryNear', 'Disconnected', 'ChecksFailing'].map((name) => on(name, series))).toEqual([undefined, undefined, undefined, undefined]);
  });

  test.each<[string, (at: number) => number | undefined]>([
    ['renewals fail', (at) => at < event ? 1 : 0],
    ['nothing renews', (at) => at < event ? 1 : undefined],
  ])('RenewalLate goes off when %s, after two to four periods', (_, value) => {
    const at = on('RenewalLate', { SyncSucceeded: told(period, value) })!;
    expect(at - event).toBeGreaterThan(period);
    expect(at - event).toBeLessThanOrEqual(4 * period);
  });

  test('one renewal that fails is not late', () => {
    const renewals = told(period, () => 1);
    const failed = renewals.findIndex(({ at }) => at > event);
    expect(on('RenewalLate', { SyncSucceeded: renewals.map((point, index) => index === failed ? { ...point, value: 0 } : point) })).toBeUndefined();
  });

  test('ExpiryNear goes off when a third of the token\'s life is left', () => {
    const at = on('ExpiryNear', { SecondsToExpiry: told(interval, (time) => time < event ? 11 * HOUR : 12 * HOUR - (time - event)) })!;
    expect(at - event).toBeGreaterThan(8 * HOUR);
    expect(at - event).toBeLessThanOrEqual(8 * HOUR + tolerance + 3 * interval);
  });

  test.each<[string, string, (at: number) => number | undefined]>([
    ['Disconnected', 'the runner is not connected', (at) => at < event ? 1 : 0],
    ['Disconnected', 'nobody tells', (at) => at < event ? 1 : undefined],
    ['ChecksFailing', 'a check fails', (at) => at < event ? 0 : 1],
    ['ChecksFailing', 'nobody checks', (at) => at < event ? 0 : undefined],
  ])('%s goes off when %s, after ten minutes or two intervals', (name, _, value) => {
    const metric = name === 'Disconnected' ? 'RunnerConnected' : 'ChecksFailed';
    const at = on(name, { [metric]: told(interval, value) })!;
    expect(at - event).toBeGreaterThan(tolerance - 2 * interval);
    expect(at - event).toBeLessThanOrEqual(tolerance + 2 * interval);
  });

  test('a connection that is lost for one report and back in the next alarms nobody', () => {
    const connection = told(interval, () => 1);
    const lost = connection.findIndex(({ at }) => at > event);
    expect(on('Disconnected', { RunnerConnected: connection.map((point, index) => index === lost ? { ...point, value: 0 } : point) })).toBeUndefined();
  });

  test('before anything was told every alarm of the runner is on', () => {
    ['RenewalLate', 'ExpiryNear', 'Disconnected', 'ChecksFailing'].forEach((name) => expect(new AlarmEvaluator(alarmOf(template, name), {}).stateAt(START)).toBe('ALARM'));
  });

  test('an alarm goes back when all is well again', () => {
    const back = event + 6 * HOUR;
    const series = { RunnerConnected: told(interval, (at) => at < event || at > back ? 1 : 0) };
    const alarm = new AlarmEvaluator(alarmOf(template, 'Disconnected'), series);
    expect(alarm.stateAt(back)).toBe('ALARM');
    expect(alarm.stateAt(back + 3 * interval)).toBe('OK');
  });
});

describe('dead letters', () => {
  const alarm = alarmOf(synthesize(), 'DeadLetter');
  const metric = 'ApproximateNumberOfMessagesVisible';

  test('go off at the first, and not while there are none or nobody counts', () => {
    expect(new AlarmEvaluator(alarm, { [metric]: told(MINUTE, () => 0) }).stateAt(END)).toBe('OK');
    expect(new AlarmEvaluator(alarm, {}).stateAt(END)).toBe('OK');
    expect(new AlarmEvaluator(alarm, { [metric]: told(MINUTE, (at) => at > END - 700 ? 1 : 0) }).stateAt(END)).toBe('ALARM');
  });
});
