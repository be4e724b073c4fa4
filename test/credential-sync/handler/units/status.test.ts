import { SyncRequest, WorkloadRequest } from '../../../../lib/credential-sync/contract';
import { ApiCall } from '../../../../lib/credential-sync/handler/api-server';
import { StageFailure } from '../../../../lib/credential-sync/handler/failure';
import { STATUS_PATIENCE } from '../../../../lib/credential-sync/handler/patience';
import { reportStatus } from '../../../../lib/credential-sync/handler/status';
import { argoResources, deployment } from '../workload';
import { Api, ApiAnswer, NOW, refusal } from './api';
import { captureLines } from './output';

jest.mock('../../../../lib/credential-sync/handler/api-server', () => ({ ...jest.requireActual('../../../../lib/credential-sync/handler/api-server'), send: jest.fn() }));

const HOUR = 3_600_000;
const REAPPLY = 'deploy the stack with another value of reapply';
const WORKLOAD = { name: 'runner', serviceAccount: 'ingestion', argoNamespace: 'argo' };
const REQUEST: SyncRequest & { workload: WorkloadRequest } = {
  action: 'status', agentId: 'aws-prod', namespace: 'collate', workload: WORKLOAD,
  pullSecret: { name: 'pull', credentialsSecretArn: 'arn', registryAccount: '1', registryRegion: 'r', registryHost: 'h' },
  tokenSecret: { name: 'token', key: 'jwt', secretArn: 'arn' },
};

const lines = captureLines();

/** A Secret with a key, written an hour ago. */
function secret(key: string, annotations = {}): ApiAnswer {
  return { body: { metadata: { annotations, managedFields: [{ manager: 'cdk-collate-hybrid-runner', time: new Date(NOW - HOUR).toISOString(), fieldsV1: { 'f:data': { [`f:${key}`]: {} } } }] } } };
}

