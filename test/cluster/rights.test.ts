import { ARGO_NAMESPACE, PULL_SECRET, TOKEN_SECRET, rightsOnArgo, useCluster } from './cluster';
import { Identity } from './identity';
import { poll } from './poll';

const cluster = useCluster();

const GROUP_UNDER_TEST = 'under-test';

interface Rule {
  readonly verbs: string[];
  readonly resourceNames?: string[];
}

/** A namespace in which a group has these rights on Secrets. */
async function namespaceWith(rules: Rule[]): Promise<string> {
  const namespace = await cluster().makeNamespace({ rights: false });
  const url = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const role = await cluster().plane.request('POST', `${url}/roles`, {
    metadata: { name: 'rights' },
    rules: rules.map((rule) => ({ apiGroups: [''], resources: ['secrets'], ...rule })),
  });
  const binding = await cluster().plane.request('POST', `${url}/rolebindings`, {
    metadata: { name: 'rights' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'rights' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: GROUP_UNDER_TEST }],
  });
  expect([role.status, binding.status]).toEqual([201, 201]);
  // The server acts on new rights a moment after it has them.
  const [{ verbs: [verb], resourceNames: [name] = [''] }] = rules;
  const review = { spec: { groups: [GROUP_UNDER_TEST], resourceAttributes: { namespace, verb, resource: 'secrets', name } } };
  const { body } = await poll(() => cluster().plane.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review), ({ body: { status } }) => status.allowed);
  expect(body.status).toMatchObject({ allowed: true });
  return namespace;
}

function pullSecret(name = PULL_SECRET): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from('{"auths":{"host":{"auth":"eDp5"}}}').toString('base64') },
  };
}

const secretUrl = (namespace: string, name = PULL_SECRET) => `/api/v1/namespaces/${namespace}/secrets/${name}`;

describe('what a server-side apply of one named Secret takes', () => {
  const named = { resourceNames: [PULL_SECRET] };
  const matrix: { rights: string; rules: Rule[]; absent: number; present: number; name?: string }[] = [
    { rights: 'patch, named', rules: [{ verbs: ['patch'], ...named }], absent: 403, present: 200 },
    { rights: 'get and patch, named', rules: [{ verbs: ['get', 'patch'], ...named }], absent: 403, present: 200 },
    { rights: 'create, named', rules: [{ verbs: ['create'], ...named }], absent: 403, present: 403 },
    { rights: 'patch and create, named', rules: [{ verbs: ['patch', 'create'], ...named }], absent: 201, present: 200 },
    { rights: 'patch and create, named, of another name', rules: [{ verbs: ['patch', 'create'], ...named }], absent: 403, present: 403, name: 'another' },
    { rights: 'patch named and create of any', rules: [{ verbs: ['patch'], ...named }, { verbs: ['create'] }], absent: 201, present: 200 },
  ];

  test.each(matrix)('$rights: $absent where it is absent, $present where it is there', async ({ rules, absent, present, name }) => {
    const namespace = await namespaceWith(rules);
    const url = secretUrl(namespace, name);
    const dryRun = await cluster().plane.apply(url, pullSecret(name), { asGroup: GROUP_UNDER_TEST, dryRun: true });
    const first = await cluster().plane.apply(url, pullSecret(name), { asGroup: GROUP_UNDER_TEST });
    expect([dryRun.status, first.status]).toEqual([absent, absent]);
    await cluster().plane.apply(url, pullSecret(name));
    const dryRunAgain = await cluster().plane.apply(url, pullSecret(name), { asGroup: GROUP_UNDER_TEST, dryRun: true });
    const second = await cluster().plane.apply(url, pullSecret(name), { asGroup: GROUP_UNDER_TEST });
    expect([dryRunAgain.status, second.status]).toEqual([present, present]);
  });

  test('a POST carries no name, so named rights refuse it', async () => {
    const namespace = await namespaceWith([{ verbs: ['patch', 'create'], ...named }]);
    const { status } = await cluster().plane.request('POST', `/api/v1/namespaces/${namespace}/secrets`, pullSecret(), { asGroup: GROUP_UNDER_TEST });
    expect(status).toBe(403);
  });
});

