/** Time, as the sync sees it; tests bring their own. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** How long to try again after each kind of refusal, in milliseconds. */
export interface Patience {
  /** IAM says no to the function, at Secrets Manager or EKS. */
  readonly accessDenied: number;
  /** ECR does not know the keys. */
  readonly keysRejected: number;
  /** Kubernetes does not know the function (401). */
  readonly unauthenticated: number;
  /** Kubernetes knows it and says no (403). */
  readonly unauthorized: number;
  /** The API server is busy or fell over. */
  readonly unavailable: number;
  /** The API server cannot be reached. */
  readonly unreachable: number;
}

/** On schedule rights have long settled: what is refused stays refused, and the next run comes by itself. */
export const SCHEDULE_PATIENCE: Patience = {
  accessDenied: 0, keysRejected: 5_000, unauthenticated: 0, unauthorized: 2_000, unavailable: 10_000, unreachable: 1_000,
};

/** At deployment IAM and the access entry were made seconds ago, and take up to two minutes to be seen. */
export const DEPLOY_PATIENCE: Patience = {
  accessDenied: 60_000, keysRejected: 60_000, unauthenticated: 120_000, unauthorized: 120_000, unavailable: 60_000, unreachable: 60_000,
};

/** A report says at once what it could not see. */
export const STATUS_PATIENCE: Patience = {
  accessDenied: 0, keysRejected: 0, unauthenticated: 0, unauthorized: 0, unavailable: 1_500, unreachable: 500,
};

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 8_000;

/** What a failed attempt means. */
export interface Verdict {
  /** How long after the first attempt another one is still worth it, in milliseconds; 0 is never. */
  readonly patience: number;
  /** Shortest pause that the other side asked for, in milliseconds. One that is longer than the patience ends it. */
  readonly pause?: number;
}

/** Tries again, with growing and jittered pauses, while the verdict on the failure and the deadline allow. */
export async function persist<T>(attempt: () => Promise<T>, judge: (error: unknown) => Verdict, clock: Clock, deadline: number): Promise<T> {
  const start = clock.now();
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await attempt();
    } catch (error) {
      const { patience, pause: asked = 0 } = judge(error);
      const wait = Math.max(asked, pause * (0.5 + Math.random() / 2));
      if (clock.now() - start >= patience || asked > Math.max(patience, LONGEST_PAUSE) || clock.now() + wait >= deadline) {
        throw error;
      }
      await clock.sleep(wait);
    }
  }
}
