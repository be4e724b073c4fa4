import { Answer, ControlPlane } from './control-plane';
import { faultOf } from './pull-secret';

const INTERVAL = 100;

/** Of images that no registry has. */
export const MISSING_TAG = 'missing';

/**
 * Stands in for the kubelets: a Pod becomes ready once all pull secrets that it names are there and hold a login, as
 * its images could then be pulled.
 */
export class Kubelet {
  /** Pods that were seen before they could have been started, by namespace and name, with the reason. */
  public readonly withoutPullSecret = new Map<string, string>();
  private readonly ready = new Set<string>();
  private running = true;
  private readonly loop: Promise<void>;

  constructor(private readonly plane: ControlPlane, private readonly report: (pod: string, reason: string) => void = () => undefined) {
    this.loop = this.run();
  }

  public async stop(): Promise<void> {
    this.running = false;
    await this.loop;
  }

  private async run(): Promise<void> {
    while (this.running) {
      for (const pod of await this.pods()) {
        const { namespace, name } = pod.metadata;
        await this.start(pod).catch((error: Error) => this.tell(`${namespace}/${name}`, error.message));
      }
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  }

  /** None where the API server does not answer, which is asked again. */
  private async pods(): Promise<any[]> {
    const { body } = await this.plane.request('GET', '/api/v1/pods').catch(() => ({ body: {} }) as Answer);
    return body.items ?? [];
  }

  private async start({ metadata: { namespace, name, uid }, spec }: any): Promise<void> {
    if (this.ready.has(uid)) {
      return;
    }
    for (const { name: secret } of spec.imagePullSecrets ?? []) {
      const fault = await this.faultOf(namespace, secret);
      if (fault) {
        this.tell(`${namespace}/${name}`, fault);
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

  private async faultOf(namespace: string, name: string): Promise<string | undefined> {
    const secret = await this.plane.find(`/api/v1/namespaces/${namespace}/secrets/${name}`);
    const fault = secret ? faultOf(secret) : 'is not there';
    return fault && `its pull secret ${name} ${fault}`;
  }

  private tell(pod: string, reason: string): void {
    if (!this.withoutPullSecret.has(pod)) {
      this.withoutPullSecret.set(pod, reason);
      this.report(pod, reason);
    }
  }
}
