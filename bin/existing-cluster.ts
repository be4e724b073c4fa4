import { selectKubectlLayer } from '@aws-quickstart/eks-blueprints';
import { App, Stack } from 'aws-cdk-lib';
import { KubernetesVersion } from 'aws-cdk-lib/aws-eks';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { HybridRunner, RunnerCluster, RunnerImages } from '../lib';
import { RunnerContext } from './context';
import { runnerOptions } from './runner-options';

/**
 * The runner on a cluster that is there already. No more than the cluster's name is needed: the stack brings its own
 * kubectl handler, and an access entry lets it in, so that there is no role to make and to name. The cluster must have
 * authentication mode `API` or `API_AND_CONFIG_MAP`, and a public endpoint.
 */
export function addToExistingCluster(app: App, context: RunnerContext, clusterName: string): HybridRunner {
  const stack = new Stack(app, context.stackName, {
    env: { account: context.account, region: context.region },
    description: `Collate Hybrid Ingestion Runner on Amazon EKS cluster ${clusterName}`,
  });
  const cluster = eks.Cluster.fromClusterAttributes(stack, 'ClusterByName', { clusterName });
  const kubectlProvider = new eks.KubectlProvider(stack, 'Kubectl', {
    cluster,
    kubectlLayer: selectKubectlLayer(stack, KubernetesVersion.of(context.clusterVersion))!,
  });
  const kubectlAccess = new eks.AccessEntry(stack, 'KubectlAccess', {
    cluster,
    principal: kubectlProvider.role!.roleArn,
    accessPolicies: [eks.AccessPolicy.fromAccessPolicyName('AmazonEKSClusterAdminPolicy', { accessScopeType: eks.AccessScopeType.CLUSTER })],
  });
  const runner = new HybridRunner(stack, 'Runner', {
    ...runnerOptions(context),
    cluster: RunnerCluster.fromEksV2(eks.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName, kubectlProvider }), {
      accessEntry: true,
      kubernetesVersion: context.clusterVersion,
    }),
    authToken: Secret.fromSecretNameV2(stack, 'AuthToken', context.authTokenSecretName),
    images: RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, 'RegistryKeys', context.ecrCredentialsSecretName)),
  });
  runner.node.addDependency(kubectlAccess);
  return runner;
}
