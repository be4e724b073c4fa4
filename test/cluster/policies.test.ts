import { makeToken } from '../credential-sync/handler/world';
import { PULL_SECRET, TOKEN_SECRET, decode, useCluster } from './cluster';
import { poll } from './poll';

// On the current version of Kubernetes alone: before 1.30 the API server knows no such policies unless told to.
const cluster = useCluster();

const API = '/apis/admissionregistration.k8s.io/v1';

async function post(url: string, object: unknown): Promise<void> {
  const { status, body } = await cluster().plane.request('POST', url, object);
  expect([url, status, body.message]).toEqual([url, 201, undefined]);
}

/** Comes back once the API server refuses the Secret, which it does moments after it was told of who decides. */
async function awaitRefusal(namespace: string, name: string): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, type: 'Opaque', data: { token: 'eA==' } };
  const apply = () => cluster().plane.apply(`/api/v1/namespaces/${namespace}/secrets/${name}`, object, { dryRun: true });
  expect((await poll(apply, ({ status }) => status > 201)).status).toBeGreaterThan(201);
}

test('a policy that refuses a Secret is told with its own words, but for values, and the other Secret is written', async () => {
  const namespace = await cluster().makeNamespace();
  await post(`${API}/validatingadmissionpolicies`, {
    metadata: { name: 'tokens' },
    spec: {
      matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['secrets'], resourceNames: [TOKEN_SECRET] }] },
      validations: [{ expression: 'false', messageExpression: '"no tokens here, such as " + string(object.data.token)' }],
    },
  });
  await post(`${API}/validatingadmissionpolicybindings`, {
    metadata: { name: 'tokens' },
    spec: { policyName: 'tokens', validationActions: ['Deny'], matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } } },
  });
  await awaitRefusal(namespace, TOKEN_SECRET);

  const { error, output } = await cluster().sync(namespace);
  expect(error?.message).toContain(`a policy of the cluster refused Secret ${namespace}/${TOKEN_SECRET}: secrets "${TOKEN_SECRET}" is forbidden: ValidatingAdmissionPolicy 'tokens' with binding 'tokens' denied request: no tokens here, such as [redacted]`);
  expect(error?.message).toContain('let the policy admit it');
  expect(`${error?.text}${output}`).not.toContain(Buffer.from(cluster().token).toString('base64').slice(0, 40));
  expect(await cluster().secret(namespace, TOKEN_SECRET)).toBeUndefined();
  expect(decode((await cluster().secret(namespace, PULL_SECRET)).data['.dockerconfigjson'])).toContain('118146679784');
});

test('a policy that tells the value before has it hidden, which the function does not know', async () => {
  const namespace = await cluster().makeNamespace();
  const content = JSON.stringify({ auths: { old: { auth: makeToken() } } });
  await cluster().makeSecret(namespace, PULL_SECRET, 'kubernetes.io/dockerconfigjson', { '.dockerconfigjson': content });
  await post(`${API}/validatingadmissionpolicies`, {
    metadata: { name: 'logins' },
    spec: {
      matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['secrets'], resourceNames: [PULL_SECRET] }] },
      validations: [{ expression: 'false', messageExpression: '"not in place of " + string(oldObject.data[".dockerconfigjson"])' }],
    },
  });
  await post(`${API}/validatingadmissionpolicybindings`, {
    metadata: { name: 'logins' },
    spec: { policyName: 'logins', validationActions: ['Deny'], matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } } },
  });
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: PULL_SECRET, labels: { team: 'data' } } };
  const apply = () => cluster().plane.apply(`/api/v1/namespaces/${namespace}/secrets/${PULL_SECRET}`, object, { dryRun: true });
  const value = Buffer.from(content).toString('base64');
  expect((await poll(apply, ({ status }) => status > 201)).body.message).toContain(value);

  const { error, output } = await cluster().sync(namespace);
  expect(error?.message).toContain('denied request: not in place of [redacted]: let the policy admit it');
  const told = `${error?.text}${output}`;
  const parts = Array.from({ length: value.length - 7 }, (_, start) => value.slice(start, start + 8));
  expect(parts.filter((part) => told.includes(part))).toEqual([]);
});

test('a webhook that does not answer is told by its name, and the Secret stays as it was', async () => {
  const namespace = await cluster().makeNamespace();
  await cluster().sync(namespace);
  const before = await cluster().secret(namespace, PULL_SECRET);
  await post(`${API}/validatingwebhookconfigurations`, {
    metadata: { name: 'engine' },
    webhooks: [{
      name: 'engine.example.com',
      clientConfig: { url: 'https://127.0.0.1:1/' },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['secrets'] }],
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    }],
  });
  await awaitRefusal(namespace, 'another');
  const { error } = await cluster().lambda.invoke({ event: cluster().request(namespace), environment: cluster().plane.environment, remaining: 60_000 });
  expect(error?.message).toMatch(/a webhook of the cluster could not be asked: .*failed calling webhook "engine\.example\.com": .*: fix webhook engine\.example\.com, /);
  expect(await cluster().secret(namespace, PULL_SECRET)).toEqual(before);
});
