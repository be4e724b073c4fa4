import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { ArgoWorkflows, CredentialSync, HybridRunnerProps, RunnerNamespace, SecretsStore } from '../../lib';
import { CHART, CLUSTERS, FIRST_SYNC, MANIFEST, addRunner, tokenSecret } from '../helpers';
import { CHART_FOLDER } from '../helm/helm';
import { assemblyOf, assemblyOfStack } from './assemblies';
import { PULL_SECRET, TOKEN_SECRET } from './cluster';
import { Rehearsal } from './rehearsal/rehearsal';

const NAMESPACE = 'hybrid-ingestion-runner';
const SCHEDULE = 'AWS::Scheduler::Schedule';
const ALARM = 'AWS::CloudWatch::Alarm';

let rehearsal: Rehearsal;
beforeAll(async () => {
  rehearsal = await Rehearsal.start(assemblyOf(), { charts: [CHART_FOLDER] });
  await rehearsal.deploy();
});
afterAll(() => rehearsal?.stop());

const get = async (address: string): Promise<any> => (await rehearsal.cluster('data')).plane.find(address);

const secret = (name: string) => get(`/api/v1/namespaces/${NAMESPACE}/secrets/${name}`);

/** Reads the pull secret all the time until it is stopped; how often it was not there, or another one. */
function watchPullSecret(uid: string): () => Promise<{ reads: number; missing: number }> {
  const seen = { reads: 0, missing: 0 };
  let watching = true;
  const loop = (async () => {
    while (watching) {
      const found = await secret(PULL_SECRET);
      seen.reads += 1;
      seen.missing += found?.metadata.uid === uid && found.data['.dockerconfigjson'] ? 0 : 1;
    }
  })();
  return async () => {
    watching = false;
    await loop;
    return seen;
  };
}

/** What happens when the properties change from nothing but what is required, and when they change back. */
async function change(props: (stack: Stack) => Partial<HybridRunnerProps>): Promise<{ forth: string[]; back: string[] }> {
  const steps = async (next: (stack: Stack) => Partial<HybridRunnerProps>) => {
    const before = rehearsal.steps.length;
    await rehearsal.deploy(assemblyOf(next));
    return rehearsal.steps.slice(before).map(({ outcome, type }) => `${outcome} ${type}`).filter((step) => step !== `ran ${SCHEDULE}`);
  };
  return { forth: await steps(props), back: await steps(() => ({})) };
}

test.each<[string, (stack: Stack) => Partial<HybridRunnerProps>, string[], string[]]>([
  ['nothing', () => ({}), [], []],
  ['the version of the chart', () => ({ chartVersion: '1.13.2' }), [`updated ${CHART}`], [`updated ${CHART}`]],
  ['the values', () => ({ values: { extraEnv: { LOG_LEVEL: 'DEBUG' } } }), [`updated ${CHART}`], [`updated ${CHART}`]],
  // The alarm of late renewals counts in periods.
  ['the schedule', () => ({ renewalPeriod: Duration.hours(1) }), [`updated ${SCHEDULE}`, `updated ${ALARM}`], [`updated ${SCHEDULE}`, `updated ${ALARM}`]],
  [
    'the store of secrets',
    (stack) => ({ secretsStore: SecretsStore.awsSecretsManager({ secrets: [tokenSecret(stack)] }) }),
    ['created AWS::IAM::Role', 'created AWS::EKS::PodIdentityAssociation', 'created AWS::IAM::Policy', `updated ${CHART}`],
    [`updated ${CHART}`, 'removed AWS::IAM::Policy', 'removed AWS::EKS::PodIdentityAssociation', 'removed AWS::IAM::Role'],
  ],
])('a change of %s touches nothing else, and the pull secret stays valid', async (_, props, forth, back) => {
  const { metadata: { uid } } = await secret(PULL_SECRET);
  const stop = watchPullSecret(uid);
  const steps = await change(props).finally(stop);
  expect(steps).toEqual({ forth, back });
  const { reads, missing } = await stop();
  expect(reads).toBeGreaterThan(10);
  expect(missing).toBe(0);
  expect(rehearsal.refused).toEqual([]);
});

