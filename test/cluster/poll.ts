import { setTimeout as delay } from 'timers/promises';

/** Asks again and again until the answer is the one awaited, or the time is over; the last answer, for the test to judge. */
export async function poll<T>(ask: () => Promise<T>, awaited: (answer: T) => boolean, { attempts = 100, interval = 100 } = {}): Promise<T> {
  let answer = await ask();
  for (let attempt = 0; attempt < attempts && !awaited(answer); attempt++) {
    await delay(interval);
    answer = await ask();
  }
  return answer;
}
