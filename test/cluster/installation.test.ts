import { execFile } from 'child_process';
import { setTimeout as delay } from 'timers/promises';
import { promisify } from 'util';
import { RunnerImages } from '../../lib';
import { makeToken } from '../credential-sync/handler/world';
import { ACCOUNT, CHART, FIRST_SYNC, MANIFEST, REGION, registryKeys } from '../helpers';
import { CHART_FOLDER, MAJORS, helmBinary } from '../helm/helm';
import { assemblyOf, without } from './assemblies';
import { PULL_SECRET, TOKEN_SECRET } from './cluster';
import { Kubelet, MISSING_TAG } from './parts/kubelet';
import { poll } from './poll';
import { Assembly } from './rehearsal/assembly';
import { Rehearsal, RehearsalOptions } from './rehearsal/rehearsal';

const execute = promisify(execFile);

const NAMESPACE = 'hybrid-ingestion-runner';
const TOKEN_ARN = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:collate/token`;

describe.each(MAJORS)('%s', (major) => {
  let rehearsal: Rehearsal;
  afterEach(() => rehearsal.stop());

  async function start(assembly: Assembly, options: RehearsalOptions = {}): Promise<void> {
    rehearsal = await Rehearsal.start(assembly, { charts: [CHART_FOLDER], helm: major, ...options });
  }

  const get = async (address: string): Promise<any> => (await rehearsal.cluster('data')).plane.find(address);

  const secret = (name: string) => get(`/api/v1/namespaces/${NAMESPACE}/secrets/${name}`);

  async function releaseStatus(): Promise<string> {
    const { plane } = await rehearsal.cluster('data');
    const { stdout } = await execute(helmBinary(major), ['status', 'hybrid-ingestion-runner', '--namespace', NAMESPACE, '--output', 'json', '--kubeconfig', plane.writeKubeconfig()]);
    return JSON.parse(stdout).info.status;
  }

  test.each([
    ['the first sync', FIRST_SYNC],
    ['the release', CHART],
  ])('with %s as soon as its dependencies allow, the release goes in, and no Pod is ever without its pull secret', async (_, soonest) => {
    await start(assemblyOf(), { soonest: [soonest], timeout: '60s' });
    const failure = await rehearsal.deploy().catch((error: Error) => error.message);
    // First, because it is why a release would not get ready.
    expect([...(await rehearsal.cluster('data')).kubelet.withoutPullSecret]).toEqual([]);
    expect(failure).toBeUndefined();
    expect(rehearsal.refused).toEqual([]);
    expect(rehearsal.steps.filter(({ means }) => means === 'real').map(({ outcome, type }) => `${outcome} ${type}`)).toEqual(expect.arrayContaining([
      'created AWS::EKS::AccessEntry', `created ${MANIFEST}`, `created ${FIRST_SYNC}`, `created ${CHART}`, 'ran AWS::Scheduler::Schedule',
    ]));
    expect((await get(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments/hybrid-ingestion-runner`)).status).toMatchObject({ readyReplicas: 1, availableReplicas: 1 });
    expect(await releaseStatus()).toBe('deployed');
  });

  test('the release counts as made when its Pods are ready, and not before', async () => {
    const events: string[] = [];
    await start(assemblyOf(), { report: ({ outcome, type }) => void (type === CHART && events.push(`${outcome} ${type}`)) });
    const { plane, kubelet } = await rehearsal.cluster('data');
    await kubelet.stop();
    let node: Kubelet | undefined;
    const late = (async () => {
      while (!await get(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments/hybrid-ingestion-runner`)) {
        await delay(200);
      }
      // Much longer than Helm takes where it doesn't wait.
      await delay(8_000);
      events.push('a node came');
      node = new Kubelet(plane);
    })();
    await rehearsal.deploy().finally(() => late).finally(() => node?.stop());
    expect(events).toEqual(['a node came', `created ${CHART}`]);
  });

  test('a release that never gets ready leaves the Pods that run and the credentials, and the way back is open', async () => {
    const good = assemblyOf();
    await start(good, { timeout: '10s' });
    await rehearsal.deploy();
    const before = await secret(PULL_SECRET);

    const broken = assemblyOf((stack) => ({ images: RunnerImages.fromCollateRegistry(registryKeys(stack), { runnerTag: MISSING_TAG }) }));
    await expect(rehearsal.deploy(broken)).rejects.toThrow(/Custom::AWSCDK-EKS-HelmChart .* was refused: /);
    const pods = await get(`/api/v1/namespaces/${NAMESPACE}/pods`);
    expect(pods.items.filter(({ status }: any) => status.phase === 'Running')).toHaveLength(1);
    expect(await secret(PULL_SECRET)).toEqual(before);
    expect(await releaseStatus()).toBe('failed');

    // As CloudFormation rolls back.
    await rehearsal.deploy(good);
    expect(await releaseStatus()).toBe('deployed');
  });

  test('a new token restarts the release\'s Pods once, and an upgrade neither undoes nor repeats that', async () => {
    await start(assemblyOf());
    await rehearsal.deploy();
    const url = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/hybrid-ingestion-runner`;
    const replicaSets = async () => (await get(`/apis/apps/v1/namespaces/${NAMESPACE}/replicasets`)).items.length;
    const restarted = async () => (await rehearsal.ask('sync')).result.tokenSecret.restarted;
    const states = async () => Object.fromEntries((await rehearsal.ask('status')).result.checks.map(({ name, state }: any) => [name, state]));
    expect(await states()).toMatchObject({ 'runner-ready': 'passed', 'pull-secret': 'passed', 'token-secret': 'passed', 'service-account': 'passed', 'argo-controller': 'passed', 'argo-server': 'passed' });
    expect([await restarted(), await replicaSets()]).toEqual([false, 1]);

    await rehearsal.aws.putSecret(TOKEN_ARN, makeToken());
    expect(await restarted()).toBe(true);
    const isReady = ({ metadata, status }: any) => status.observedGeneration === metadata.generation && status.updatedReplicas === 1 && status.availableReplicas === 1;
    const ready = isReady(await poll(() => get(url), isReady, { interval: 200 }));
    expect([ready, await replicaSets()]).toEqual([true, 2]);

    const { spec: { template } } = await get(url);
    await rehearsal.deploy(assemblyOf(() => ({ values: { extraEnv: {} } })));
    expect(await restarted()).toBe(false);
    expect((await get(url)).spec.template).toEqual(template);
    expect(await replicaSets()).toBe(2);
    expect(await states()).toMatchObject({ 'runner-ready': 'passed' });
  });

  test('without the first sync the release does not get ready, and with it the next time it does', async () => {
    await start(without(assemblyOf(), FIRST_SYNC), { timeout: '5s' });
    await expect(rehearsal.deploy()).rejects.toThrow(/Custom::AWSCDK-EKS-HelmChart .* was refused: /);
    expect(rehearsal.refused).toContainEqual(expect.objectContaining({ type: 'Pod', reason: `its pull secret ${PULL_SECRET} is not there` }));
    expect(await secret(TOKEN_SECRET)).toBeUndefined();

    await rehearsal.deploy(assemblyOf());
    expect((await get(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments/hybrid-ingestion-runner`)).status.readyReplicas).toBe(1);
    expect(await releaseStatus()).toBe('deployed');
  });
});
