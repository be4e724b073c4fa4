import { Cluster } from './cluster';
import { Credentials } from './parts/aws-emulator';

/** All that can be done with a resource. */
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'bind', 'escalate', 'impersonate', 'approve', 'sign', 'use', 'proxy', 'attest'];

/** Who somebody is in a cluster, by the API server's own word. */
export interface User {
  readonly username: string;
  readonly groups: string[];
}

/** What somebody may do in a cluster. */
export class Identity {
  /** Whoever signs a token with these credentials; the function where they are left out. */
  public static async of(cluster: Cluster, credentials?: Credentials): Promise<Identity> {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const { status, body } = await cluster.ask({ method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body: json(review) }, credentials);
    expect([status, body.message]).toEqual([201, undefined]);
    return new Identity(cluster, (body as any).status.userInfo, credentials);
  }

  private constructor(private readonly cluster: Cluster, public readonly user: User & { readonly uid: string; readonly extra: object }, private readonly credentials?: Credentials) {}

  /** All that the API server says itself that it may do in a namespace and in the whole cluster, a line each. */
  public async rulesIn(namespace: string): Promise<string[]> {
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
    const { body } = await this.cluster.ask({ method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', body: json(review) }, this.credentials);
    const { resourceRules, nonResourceRules, incomplete } = (body as any).status;
    expect(incomplete).toBe(false);
    return [
      ...resourceRules.map(({ verbs, apiGroups, resources, resourceNames = ['of any name'] }: any) => [verbs, apiGroups, resources, resourceNames].map((part) => part.join(',')).join(' ')),
      ...nonResourceRules.map(({ verbs, nonResourceURLs }: any) => `${verbs} ${nonResourceURLs}`),
    ];
  }

  /** All that it may do of all there is to do, as `verb resource namespace/name`. */
  public async rights(namespaces: string[], names: (resource: string) => string[]): Promise<string[]> {
    const allowed: string[] = [];
    for (const { group, resource, subresource } of await this.kinds()) {
      const kind = [resource, subresource].filter(Boolean).join('/');
      for (const namespace of namespaces) {
        for (const name of names(kind)) {
          await Promise.all(VERBS.map(async (verb) => {
            if (await this.may({ namespace, group, resource, subresource, verb, name })) {
              allowed.push(`${verb} ${kind} ${namespace}/${name}`);
            }
          }));
        }
      }
    }
    return [...new Set(allowed)].sort();
  }

  /** As exactly this user, whose token need not be signed anew for thousands of questions. */
  private async may(resourceAttributes: Record<string, string | undefined>): Promise<boolean> {
    const { username: user, groups, uid, extra } = this.user;
    const { status, body } = await this.cluster.plane.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: { user, groups, uid, extra, resourceAttributes } });
    expect(status).toBe(201);
    return body.status.allowed;
  }

  /** Every kind of resource that the server knows. */
  private async kinds(): Promise<{ group: string; resource: string; subresource?: string }[]> {
    const { plane } = this.cluster;
    const { body: { groups } } = await plane.request('GET', '/apis');
    const urls = ['/api/v1', ...groups.map(({ preferredVersion }: any) => `/apis/${preferredVersion.groupVersion}`)];
    const lists = await Promise.all(urls.map(async (url) => ({ url, list: (await plane.request('GET', url)).body.resources })));
    return lists.flatMap(({ url, list }) => list.map(({ name }: any) => {
      const [resource, subresource] = name.split('/');
      return { resource, subresource, group: url === '/api/v1' ? '' : url.split('/')[2] };
    }));
  }
}

function json(body: object): { contentType: string; text: string } {
  return { contentType: 'application/json', text: JSON.stringify(body) };
}
