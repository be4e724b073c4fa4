/** Calls to one side at a time: each takes a connection, and a small function has little memory and CPU to open them with. */
export const MOST_AT_ONCE = 20;

/** Lets so many pieces of work run at once. The others wait for their turn, in their order. */
export function turns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running === most) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running++;
    }
    try {
      return await work();
    } finally {
      // The next one takes this place.
      const next = waiting.shift();
      if (next) {
        next();
      } else {
        running--;
      }
    }
  };
}
