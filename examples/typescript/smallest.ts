import { App, Stack } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { HybridRunner, RunnerCluster, RunnerImages } from 'cdk-collate-hybrid-runner';

const app = new App();
const stack = new Stack(app, 'CollateRunner');

// A cluster that another stack made, and its kubectl handler.
const cluster = eks.Cluster.fromClusterAttributes(stack, 'Cluster', {
  clusterName: 'data-platform',
  kubectlProvider: eks.KubectlProvider.fromKubectlProviderAttributes(stack, 'Kubectl', {
    serviceToken: 'arn:aws:lambda:eu-central-1:111122223333:function:data-platform-kubectl',
  }),
});

new HybridRunner(stack, 'Runner', {
  cluster: RunnerCluster.fromEksV2(cluster, { accessEntry: true }),
  agentId: 'aws-prod',
  serverHost: 'acme.getcollate.io',
  authToken: Secret.fromSecretNameV2(stack, 'Token', 'collate/runner-token'),
  images: RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, 'RegistryKeys', 'collate/registry-keys')),
});
