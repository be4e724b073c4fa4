import { ARGO_DEFINITIONS, StatusReport } from '../../lib/credential-sync/contract';
import { makeToken } from '../credential-sync/handler/world';
import { ARGO_NAMESPACE, PULL_SECRET, TOKEN_SECRET, rightsOnArgo, useCluster } from './cluster';
import { Runner } from './parts/runner';
import { poll } from './poll';

const cluster = useCluster();

const NAME = 'hybrid-ingestion-runner';

const states = ({ checks }: StatusReport) => Object.fromEntries(checks.map(({ name, state }) => [name, state]));
const seen = ({ checks }: StatusReport, name: string) => checks.find((check) => check.name === name)?.seen;

async function post(url: string, object: unknown): Promise<any> {
  const { status, body } = await cluster().plane.request('POST', url, object);
  expect([url, status, body.message]).toEqual([url, 201, undefined]);
  return body;
}

/** A Deployment as a chart makes it, with the status that controllers would give it. */
async function makeDeployment(namespace: string, name: string, ready = 1): Promise<void> {
  const url = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const labels = { app: name };
  await post(url, { metadata: { name }, spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'image:1' }] } } } });
  const { status } = await cluster().plane.request('PATCH', `${url}/${name}/status`, {
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: ready, availableReplicas: ready },
  }, { contentType: 'application/merge-patch+json' });
  expect(status).toBe(200);
}

/** What the chart makes for the ingestion pods. */
async function makeServiceAccount(namespace: string): Promise<void> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  await post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'ingestion' } });
  await post(`${rbac}/roles`, { metadata: { name: 'ingestion' }, rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] });
  await post(`${rbac}/rolebindings`, {
    metadata: { name: 'ingestion' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'ingestion' }, subjects: [{ kind: 'ServiceAccount', name: 'ingestion', namespace }],
  });
}

async function makeArgo(): Promise<void> {
  await post('/api/v1/namespaces', { metadata: { name: ARGO_NAMESPACE } });
  await cluster().grant(ARGO_NAMESPACE, rightsOnArgo());
  await makeDeployment(ARGO_NAMESPACE, 'argo-workflows-workflow-controller');
  await makeDeployment(ARGO_NAMESPACE, 'argo-workflows-server');
  for (const name of ARGO_DEFINITIONS) {
    const plural = name.split('.')[0];
    await post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name },
      spec: {
        group: 'argoproj.io',
        scope: plural.startsWith('cluster') ? 'Cluster' : 'Namespaced',
        names: { plural, kind: `Kind${plural}`, singular: plural.replace(/s$/, '') },
        versions: [{ name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema: { 'type': 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
      },
    });
  }
}

/** A namespace with a runner that is well. */
async function makeRunner(): Promise<{ namespace: string; runner: Runner }> {
  const namespace = await cluster().makeNamespace();
  expect((await cluster().sync(namespace)).error?.message).toBeUndefined();
  await makeDeployment(namespace, NAME);
  await makeServiceAccount(namespace);
  const runner = await Runner.start(cluster().plane, namespace, NAME);
  return { namespace, runner };
}

const runners: Runner[] = [];
afterAll(() => Promise.all(runners.map((runner) => runner.stop())));

async function runnerThatIsWell(): Promise<{ namespace: string; runner: Runner }> {
  const made = await makeRunner();
  runners.push(made.runner);
  return made;
}

beforeAll(makeArgo);

test('every check passes by the function\'s own rights, the connection through the Service', async () => {
  const { namespace } = await runnerThatIsWell();
  // Definitions are served moments after they are made.
  const report = await poll(() => cluster().status(namespace), ({ healthy }) => healthy, { attempts: 20, interval: 500 });
  expect(report.checks.map(({ name, state, seen: found }) => `${name}: ${state}, ${found}`)).toEqual([
    'runner-ready: passed, 1 of 1 pods ready',
    'runner-connected: passed, connected, shown as Active in Collate',
    expect.stringMatching(/^pull-secret: passed, written \d+ s ago, expires in 11 h 59 min$/),
    expect.stringMatching(/^token-secret: passed, written \d+ s ago, names no expiry$/),
    'service-account: passed, exists, and may read the Secrets of the namespace',
    'argo-controller: passed, 1 of 1 pods ready',
    'argo-server: passed, 1 of 1 pods ready',
    'argo-definitions: passed, all 8 are established',
  ]);
  expect(report).toMatchObject({ healthy: true, connected: true });
});

test('a report leaves the Secrets as they are, and is not told their content', async () => {
  const { namespace } = await runnerThatIsWell();
  const before = await Promise.all([PULL_SECRET, TOKEN_SECRET].map((name) => cluster().secret(namespace, name)));
  await cluster().status(namespace);
  expect(await Promise.all([PULL_SECRET, TOKEN_SECRET].map((name) => cluster().secret(namespace, name)))).toEqual(before);
});

test('a runner that loses its connection is told', async () => {
  const { namespace, runner } = await runnerThatIsWell();
  runner.metrics = 'collate_hybrid_agent_connected 0.0\n';
  const report = await cluster().status(namespace);
  expect(states(report)).toMatchObject({ 'runner-connected': 'failed', 'runner-ready': 'passed' });
  expect(report.connected).toBe(false);
});

