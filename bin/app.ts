import { Annotations, App, Stack } from 'aws-cdk-lib';
import { HybridRunner } from '../lib';
import { acknowledgePathPrefix } from './acknowledged-findings';
import { addBlueprint } from './blueprint';
import { readContext } from './context';
import { addToExistingCluster } from './existing-cluster';
import { addOutputs } from './outputs';

/** Puts the runner into the app: on the cluster that the context names, or else on a new one. */
export async function addRunner(app: App): Promise<HybridRunner> {
  const context = readContext(app);
  const runner = context.clusterName === undefined
    ? await addBlueprint(app, context)
    : addToExistingCluster(app, context, context.clusterName);
  addOutputs(runner, context);
  if (context.secretsStore === 'aws') {
    acknowledgePathPrefix(runner, context.pathPrefix);
  }
  if (context.clusterName !== undefined && context.clusterVersionAssumed) {
    Annotations.of(Stack.of(runner)).addWarningV2('collate-hybrid-runner:clusterVersionAssumed', `cluster ${context.clusterName} is taken to run Kubernetes ${context.clusterVersion}, whose kubectl and Helm the stack brings: set -c clusterVersion=…`);
  }
  if (context.clusterName !== undefined && context.secretsStore === 'aws' && context.installAgent === undefined) {
    Annotations.of(Stack.of(runner)).addWarningV2('collate-hybrid-runner:podIdentityAgentAssumed', `cluster ${context.clusterName} is taken to have the EKS Pod Identity agent, which Auto Mode has built in: set -c installAgent=true if it has none, -c installAgent=false if it has`);
  }
  for (const name of context.placeholders) {
    Annotations.of(Stack.of(runner)).addWarningV2(`collate-hybrid-runner:placeholder:${name}`, `${name} is the placeholder ${context[name]}: set -c ${name}=… before you deploy`);
  }
  return runner;
}
