import { StatusReport } from '../../../lib/credential-sync/contract';
import { awsError } from './aws';
import { kubernetesError } from './kubernetes';
import { KEYS_ARN, PULL_SECRET, TOKEN_ARN, makeToken, useWorld } from './world';
import { ARGO_CONTROLLER_URL, ARGO_SERVER_URL, ARGO_URL, DEPLOYMENT_URL, SERVICE_ACCOUNT_URL, argoResources, deployment } from './workload';

jest.setTimeout(60_000);
const world = useWorld();

const HOUR = 3_600_000;

/** A check of a report, by its name. */
function check(report: StatusReport, name: string): StatusReport['checks'][number] {
  return report.checks.find((entry) => entry.name === name)!;
}

function metrics(lines: any[]): Record<string, number> {
  return Object.assign({}, ...lines.filter((line) => line._aws && !line.Status).map(({ _aws, AgentId, Cluster, ...values }) => values));
}

/** The world some time after a sync. */
async function syncedAgo(milliseconds: number): Promise<void> {
  await world().invoke();
  world().kubernetes.now = () => Date.now() + milliseconds;
  world().aws.clockOffset = milliseconds;
}

describe('where all is well', () => {
  test('every check passes and says what was seen', async () => {
    await world().invoke();
    const { result, error } = await world().status();
    expect(error).toBeUndefined();
    expect(result).toEqual({
      agentId: 'aws-prod',
      namespace: 'collate',
      healthy: true,
      connected: true,
      checkedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      checks: [
        { name: 'runner-ready', state: 'passed', seen: '1 of 1 pods ready' },
        { name: 'runner-connected', state: 'passed', seen: 'connected, shown as Active in Collate' },
        { name: 'pull-secret', state: 'passed', seen: expect.stringMatching(/^written \d+ s ago, expires in 11 h 59 min$/) },
        { name: 'token-secret', state: 'passed', seen: expect.stringMatching(/^written \d+ s ago, names no expiry$/) },
        { name: 'service-account', state: 'passed', seen: 'exists, and may read the Secrets of the namespace' },
        { name: 'argo-controller', state: 'passed', seen: '1 of 1 pods ready' },
        { name: 'argo-server', state: 'passed', seen: '1 of 1 pods ready' },
        { name: 'argo-definitions', state: 'passed', seen: 'all 8 are established' },
      ],
    });
  });

  test('it asks AWS for nothing, and writes nothing', async () => {
    await world().invoke();
    const { kubernetes, aws } = world();
    const before = JSON.stringify(kubernetes.secrets);
    const [calls, requests] = [aws.calls.length, kubernetes.requests.length];
    await world().status();
    expect(aws.calls.length).toBe(calls);
    expect(JSON.stringify(kubernetes.secrets)).toBe(before);
    expect(kubernetes.patches).toEqual([]);
    expect(kubernetes.requests.slice(requests)).toHaveLength(9);
  });

  test('it tells CloudWatch', async () => {
    await world().invoke();
    world().kubernetes.metrics = [
      '# HELP collate_hybrid_agent_connected Whether the agent is connected',
      '# TYPE collate_hybrid_agent_connected gauge',
      'collate_hybrid_agent_connected{agent="a, b"} 1',
      'collate_hybrid_agent_jobs_total{status="success",type="x"} 40',
      'collate_hybrid_agent_jobs_total{status="success",type="y"} 2.0',
      'collate_hybrid_agent_jobs_total{type="y",status="failed"} 3 1700000000000',
      'collate_hybrid_agent_server_response_time_seconds_sum 1.5e-2',
    ].join('\n');
    const { lines } = await world().status();
    expect(metrics(lines)).toEqual({ RunnerConnected: 1, ChecksFailed: 0, SecondsToExpiry: expect.any(Number) });
    expect(metrics(lines).SecondsToExpiry / 3600).toBeCloseTo(12, 1);
    const [{ AgentId, Cluster, _aws }] = lines.filter((line) => 'RunnerConnected' in line);
    expect([AgentId, Cluster, _aws.CloudWatchMetrics[0].Dimensions]).toEqual(['aws-prod', 'data', [['AgentId', 'Cluster']]]);
    const jobs = lines.filter((line) => line.Status);
    expect(jobs.map(({ AgentId, Status, Jobs }) => [AgentId, Status, Jobs])).toEqual([['aws-prod', 'success', 42], ['aws-prod', 'failed', 3]]);
    expect(jobs[0]._aws.CloudWatchMetrics).toEqual([{ Namespace: 'CollateHybridRunner', Dimensions: [['AgentId', 'Cluster', 'Status']], Metrics: [{ Name: 'Jobs', Unit: 'Count' }] }]);
  });

  test('what the runner does not have is not checked', async () => {
    const { result } = await world().status({ pullSecret: undefined, workload: { name: 'hybrid-ingestion-runner', serviceAccount: 'ingestion' } });
    expect(result.checks.map(({ name }) => name)).toEqual(['runner-ready', 'runner-connected', 'token-secret', 'service-account']);
  });
});

