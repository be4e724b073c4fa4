import * as blueprints from '@aws-quickstart/eks-blueprints';
import { App, Stack } from 'aws-cdk-lib';
import { KubernetesVersion } from 'aws-cdk-lib/aws-eks';
import { FunctionPlacement, HybridRunner } from '../lib';
import { HybridRunnerAddOn } from '../lib/blueprints';
import { RunnerContext } from './context';
import { runnerOptions } from './runner-options';

/** A new cluster in Auto Mode, with the runner as an add-on. */
export async function addBlueprint(app: App, context: RunnerContext): Promise<HybridRunner> {
  const addOn = new HybridRunnerAddOn({
    ...runnerOptions(context),
    authTokenSecretName: context.authTokenSecretName,
    ecrCredentialsSecretName: context.ecrCredentialsSecretName,
    // The cluster's endpoint is public too, so the function need not wait for network interfaces of a VPC.
    clusterOptions: { functionPlacement: FunctionPlacement.outsideVpc() },
  });
  const stack = await blueprints.EksBlueprint.builder()
    .version(KubernetesVersion.of(context.clusterVersion))
    .clusterProvider(new blueprints.AutomodeClusterProvider({ nodePools: ['system', 'general-purpose'] }))
    .addOns(addOn)
    .buildAsync(app, context.stackName, {
      // Without account and region the template fits every account, and is made without asking one.
      env: { account: context.account, region: context.region },
      description: 'Amazon EKS cluster in Auto Mode with a Collate Hybrid Ingestion Runner',
    }) as Stack & blueprints.EksBlueprint;
  return stack.getClusterInfo().getProvisionedAddOn(addOn.id) as HybridRunner;
}
