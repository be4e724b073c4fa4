import { ArgoWorkflows, HybridRunnerOptions, IngestionIdentity, RunnerNamespace, SecretsStore } from '../lib';
import { RunnerContext } from './context';

/** The choices of a runner, as the context has them; the same for a new cluster and for an existing one. */
export function runnerOptions(context: RunnerContext): HybridRunnerOptions {
  return {
    agentId: context.agentId,
    serverHost: context.serverHost,
    authTokenField: context.authTokenField,
    secretsStore: context.secretsStore === 'aws' ? SecretsStore.awsSecretsManager({ pathPrefix: context.pathPrefix }) : SecretsStore.kubernetes(),
    identity: IngestionIdentity.podIdentity({ installAgent: context.installAgent === 'true' }),
    argoWorkflows: argoWorkflows(context.argoWorkflows),
    namespace: context.namespace === undefined ? undefined : RunnerNamespace.create(context.namespace),
    chartVersion: context.chartVersion,
    reapply: context.reapply,
  };
}

function argoWorkflows(choice: string): ArgoWorkflows {
  switch (choice) {
    case 'install': return ArgoWorkflows.install();
    case 'none': return ArgoWorkflows.none();
    default: return ArgoWorkflows.existing({ endpoint: choice });
  }
}