describe('the runner\'s Deployment', () => {
  const find = async (object: unknown) => {
    world().kubernetes.workload[DEPLOYMENT_URL] = object;
    const { result } = await world().status();
    return check(result, 'runner-ready');
  };

  test('that is missing', async () => {
    expect(await find(undefined)).toEqual({
      name: 'runner-ready', state: 'failed', seen: 'Deployment hybrid-ingestion-runner does not exist', remedy: 'the chart is not installed: deploy the stack with another value of reapply',
    });
  });

  test('that is not ready, with the reason that Kubernetes gives', async () => {
    const conditions = [{ type: 'Available', status: 'False', message: 'Deployment does not have minimum availability.' }];
    expect(await find(deployment(0, { conditions }))).toMatchObject({
      state: 'failed', seen: '0 of 1 pods ready: Deployment does not have minimum availability.', remedy: expect.stringContaining('if pull-secret did not pass, fix it first'),
    });
  });

  test('whose update does not come up, though the old pods still run', async () => {
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'ReplicaSet "x" has timed out progressing.' }];
    expect(await find(deployment(1, { updated: 0, conditions }))).toMatchObject({ state: 'failed', seen: '1 of 1 pods ready: ReplicaSet "x" has timed out progressing.' });
  });

  test('whose update is on its way is well', async () => {
    expect(await find(deployment(2, { wanted: 2, updated: 1 }))).toEqual({ name: 'runner-ready', state: 'passed', seen: '2 of 2 pods ready, an update is on its way' });
  });

  test('that was scaled to nothing', async () => {
    expect(await find(deployment(0, { wanted: 0 }))).toMatchObject({ state: 'failed', seen: 'scaled to no pods' });
  });
});

describe('the connection', () => {
  const find = async (metricsAnswer: any) => {
    world().kubernetes.metrics = metricsAnswer;
    const { result, lines } = await world().status();
    return { ...check(result, 'runner-connected'), connected: result.connected, healthy: result.healthy, metric: metrics(lines).RunnerConnected };
  };

  test('of one of several', async () => {
    expect(await find('collate_hybrid_agent_connected{pod="old"} 1\ncollate_hybrid_agent_connected{pod="new"} 0\n')).toMatchObject({ state: 'passed' });
  });

  test('that is lost', async () => {
    expect(await find('collate_hybrid_agent_connected 0.0\n')).toMatchObject({ state: 'failed', seen: 'not connected: collate_hybrid_agent_connected is 0', connected: false, healthy: false, metric: 0 });
  });

  test.each([
    ['no such metric', 'collate_hybrid_agent_connected_total 1\n'],
    ['no metric at all', ''],
    ['a metric that is no number', 'collate_hybrid_agent_connected NaN\n'],
    ['a page that is no metrics', '<html>collate_hybrid_agent_connected</html>'],
  ])('that nobody knows of: %s', async (_, text) => {
    const found = await find(text);
    expect(found).toMatchObject({ state: 'unknown', seen: 'the runner\'s metrics do not have collate_hybrid_agent_connected', connected: false, healthy: false });
    expect(found.metric).toBeUndefined();
  });

  test.each<[string, any, string, string]>([
    ['no pod is ready', kubernetesError(503, 'no endpoints available for service "hybrid-ingestion-runner:metrics-app"'), 'failed', 'no pod of the runner is ready'],
    ['the pod does not listen', kubernetesError(503, 'error trying to reach service: dial tcp 10.0.0.1:8989: connect: connection refused'), 'failed', 'the runner does not answer'],
    ['no port for metrics', kubernetesError(503, 'no service port "metrics-app" found for service "hybrid-ingestion-runner"'), 'unknown', 'Service hybrid-ingestion-runner has no port metrics-app'],
    ['no Service', kubernetesError(404, 'services "hybrid-ingestion-runner" not found'), 'failed', 'Service hybrid-ingestion-runner does not exist'],
    ['a closed way to the node', kubernetesError(503, 'error trying to reach service: dial tcp 10.0.0.1:8989: i/o timeout'), 'unknown', 'the API server could not reach the runner: error trying to reach service: dial tcp 10.0.0.1:8989: i/o timeout'],
    ['no right', kubernetesError(403, 'services "x" is forbidden'), 'unknown', 'the runner\'s metrics may not be read'],
    ['an error of the runner', { status: 500, text: 'oops' }, 'unknown', 'the runner answered 500 when asked for its metrics'],
  ])('that cannot be asked for: %s', async (_, answer, state, seen) => {
    const found = await find(answer);
    expect(found).toMatchObject({ state, seen, connected: false, remedy: expect.any(String) });
    expect(found.metric).toBe(state === 'failed' ? 0 : undefined);
  });

  const log = 'see runner-ready; if that passed, look at the log of the runner\'s pod';
  const tls = 'something between the API server and the runner speaks TLS: fix its certificate, or have it leave out port 8989, as a service mesh can; the runner speaks plain HTTP there';
  test.each<[string, any, string]>([
    ['refuses', kubernetesError(503, 'error trying to reach service: dial tcp 10.0.0.1:8989: connect: connection refused'), `${log}, and whether it listens on port 8989`],
    ['ends without a word', kubernetesError(503, 'error trying to reach service: EOF'), `${log}, and whether it listens on port 8989`],
    ['fails', { status: 500, text: 'oops' }, log],
    ['is not trusted', kubernetesError(503, 'error trying to reach service: tls: failed to verify certificate: x509: certificate signed by unknown authority'), tls],
    ['has no certificate that fits', kubernetesError(503, 'error trying to reach service: x509: certificate is valid for a, not b'), tls],
    ['wants a certificate', kubernetesError(500, 'remote error: tls: certificate required'), tls],
  ])('whose other end %s leads on from a runner that is ready', async (_, answer, remedy) => {
    expect(await find(answer)).toMatchObject({ remedy });
  });
});

