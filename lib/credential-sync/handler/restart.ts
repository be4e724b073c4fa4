import { createHash } from 'crypto';
import { FIELD_MANAGER, RUNNER_ROLE, SyncRequest, TOKEN_DIGEST_ANNOTATION } from '../contract';
import { REAPPLY, kubernetesFailure } from './failure';
import { Kubernetes, Refusal, call, explain } from './kubernetes';
import { Written } from './secret-object';

/** Where `kubectl rollout restart` writes when it was run. */
const RESTARTED_AT_ANNOTATION = 'kubectl.kubernetes.io/restartedAt';

/** What is read of a Deployment here. */
interface Deployment {
  readonly metadata?: { readonly creationTimestamp?: string; readonly annotations?: Record<string, string> };
  readonly spec?: { readonly replicas?: number; readonly template?: { readonly metadata?: { readonly annotations?: Record<string, string> } } };
}

/**
 * Restarts the runner's pods if they have another token than the one that was written, because they read it once, when
 * they start. Returns whether it did.
 *
 * What they have is noted on the Deployment, so that a restart that failed is made up for by the next run, and that two
 * runs at once make one restart. Where nothing is noted, it tells from the times whether the pods are older than the
 * token. If somebody else had put another token into the Secret, pods may have started with that one, whatever is noted.
 */
export async function restartForToken(request: SyncRequest, token: string, written: Written, kubernetes: Kubernetes): Promise<boolean> {
  const { namespace, workload } = request;
  if (!workload) {
    return false;
  }
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${workload.name}`;
  try {
    const deployment = (await call(kubernetes, { method: 'GET', path })).body as Deployment;
    const noted = deployment.metadata?.annotations?.[TOKEN_DIGEST_ANNOTATION];
    const digest = digestOf(request, token);
    if (noted === digest && !written.repaired) {
      return false;
    }
    // Without pods nothing restarts, and those to come start with the token that was just written.
    const restart = deployment.spec?.replicas !== 0 && (noted !== undefined || areOlder(deployment, written));
    const annotations = { [TOKEN_DIGEST_ANNOTATION]: digest };
    // The digest alone does not make new pods where it stays the same.
    const podAnnotations = { ...annotations, ...written.repaired && { [RESTARTED_AT_ANNOTATION]: new Date(kubernetes.clock.now()).toISOString() } };
    await call(kubernetes, {
      method: 'PATCH',
      path: `${path}?fieldManager=${FIELD_MANAGER}`,
      body: {
        contentType: 'application/merge-patch+json',
        text: JSON.stringify({ metadata: { annotations }, ...restart && { spec: { template: { metadata: { annotations: podAnnotations } } } } }),
      },
    });
    return restart;
  } catch (error) {
    // Before the first installation of the chart there is nothing to restart.
    if (error instanceof Refusal && error.status === 404) {
      return false;
    }
    throw error instanceof Refusal && error.status === 403
      ? kubernetesFailure('unauthorized', `Deployment ${namespace}/${workload.name} may not be restarted, and its pods may still have the old token`, `the Role ${RUNNER_ROLE} lacks the verbs get and patch on it: ${REAPPLY}`)
      : explain(error, `Deployment ${namespace}/${workload.name} could not be restarted`);
  }
}

/** Says nothing of the token, whose signature nobody can guess, and differs between runners. */
function digestOf({ namespace, tokenSecret }: SyncRequest, token: string): string {
  return createHash('sha256').update(`${namespace}/${tokenSecret.name}/${token}`).digest('hex').slice(0, 32);
}

/** Whether the pods were last started before the token changed. */
function areOlder({ metadata, spec }: Deployment, { changed, changedAt }: Written): boolean {
  const restartedAt = spec?.template?.metadata?.annotations?.[RESTARTED_AT_ANNOTATION];
  const starts = [metadata?.creationTimestamp, restartedAt].map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time));
  return changedAt === undefined || starts.length === 0 ? changed : changedAt > Math.max(...starts);
}
