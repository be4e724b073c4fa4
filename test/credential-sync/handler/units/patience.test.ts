import { Clock, DEPLOY_PATIENCE, SCHEDULE_PATIENCE, Verdict, persist, systemClock } from '../../../../lib/credential-sync/handler/patience';

/** Time that passes by sleeping alone. */
class TestClock implements Clock {
  public time = 1_000_000;
  public readonly pauses: number[] = [];
  public now = () => this.time;
  public sleep = async (milliseconds: number) => {
    this.pauses.push(milliseconds);
    this.time += milliseconds;
  };
}

function run(verdict: (error: unknown) => Verdict, { deadline = Infinity, failures = Infinity } = {}) {
  const clock = new TestClock();
  let attempts = 0;
  const start = clock.time;
  const outcome = persist(async () => {
    attempts++;
    if (attempts <= failures) {
      throw new Error(`attempt ${attempts}`);
    }
    return 'done';
  }, verdict, clock, deadline === Infinity ? Infinity : start + deadline);
  return outcome.then((result) => ({ result, attempts, clock }), (error: Error) => ({ error: error.message, attempts, clock }));
}

beforeEach(() => jest.spyOn(Math, 'random').mockReturnValue(1));
afterEach(() => jest.restoreAllMocks());

test('what succeeds is done once', async () => {
  expect(await run(() => ({ patience: 1000 }), { failures: 0 })).toMatchObject({ result: 'done', attempts: 1, clock: { pauses: [] } });
});

test('what is hopeless is tried once', async () => {
  expect(await run(() => ({ patience: 0 }))).toMatchObject({ error: 'attempt 1', attempts: 1, clock: { pauses: [] } });
});

test('pauses double up to eight seconds, while there is patience', async () => {
  expect(await run(() => ({ patience: 40_000 }))).toMatchObject({ error: 'attempt 11', clock: { pauses: [250, 500, 1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000] } });
});

test('pauses are jittered by up to a half', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  expect((await run(() => ({ patience: 600 }))).clock.pauses).toEqual([125, 250, 500]);
});

test('a longer pause that the other side asks for is kept, a shorter one is not', async () => {
  expect((await run(() => ({ patience: 600, pause: 700 }))).clock.pauses).toEqual([700]);
  expect((await run(() => ({ patience: 600, pause: 10 }))).clock.pauses).toEqual([250, 500]);
  expect((await run(() => ({ patience: 600, pause: 8_000 }))).clock.pauses).toEqual([8_000]);
});

test('a pause that is longer than any patience is not waited for', async () => {
  expect(await run(() => ({ patience: 600, pause: 8_001 }))).toMatchObject({ error: 'attempt 1', clock: { pauses: [] } });
  expect((await run(() => ({ patience: 10_000, pause: 10_000 }))).clock.pauses).toEqual([10_000]);
  expect((await run(() => ({ patience: 10_000, pause: 10_001 }))).clock.pauses).toEqual([]);
});

test('nothing is tried that would end after the deadline', async () => {
  expect(await run(() => ({ patience: 40_000 }), { deadline: 750 })).toMatchObject({ attempts: 2, clock: { pauses: [250] } });
  expect(await run(() => ({ patience: 40_000 }), { deadline: 751 })).toMatchObject({ attempts: 3, clock: { pauses: [250, 500] } });
});

test('what succeeds in the end is done', async () => {
  expect(await run(() => ({ patience: 40_000 }), { failures: 3 })).toMatchObject({ result: 'done', attempts: 4 });
});

test('on schedule what is refused stays refused, and at deployment rights are waited for as long as they take', () => {
  expect(SCHEDULE_PATIENCE).toEqual({ accessDenied: 0, keysRejected: 5_000, unauthenticated: 0, unauthorized: 2_000, unavailable: 10_000, unreachable: 1_000 });
  expect(DEPLOY_PATIENCE).toEqual({ accessDenied: 60_000, keysRejected: 60_000, unauthenticated: 120_000, unauthorized: 120_000, unavailable: 60_000, unreachable: 60_000 });
});

test('the clock of the system tells the time and sleeps', async () => {
  const start = Date.now();
  await systemClock.sleep(30);
  expect(systemClock.now() - start).toBeGreaterThanOrEqual(25);
});