test('another function takes over, and hands back', async () => {
  const own = assemblyOfStack((stack) => {
    const cluster = CLUSTERS['imported aws-eks-v2'](stack);
    addRunner(stack, cluster, { credentialSync: new CredentialSync(stack, 'CredentialSync', { cluster }) });
  });
  for (const assembly of [own, assemblyOf()]) {
    const before = rehearsal.steps.length;
    await rehearsal.deploy(assembly);
    const steps = rehearsal.steps.slice(before).map(({ outcome, type }) => `${outcome} ${type}`);
    expect(steps.filter((step) => step.endsWith(FIRST_SYNC))).toEqual([`created ${FIRST_SYNC}`, `removed ${FIRST_SYNC}`]);
    expect(steps.filter((step) => step.endsWith(CHART))).toEqual([]);
  }
  expect(rehearsal.refused).toEqual([]);
});

test('another value of reapply brings back what was deleted in the cluster, in order', async () => {
  const within = `namespaces/${NAMESPACE}`;
  const deleted = [`/apis/apps/v1/${within}/deployments/${NAMESPACE}`, `/apis/rbac.authorization.k8s.io/v1/${within}/roles/collate-credential-sync`, `/api/v1/${within}/secrets/${PULL_SECRET}`];
  const { plane } = await rehearsal.cluster('data');
  for (const address of deleted) {
    expect((await plane.request('DELETE', address)).status).toBe(200);
  }
  const kinds = async () => (await Promise.all(deleted.map(get))).map((object) => object?.metadata.name);

  const { forth } = await change(() => ({ reapply: '2026-11-25' }));
  expect(await kinds()).toEqual([NAMESPACE, 'collate-credential-sync', PULL_SECRET]);
  expect(forth).toEqual([`updated ${MANIFEST}`, `updated ${MANIFEST}`, `updated ${MANIFEST}`, `updated ${FIRST_SYNC}`, `updated ${CHART}`]);
  expect(rehearsal.refused).toEqual([]);
});

test('removal takes the release before its credentials and rights, and leaves the namespaces and the two Secrets', async () => {
  const before = rehearsal.steps.length;
  await rehearsal.remove();
  const steps = rehearsal.steps.slice(before).map(({ outcome, type, name }) => `${outcome} ${type} ${name.split('/').slice(1).join('/')}`);
  const at = (type: string) => steps.findIndex((step) => step.includes(type));
  expect(at(SCHEDULE)).toBeLessThan(at(CHART));
  expect(at(CHART)).toBeLessThan(at(FIRST_SYNC));
  expect(at(FIRST_SYNC)).toBeLessThan(at('AWS::EKS::AccessEntry'));
  expect(at(FIRST_SYNC)).toBeLessThan(steps.indexOf(`removed ${MANIFEST} Runner/Sync/Rights/Resource/Default`));
  expect(steps.filter((step) => step.startsWith('kept')).sort()).toEqual([
    `kept ${MANIFEST} Runner/Namespaces/Argo/Resource/Default`, `kept ${MANIFEST} Runner/Namespaces/Runner/Resource/Default`,
  ]);

  const left = async (group: string, kind: string) => (await get(`${group}/namespaces/${NAMESPACE}/${kind}`)).items.map(({ metadata }: any) => metadata.name);
  expect(await left('/api/v1', 'secrets')).toEqual([TOKEN_SECRET, PULL_SECRET]);
  expect(await left('/apis/rbac.authorization.k8s.io/v1', 'roles')).toEqual([]);
  expect(await left('/apis/rbac.authorization.k8s.io/v1', 'rolebindings')).toEqual([]);
  expect(await left('/apis/apps/v1', 'deployments')).toEqual([]);
  expect(await left('/api/v1', 'serviceaccounts')).toEqual(['default']);
});