describe('the pull secret', () => {
  const find = async (clockOffset = 0) => check((await world().status({}, { clockOffset })).result, 'pull-secret');

  test('that is missing', async () => {
    expect(await find()).toEqual({ name: 'pull-secret', state: 'failed', seen: 'does not exist', remedy: 'renew now; if that fails, its message says why' });
  });

  test('that has two thirds of its life behind it is late, and a minute before that it is not', async () => {
    await syncedAgo(8 * HOUR + 60_000);
    expect(await find(8 * HOUR + 60_000)).toMatchObject({ state: 'failed', seen: expect.stringMatching(/^written 8 h 1 min ago, expires in 3 h 5\d min: its renewal is late$/) });
    world().kubernetes.now = () => Date.now() + 8 * HOUR - 60_000;
    expect(await find(8 * HOUR - 60_000)).toMatchObject({ state: 'passed' });
  });

  test('that expired', async () => {
    await syncedAgo(13 * HOUR);
    expect(await find(13 * HOUR)).toMatchObject({ state: 'failed', seen: expect.stringMatching(/^written 13 h ago, expired 1 h ago$/) });
  });

  test('that somebody else changed', async () => {
    await world().invoke();
    Object.assign(world().kubernetes.secrets[PULL_SECRET], { manager: 'kubectl-edit' });
    expect(await find()).toMatchObject({ state: 'failed', seen: 'was changed by kubectl-edit' });
  });

  test('that has lost its key', async () => {
    await world().invoke();
    Object.assign(world().kubernetes.secrets[PULL_SECRET], { data: {} });
    expect(await find()).toMatchObject({ state: 'failed', seen: 'lacks the key .dockerconfigjson' });
  });
});

describe('the token', () => {
  const find = async (clockOffset = 0) => check((await world().status({}, { clockOffset })).result, 'token-secret');

  test.each([
    ['in ten days is well', 10 * 24, 'passed', /, expires in 9 d 23 h$/],
    ['in two days is well', 2 * 24 + 1, 'passed', /, expires in 2 d$/],
    ['tomorrow is to be renewed', 24, 'failed', /, expires in 23 h \d+ min$/],
  ])('that expires %s', async (_, hours, state, seen) => {
    const written = 10 * 24 * HOUR;
    world().aws.secrets[TOKEN_ARN] = { SecretString: makeToken({ exp: Math.floor((Date.now() + written) / 1000) + hours * 3600 - 1 }) };
    await syncedAgo(written);
    expect(await find(written)).toMatchObject({ state, seen: expect.stringMatching(seen) });
  });

  test.each([
    ['is well', 15, 'passed'],
    ['is to be renewed when a third of it is left', 17, 'failed'],
  ])('that lives for a day %s', async (_, age, state) => {
    world().aws.secrets[TOKEN_ARN] = { SecretString: makeToken({ exp: Math.floor((Date.now() + 24 * HOUR) / 1000) }) };
    await syncedAgo(age * HOUR);
    expect(await find(age * HOUR)).toMatchObject({ state });
  });

  test('that expired', async () => {
    world().aws.secrets[TOKEN_ARN] = { SecretString: makeToken({ exp: Math.floor(Date.now() / 1000) + 3600 }) };
    await syncedAgo(2 * HOUR);
    expect(await find(2 * HOUR)).toMatchObject({ state: 'failed', seen: expect.stringMatching(/^written 2 h ago, expired 1 h ago$/), remedy: expect.stringContaining('make a new token for the runner in Collate') });
  });
});

