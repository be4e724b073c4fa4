import { Stack, Stage, Token } from 'aws-cdk-lib';
import { Construct, IConstruct } from 'constructs';

/** What one runner takes up on its cluster. */
export interface Registration {
  readonly runner: Construct;
  readonly clusterKey: string;
  readonly agentId: string;
  readonly namespace: string;
  /** Whether its stack makes the namespace. */
  readonly createsNamespace: boolean;
  readonly argoNamespace?: string;
  readonly argoEndpoint?: string;
  readonly chart: Construct;
}

/** Kept on the stage itself, so that it lives as long as the stage and two copies of this library share it. */
const REGISTRY = Symbol.for('cdk-collate-hybrid-runner.registry');

/** The runners of this stage so far, without those that the app took out again. */
function registrationsOf(scope: Construct): Registration[] {
  const stage = (Stage.of(scope) ?? scope.node.root) as unknown as Record<symbol, Registration[] | undefined>;
  return stage[REGISTRY] = (stage[REGISTRY] ?? []).filter(({ runner }) => isInTree(runner));
}

function isInTree({ node }: IConstruct): boolean {
  return node.scopes.every((construct, depth, path) => depth === 0 || path[depth - 1].node.tryFindChild(construct.node.id) === construct);
}

/** Fails if another runner of the same cluster has the agent id or the namespace, or installs Argo Workflows too. */
export function refuseConflicts(scope: Construct, wanted: Omit<Registration, 'chart' | 'runner'>): void {
  for (const other of registrationsOf(scope).filter(({ clusterKey }) => clusterKey === wanted.clusterKey)) {
    const path = other.runner.node.path;
    const sameCluster = Token.isUnresolved(wanted.clusterKey) && Stack.of(other.runner) !== Stack.of(scope)
      ? 'on the same cluster (stacks without env count as of one account and region)'
      : 'on the same cluster';
    if (other.agentId === wanted.agentId) {
      throw new Error(`agentId ${JSON.stringify(wanted.agentId)} is taken by ${path} ${sameCluster}: make another runner in Collate and use its name`);
    }
    if (other.namespace === wanted.namespace) {
      throw new Error(`namespace ${JSON.stringify(wanted.namespace)} is taken by ${path} ${sameCluster}: the chart's names are fixed inside a namespace, so use another one, such as RunnerNamespace.create(${JSON.stringify(`${wanted.namespace}-2`)})`);
    }
    const [runner, argo] = wanted.argoNamespace ? [other, wanted] : [wanted, other];
    if (runner.createsNamespace && runner.namespace === argo.argoNamespace) {
      const prop = runner === wanted ? 'namespace' : 'argoWorkflows.namespace';
      throw new Error(`${prop} ${JSON.stringify(runner.namespace)} is made by ${path} ${sameCluster}: use another one`);
    }
    if (other.argoNamespace && wanted.argoNamespace) {
      throw new Error(`argoWorkflows must not be ArgoWorkflows.install() for two runners of a cluster, and ${path} installs it: use ArgoWorkflows.existing({ endpoint: 'argo-workflows-server.${other.argoNamespace}.svc:2746' })`);
    }
  }
}

/** Remembers a runner, and lets runners that use an Argo Workflows wait for the one that installs it in the same stack. */
export function register(registration: Registration): void {
  const registrations = registrationsOf(registration.runner);
  const neighbours = registrations.filter(({ clusterKey, runner }) =>
    clusterKey === registration.clusterKey && Stack.of(runner) === Stack.of(registration.runner));
  registrations.push(registration);
  if (registration.argoEndpoint) {
    neighbours.filter(({ argoNamespace }) => argoNamespace).forEach(({ chart }) => registration.chart.node.addDependency(chart));
  }
  if (registration.argoNamespace) {
    neighbours.filter(({ argoEndpoint }) => argoEndpoint).forEach(({ chart }) => chart.node.addDependency(registration.chart));
  }
}
