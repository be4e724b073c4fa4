import { checkEksToken } from './eks-token-check';
import { Request, Response } from './https-server';
import { Keys } from './signature';

/** A Secret as the stand-in keeps it. */
export interface StoredSecret {
  uid: string;
  type: string;
  data: Record<string, string>;
  immutable?: boolean;
  /** When the fields of our manager changed last. */
  time?: string;
}

export function kubernetesError(status: number, message: string, headers?: Record<string, string>): Response {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: { kind: 'Status', status: 'Failure', message, code: status } };
}

/**
 * The Kubernetes API, as far as the function calls it: tokens are checked as EKS checks them, rights are those of the
 * Role that the construct emits, and applying follows the rules of server-side apply that a Secret is subject to.
 */
export class Kubernetes {
  public readonly requests: { method: string; path: string; token: string }[] = [];
  public secrets: Record<string, StoredSecret> = {};
  public resourceNames = ['omd-registry-credentials', 'hybrid-runner-token'];
  /** Answers to give in place of the usual ones, used up one by one; the last one stays. */
  public faults: (Response | 'reset' | undefined)[] = [];
  public now = () => Date.now();
  private made = 0;

  constructor(private readonly clusterName: string, private readonly keys: Keys & { sessionToken: string }, private readonly stsHost: string) {}

  public answer(request: Request): Response | 'reset' {
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    this.requests.push({ method: request.method, path: request.url.pathname, token });
    const fault = this.faults.length > 1 ? this.faults.shift() : this.faults[0];
    return fault ?? this.serve(request, token);
  }

  /** The content of a Secret, decoded. */
  public read(path: string, key: string): string {
    return Buffer.from(this.secrets[path].data[key], 'base64').toString();
  }

  private serve({ method, url, headers, body }: Request, token: string): Response {
    try {
      checkEksToken(token, this.clusterName, this.keys, this.stsHost, this.now());
    } catch (error) {
      return kubernetesError(401, `Unauthorized: ${(error as Error).message}`);
    }
    const [, namespace, name] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/]+)$/.exec(url.pathname) ?? [];
    if (method !== 'PATCH' || headers['content-type'] !== 'application/apply-patch+yaml' || namespace !== 'collate' || !this.resourceNames.includes(name)) {
      return kubernetesError(403, `secrets "${name}" is forbidden: User "arn:aws:sts::111122223333:assumed-role/sync/x" cannot patch resource "secrets" in API group "" in the namespace "${namespace}"`);
    }
    const { metadata, type, data, kind } = JSON.parse(body);
    if (!url.searchParams.get('fieldManager') || kind !== 'Secret' || metadata.name !== name || metadata.resourceVersion) {
      return kubernetesError(422, 'PatchOptions.meta.k8s.io is invalid');
    }
    if (url.searchParams.get('force') !== 'true') {
      return kubernetesError(409, 'Apply failed with 1 conflict: conflict with "kubectl-create"');
    }
    return this.apply(`${namespace}/${name}`, type, data);
  }

  private apply(path: string, type: string, data: Record<string, string>): Response {
    const old = this.secrets[path];
    const name = path.split('/')[1];
    if (Object.values(data).join('').length > 1024 * 1024) {
      return kubernetesError(422, `Secret "${name}" is invalid: data: Too long: may not be more than 1048576 bytes`);
    }
    if (old && old.type !== type) {
      return kubernetesError(422, `Secret "${name}" is invalid: type: Invalid value: "${type}": field is immutable`);
    }
    if (old?.immutable && JSON.stringify(old.data) !== JSON.stringify(data)) {
      return kubernetesError(422, `Secret "${name}" is invalid: data: Forbidden: field is immutable when \`immutable\` is set`);
    }
    const unchanged = old?.time && JSON.stringify(old.data) === JSON.stringify(data);
    const now = new Date(this.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const secret = { uid: old?.uid ?? `uid-${++this.made}`, type, data, time: unchanged ? old.time : now };
    this.secrets[path] = secret;
    return {
      status: old ? 200 : 201,
      headers: { 'content-type': 'application/json', 'date': new Date(this.now()).toUTCString() },
      body: { kind: 'Secret', type, data, metadata: { name, uid: secret.uid, managedFields: [{ manager: 'cdk-collate-hybrid-runner', operation: 'Apply', time: secret.time }] } },
    };
  }
}