test('after removal the same can be deployed again over the namespaces and Secrets that were left', async () => {
  await rehearsal.deploy(assemblyOf());
  expect(rehearsal.refused).toEqual([]);
  await rehearsal.remove();
});

test('removal takes a namespace with all that is in it where its removal policy says so', async () => {
  await rehearsal.deploy(assemblyOf(() => ({ namespace: RunnerNamespace.create('collate', { removalPolicy: RemovalPolicy.DESTROY }), argoWorkflows: ArgoWorkflows.install({ namespace: 'collate' }) })));
  expect((await get('/api/v1/namespaces/collate')).metadata.name).toBe('collate');
  await rehearsal.remove();
  expect(await get('/api/v1/namespaces/collate')).toBeUndefined();
});

test('what somebody changed in the release by hand Helm 4 refuses to overwrite, and makes again once it is deleted', async () => {
  await rehearsal.deploy(assemblyOf());
  const { plane } = await rehearsal.cluster('data');
  const role = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/roles/ingestion`;
  const { rules } = await get(role);
  expect(rules).not.toEqual([]);
  await plane.request('PATCH', `${role}?fieldManager=kubectl-edit`, { rules: [] }, { contentType: 'application/merge-patch+json' });

  const again = (reapply: string) => rehearsal.deploy(assemblyOf(() => ({ reapply })));
  await expect(again('1')).rejects.toThrow(/conflict occurred while applying object .*conflict with "kubectl-edit"/s);
  expect((await get(role)).rules ?? []).toEqual([]);

  await plane.request('DELETE', role);
  await again('2');
  expect((await get(role)).rules).toEqual(rules);
  await rehearsal.remove();
});

test('in another namespace it is installed first, and then taken out of the old one', async () => {
  const inNamespace = (name: string) => assemblyOf(() => ({ namespace: RunnerNamespace.create(name), argoWorkflows: ArgoWorkflows.none() }));
  const refused = rehearsal.refused.length;
  await rehearsal.deploy(inNamespace('old'));
  const before = rehearsal.steps.length;
  await rehearsal.deploy(inNamespace('new'));
  expect(rehearsal.refused.length).toBe(refused);
  expect(rehearsal.steps.slice(before).filter(({ type }) => type === CHART).map(({ outcome }) => outcome)).toEqual(['created', 'removed']);
  const left = async (namespace: string, url: string) => (await get(url.replace('*', namespace))).items.length;
  for (const url of ['/apis/apps/v1/namespaces/*/deployments', '/apis/rbac.authorization.k8s.io/v1/namespaces/*/rolebindings']) {
    expect([url, await left('old', url)]).toEqual([url, 0]);
    expect(await left('new', url)).toBeGreaterThan(0);
  }
  await rehearsal.remove();
});

// What README.md says under Upgrade.
test('moved in three deployments, its pods go on and the release is taken over', async () => {
  const inStack = (id?: string) => assemblyOfStack((stack) => {
    new Queue(stack, 'Stays');
    if (id) {
      addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { removalPolicy: RemovalPolicy.RETAIN }, id);
    }
  });
  const pods = async () => (await get(`/api/v1/namespaces/${NAMESPACE}/pods`)).items.map(({ metadata, status }: any) => `${metadata.uid} ${status.phase}`);
  await rehearsal.deploy(inStack('Runner'));
  const before = [rehearsal.refused.length, ...await pods()];
  expect(before).toEqual([expect.any(Number), expect.stringMatching(/ Running$/)]);
  for (const id of [undefined, 'Moved']) {
    await rehearsal.deploy(inStack(id));
    expect([rehearsal.refused.length, ...await pods()]).toEqual(before);
  }
  expect(rehearsal.steps.map(({ outcome, name }) => `${outcome} ${name}`)).toContain('created Stack/Moved/Chart/Release/Resource/Default');
});
