import { CheckState } from '../contract';
import { ApiCall } from './api-server';
import { kubernetesFailure } from './failure';
import { Answer, Kubernetes, Refusal, call, explain, isAdmission } from './kubernetes';

/** How one check came out. */
export interface Finding {
  readonly state: CheckState;
  readonly seen: string;
  readonly remedy?: string;
}

export function passed(seen: string): Finding {
  return { state: 'passed', seen };
}

export function failed(seen: string, remedy: string): Finding {
  return { state: 'failed', seen, remedy };
}

export function unknown(seen: string, remedy: string): Finding {
  return { state: 'unknown', seen, remedy };
}

/**
 * Looks at one object; nothing if it does not exist.
 *
 * @param forbidden what to do where it may not be looked at
 */
export async function look(kubernetes: Kubernetes, what: string, request: ApiCall, forbidden: string): Promise<Answer | undefined> {
  try {
    return await call(kubernetes, request);
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) {
      return undefined;
    }
    if (error instanceof Refusal && isAdmission(error)) {
      throw kubernetesFailure('policy', `a policy of the cluster refused to let ${what} be looked at: ${error.message}`, 'let the policy admit requests that are not carried out (dry run); a webhook must declare sideEffects None or NoneOnDryRun for them');
    }
    throw error instanceof Refusal && error.status === 403
      ? kubernetesFailure('unauthorized', `${what} may not be looked at`, forbidden)
      : explain(error, `${what} could not be looked at`);
  }
}

const UNITS: [number, string][] = [[86_400_000, 'd'], [3_600_000, 'h'], [60_000, 'min'], [1_000, 's']];

/** A span of time in its two largest units, such as `10 h 48 min`. */
export function span(milliseconds: number): string {
  const first = UNITS.findIndex(([unit]) => milliseconds >= unit);
  if (first < 0) {
    return '0 s';
  }
  const [[large, largeName], second] = [UNITS[first], UNITS[first + 1]];
  const rest = second ? Math.floor((milliseconds % large) / second[0]) : 0;
  return `${Math.floor(milliseconds / large)} ${largeName}${rest > 0 ? ` ${rest} ${second[1]}` : ''}`;
}
