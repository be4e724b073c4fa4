import { makeToken } from '../credential-sync/handler/world';
import { PULL_SECRET, TOKEN_SECRET, decode, useCluster } from './cluster';
import { Credentials } from './parts/aws-emulator';
import { Kubelet } from './parts/kubelet';
import { poll } from './poll';

const cluster = useCluster();

test('a sync by the function\'s own role writes both Secrets', async () => {
  const namespace = await cluster().makeNamespace();
  const { result, error } = await cluster().sync(namespace);
  expect(error?.message).toBeUndefined();
  expect(result.tokenSecret).toEqual({ name: TOKEN_SECRET, changed: true, restarted: false });
  const pull = await cluster().secret(namespace, PULL_SECRET);
  expect(pull.type).toBe('kubernetes.io/dockerconfigjson');
  const { auths } = JSON.parse(decode(pull.data['.dockerconfigjson']));
  expect(Object.keys(auths)).toEqual(['118146679784.dkr.ecr.eu-west-1.amazonaws.com']);
  expect(decode(Object.values<any>(auths)[0].auth)).toMatch(/^AWS:\d{12}-auth-token$/);
  const token = await cluster().secret(namespace, TOKEN_SECRET);
  expect(token.type).toBe('Opaque');
  expect(decode(token.data.token)).toBe(cluster().token);
});

test('a token that stays is not written again, and one that changes is told', async () => {
  const namespace = await cluster().makeNamespace();
  await cluster().sync(namespace);
  const { metadata: first } = await cluster().secret(namespace, TOKEN_SECRET);
  // The server tells times in whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect((await cluster().sync(namespace)).result.tokenSecret.changed).toBe(false);
  const { metadata: second } = await cluster().secret(namespace, TOKEN_SECRET);
  expect(second.resourceVersion).toBe(first.resourceVersion);
  await cluster().replaceToken(makeToken());
  expect((await cluster().sync(namespace)).result.tokenSecret.changed).toBe(true);
  const changed = await cluster().secret(namespace, TOKEN_SECRET);
  expect(decode(changed.data.token)).toBe(cluster().token);
  expect(changed.metadata.uid).toBe(first.uid);
});

test('readers never find the pull secret missing while it is renewed, and it stays the same object', async () => {
  const namespace = await cluster().makeNamespace();
  await cluster().sync(namespace);
  let renewing = true;
  const seen: any[] = [];
  const read = (async () => {
    while (renewing) {
      seen.push(await cluster().secret(namespace, PULL_SECRET));
    }
  })();
  for (let renewal = 0; renewal < 200; renewal++) {
    expect((await cluster().sync(namespace)).error?.message).toBeUndefined();
  }
  renewing = false;
  await read;
  expect(seen.length).toBeGreaterThan(200);
  expect(seen.filter((secret) => !secret?.data['.dockerconfigjson'])).toHaveLength(0);
  expect(new Set(seen.map(({ metadata }) => metadata.uid)).size).toBe(1);
});

test('a Secret that somebody made by hand is taken over, with their labels and annotations', async () => {
  const namespace = await cluster().makeNamespace();
  const made = await cluster().makeSecret(namespace, PULL_SECRET, 'kubernetes.io/dockerconfigjson', { '.dockerconfigjson': '{"auths":{}}' }, { metadata: { labels: { team: 'data' }, annotations: { note: 'kept' } } });
  expect((await cluster().sync(namespace)).error?.message).toBeUndefined();
  expect((await cluster().sync(namespace)).error?.message).toBeUndefined();
  const { metadata, data } = await cluster().secret(namespace, PULL_SECRET);
  expect(metadata).toMatchObject({ uid: made.metadata.uid, labels: { team: 'data' }, annotations: { note: 'kept' } });
  expect(decode(data['.dockerconfigjson'])).toContain('118146679784');
});

