import { CfnOutput, Stack } from 'aws-cdk-lib';
import { HybridRunner } from '../lib';
import { RunnerContext } from './context';

/** What somebody needs who has just deployed the stack. */
export function addOutputs(runner: HybridRunner, context: RunnerContext): void {
  const stack = Stack.of(runner);
  const output = (id: string, description: string, value: string) => new CfnOutput(stack, id, { description, value });
  output('AgentId', 'Name of the runner in Collate', context.agentId);
  output('Namespace', 'Kubernetes namespace of the runner', runner.namespaceName);
  output('ReleaseName', 'Name of the Helm release', runner.releaseName);
  if (context.secretsStore === 'aws') {
    output('IngestionRoleArn', 'Role of the ingestion pods: grant it what your data sources need', runner.ingestionRole.roleArn);
    output('SecretReferencePrefix', 'What stands in a password field in Collate, followed by the rest of the name of the secret', `secret:${context.pathPrefix}/`);
  }
  output('StatusCommand', 'Says whether the runner works, and what to do where it does not', runner.statusCommand);
  output('RenewCommand', 'Renews the pull secret and the token of the runner now', runner.renewCommand);
  output('NextSteps', 'What to do now', `See in Collate, under Settings > Preferences > Ingestion Runners, that ${context.agentId} is Active, and choose it as the runner of an ingestion pipeline. If it is not, StatusCommand says why`);
}
