import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ClusterAdapter } from './cluster-adapter';

/**
 * What tells the clusters of a stack apart, fit for construct ids: the name of an imported cluster, so that two imports
 * of one cluster are the same, and otherwise the cluster's place in the app. It must not change with account or region,
 * because logical ids are made of it.
 */
export function clusterId({ cluster, owned }: ClusterAdapter): string {
  return owned || Token.isUnresolved(cluster.clusterName) ? cluster.node.addr.slice(-8) : cluster.clusterName;
}

/** What tells clusters apart across stacks: two clusters may have one name in two accounts or regions. */
export function clusterKey(scope: Construct, cluster: ClusterAdapter): string {
  const { account, region } = Stack.of(scope);
  return [clusterId(cluster), ...cluster.owned ? [] : [account, region]].join('/');
}

/** Finds a construct that a stack has at most once, or makes it. */
export function stackSingleton<T extends Construct>(scope: Construct, id: string, make: (stack: Stack, id: string) => T): T {
  const stack = Stack.of(scope);
  return stack.node.tryFindChild(id) as T | undefined ?? make(stack, id);
}
