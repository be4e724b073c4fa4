import { ARGO_DEFINITIONS } from '../../../lib/credential-sync/contract';

export const NAMESPACE = 'collate';
export const RUNNER = 'hybrid-ingestion-runner';
export const ARGO_NAMESPACE = 'argo-workflows';

export const DEPLOYMENT_URL = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${RUNNER}`;
export const SERVICE_ACCOUNT_URL = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/ingestion`;
export const ARGO_CONTROLLER_URL = `/apis/apps/v1/namespaces/${ARGO_NAMESPACE}/deployments/argo-workflows-workflow-controller`;
export const ARGO_SERVER_URL = `/apis/apps/v1/namespaces/${ARGO_NAMESPACE}/deployments/argo-workflows-server`;
export const ARGO_URL = '/apis/argoproj.io/v1alpha1';

/** What the function may read around the Secrets. */
export const WORKLOAD_URLS = [DEPLOYMENT_URL, SERVICE_ACCOUNT_URL, ARGO_CONTROLLER_URL, ARGO_SERVER_URL, ARGO_URL];

/** A Deployment with so many of its pods ready. */
export function deployment(ready: number, { wanted = 1, updated, conditions = [], created = '2020-01-01T00:00:00Z' }: { wanted?: number; updated?: number; conditions?: unknown[]; created?: string } = {}): any {
  return {
    kind: 'Deployment',
    metadata: { generation: 1, creationTimestamp: created },
    spec: { replicas: wanted, template: { metadata: {} } },
    status: { observedGeneration: 1, replicas: wanted, availableReplicas: ready, updatedReplicas: updated ?? wanted, conditions },
  };
}

/** What the API server lists of Argo Workflows. */
export function argoResources(names = ARGO_DEFINITIONS): any {
  return { kind: 'APIResourceList', resources: names.map((name) => ({ name: name.split('.')[0] })) };
}

/** Everything as it should be. */
export function healthyWorkload(): Record<string, any> {
  return {
    [DEPLOYMENT_URL]: deployment(1, { created: '2100-01-01T00:00:00Z' }),
    [SERVICE_ACCOUNT_URL]: { kind: 'ServiceAccount', metadata: { name: 'ingestion' } },
    [ARGO_CONTROLLER_URL]: deployment(1),
    [ARGO_SERVER_URL]: deployment(1),
    [ARGO_URL]: argoResources(),
  };
}
