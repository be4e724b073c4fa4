import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ClusterAdapter } from './cluster-adapter';

/**
 * What tells clusters apart, fit for construct ids: the name of an imported cluster, so that two imports of one cluster
 * are the same, and otherwise the cluster's place in the app.
 */
export function clusterKey(scope: Construct, { cluster, owned }: ClusterAdapter): string {
  if (owned || Token.isUnresolved(cluster.clusterName)) {
    return cluster.node.addr.slice(-8);
  }
  const { account, region } = Stack.of(scope);
  const place = [account, region].filter((part) => !Token.isUnresolved(part)).join('-');
  return [cluster.clusterName, place].filter(Boolean).join('-');
}

/** Finds a construct that a stack has at most once, or makes it. */
export function stackSingleton<T extends Construct>(scope: Construct, id: string, make: (stack: Stack, id: string) => T): T {
  const stack = Stack.of(scope);
  return stack.node.tryFindChild(id) as T | undefined ?? make(stack, id);
}