describe('the service account', () => {
  const find = async (roleArn?: string) => check((await world().status({ workload: { name: 'hybrid-ingestion-runner', serviceAccount: 'ingestion', roleArn } })).result, 'service-account');
  const role = 'arn:aws:iam::111122223333:role/ingestion';

  test('that is missing', async () => {
    delete world().kubernetes.workload[SERVICE_ACCOUNT_URL];
    expect(await find()).toMatchObject({ state: 'failed', seen: 'service account ingestion does not exist' });
  });

  test('that has lost its rights', async () => {
    world().kubernetes.allowed = false;
    expect(await find()).toMatchObject({ state: 'failed', seen: 'service account ingestion may not read the Secrets of the namespace' });
  });

  test('that lacks its role', async () => {
    expect(await find(role)).toMatchObject({ state: 'failed', seen: `service account ingestion is annotated with no role, and should be with ${role}` });
    world().kubernetes.workload[SERVICE_ACCOUNT_URL].metadata.annotations = { 'eks.amazonaws.com/role-arn': role };
    expect(await find(role)).toMatchObject({ state: 'passed' });
  });
});

describe('Argo Workflows', () => {
  test('whose Deployments are not well', async () => {
    world().kubernetes.workload[ARGO_CONTROLLER_URL] = deployment(0);
    delete world().kubernetes.workload[ARGO_SERVER_URL];
    const { result } = await world().status();
    expect(check(result, 'argo-controller')).toMatchObject({ state: 'failed', seen: '0 of 1 pods ready' });
    expect(check(result, 'argo-server')).toMatchObject({ state: 'failed', seen: 'Deployment argo-workflows-server does not exist' });
  });

  test('whose definitions are missing, one or all', async () => {
    const { workload } = world().kubernetes;
    workload[ARGO_URL] = argoResources(['workflows.argoproj.io', 'cronworkflows.argoproj.io']);
    expect(check((await world().status()).result, 'argo-definitions')).toMatchObject({ state: 'failed', seen: expect.stringMatching(/^2 of 8 are established, without clusterworkflowtemplates\.argoproj\.io, /) });
    delete workload[ARGO_URL];
    expect(check((await world().status()).result, 'argo-definitions')).toMatchObject({ state: 'failed', seen: expect.stringMatching(/^0 of 8 are established/) });
  });
});

test('a connector\'s Secret is checked as well', async () => {
  const event = { connectorSecrets: [{ name: 'redshift-password', secretArn: KEYS_ARN }] };
  expect(check((await world().status(event)).result, 'connector-secret/redshift-password')).toMatchObject({ state: 'failed', seen: 'does not exist' });
  await world().invoke({ event: world().request(event) });
  expect(check((await world().status(event)).result, 'connector-secret/redshift-password')).toMatchObject({ state: 'passed', seen: expect.stringMatching(/^written \d+ s ago$/) });
});

