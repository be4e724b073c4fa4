import { ARGO_NAMESPACE, GROUP, PULL_SECRET, TOKEN_SECRET, rightsIn, rightsOnArgo, useCluster } from './cluster';

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
    const { status, body } = await cluster().plane.apply(secretUrl(namespace), pullSecret());
    expect([status, body.message]).toEqual([422, expect.stringMatching(/type.*immutable/)]);
    expect(await cluster().secret(namespace, PULL_SECRET)).toEqual(before);
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

/** Every kind of resource that the server knows, with the verbs it takes. */
async function resources(): Promise<{ url: string; group: string; name: string; namespaced: boolean; verbs: string[] }[]> {
  const { body: groups } = await cluster().plane.request('GET', '/apis');
  const urls = ['/api/v1', ...groups.groups.flatMap(({ versions }: any) => versions.map(({ groupVersion }: any) => `/apis/${groupVersion}`))];
  const lists = await Promise.all(urls.map(async (url) => ({ url, list: (await cluster().plane.request('GET', url)).body.resources })));
  return lists.flatMap(({ url, list }) => list.map(({ name, namespaced, verbs }: any) => ({
    url, name, namespaced, verbs, group: url === '/api/v1' ? '' : url.split('/')[2],
  })));
}

/** What the function may do beyond what every identity may, as `verb resource namespace/name`, of all there is to do. */
async function rightsOf(rules: any[], namespaces: string[]): Promise<{ allowed: string[]; expected: string[] }> {
  // Of the kinds that a rule is about: the names that a rule has, one that none has, and none.
  const names = [...new Set<string>(rules.flatMap(({ resourceNames = [] }) => resourceNames)), 'another', ''];
  const ruled = new Set(rules.flatMap(({ resources: kinds }) => kinds));
  const may = async (group: string, attributes: Record<string, string>): Promise<boolean> => {
    const { body } = await cluster().plane.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      spec: { user: 'function', groups: [group, 'system:authenticated'], resourceAttributes: attributes },
    });
    return body.status.allowed;
  };
  const allowed: string[] = [];
  const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'bind', 'escalate', 'impersonate', 'approve', 'sign'];
  for (const { group, name } of await resources()) {
    const [resource, subresource] = name.split('/');
    for (const target of namespaces) {
      for (const object of ruled.has(name) ? names : ['']) {
        await Promise.all(verbs.map(async (verb) => {
          const attributes = { namespace: target, group, resource, subresource, verb, name: object };
          if (await may(GROUP, attributes) && !await may('nobody', attributes)) {
            allowed.push(`${verb} ${name} ${target}/${object}`);
          }
        }));
      }
    }
  }
  const [namespace] = namespaces;
  const expected = rules.flatMap(({ verbs: granted, resources: [kind], resourceNames = names }) =>
    granted.flatMap((verb: string) => resourceNames.map((object: string) => `${verb} ${kind} ${namespace}/${object}`)));
  return { allowed: allowed.sort(), expected: expected.sort() };
}

test('the function may do in its namespace what the template says, and nothing else anywhere', async () => {
  const namespace = await cluster().makeNamespace();
  const other = await cluster().makeNamespace({ rights: false });
  const [{ rules }] = rightsIn(namespace);
  const { allowed, expected } = await rightsOf(rules, [namespace, other, '']);
  expect(allowed).toEqual(expected);
  expect(allowed.filter((right) => /^(get|list|watch) secrets /.test(right))).toEqual([]);
}, 300_000);

test('the function may look at the two Deployments of Argo Workflows in their namespace, and do nothing else there', async () => {
  await cluster().plane.request('POST', '/api/v1/namespaces', { metadata: { name: ARGO_NAMESPACE } });
  await cluster().grant(ARGO_NAMESPACE, rightsOnArgo());
  const { allowed, expected } = await rightsOf(rightsOnArgo()[0].rules, [ARGO_NAMESPACE]);
  expect(expected).toEqual(['get deployments argo-workflows/argo-workflows-server', 'get deployments argo-workflows/argo-workflows-workflow-controller']);
  expect(allowed).toEqual(expected);
}, 300_000);