const HEALTHY: [RegExp, ApiAnswer][] = [
  [/\/deployments\//, { body: deployment(1) }],
  [/\/proxy\/metrics$/, { text: 'collate_hybrid_agent_connected 1\ncollate_hybrid_agent_jobs_total{status="success"} 4\n' }],
  [/\/secrets\/pull\?/, secret('.dockerconfigjson', { 'cdk-collate-hybrid-runner/expires-at': new Date(NOW + 11 * HOUR).toISOString() })],
  [/\/secrets\/token\?/, secret('jwt')],
  [/\/secrets\/password-[ab]\?/, secret('value')],
  [/\/serviceaccounts\//, {}],
  [/\/localsubjectaccessreviews$/, { status: 201, body: { status: { allowed: true } } }],
  [/^\/apis\/argoproj\.io\//, { body: argoResources() }],
];

/** What a cluster answers in which all is well but for what is given. */
function cluster(...others: [RegExp, ApiAnswer][]): Api {
  return new Api(({ path }: ApiCall) => [...others, ...HEALTHY].find(([pattern]) => pattern.test(path))![1], STATUS_PATIENCE);
}

const report = (api: Api, changes: Partial<typeof REQUEST> = {}) => reportStatus({ ...REQUEST, ...changes }, async () => api.kubernetes, api.kubernetes.clock);
const metrics = () => lines().filter(({ _aws }) => _aws).map(({ _aws, AgentId, Cluster, ...values }) => values);
const warnings = () => lines().filter(({ level }) => level);

test('where all is well, every check passes, in the order in which a runner comes to life', async () => {
  const checks = [
    { name: 'runner-ready', state: 'passed', seen: '1 of 1 pods ready' },
    { name: 'runner-connected', state: 'passed', seen: 'connected, shown as Active in Collate' },
    { name: 'pull-secret', state: 'passed', seen: 'written 1 h ago, expires in 11 h' },
    { name: 'token-secret', state: 'passed', seen: 'written 1 h ago, names no expiry' },
    { name: 'connector-secret/password-a', state: 'passed', seen: 'written 1 h ago' },
    { name: 'connector-secret/password-b', state: 'passed', seen: 'written 1 h ago' },
    { name: 'service-account', state: 'passed', seen: 'exists, and may read the Secrets of the namespace' },
    { name: 'argo-controller', state: 'passed', seen: '1 of 1 pods ready' },
    { name: 'argo-server', state: 'passed', seen: '1 of 1 pods ready' },
    { name: 'argo-definitions', state: 'passed', seen: 'all 8 are established' },
  ];
  const connectorSecrets = ['password-a', 'password-b'].map((name) => ({ name, secretArn: 'arn' }));
  const api = cluster();
  expect(await report(api, { connectorSecrets })).toEqual({ agentId: 'aws-prod', namespace: 'collate', healthy: true, connected: true, checkedAt: '2026-01-02T00:00:00.000Z', checks });
  expect(api.calls.filter(({ path }) => path.includes('/deployments/')).map(({ path }) => path)).toEqual([
    '/apis/apps/v1/namespaces/collate/deployments/runner',
    '/apis/apps/v1/namespaces/argo/deployments/argo-workflows-workflow-controller',
    '/apis/apps/v1/namespaces/argo/deployments/argo-workflows-server',
  ]);
  expect(metrics()).toEqual([{ RunnerConnected: 1, ChecksFailed: 0, SecondsToExpiry: 11 * 3600 }, { Status: 'success', Jobs: 4 }]);
  expect(warnings()).toEqual([]);
});

test('what a runner does not have is not looked at', async () => {
  const api = cluster();
  const { checks } = await report(api, { pullSecret: undefined, workload: { name: 'runner', serviceAccount: 'ingestion' } });
  expect(checks.map(({ name }) => name)).toEqual(['runner-ready', 'runner-connected', 'token-secret', 'service-account']);
  expect(api.calls.filter(({ path }) => /argo|pull/.test(path))).toEqual([]);
  expect(metrics()[0]).not.toHaveProperty('SecondsToExpiry');
});

test('what failed is counted, and told in the log with what to do', async () => {
  const { healthy, connected } = await report(cluster([/\/secrets\/token\?/, refusal(404)], [/\/proxy\/metrics$/, { text: 'collate_hybrid_agent_connected 0\n' }]));
  expect({ healthy, connected }).toEqual({ healthy: false, connected: false });
  expect(metrics()).toEqual([{ RunnerConnected: 0, ChecksFailed: 2, SecondsToExpiry: 11 * 3600 }]);
  expect(warnings()).toEqual([
    { level: 'warning', message: 'runner-connected: not connected: collate_hybrid_agent_connected is 0', agentId: 'aws-prod', namespace: 'collate', state: 'failed', remedy: expect.stringMatching(/^check that the nodes reach serverHost/) },
    { level: 'warning', message: 'token-secret: does not exist', agentId: 'aws-prod', namespace: 'collate', state: 'failed', remedy: 'renew now; if that fails, its message says why' },
  ]);
});

test('a connection that nobody knows of is neither connected nor lost', async () => {
  const { healthy, connected } = await report(cluster([/\/proxy\/metrics$/, { text: '' }]));
  expect({ healthy, connected }).toEqual({ healthy: false, connected: false });
  expect(metrics()).toEqual([{ ChecksFailed: 1, SecondsToExpiry: 11 * 3600 }]);
});

describe('a Deployment says what to do', () => {
  const lacking = (namespace: string, role: string) => `either namespace ${namespace} does not exist, or the Role ${role} in it lacks the right: ${REAPPLY}; or the function's access entry, or its line in aws-auth, lacks its group`;
  const pods = 'look at the pods of namespace argo: no room on the nodes, or an image that cannot be pulled';
  const installs = `${REAPPLY}, which installs Argo Workflows with the chart`;

  test.each<[string, ApiAnswer, string, string[], string]>([
    ['where it is missing', refusal(404), 'failed', [`the chart is not installed: ${REAPPLY}`, installs, installs], 'argo'],
    ['where it has no pods', { body: deployment(0) }, 'failed', ['if pull-secret did not pass, fix it first; otherwise look at the pods: an image that cannot be pulled, no room on the nodes, or a program that ends', pods, pods], 'argo'],
    ['where it may not be looked at', refusal(403), 'unknown', [lacking('collate', 'collate-credential-sync'), lacking('argo', 'collate-credential-sync-argo'), lacking('argo', 'collate-credential-sync-argo')], 'argo'],
    ['where Argo Workflows is in the runner\'s namespace, which has one Role', refusal(403), 'unknown', Array(3).fill(lacking('collate', 'collate-credential-sync')), 'collate'],
  ])('%s', async (_, answer, state, remedies, argoNamespace) => {
    const { checks } = await report(cluster([/\/deployments\//, answer]), { workload: { ...WORKLOAD, argoNamespace } });
    const deployments = checks.filter(({ name }) => ['runner-ready', 'argo-controller', 'argo-server'].includes(name));
    expect(deployments.map((check) => [check.state, check.remedy])).toEqual(remedies.map((remedy) => [state, remedy]));
  });
});

describe('without a way to the cluster every check is unknown', () => {
  const broken = (error: Error) => reportStatus(REQUEST, () => Promise.reject(error), cluster().kubernetes.clock);

  test('and says why', async () => {
    const { checks, healthy, connected } = await broken(new StageFailure('kubernetes', 'cluster', 'cluster data has no endpoint yet', 'wait'));
    expect(new Set(checks.map(({ name, ...finding }) => JSON.stringify(finding)))).toEqual(new Set(['{"state":"unknown","seen":"cluster data has no endpoint yet","remedy":"wait"}']));
    expect([checks.length, healthy, connected]).toEqual([8, false, false]);
    expect(metrics()).toEqual([{ ChecksFailed: 8 }]);
  });

  test('and a fault of the function is told by its kind alone, because nobody knows what is in its text', async () => {
    const { checks } = await broken(new TypeError('hunter2'));
    expect(checks[0]).toEqual({ name: 'runner-ready', state: 'unknown', seen: 'unexpected TypeError', remedy: 'this is a fault of the function: report it' });
    expect(JSON.stringify([checks, lines()])).not.toContain('hunter2');
  });
});
