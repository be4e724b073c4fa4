import { ARGO_DEPLOYMENTS, ARGO_ROLE, CONNECTOR_SECRET_KEY, Check, RUNNER_ROLE, StatusReport, SyncRequest, WorkloadRequest } from '../contract';
import { checkConnection } from './connection-check';
import { REAPPLY, asFailure, lacking } from './failure';
import { Finding, unknown } from './finding';
import { Kubernetes } from './kubernetes';
import { Clock } from './patience';
import { checkConnectorSecret, checkPullSecret, checkTokenSecret } from './secret-checks';
import { emitStatusMetrics, log } from './telemetry';
import { checkArgoDefinitions, checkDeployment, checkServiceAccount } from './workload-checks';

/** What the checks learn besides their findings. */
interface Facts {
  expiresAt?: number;
  jobs: Record<string, number>;
}

type Find = (kubernetes: Kubernetes, facts: Facts) => Promise<Finding>;

const CONNECTED = 'runner-connected';

/**
 * Looks at everything that a runner needs, and says of each thing what was found and what to do. It changes nothing,
 * and does not fail: what could not be looked at is `unknown`, with the reason.
 */
export async function reportStatus(request: SyncRequest & { workload: WorkloadRequest }, connect: () => Promise<Kubernetes>, clock: Clock): Promise<StatusReport> {
  const { agentId, namespace } = request;
  const facts: Facts = { jobs: {} };
  const connection = connect();
  const checks = await Promise.all(listChecks(request).map(async ([name, find]): Promise<Check> => {
    try {
      return { name, ...await find(await connection, facts) };
    } catch (error) {
      const { message, remedy } = asFailure(error);
      return { name, ...unknown(message, remedy) };
    }
  }));
  const now = clock.now();
  const { state } = checks.find(({ name }) => name === CONNECTED)!;
  const failures = checks.filter((check) => check.state !== 'passed');
  const connected = state === 'unknown' ? undefined : state === 'passed';
  emitStatusMetrics(request, { connected, failed: failures.length, ...facts }, now);
  failures.forEach(({ name, state: result, seen, remedy }) => log('warning', `${name}: ${seen}`, { agentId, namespace, state: result, remedy }));
  return { agentId, namespace, healthy: failures.length === 0, connected: connected === true, checkedAt: new Date(now).toISOString(), checks };
}

function listChecks(request: SyncRequest & { workload: WorkloadRequest }): [string, Find][] {
  const { namespace, pullSecret, tokenSecret, connectorSecrets = [], workload } = request;
  const { argoNamespace } = workload;
  const argo = (name: string): Find => (kubernetes) => checkDeployment(kubernetes, argoNamespace!, name, {
    missing: `${REAPPLY}, which installs Argo Workflows with the chart`,
    unready: `look at the pods of namespace ${argoNamespace}: no room on the nodes, or an image that cannot be pulled`,
    forbidden: lacking(argoNamespace!, { role: argoNamespace === namespace ? RUNNER_ROLE : ARGO_ROLE }),
  });
  return [
    ['runner-ready', (kubernetes) => checkDeployment(kubernetes, namespace, workload.name, {
      missing: `the chart is not installed: ${REAPPLY}`,
      unready: 'if pull-secret did not pass, fix it first; otherwise look at the pods: an image that cannot be pulled, no room on the nodes, or a program that ends',
    })],
    [CONNECTED, async (kubernetes, facts) => {
      const { finding, jobs } = await checkConnection(kubernetes, namespace, workload.name);
      facts.jobs = jobs;
      return finding;
    }],
    ...pullSecret ? [['pull-secret', async (kubernetes, facts) => {
      const { finding, expiresAt } = await checkPullSecret(kubernetes, namespace, pullSecret.name);
      facts.expiresAt = expiresAt;
      return finding;
    }] as [string, Find]] : [],
    ['token-secret', (kubernetes) => checkTokenSecret(kubernetes, namespace, tokenSecret.name, tokenSecret.key)],
    ...connectorSecrets.map(({ name }): [string, Find] => [`connector-secret/${name}`, (kubernetes) => checkConnectorSecret(kubernetes, namespace, name, CONNECTOR_SECRET_KEY)]),
    ['service-account', (kubernetes) => checkServiceAccount(kubernetes, namespace, workload)],
    ...argoNamespace === undefined ? [] : [
      ['argo-controller', argo(ARGO_DEPLOYMENTS.controller)],
      ['argo-server', argo(ARGO_DEPLOYMENTS.server)],
      ['argo-definitions', checkArgoDefinitions],
    ] as [string, Find][],
  ];
}