test('a Secret that was tampered with is repaired at the next run', async () => {
  const namespace = await cluster().makeNamespace();
  await cluster().sync(namespace);
  const before = await cluster().secret(namespace, PULL_SECRET);
  await cluster().plane.request('PATCH', `/api/v1/namespaces/${namespace}/secrets/${PULL_SECRET}?fieldManager=other`, { data: { '.dockerconfigjson': Buffer.from('{}').toString('base64') } }, { contentType: 'application/merge-patch+json' });
  expect((await cluster().sync(namespace)).error?.message).toBeUndefined();
  expect((await cluster().secret(namespace, PULL_SECRET)).data).toEqual(before.data);
});

test.each([
  ['dropped when it was applied as data', 'data', ['foreign', 'token']],
  // Why the function applies no stringData.
  ['kept when it was applied as stringData', 'stringData', ['foreign', 'old', 'token']],
])('a key that the function applies no more is %s, and somebody else\'s is kept', async (_, field, keys) => {
  const namespace = await cluster().makeNamespace();
  const url = `/api/v1/namespaces/${namespace}/secrets/${TOKEN_SECRET}`;
  const { status } = await cluster().plane.apply(url, { apiVersion: 'v1', kind: 'Secret', metadata: { name: TOKEN_SECRET }, type: 'Opaque', [field]: { old: 'dmFsdWU=' } });
  expect(status).toBe(201);
  await cluster().plane.request('PATCH', `${url}?fieldManager=other`, { data: { foreign: 'dmFsdWU=' } }, { contentType: 'application/merge-patch+json' });
  expect((await cluster().sync(namespace)).error?.message).toBeUndefined();
  expect(Object.keys((await cluster().secret(namespace, TOKEN_SECRET)).data).sort()).toEqual(keys);
});

test('pods are restarted after somebody else changed the token, and not after a change of labels', async () => {
  const namespace = await cluster().makeNamespace();
  const { workload } = cluster().request(namespace);
  const url = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const labels = { app: 'runner' };
  await cluster().plane.request('POST', url, { metadata: { name: workload!.name }, spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'runner', image: 'runner' }] } } } });
  const change = (changes: object) => cluster().plane.request('PATCH', `/api/v1/namespaces/${namespace}/secrets/${TOKEN_SECRET}?fieldManager=kubectl-edit`, changes, { contentType: 'application/merge-patch+json' });
  const restarted = async () => (await cluster().sync(namespace)).result.tokenSecret.restarted;
  const generation = async () => (await cluster().plane.find(`${url}/${workload!.name}`)).metadata.generation;
  await restarted();
  const before = await generation();

  await change({ metadata: { labels: { team: 'data' } } });
  expect([await restarted(), await generation()]).toEqual([false, before]);
  await change({ data: { token: Buffer.from('another').toString('base64') } });
  expect([await restarted(), await generation()]).toEqual([true, before + 1]);
  expect(decode((await cluster().secret(namespace, TOKEN_SECRET)).data.token)).toBe(cluster().token);
  expect([await restarted(), await generation()]).toEqual([false, before + 1]);
});

