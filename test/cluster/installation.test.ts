import { execFile } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { promisify } from 'util';
import { CHART, FIRST_SYNC, MANIFEST, ResourceGraph, chartValues, flatten } from '../helpers';
import { CHART_FOLDER, HelmMajor, MAJORS, helmBinary, kubectlBinary } from '../helm/helm';
import { Cluster, PULL_SECRET, TEMPLATE, TOKEN_SECRET, decode } from './cluster';
import { Kubelet, MISSING_TAG } from './parts/kubelet';

const execute = promisify(execFile);

const NAMESPACE = 'hybrid-ingestion-runner';

/** The template's resources, each after those it waits for. */
function order(): [string, any][] {
  const graph = new ResourceGraph(TEMPLATE);
  return Object.entries<any>(TEMPLATE.toJSON().Resources)
    .map(([id, resource]) => ({ id, resource, waitsFor: graph.waitsFor(id).size }))
    .sort((left, right) => left.waitsFor - right.waitsFor)
    .map(({ id, resource }) => [id, resource]);
}

/** Executes the template's resources on the cluster as CloudFormation and the CDK's kubectl handler do. */
class Installation {
  public readonly executed: string[] = [];
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'installation-'));

  constructor(private readonly cluster: Cluster, private readonly major: HelmMajor) {}

  public async execute({ without = '', timeout = '60s' } = {}): Promise<void> {
    for (const [, { Type, Properties }] of order()) {
      if (Type !== without) {
        await this.create(Type, Properties, timeout);
      }
    }
  }

  public async helm(...parameters: string[]): Promise<string> {
    const { stdout } = await execute(helmBinary(this.major), [...parameters, '--kubeconfig', this.cluster.plane.writeKubeconfig()], { env: { PATH: process.env.PATH, HOME: this.folder } });
    return stdout;
  }

  public async upgrade(values: unknown, timeout: string): Promise<void> {
    const file = this.write('values.yaml', values);
    await this.helm('upgrade', 'hybrid-ingestion-runner', CHART_FOLDER, '--install', '--values', file, '--namespace', NAMESPACE, '--wait', '--timeout', timeout);
  }

  private async create(type: string, properties: any, timeout: string): Promise<void> {
    switch (type) {
      case 'AWS::EKS::AccessEntry':
        this.cluster.admit();
        break;
      case MANIFEST: {
        const objects: any[] = JSON.parse(flatten(properties.Manifest));
        const file = this.write('manifest.json', { apiVersion: 'v1', kind: 'List', items: objects });
        await execute(kubectlBinary(this.major), ['create', '--save-config', '--filename', file, '--kubeconfig', this.cluster.plane.writeKubeconfig()]);
        break;
      }
      case FIRST_SYNC: {
        const { error } = await this.cluster.sync(JSON.parse(flatten(properties.Request)).namespace);
        expect(error?.message).toBeUndefined();
        break;
      }
      case CHART:
        expect(properties).toMatchObject({ Release: 'hybrid-ingestion-runner', Namespace: NAMESPACE, Wait: true });
        await this.upgrade(chartValues(TEMPLATE), timeout);
        break;
      default:
        return;
    }
    this.executed.push(type);
  }

  private write(name: string, value: unknown): string {
    const file = path.join(this.folder, name);
    fs.writeFileSync(file, JSON.stringify(value));
    return file;
  }
}

describe.each(MAJORS)('%s', (major) => {
  let cluster: Cluster;
  let kubelet: Kubelet;
  let installation: Installation;

  beforeEach(async () => {
    cluster = await Cluster.start();
    await cluster.plane.startControllers();
    kubelet = new Kubelet(cluster.plane);
    installation = new Installation(cluster, major);
  });
  afterEach(async () => {
    await kubelet.stop();
    await cluster.stop();
  });

  test('the template in its own order installs the release with wait, and no Pod is ever without its pull secret', async () => {
    await installation.execute();
    expect(installation.executed).toEqual(expect.arrayContaining(['AWS::EKS::AccessEntry', MANIFEST, FIRST_SYNC, CHART]));
    expect([...kubelet.withoutPullSecret]).toEqual([]);
    const { body } = await cluster.plane.request('GET', `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/hybrid-ingestion-runner`);
    expect(body.status).toMatchObject({ readyReplicas: 1, availableReplicas: 1 });
    expect(JSON.parse(await installation.helm('list', '--namespace', NAMESPACE, '--output', 'json'))).toMatchObject([{ name: 'hybrid-ingestion-runner', status: 'deployed' }]);

    // An upgrade that never gets ready leaves the release's Pods and the credentials as they are.
    const before = await cluster.secret(NAMESPACE, PULL_SECRET);
    const values = chartValues(TEMPLATE);
    const broken = { ...values, image: { ...values.image, tag: MISSING_TAG } };
    await expect(installation.upgrade(broken, '5s')).rejects.toThrow();
    const { body: pods } = await cluster.plane.request('GET', `/api/v1/namespaces/${NAMESPACE}/pods`);
    expect(pods.items.filter(({ status }: any) => status.phase === 'Running')).toHaveLength(1);
    expect(await cluster.secret(NAMESPACE, PULL_SECRET)).toEqual(before);

    // The next good one goes in over it, and removal leaves the Secrets until the namespace goes.
    await installation.upgrade(values, '60s');
    await installation.helm('uninstall', 'hybrid-ingestion-runner', '--namespace', NAMESPACE, '--wait');
    expect(decode((await cluster.secret(NAMESPACE, TOKEN_SECRET)).data.token)).toBe(cluster.token);
    expect(await cluster.secret(NAMESPACE, PULL_SECRET)).toEqual(before);
  });

  test('without the first sync the release does not get ready', async () => {
    await expect(installation.execute({ without: FIRST_SYNC, timeout: '5s' })).rejects.toThrow();
    expect(kubelet.withoutPullSecret.size).toBeGreaterThan(0);
  });
});
