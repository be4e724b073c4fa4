import { ApiCall } from './api-server';
import { kubernetesFailure } from './failure';
import { Answer, Kubernetes, Refusal, call, explain, isAdmission } from './kubernetes';

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