test('a pod that does not listen and a Service without pods are told', async () => {
  const { namespace, runner } = await runnerThatIsWell();
  await runner.stop();
  expect(seen(await cluster().status(namespace), 'runner-connected')).toBe('the runner does not answer');
  // As the endpoints controllers leave them.
  const none: [string, unknown][] = [
    [`/api/v1/namespaces/${namespace}/endpoints/${NAME}`, { subsets: null }],
    [`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/${NAME}-1`, { endpoints: [] }],
  ];
  for (const [url, change] of none) {
    expect((await cluster().plane.request('PATCH', url, change, { contentType: 'application/merge-patch+json' })).status).toBe(200);
  }
  const find = async () => seen(await cluster().status(namespace), 'runner-connected');
  const expected = 'no pod of the runner is ready';
  expect(await poll(find, (found) => found === expected, { attempts: 20, interval: 200 })).toBe(expected);
});

test('what is missing is told', async () => {
  const namespace = await cluster().makeNamespace();
  const report = await cluster().status(namespace);
  expect(states(report)).toMatchObject({ 'runner-ready': 'failed', 'runner-connected': 'failed', 'pull-secret': 'failed', 'token-secret': 'failed', 'service-account': 'failed' });
  expect(seen(report, 'pull-secret')).toBe('does not exist');
});

test('a Secret that somebody changed by hand is told, and is well after the next sync', async () => {
  const { namespace } = await runnerThatIsWell();
  await cluster().plane.request('PATCH', `/api/v1/namespaces/${namespace}/secrets/${PULL_SECRET}?fieldManager=kubectl-edit`, { data: { '.dockerconfigjson': Buffer.from('{}').toString('base64') } }, { contentType: 'application/merge-patch+json' });
  expect(seen(await cluster().status(namespace), 'pull-secret')).toBe('was changed by kubectl-edit');
  await cluster().sync(namespace);
  expect(states(await cluster().status(namespace))).toMatchObject({ 'pull-secret': 'passed' });
});

test('a Secret that somebody else applied with the same value is well', async () => {
  const { namespace } = await runnerThatIsWell();
  const url = `/api/v1/namespaces/${namespace}/secrets/${TOKEN_SECRET}`;
  const { data } = (await cluster().plane.request('GET', url)).body;
  const applied = await cluster().plane.request('PATCH', `${url}?fieldManager=argocd-controller`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: TOKEN_SECRET, namespace }, data }, { contentType: 'application/apply-patch+yaml' });
  expect(applied.status).toBe(200);
  expect(states(await cluster().status(namespace))).toMatchObject({ 'token-secret': 'passed' });
});

test('an ingestion that lost its binding is told', async () => {
  const { namespace } = await runnerThatIsWell();
  await cluster().plane.request('DELETE', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings/ingestion`);
  // The authorizer learns of it within moments.
  const report = await poll(() => cluster().status(namespace), ({ healthy }) => !healthy, { attempts: 20, interval: 200 });
  expect(seen(report, 'service-account')).toBe('service account ingestion may not read the Secrets of the namespace');
});

test('without rights everything in the namespace is unknown, and nothing fails', async () => {
  const namespace = await cluster().makeNamespace({ rights: false });
  expect(states(await cluster().status(namespace))).toMatchObject({
    'runner-ready': 'unknown', 'runner-connected': 'unknown', 'pull-secret': 'unknown', 'token-secret': 'unknown', 'service-account': 'unknown',
  });
});

test('the expiry that a JWT names is told without reading it', async () => {
  const { namespace } = await runnerThatIsWell();
  const before = cluster().token;
  await cluster().replaceToken(makeToken({ exp: Math.floor(Date.now() / 1000) + 86_400 }));
  await cluster().sync(namespace);
  expect(seen(await cluster().status(namespace), 'token-secret')).toMatch(/, expires in 23 h 59 min$/);
  await cluster().replaceToken(before);
});

test('the Deployment is restarted when the token changed, once, and not otherwise', async () => {
  const { namespace } = await runnerThatIsWell();
  const template = async () => {
    const { body } = await cluster().plane.request('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/${NAME}`);
    return body.spec.template;
  };
  const before = await template();
  await cluster().sync(namespace);
  expect(await template()).toEqual(before);
  await cluster().replaceToken(makeToken());
  expect((await cluster().sync(namespace)).result.tokenSecret).toMatchObject({ changed: true, restarted: true });
  const after = await template();
  expect(after).toEqual({ ...before, metadata: { ...before.metadata, annotations: { 'cdk-collate-hybrid-runner/token-digest': expect.stringMatching(/^[0-9a-f]{32}$/) } } });
  // Within the same second it may still count as changed, and is not restarted for it.
  expect((await cluster().sync(namespace)).result.tokenSecret.restarted).toBe(false);
  expect(await template()).toEqual(after);
});

test('a connector\'s Secret takes the right to its name', async () => {
  const namespace = await cluster().makeNamespace();
  const secretArn = await cluster().makeAwsSecret(' p w ');
  const connectorSecrets = [{ name: 'redshift-password', secretArn }];
  expect((await cluster().sync(namespace, { connectorSecrets })).error?.message).toContain(`Secret ${namespace}/redshift-password may not be written`);
  const url = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles/collate-credential-sync`;
  const { body } = await cluster().plane.request('GET', url);
  const [secrets, ...rest] = body.rules;
  await cluster().plane.request('PATCH', url, { rules: [{ ...secrets, resourceNames: [...secrets.resourceNames, 'redshift-password'] }, ...rest] }, { contentType: 'application/merge-patch+json' });
  await poll(() => cluster().sync(namespace, { connectorSecrets }), ({ error }) => !error, { attempts: 10, interval: 200 });
  const { type, data } = await cluster().secret(namespace, 'redshift-password');
  expect([type, Buffer.from(data.value, 'base64').toString()]).toEqual(['Opaque', ' p w ']);
  expect((await cluster().status(namespace, { connectorSecrets })).checks.find(({ name }) => name === 'connector-secret/redshift-password')?.state).toBe('passed');
});
