import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as fc from 'fast-check';
import { HybridRunnerProps, RunnerMonitoring } from '../../lib';
import { synthesize } from '../helpers';
import { AlarmEvaluator, Series } from './alarm-evaluator';

const MINUTE = 60;
const HOUR = 3600;

/** EventBridge Scheduler is precise to a minute. */
const LATENESS = 59;
/** A run that fails is tried again after one and two more minutes. */
const RETRIES = 3 * MINUTE + 30;
/** From a line in the log to a value that an alarm sees. */
const DELAY = 2 * MINUTE;
/** An alarm counts whole minutes and is evaluated once in each. */
const PRECISION = 2 * MINUTE;

function alarmOf(template: Template, name: string): any {
  const [[, alarm]] = Object.entries<any>(template.findResources('AWS::CloudWatch::Alarm')).filter(([id]) => id.includes(name));
  return alarm;
}

/** How the clocks of the schedules, of CloudWatch and of what happens stand to each other. */
interface Phases {
  /** When the first run is due. */
  readonly start: number;
  /** By how many seconds a run is late: these, again and again. */
  readonly late: number[];
  readonly delay: number;
  /** When the alarm is evaluated first. */
  readonly evaluation: number;
  /** How far into the day something happens. */
  readonly event: number;
}

const PHASES: fc.Arbitrary<Phases> = fc.record({
  start: fc.integer({ min: 0, max: 5 * HOUR }),
  late: fc.array(fc.integer({ min: 0, max: LATENESS }), { minLength: 1, maxLength: 5 }),
  delay: fc.integer({ min: 0, max: DELAY }),
  evaluation: fc.integer({ min: 0, max: MINUTE - 1 }),
  event: fc.integer({ min: 0, max: 5 * HOUR }),
});

/** Before this the alarms know too little; after it something may happen. */
const SETTLED = 16 * HOUR;
const END = 33 * HOUR;

/** Times at which a function has run that is due this often. */
function runs(every: number, { start, late }: Phases): number[] {
  return Array.from({ length: Math.floor((END - start) / every) }, (_, run) => start + run * every + late[run % late.length]);
}

function told(times: number[], value: (at: number) => number | undefined): Series {
  return times.flatMap((at) => {
    const now = value(at);
    return now === undefined ? [] : [{ at, value: now }];
  });
}

const CASES: { name: string; props: Partial<HybridRunnerProps>; interval: number; period: number; tolerance: number }[] = [
  { name: 'the defaults', props: {}, interval: 5 * MINUTE, period: 2 * HOUR, tolerance: 10 * MINUTE },
  { name: 'a report every minute and a renewal every 15', props: { monitoring: RunnerMonitoring.of({ interval: Duration.minutes(1) }), renewalPeriod: Duration.minutes(15) }, interval: MINUTE, period: 15 * MINUTE, tolerance: 10 * MINUTE },
  { name: 'a report every 15 minutes and a renewal every 4 hours', props: { monitoring: RunnerMonitoring.of({ interval: Duration.minutes(15) }), renewalPeriod: Duration.hours(4) }, interval: 15 * MINUTE, period: 4 * HOUR, tolerance: 30 * MINUTE },
  { name: 'a report every hour', props: { monitoring: RunnerMonitoring.of({ interval: Duration.hours(1) }) }, interval: HOUR, period: 2 * HOUR, tolerance: 2 * HOUR },
  { name: 'a report every 7 minutes and a renewal every 47', props: { monitoring: RunnerMonitoring.of({ interval: Duration.minutes(7) }), renewalPeriod: Duration.minutes(47) }, interval: 7 * MINUTE, period: 47 * MINUTE, tolerance: 14 * MINUTE },
];

const ALARMS = ['RenewalLate', 'ExpiryNear', 'Disconnected', 'ChecksFailing'];

