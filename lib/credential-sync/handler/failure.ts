import { RUNNER_ROLE, SyncStage } from '../contract';
import { SHORTEST_ENCODED, findEncoded, redact } from './redaction';

/** What restores what was changed or deleted in the cluster: without another value an equal template deploys nothing. */
export const REAPPLY = 'deploy the stack with another value of reapply';

/** What to do where a Role in a namespace does not give a right, or is not there, or is not given to the function. */
export function lacking(namespace: string, { role = RUNNER_ROLE, right = 'the right' } = {}): string {
  return `either namespace ${namespace} does not exist, or the Role ${role} in it lacks ${right}: ${REAPPLY}; or the function's access entry, or its line in aws-auth, lacks its group`;
}

/** What went wrong in one stage: what was refused, why, and what to do. Never a secret value. */
export class StageFailure extends Error {
  constructor(
    public readonly stage: SyncStage,
    /** One word for programs, such as `keys`. */
    public readonly reason: string,
    message: string,
    public readonly remedy: string,
  ) {
    super(message);
    this.name = 'StageFailure';
  }

  public override toString(): string {
    return `${this.stage}: ${this.message}: ${this.remedy}`;
  }
}

/** A failure at the stage of Kubernetes. */
export function kubernetesFailure(reason: string, message: string, remedy: string): StageFailure {
  return new StageFailure('kubernetes', reason, message, remedy);
}

/**
 * What failed. Faults of the function itself are told by their kind alone, because their texts are not known to be
 * harmless.
 */
export function asFailure(error: unknown, what?: string): StageFailure {
  if (error instanceof StageFailure) {
    return error;
  }
  const remedy = 'this is a fault of the function: report it';
  return what === undefined
    ? kubernetesFailure('internal', `unexpected ${errorName(error)}`, remedy)
    : kubernetesFailure('internal', `${what}: unexpected ${errorName(error)}`, remedy);
}

/** A sync in which something was not written. */
export class SyncFailure extends Error {
  constructor(agentId: string, namespace: string, public readonly failures: StageFailure[]) {
    super(`sync of runner ${JSON.stringify(agentId)} in namespace ${namespace} failed at ${[...new Set(failures.map(String))].join('; ')}`);
    this.name = 'SyncFailure';
  }
}

/** Longest text of somebody else's that is looked at, and that is passed on. */
const LONGEST_TEXT = 2_000;
const LONGEST_QUOTE = 300;

/**
 * Passes on somebody else's error text without the values that must not be seen.
 *
 * @param options.encoded whether to leave out all that looks like base64, because it may be a value that nobody knows
 */
export function quote(text: string, secrets: string[], { encoded = false } = {}): string {
  // A little further than the text is looked at, so that what begins at its end is known for what it is.
  const more = encoded ? findEncoded(text.slice(0, LONGEST_TEXT + SHORTEST_ENCODED)) : [];
  return redact(text.slice(0, LONGEST_TEXT), secrets, more).replace(/\s+/g, ' ').trim().slice(0, LONGEST_QUOTE);
}

/** The name of an AWS error, which tells its kind. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
