import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ClusterAdapter } from './cluster-adapter';
import { stableId } from './stable-id';

/**
 * What tells the clusters of a stack apart, fit for construct ids: the name of an imported cluster, so that two imports
 * of one cluster are the same, and otherwise the cluster's place. It must not change with account or region, because
 * logical ids are made of it.
 */
export function clusterId(scope: Construct, adapter: ClusterAdapter): string {
  return importedName(adapter) ?? stableId(adapter.cluster, scope);
}

/** What tells clusters apart across stacks: two clusters may have one name in two accounts or regions. */
export function clusterKey(scope: Construct, adapter: ClusterAdapter): string {
  const { account, region } = Stack.of(scope);
  return [importedName(adapter) ?? adapter.cluster.node.addr, ...adapter.owned ? [] : [account, region]].join('/');
}

/** By which two imports are known to be of one cluster. */
function importedName({ cluster, owned }: ClusterAdapter): string | undefined {
  return owned || Token.isUnresolved(cluster.clusterName) ? undefined : cluster.clusterName;
}

/** Finds a construct that a stack has at most once, or makes it. */
export function stackSingleton<T extends Construct>(scope: Construct, id: string, make: (stack: Stack, id: string) => T): T {
  const stack = Stack.of(scope);
  return stack.node.tryFindChild(id) as T | undefined ?? make(stack, id);
}