describe.each(CASES)('with $name', ({ props, interval, period, tolerance }) => {
  const template = synthesize(props);
  const alarms = Object.fromEntries(ALARMS.map((name) => [name, alarmOf(template, name)]));
  const firstAlarm = (name: string, phases: Phases, metric: string, series: Series) =>
    new AlarmEvaluator(alarms[name], { [metric]: series }, phases.delay).firstAlarm(SETTLED + phases.evaluation, END);
  const always = (check: (phases: Phases, event: number) => void) => fc.assert(fc.property(PHASES, (phases) => check(phases, SETTLED + phases.event)), { numRuns: 20 });

  test('nothing goes off while all is well', () => always((phases) => {
    const renewals = runs(period, phases);
    const left = (at: number) => 12 * HOUR - (at - Math.max(...renewals.filter((time) => time <= at), phases.start));
    expect([
      firstAlarm('RenewalLate', phases, 'SyncSucceeded', told(renewals, () => 1)),
      firstAlarm('ExpiryNear', phases, 'SecondsToExpiry', told(runs(interval, phases), left)),
      firstAlarm('Disconnected', phases, 'RunnerConnected', told(runs(interval, phases), () => 1)),
      firstAlarm('ChecksFailing', phases, 'ChecksFailed', told(runs(interval, phases), () => 0)),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  }));

  test.each<[string, number | undefined]>([['fail', 0], ['do not run', undefined]])('RenewalLate goes off when renewals %s for two periods, and within another half', (_, value) => always((phases, event) => {
    const times = runs(period, phases);
    const last = Math.max(...times.filter((at) => at < event));
    const at = firstAlarm('RenewalLate', phases, 'SyncSucceeded', told(times, (time) => time < event ? 1 : value))!;
    expect(at - last).toBeGreaterThan(2 * period);
    // Half of a period is rounded up to minutes, five times.
    expect(at - last).toBeLessThanOrEqual(2.5 * period + 2.5 * MINUTE + PRECISION);
  }));

  test.each<[string, number | undefined]>([['fails', 0], ['does not run', undefined]])('one renewal that %s is not late, also if the next succeeds only when it is tried again', (_, value) => always((phases, event) => {
    const times = runs(period, phases);
    const failed = times.findIndex((at) => at >= event);
    const series = told(times, (at) => at === times[failed] ? value : 1).map((point) => point.at === times[failed + 1] ? { ...point, at: point.at + RETRIES } : point);
    expect(firstAlarm('RenewalLate', phases, 'SyncSucceeded', series)).toBeUndefined();
  }));

  test('ExpiryNear goes off when a third of the token\'s life is left, at the latest with the report after the tolerance', () => always((phases, event) => {
    const third = event + 8 * HOUR;
    const at = firstAlarm('ExpiryNear', phases, 'SecondsToExpiry', told(runs(interval, phases), (time) => time < event ? 12 * HOUR : 12 * HOUR - (time - event)))!;
    expect(at).toBeGreaterThan(third);
    expect(at - third).toBeLessThanOrEqual(tolerance + interval + LATENESS + phases.delay + PRECISION);
  }));

  test.each<[string, string, string, number, number | undefined]>([
    ['Disconnected', 'the runner is not connected', 'RunnerConnected', 1, 0],
    ['Disconnected', 'nobody tells', 'RunnerConnected', 1, undefined],
    ['ChecksFailing', 'a check fails', 'ChecksFailed', 0, 1],
    ['ChecksFailing', 'nobody checks', 'ChecksFailed', 0, undefined],
  ])('%s goes off when %s for ten minutes or two intervals, and within another interval', (name, _, metric, good, bad) => always((phases, event) => {
    const at = firstAlarm(name, phases, metric, told(runs(interval, phases), (time) => time < event ? good : bad))!;
    expect(at - event).toBeGreaterThanOrEqual(tolerance - LATENESS);
    expect(at - event).toBeLessThanOrEqual(tolerance + interval + PRECISION);
  }));

  test.each<[string, string, string, number, number | undefined]>([
    ['Disconnected', 'that finds no connection', 'RunnerConnected', 1, 0],
    ['Disconnected', 'that does not come', 'RunnerConnected', 1, undefined],
    ['ChecksFailing', 'that finds a failure', 'ChecksFailed', 0, 1],
    ['ExpiryNear', 'that does not come', 'SecondsToExpiry', 11 * HOUR, undefined],
  ])('%s stays off for one report %s', (name, _, metric, good, bad) => always((phases, event) => {
    const times = runs(interval, phases);
    const one = times.find((at) => at >= event);
    expect(firstAlarm(name, phases, metric, told(times, (at) => at === one ? bad : good))).toBeUndefined();
  }));

  test('before anything was told every alarm of the runner is on', () => {
    ALARMS.forEach((name) => expect(new AlarmEvaluator(alarms[name], {}).stateAt(SETTLED)).toBe('ALARM'));
  });

  test('an alarm goes back with the first report that all is well again', () => always((phases, event) => {
    const back = event + 7 * HOUR;
    const times = runs(interval, phases);
    const alarm = new AlarmEvaluator(alarms.Disconnected, { RunnerConnected: told(times, (at) => at < event || at > back ? 1 : 0) }, phases.delay);
    const first = times.find((at) => at > back)!;
    expect(alarm.stateAt(back)).toBe('ALARM');
    expect(alarm.firstOk(back, END)! - first).toBeLessThanOrEqual(phases.delay + PRECISION);
  }));
});

test('no alarm has a name of its own, so that one app can be deployed twice', () => {
  const template = synthesize().toJSON();
  const alarms = Object.values<any>(template.Resources).filter(({ Type }) => Type.startsWith('AWS::CloudWatch::'));
  expect(alarms.map(({ Type }) => Type)).toContain('AWS::CloudWatch::CompositeAlarm');
  expect(alarms.filter(({ Properties }) => 'AlarmName' in Properties)).toEqual([]);
});

describe('dead letters', () => {
  const alarm = alarmOf(synthesize(), 'DeadLetter');
  const metric = 'ApproximateNumberOfMessagesVisible';
  const minutes = Array.from({ length: 60 }, (_, minute) => minute * MINUTE);

  test('go off at the first, and not while there are none or nobody counts', () => {
    expect(new AlarmEvaluator(alarm, { [metric]: told(minutes, () => 0) }).stateAt(HOUR)).toBe('OK');
    expect(new AlarmEvaluator(alarm, {}).firstAlarm(0, HOUR)).toBeUndefined();
    expect(new AlarmEvaluator(alarm, { [metric]: told(minutes, (at) => at === 50 * MINUTE ? 1 : 0) }).firstAlarm(0, HOUR)).toBe(51 * MINUTE);
  });

  test('keep it on while SQS falls silent about them, until the queue is purged', () => {
    const silence = 6 * HOUR;
    const purge = 20 * HOUR;
    const times = Array.from({ length: 24 * 12 }, (_, index) => index * 5 * MINUTE).filter((at) => at < silence || at >= purge);
    const evaluator = new AlarmEvaluator(alarm, { [metric]: told(times, (at) => at < purge ? 1 : 0) });
    expect([silence, silence + HOUR, purge - MINUTE].map((at) => evaluator.stateAt(at))).toEqual(['ALARM', 'ALARM', 'ALARM']);
    expect(evaluator.firstOk(MINUTE, 24 * HOUR)).toBe(purge + MINUTE);
  });
});
