import pLimit, { Limit } from 'p-limit';

/** Calls to one side at a time: each takes a connection, and a small function has little memory and CPU to open them with. */
const MOST_AT_ONCE = 20;

/** Lets the calls to one side wait for their turn. */
export function limitCalls(): Limit {
  return pLimit(MOST_AT_ONCE);
}