test.each([
  ['older than it are restarted once', 'before', [true, false]],
  ['newer than it are left alone', 'after', [false, false]],
])('a token that somebody put there by hand did not change when it is taken over, and pods that are %s', async (_, order, restarts) => {
  const namespace = await cluster().makeNamespace();
  // The server tells times in whole seconds.
  const pause = () => new Promise((resolve) => setTimeout(resolve, 2_500));
  const makeDeployment = async () => {
    const labels = { app: 'runner' };
    const metadata = { name: cluster().request(namespace).workload!.name };
    await cluster().plane.request('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, { metadata, spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'runner', image: 'runner' }] } } } });
    await pause();
  };
  if (order === 'before') {
    await makeDeployment();
  }
  await cluster().makeSecret(namespace, TOKEN_SECRET, 'Opaque', { token: cluster().token });
  await pause();
  if (order === 'after') {
    await makeDeployment();
  }

  const results = [await cluster().sync(namespace), await cluster().sync(namespace)].map(({ result }) => result.tokenSecret);
  const { metadata } = await cluster().secret(namespace, TOKEN_SECRET);
  expect(metadata.managedFields).toEqual(expect.arrayContaining([expect.objectContaining({ manager: 'kubectl-create' }), expect.objectContaining({ manager: 'cdk-collate-hybrid-runner' })]));
  expect(results.map(({ changed }) => changed)).toEqual([false, false]);
  expect(results.map(({ restarted }) => restarted)).toEqual(restarts);
});

test('a Pod that was made before its pull secret is started without anybody\'s help once that is there', async () => {
  const namespace = await cluster().makeNamespace();
  const { plane } = cluster();
  const url = `/api/v1/namespaces/${namespace}/pods`;
  await plane.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'runner' } });
  const { body: { metadata } } = await plane.request('POST', url, {
    metadata: { name: 'runner-0' },
    spec: { serviceAccountName: 'runner', automountServiceAccountToken: false, imagePullSecrets: [{ name: PULL_SECRET }], containers: [{ name: 'runner', image: 'runner:1' }] },
  });
  const kubelet = new Kubelet(plane);
  try {
    await until(async () => kubelet.withoutPullSecret.has(`${namespace}/runner-0`));
    expect((await plane.find(`${url}/runner-0`)).status.phase).toBe('Pending');
    await cluster().sync(namespace);
    await until(async () => (await plane.find(`${url}/runner-0`)).status.phase === 'Running');
    expect((await plane.find(`${url}/runner-0`)).metadata.uid).toBe(metadata.uid);
  } finally {
    await kubelet.stop();
  }
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  expect(await poll(condition, (met) => met)).toBe(true);
}

/** How many requests the API server got from the function, refused ones too, while something ran. */
async function countRequests(run: () => Promise<void>): Promise<number> {
  const before = cluster().plane.auditedRequests();
  await run();
  return cluster().plane.auditedRequests() - before;
}

describe('a refused write leaves the Secret as it was, and the other one is written all the same', () => {
  const refusals = {
    'another type': { type: 'Opaque', more: {}, data: { key: 'value' }, reason: 'type', message: /exists with another type/ },
    'marked immutable': { type: 'kubernetes.io/dockerconfigjson', more: { immutable: true }, data: { '.dockerconfigjson': '{"auths":{}}' }, reason: 'immutable', message: /is marked immutable/ },
  } as const;
  test.each(Object.entries(refusals))('%s', async (_, { type, more, data, message }) => {
    const namespace = await cluster().makeNamespace();
    const before = await cluster().makeSecret(namespace, PULL_SECRET, type, data, more);
    const requests = await countRequests(async () => {
      const { error } = await cluster().sync(namespace);
      expect(error?.message).toMatch(/kubernetes/);
      expect(error?.message).toMatch(message);
    });
    // Unforced and by force; the token, and whether its pods have it.
    expect(requests).toBe(4);
    expect(await cluster().secret(namespace, PULL_SECRET)).toEqual(before);
    expect(decode((await cluster().secret(namespace, TOKEN_SECRET)).data.token)).toBe(cluster().token);
  });

  test('of the token', async () => {
    const namespace = await cluster().makeNamespace();
    const before = await cluster().makeSecret(namespace, TOKEN_SECRET, 'Opaque', { token: 'old' }, { immutable: true });
    const { error } = await cluster().sync(namespace);
    expect(error?.message).toContain(`Secret ${namespace}/${TOKEN_SECRET} is marked immutable`);
    expect(error?.message).not.toContain(PULL_SECRET);
    expect(await cluster().secret(namespace, TOKEN_SECRET)).toEqual(before);
    expect(decode((await cluster().secret(namespace, PULL_SECRET)).data['.dockerconfigjson'])).toContain('118146679784');
  });

  test('no right', async () => {
    const namespace = await cluster().makeNamespace({ rights: false });
    const before = await cluster().makeSecret(namespace, PULL_SECRET, 'kubernetes.io/dockerconfigjson', { '.dockerconfigjson': '{"auths":{}}' });
    const requests = await countRequests(async () => {
      expect((await cluster().sync(namespace)).error?.message).toMatch(/lacks the verbs create and patch/);
    });
    // Of each Secret again for two seconds, after a pause that doubles.
    expect(requests).toBeGreaterThan(2);
    expect(requests).toBeLessThanOrEqual(12);
    expect(await cluster().secret(namespace, PULL_SECRET)).toEqual(before);
  });

  test('no namespace', async () => {
    const { error } = await cluster().sync('nowhere');
    expect(error?.message).toMatch(/either namespace nowhere does not exist/);
  });

  test('a token that is too long for Kubernetes', async () => {
    const namespace = await cluster().makeNamespace();
    // More than Secrets Manager takes: said of Kubernetes' own limit, by an apply of the same form.
    const { status, body } = await cluster().plane.apply(`/api/v1/namespaces/${namespace}/secrets/${TOKEN_SECRET}`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: TOKEN_SECRET }, type: 'Opaque', data: { token: Buffer.alloc(1_153_434, 'x').toString('base64') } });
    expect([status, body.message]).toEqual([422, expect.stringMatching(/Too long/i)]);
  });
});

