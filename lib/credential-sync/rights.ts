import { Lazy } from 'aws-cdk-lib';
import { ARGO_DEPLOYMENTS, ARGO_ROLE, METRICS_PORT, RUNNER_ROLE, WorkloadRequest } from './contract';

/** What the function may do for one runner. */
export interface RightsProps {
  readonly group: string;
  readonly namespace: string;
  /** Names of the Secrets it writes; asked for at the end of synthesis. */
  readonly secretNames: () => string[];
  readonly workload: Omit<WorkloadRequest, 'roleArn'>;
}

/**
 * The rights of the function in Kubernetes, as manifests: to write the Secrets by name with the two verbs that a
 * server-side apply checks, to restart the runner, and to look at what a status report is of. It may read no Secret.
 */
export function rights({ group, namespace, secretNames, workload }: RightsProps): Record<string, unknown>[] {
  const { name, serviceAccount, argoNamespace } = workload;
  const argo = [rule('apps', 'deployments', Object.values(ARGO_DEPLOYMENTS), 'get')];
  const separate = argoNamespace !== undefined && argoNamespace !== namespace;
  return [
    ...role(RUNNER_ROLE, group, namespace, [
      rule('', 'secrets', Lazy.any({ produce: secretNames }), 'create', 'patch'),
      rule('apps', 'deployments', [name], 'get', 'patch'),
      rule('', 'serviceaccounts', [serviceAccount], 'get'),
      rule('', 'services/proxy', [`${name}:${METRICS_PORT}`], 'get'),
      // Asks what others may do in this namespace; a request of this kind has no name.
      { apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], verbs: ['create'] },
      ...argoNamespace === namespace ? argo : [],
    ]),
    ...separate ? role(ARGO_ROLE, group, argoNamespace, argo) : [],
  ];
}

function rule(apiGroup: string, resource: string, resourceNames: unknown, ...verbs: string[]): Record<string, unknown> {
  return { apiGroups: [apiGroup], resources: [resource], resourceNames, verbs };
}

function role(name: string, group: string, namespace: string, rules: Record<string, unknown>[]): Record<string, unknown>[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const metadata = { name, namespace };
  return [
    { apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup, kind: 'Role', name },
      subjects: [{ apiGroup, kind: 'Group', name: group }],
    },
  ];
}
