/**
 * Has a property tried so many times. In the mutation check, which runs it for every change, it is tried less often, and
 * no least example is searched for.
 */
export function tries(numRuns: number): { numRuns: number; endOnFailure?: boolean } {
  return process.env.STRYKER_MUTATOR_WORKER === undefined ? { numRuns } : { numRuns: Math.ceil(numRuns / 10), endOnFailure: true };
}
