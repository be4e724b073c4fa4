import { ControlPlane } from './control-plane';

const INTERVAL = 100;

/** Of images that no registry has. */
export const MISSING_TAG = 'missing';

/**
 * Stands in for the kubelets: a Pod becomes ready once all pull secrets that it names are there and hold a login, as
 * its images could then be pulled.
 */
export class Kubelet {
  /** Pods that were seen before their pull secrets were there, by namespace and name. */
  public readonly withoutPullSecret = new Set<string>();
  private readonly ready = new Set<string>();
  private running = true;
  private readonly loop: Promise<void>;

  constructor(private readonly plane: ControlPlane) {
    this.loop = this.run();
  }

  public async stop(): Promise<void> {
    this.running = false;
    await this.loop;
  }

  private async run(): Promise<void> {
    while (this.running) {
      const { body } = await this.plane.request('GET', '/api/v1/pods');
      for (const pod of body.items ?? []) {
        await this.start(pod);
      }
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  }

  private async start({ metadata: { namespace, name, uid }, spec }: any): Promise<void> {
    if (this.ready.has(uid)) {
      return;
    }
    for (const { name: secret } of spec.imagePullSecrets ?? []) {
      if (!await this.hasLogin(namespace, secret)) {
        this.withoutPullSecret.add(`${namespace}/${name}`);
        return;
      }
    }
    if (spec.containers.some(({ image }: any) => image.endsWith(`:${MISSING_TAG}`))) {
      return;
    }
    const lastTransitionTime = new Date().toISOString();
    const conditions = ['Initialized', 'ContainersReady', 'Ready', 'PodScheduled'].map((type) => ({ type, status: 'True', lastTransitionTime }));
    const { status } = await this.plane.request('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, { status: { phase: 'Running', conditions } }, { contentType: 'application/merge-patch+json' });
    if (status === 200) {
      this.ready.add(uid);
    }
  }

  private async hasLogin(namespace: string, name: string): Promise<boolean> {
    const { status, body } = await this.plane.request('GET', `/api/v1/namespaces/${namespace}/secrets/${name}`);
    if (status !== 200 || body.type !== 'kubernetes.io/dockerconfigjson') {
      return false;
    }
    const { auths = {} } = JSON.parse(Buffer.from(body.data['.dockerconfigjson'], 'base64').toString());
    const logins = Object.values<any>(auths).map(({ auth = '' }) => Buffer.from(auth, 'base64').toString());
    return logins.length > 0 && logins.every((login) => /^AWS:.+/.test(login));
  }
}