describe('what cannot be looked at is unknown, and the rest is told all the same', () => {
  test('for want of a right', async () => {
    await world().invoke();
    world().kubernetes.forbidden = /deployments|serviceaccounts/;
    const { result, lines } = await world().status();
    expect(result.healthy).toBe(false);
    expect(result.connected).toBe(true);
    expect(check(result, 'runner-ready')).toMatchObject({ state: 'unknown', seen: 'Deployment collate/hybrid-ingestion-runner may not be looked at', remedy: expect.stringContaining('deploy the stack with another value of reapply') });
    expect(result.checks.filter(({ state }) => state === 'unknown').map(({ name }) => name)).toEqual(['runner-ready', 'service-account', 'argo-controller', 'argo-server']);
    expect(metrics(lines)).toMatchObject({ RunnerConnected: 1, ChecksFailed: 4 });
  });

  test.each<[string, string, RegExp, string]>([
    ['the runner\'s Deployment', 'runner-ready', /deployments/, 'either namespace collate does not exist, or the Role collate-credential-sync in it lacks the right: '],
    ['a Secret', 'pull-secret', /secrets/, 'either namespace collate does not exist, or the Role collate-credential-sync in it lacks the right: '],
    ['the service account', 'service-account', /serviceaccounts/, 'either namespace collate does not exist, or the Role collate-credential-sync in it lacks the right: '],
    ['its rights', 'service-account', /localsubjectaccessreviews/, 'either namespace collate does not exist, or the Role collate-credential-sync in it lacks the right: '],
    ['Argo Workflows', 'argo-server', /deployments/, 'either namespace argo-workflows does not exist, or the Role collate-credential-sync-argo in it lacks the right: '],
    ['what is served', 'argo-definitions', /argoproj/, 'the ClusterRoleBinding system:discovery, by which everybody may ask what is served, was changed: restore it'],
  ])('for want of a right to %s, which the remedy names', async (_, name, forbidden, remedy) => {
    world().kubernetes.forbidden = forbidden;
    const { result } = await world().status();
    expect(check(result, name)).toMatchObject({ state: 'unknown', remedy: expect.stringMatching(new RegExp(`^${remedy}(deploy the stack with another value of reapply; or the function's access entry, or its line in aws-auth, lacks its group)?$`)) });
  });

  test('for want of a right to Argo Workflows in the runner\'s own namespace, where there is one Role', async () => {
    world().kubernetes.forbidden = /deployments/;
    const { result } = await world().status({ workload: { name: 'hybrid-ingestion-runner', serviceAccount: 'ingestion', argoNamespace: 'collate' } });
    expect(check(result, 'argo-controller')).toMatchObject({ remedy: 'either namespace collate does not exist, or the Role collate-credential-sync in it lacks the right: deploy the stack with another value of reapply; or the function\'s access entry, or its line in aws-auth, lacks its group' });
  });

  test.each<[string, any, string]>([
    ['the cluster does not know the function', kubernetesError(401, 'Unauthorized'), 'the cluster does not know the function'],
    ['the API server is ill', kubernetesError(500, 'etcdserver: leader changed'), 'the API server answered 500: etcdserver: leader changed'],
    ['connections are cut', 'reset', 'the API server did not answer (ECONNRESET)'],
  ])('because %s', async (_, fault, seen) => {
    world().kubernetes.faults = [fault];
    const { result, error, lines } = await world().status();
    expect(error).toBeUndefined();
    expect(new Set(result.checks.filter(({ name }) => name !== 'runner-connected').map((entry) => `${entry.state}: ${entry.seen}`))).toEqual(new Set([`unknown: ${seen}`]));
    expect(result).toMatchObject({ healthy: false, connected: false });
    expect(metrics(lines)).toEqual({ ChecksFailed: 8 });
  });

  test('because a webhook wants no requests that are not carried out', async () => {
    const { kubernetes } = world();
    const answer = kubernetes.answer.bind(kubernetes);
    kubernetes.answer = (request) => request.url.searchParams.has('dryRun') ? kubernetesError(400, 'admission webhook "policy.acme.io" does not support dry run') : answer(request);
    const { result } = await world().status();
    expect(result.connected).toBe(true);
    expect(check(result, 'pull-secret')).toEqual({
      name: 'pull-secret',
      state: 'unknown',
      seen: 'a policy of the cluster refused to let Secret collate/omd-registry-credentials be looked at: admission webhook "policy.acme.io" does not support dry run',
      remedy: 'let the policy admit requests that are not carried out (dry run); a webhook must declare sideEffects None or NoneOnDryRun for them',
    });
  });

  test('because there is no cluster', async () => {
    world().aws.faults.eks = [awsError('ResourceNotFoundException', 'No cluster found for name: data.')];
    const { result } = await world().status({}, { environment: { CLUSTER_ENDPOINT: null, CLUSTER_CERTIFICATE_AUTHORITY: null } });
    expect(new Set(result.checks.map(({ state, seen }) => `${state}: ${seen}`))).toEqual(new Set(['unknown: cluster data does not exist']));
  });

  test('because nobody answers at its address', async () => {
    const { result } = await world().status({}, { environment: { CLUSTER_ENDPOINT: 'https://127.0.0.1:1' } });
    expect(new Set(result.checks.map(({ seen }) => seen))).toEqual(new Set(['the API server did not answer (ECONNREFUSED)']));
  });
});

test('a request that does not say where the runner is, is refused', async () => {
  const { error } = await world().invoke({ event: world().request({ action: 'status' }) });
  expect(error?.message).toBe('request: workload is missing, which status needs: send the request that the runner\'s renewCommand holds');
});