describe('the rules of server-side apply', () => {
  test('an unforced apply conflicts with another owner, a forced one takes over every time', async () => {
    const namespace = await cluster().makeNamespace();
    await cluster().makeSecret(namespace, PULL_SECRET, 'kubernetes.io/dockerconfigjson', { '.dockerconfigjson': '{"auths":{}}' });
    const url = secretUrl(namespace);
    expect((await cluster().plane.apply(url, pullSecret(), { force: false })).status).toBe(409);
    expect((await cluster().plane.apply(url, pullSecret())).status).toBe(200);
    expect((await cluster().plane.apply(url, pullSecret())).status).toBe(200);
  });

  test('a key that is no longer applied goes, a key of another owner stays', async () => {
    const namespace = await cluster().makeNamespace();
    const url = secretUrl(namespace, TOKEN_SECRET);
    const object = (data: Record<string, string>) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: TOKEN_SECRET }, type: 'Opaque', data });
    await cluster().plane.apply(url, object({ old: 'eA==' }));
    await cluster().plane.apply(url, object({ foreign: 'eQ==' }), { manager: 'other' });
    await cluster().plane.apply(url, object({ token: 'eg==' }));
    expect((await cluster().secret(namespace, TOKEN_SECRET)).data).toEqual({ foreign: 'eQ==', token: 'eg==' });
  });

  test('the type of a Secret cannot be changed, even by force', async () => {
    const namespace = await cluster().makeNamespace();
    const before = await cluster().makeSecret(namespace, PULL_SECRET, 'Opaque', { key: 'value' });
    const unforced = await cluster().plane.apply(secretUrl(namespace), pullSecret(), { force: false });
    expect([unforced.status, unforced.body.details.causes.map(({ field }: any) => field)]).toEqual([409, ['.type']]);
    const { status, body } = await cluster().plane.apply(secretUrl(namespace), pullSecret());
    expect([status, body.message]).toEqual([422, expect.stringMatching(/type.*immutable/)]);
    expect(await cluster().secret(namespace, PULL_SECRET)).toEqual(before);
  });

  test('an apply without a field manager is refused', async () => {
    const namespace = await cluster().makeNamespace();
    const { status, body } = await cluster().plane.request('PATCH', `${secretUrl(namespace)}?force=true`, pullSecret(), { contentType: 'application/apply-patch+yaml' });
    expect([status, body.message]).toEqual([422, expect.stringContaining('fieldManager: Required value')]);
    expect(await cluster().secret(namespace, PULL_SECRET)).toBeUndefined();
  });

  test('an old resource version conflicts even by force, so none is sent', async () => {
    const namespace = await cluster().makeNamespace();
    const { body: { metadata } } = await cluster().plane.apply(secretUrl(namespace), pullSecret());
    await cluster().plane.apply(secretUrl(namespace), { ...pullSecret(), data: { '.dockerconfigjson': 'e30=' } });
    const outdated = { ...pullSecret(), metadata: { name: PULL_SECRET, resourceVersion: metadata.resourceVersion } };
    expect((await cluster().plane.apply(secretUrl(namespace), outdated)).status).toBe(409);
    expect((await cluster().plane.apply(secretUrl(namespace), pullSecret())).status).toBe(200);
  });

  test('without a type a Secret becomes Opaque, so it is always sent', async () => {
    const namespace = await cluster().makeNamespace();
    const { status, body } = await cluster().plane.apply(secretUrl(namespace), { ...pullSecret(), type: undefined });
    expect([status, body.type]).toEqual([201, 'Opaque']);
  });

  test('a pull secret without its key is refused', async () => {
    const namespace = await cluster().makeNamespace();
    const { status, body } = await cluster().plane.apply(secretUrl(namespace), { ...pullSecret(), data: { token: 'eA==' } });
    expect([status, body.message]).toEqual([422, expect.stringContaining('data[.dockerconfigjson]: Required value')]);
  });

  test('a pull secret that is no JSON is refused, and one of no registry is not', async () => {
    const namespace = await cluster().makeNamespace();
    const broken = (text: string) => ({ ...pullSecret(), data: { '.dockerconfigjson': Buffer.from(text).toString('base64') } });
    const refused = await cluster().plane.apply(secretUrl(namespace), broken('no JSON'));
    expect(refused.status).toBe(422);
    expect(JSON.stringify(refused.body)).not.toContain('no JSON');
    expect((await cluster().plane.apply(secretUrl(namespace), broken('{}'))).status).toBe(201);
  });
});

