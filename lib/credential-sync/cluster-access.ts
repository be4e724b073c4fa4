import { Stack } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, IDependable } from 'constructs';
import { warn } from '../private/warnings';
import { RunnerCluster } from '../runner-cluster';

/**
 * Lets the function's role into the cluster as a member of one Kubernetes group, and nothing else: what the group may
 * do is said by a Role in each runner's namespace.
 *
 * Returns what a sync must wait for.
 */
export function grantClusterAccess(scope: Construct, cluster: RunnerCluster, role: iam.IRole, group: string): IDependable[] {
  const { _adapter: adapter, _options: { accessEntry } } = cluster;
  const path = adapter.cluster.node.path;
  if (accessEntry === false) {
    return [];
  }
  if (accessEntry === undefined && adapter.access === 'aws-auth') {
    if (Stack.of(adapter.cluster) !== Stack.of(scope)) {
      throw new Error(`cluster ${path} has authentication mode CONFIG_MAP, and its aws-auth ConfigMap takes only roles of its own stack: set authenticationMode to API_AND_CONFIG_MAP on the cluster, put the runner into stack ${Stack.of(adapter.cluster).node.path}, or say accessEntry: false and map the role to the group ${group} yourself`);
    }
    return [adapter.mapRole(scope, role, group)];
  }
  if (accessEntry === undefined && adapter.access === 'unknown') {
    warn(scope, 'accessEntryAssumed', `imported cluster ${path} is taken to have authentication mode API or API_AND_CONFIG_MAP: say accessEntry: true if it has, or accessEntry: false to map the role to the group ${group} yourself`);
  }
  // By L1: the construct library's own AccessEntry knows no Kubernetes groups (https://github.com/aws/aws-cdk/issues/30604).
  const entry = new eks.CfnAccessEntry(scope, 'AccessEntry', {
    clusterName: cluster.clusterName,
    principalArn: role.roleArn,
    type: 'STANDARD',
    kubernetesGroups: [group],
  });
  return [entry];
}