test('a namespace that is being deleted takes updates and no new Secrets', async () => {
  const namespace = await cluster().makeNamespace();
  await cluster().sync(namespace);
  const empty = await cluster().makeNamespace();
  for (const name of [namespace, empty]) {
    await cluster().plane.request('DELETE', `/api/v1/namespaces/${name}`);
  }
  expect((await cluster().sync(namespace)).error?.message).toBeUndefined();
  expect((await cluster().sync(empty)).error?.message).toMatch(/is being deleted/);
});

describe('a function that is not let in', () => {
  /** What a function gets that has nothing of the others' environment. */
  async function errorOf(environment: Record<string, string> = {}, credentials?: Credentials): Promise<string | undefined> {
    const lambda = await cluster().startLambda(credentials);
    const event = cluster().request(await cluster().makeNamespace());
    const { error } = await lambda.invoke({ event, environment: { ...cluster().plane.environment, ...environment }, remaining: 30_000 });
    lambda.stop();
    return error?.message;
  }

  test('is let in with the right role and cluster, so what the others lack is what they are refused for', async () => {
    expect(await errorOf()).toBeUndefined();
  });

  test('has a role without an access entry', async () => {
    expect(await errorOf({}, (await cluster().aws.assumeNewRole('somebody')).credentials)).toMatch(/the cluster does not know the function/);
  });

  test('signs its token for another cluster', async () => {
    expect(await errorOf({ CLUSTER_NAME: 'another' })).toMatch(/the cluster does not know the function/);
  });
});

test('30 first syncs at once make one pair of Secrets, which one owner has', async () => {
  const namespace = await cluster().makeNamespace();
  const uids = new Set<string>();
  let syncing = true;
  const watch = (async () => {
    while (syncing) {
      const found = await Promise.all([PULL_SECRET, TOKEN_SECRET].map((name) => cluster().secret(namespace, name)));
      found.forEach((secret) => secret && uids.add(secret.metadata.uid));
    }
  })();
  const invocation = { event: cluster().request(namespace), environment: cluster().plane.environment, remaining: 60_000 };
  const functions = await Promise.all(Array.from({ length: 3 }, () => cluster().startLambda()));
  const outcomes = await Promise.all(functions.flatMap((lambda) => Array.from({ length: 10 }, () => lambda.invoke(invocation))));
  functions.forEach((lambda) => lambda.stop());
  syncing = false;
  await watch;
  expect(outcomes.map(({ error }) => error?.message)).toEqual(Array(30).fill(undefined));
  expect(uids.size).toBe(2);
  for (const name of [PULL_SECRET, TOKEN_SECRET]) {
    const { metadata } = await cluster().secret(namespace, name);
    expect(metadata.managedFields.map(({ manager }: any) => manager)).toEqual(['cdk-collate-hybrid-runner']);
  }
});