describe('the function\'s own identity, as its token and its access entry give it', () => {
  /** Said here and not taken from the template, which grants what is tested. */
  const RULES = [
    'create,patch  secrets omd-registry-credentials,hybrid-runner-token',
    'get,patch apps deployments hybrid-ingestion-runner',
    'get  serviceaccounts ingestion',
    'get  services/proxy hybrid-ingestion-runner:metrics-app',
    'create authorization.k8s.io localsubjectaccessreviews of any name',
  ];
  const NAMED: Record<string, string[]> = {
    'secrets': ['omd-registry-credentials', 'hybrid-runner-token'],
    'deployments': ['hybrid-ingestion-runner', 'argo-workflows-workflow-controller', 'argo-workflows-server'],
    'serviceaccounts': ['ingestion'],
    'services/proxy': ['hybrid-ingestion-runner:metrics-app'],
  };

  let [own, other] = ['', ''];
  let [theFunction, nobody]: Identity[] = [];
  beforeAll(async () => {
    await cluster().plane.request('POST', '/api/v1/namespaces', { metadata: { name: ARGO_NAMESPACE } });
    await cluster().grant(ARGO_NAMESPACE, rightsOnArgo());
    own = await cluster().makeNamespace();
    other = await cluster().makeNamespace({ rights: false });
    theFunction = await Identity.of(cluster());
    nobody = await Identity.of(cluster(), await cluster().admitNobody());
    for (const namespace of [own, ARGO_NAMESPACE]) {
      await poll(() => rulesIn(namespace), (rules) => rules.length > 0);
    }
  });

  /** What the server says in a namespace that the function may do, and not everybody. */
  async function rulesIn(namespace: string): Promise<string[]> {
    const everybody = await nobody.rulesIn(namespace);
    return (await theFunction.rulesIn(namespace)).filter((rule) => !everybody.includes(rule)).sort();
  }

  test('is the session of its role, in one group', () => {
    expect(theFunction.user).toMatchObject({ username: expect.stringMatching(/:role\/credential-sync\/function$/), groups: ['collate-credential-sync-b0020cdd', 'system:authenticated'] });
    expect(nobody.user.groups).toEqual(['system:authenticated']);
  });

  test('has these rules in the runner\'s namespace, one in that of Argo Workflows, and none elsewhere, in the cluster or on other URLs', async () => {
    expect(await rulesIn(own)).toEqual([...RULES].sort());
    expect(await rulesIn(ARGO_NAMESPACE)).toEqual(['get apps deployments argo-workflows-workflow-controller,argo-workflows-server']);
    for (const namespace of [other, 'default', 'kube-system']) {
      expect([namespace, await rulesIn(namespace)]).toEqual([namespace, []]);
    }
  });

  test('is allowed exactly that when every verb is tried on every kind of resource', async () => {
    const names = (kind: string) => [...NAMED[kind] ?? [], 'another', ''];
    const namespaces = [own, other, ARGO_NAMESPACE, 'kube-system', ''];
    // Everybody may ask what they may do themselves, of which an empty name is enough to know.
    const everybody = await nobody.rights([''], () => ['']);
    const reviews = everybody.map((right) => right.split(' ')[1]);
    expect([...new Set(reviews)].sort()).toEqual(['selfsubjectaccessreviews', 'selfsubjectreviews', 'selfsubjectrulesreviews']);
    const allowed = await theFunction.rights(namespaces, names);
    expect(allowed.filter((right) => !reviews.includes(right.split(' ')[1]))).toEqual([
      `create localsubjectaccessreviews ${own}/`,
      `create localsubjectaccessreviews ${own}/another`,
      `create secrets ${own}/hybrid-runner-token`,
      `create secrets ${own}/omd-registry-credentials`,
      'get deployments argo-workflows/argo-workflows-server',
      'get deployments argo-workflows/argo-workflows-workflow-controller',
      `get deployments ${own}/hybrid-ingestion-runner`,
      `get serviceaccounts ${own}/ingestion`,
      `get services/proxy ${own}/hybrid-ingestion-runner:metrics-app`,
      `patch deployments ${own}/hybrid-ingestion-runner`,
      `patch secrets ${own}/hybrid-runner-token`,
      `patch secrets ${own}/omd-registry-credentials`,
    ]);
  }, 300_000);

  // What docs/security.md says: the names are the limit of what can be read, too.
  test('is told the content of the Secrets that it may patch by an empty patch, and of no other', async () => {
    await cluster().sync(own);
    await cluster().makeSecret(own, 'somebody-elses', 'Opaque', { key: 'value' });
    const empty = { contentType: 'application/merge-patch+json', text: '{}' };
    const { data } = await cluster().secret(own, PULL_SECRET);
    expect(await cluster().ask({ method: 'PATCH', path: secretUrl(own), body: empty })).toMatchObject({ status: 200, body: { data } });
    const refused = await cluster().ask({ method: 'PATCH', path: secretUrl(own, 'somebody-elses'), body: empty });
    expect([refused.status, refused.body.data]).toEqual([403, undefined]);
  });

  test('is refused in a namespace that does not exist, where an administrator is told so', async () => {
    const { status } = await cluster().plane.apply(secretUrl('nowhere'), pullSecret());
    const refused = await cluster().ask({ method: 'PATCH', path: `${secretUrl('nowhere')}?fieldManager=any`, body: { contentType: 'application/apply-patch+yaml', text: JSON.stringify(pullSecret()) } });
    expect([status, refused.status]).toEqual([404, 403]);
  });

  test('reads no Secret by the requests for it', async () => {
    await cluster().sync(own);
    for (const address of [secretUrl(own), secretUrl(own, TOKEN_SECRET), `/api/v1/namespaces/${own}/secrets`, `/api/v1/namespaces/${own}/secrets?watch=1`, '/api/v1/secrets']) {
      const { status, body } = await cluster().ask({ method: 'GET', path: address });
      expect([address, status, body.reason]).toEqual([address, 403, 'Forbidden']);
    }
  });
});
