import { ARGO_DEFINITIONS, WorkloadRequest } from '../contract';
import { REAPPLY, lacking, quote } from './failure';
import { Finding, failed, passed, unknown } from './finding';
import { Kubernetes } from './kubernetes';
import { look } from './look';

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly message?: string;
}

interface Deployment {
  readonly metadata?: { readonly generation?: number };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: Condition[];
  };
}

/** What to do where a Deployment is not as it should be. */
interface DeploymentRemedies {
  readonly missing: string;
  readonly unready: string;
  readonly forbidden?: string;
}

/** Whether a Deployment has the pods it wants. */
export async function checkDeployment(kubernetes: Kubernetes, namespace: string, name: string, remedies: DeploymentRemedies): Promise<Finding> {
  const answer = await look(kubernetes, `Deployment ${namespace}/${name}`, { method: 'GET', path: `/apis/apps/v1/namespaces/${namespace}/deployments/${name}` }, remedies.forbidden ?? lacking(namespace));
  if (!answer) {
    return failed(`Deployment ${name} does not exist`, remedies.missing);
  }
  const { metadata, spec, status = {} } = answer.body as Deployment;
  const wanted = spec?.replicas ?? 1;
  const { availableReplicas = 0, updatedReplicas = 0, observedGeneration = 0, conditions = [] } = status;
  const seen = `${availableReplicas} of ${wanted} pods ready`;
  if (wanted === 0) {
    return failed('scaled to no pods', `scale Deployment ${name} up, or deploy with replicas above 0`);
  }
  const stuck = conditions.find(({ type, status: holds }) => (type === 'Progressing' && holds === 'False') || (type === 'ReplicaFailure' && holds === 'True'));
  if (availableReplicas < wanted || stuck) {
    const told = stuck ?? conditions.find(({ type, status: holds }) => type === 'Available' && holds === 'False');
    return failed(told?.message ? `${seen}: ${quote(told.message, [], { encoded: true })}` : seen, remedies.unready);
  }
  const updating = updatedReplicas < wanted || observedGeneration < (metadata?.generation ?? 0);
  return passed(updating ? `${seen}, an update is on its way` : seen);
}

interface ServiceAccount {
  readonly metadata?: { readonly annotations?: Record<string, string> };
}

/** Whether the service account of the ingestion pods is there, has its role, and may read the namespace's Secrets. */
export async function checkServiceAccount(kubernetes: Kubernetes, namespace: string, { serviceAccount: name, roleArn }: WorkloadRequest): Promise<Finding> {
  const what = `service account ${name}`;
  const answer = await look(kubernetes, `${what} in ${namespace}`, { method: 'GET', path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}` }, lacking(namespace));
  if (!answer) {
    return failed(`${what} does not exist`, `${REAPPLY}, which has the chart make it`);
  }
  const annotated = (answer.body as ServiceAccount).metadata?.annotations?.['eks.amazonaws.com/role-arn'];
  if (roleArn !== undefined && annotated !== roleArn) {
    return failed(`${what} is annotated with ${annotated ? `role ${annotated}` : 'no role'}, and should be with ${roleArn}`, `delete it, then ${REAPPLY}, which has the chart make it`);
  }
  // By its effect, because the names of the chart's Role and RoleBinding are the chart's own business.
  const user = `system:serviceaccount:${namespace}:${name}`;
  const review = await look(kubernetes, `the rights of ${what}`, {
    method: 'POST',
    path: `/apis/authorization.k8s.io/v1/namespaces/${namespace}/localsubjectaccessreviews`,
    body: {
      contentType: 'application/json',
      text: JSON.stringify({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'LocalSubjectAccessReview',
        metadata: { namespace },
        spec: {
          user,
          groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
          resourceAttributes: { namespace, verb: 'get', resource: 'secrets' },
        },
      }),
    },
  }, lacking(namespace));
  const { allowed } = (review?.body.status ?? {}) as { allowed?: boolean };
  return allowed
    ? passed('exists, and may read the Secrets of the namespace')
    : failed(`${what} may not read the Secrets of the namespace`, `delete its Role and RoleBinding if they are there, then ${REAPPLY}, which has the chart make them`);
}

/**
 * Whether the API server serves what Argo Workflows defines, which it does once a definition is established. Every
 * identity may ask what is served, so that this takes no right.
 */
export async function checkArgoDefinitions(kubernetes: Kubernetes): Promise<Finding> {
  const answer = await look(kubernetes, 'the resources of argoproj.io', { method: 'GET', path: '/apis/argoproj.io/v1alpha1' }, 'the ClusterRoleBinding system:discovery, by which everybody may ask what is served, was changed: restore it');
  const { resources } = (answer?.body ?? {}) as { resources?: { name?: string }[] };
  if (answer && !Array.isArray(resources)) {
    return unknown('the API server does not list the resources of argoproj.io', 'the next check tries again');
  }
  const served = new Set(resources?.map(({ name }) => `${name}.argoproj.io`));
  const missing = ARGO_DEFINITIONS.filter((name) => !served.has(name));
  const count = ARGO_DEFINITIONS.length;
  return missing.length === 0
    ? passed(`all ${count} are established`)
    : failed(`${count - missing.length} of ${count} are established, without ${missing.join(', ')}`, `${REAPPLY}, which has the chart make them`);
}
