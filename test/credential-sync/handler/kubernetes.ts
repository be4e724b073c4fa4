import { checkEksToken } from './eks-token-check';
import { Request, Response } from './https-server';
import { Keys } from './signature';
import { NAMESPACE, RUNNER, WORKLOAD_URLS, healthyWorkload } from './workload';

/** A Secret as the stand-in keeps it. */
export interface StoredSecret {
  uid: string;
  type: string;
  data: Record<string, string>;
  annotations?: Record<string, string>;
  /** Who wrote the data last. */
  manager?: string;
  immutable?: boolean;
  /** When the fields of our manager changed last. */
  time?: string;
}

export function kubernetesError(status: number, message: string, headers?: Record<string, string>): Response {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: { kind: 'Status', status: 'Failure', message, code: status } };
}

const MANAGER = 'cdk-collate-hybrid-runner';

/**
 * The Kubernetes API, as far as the function calls it: tokens are checked as EKS checks them, rights are those of the
 * Role that the construct emits, and applying follows the rules of server-side apply that a Secret is subject to.
 */
export class Kubernetes {
  public readonly requests: { method: string; path: string; token: string }[] = [];
  /** What was sent, in the order of the requests. */
  public readonly bodies: string[] = [];
  public secrets: Record<string, StoredSecret> = {};
  public resourceNames = ['omd-registry-credentials', 'hybrid-runner-token', 'redshift-password'];
  /** What stands in the cluster around the Secrets, by its path. */
  public workload: Record<string, any> = healthyWorkload();
  /** What the runner's Service answers through the API server. */
  public metrics: string | Response | 'reset' = 'collate_hybrid_agent_connected 1.0\n';
  /** Whether the ingestion's service account may read Secrets. */
  public allowed = true;
  /** Paths that are refused, in spite of the rights. */
  public forbidden?: RegExp;
  /** Changes of the runner's Deployment. */
  public patches: any[] = [];
  /** Answers to give in place of the usual ones, used up one by one; the last one stays. */
  public faults: (Response | 'reset' | undefined)[] = [];
  public now = () => Date.now();
  private made = 0;

  constructor(private readonly clusterName: string, private readonly keys: Keys & { sessionToken: string }, private readonly stsHost: string) {}

  public answer(request: Request): Response | 'reset' {
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    this.requests.push({ method: request.method, path: request.url.pathname, token });
    this.bodies.push(request.body);
    const fault = this.faults.length > 1 ? this.faults.shift() : this.faults[0];
    return fault ?? this.serve(request, token);
  }

  /** The content of a Secret, decoded. */
  public read(path: string, key: string): string {
    return Buffer.from(this.secrets[path].data[key], 'base64').toString();
  }

  /** Changes a Secret as others do, by hand. */
  public tamper(path: string, changes: Partial<StoredSecret>): void {
    this.secrets[path] = { ...this.secrets[path], ...changes, manager: 'kubectl-edit' };
  }

  private serve({ method, url, headers, body }: Request, token: string): Response | 'reset' {
    try {
      checkEksToken(token, this.clusterName, this.keys, this.stsHost, this.now());
    } catch (error) {
      return kubernetesError(401, `Unauthorized: ${(error as Error).message}`);
    }
    if (this.forbidden?.test(url.pathname)) {
      return this.forbid(method, url.pathname);
    }
    const [, namespace, name] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/]+)$/.exec(url.pathname) ?? [];
    if (!name) {
      return this.serveWorkload(method, url, headers, body);
    }
    if (method !== 'PATCH' || namespace !== NAMESPACE || !this.resourceNames.includes(name)) {
      return this.forbid(method, url.pathname);
    }
    if (!url.searchParams.get('fieldManager')) {
      return kubernetesError(422, 'PatchOptions.meta.k8s.io is invalid');
    }
    if (headers['content-type'] === 'application/merge-patch+json') {
      return this.tellMetadata(`${namespace}/${name}`, url, headers, body);
    }
    const { metadata, type, data, kind } = JSON.parse(body);
    if (headers['content-type'] !== 'application/apply-patch+yaml' || kind !== 'Secret' || metadata.name !== name || metadata.resourceVersion) {
      return kubernetesError(422, 'PatchOptions.meta.k8s.io is invalid');
    }
    return this.conflict(`${namespace}/${name}`, url, data, metadata.annotations) ?? this.apply(`${namespace}/${name}`, type, data, metadata.annotations);
  }

  private forbid(method: string, path: string): Response {
    return kubernetesError(403, `"${path}" is forbidden: User "arn:aws:sts::111122223333:assumed-role/sync/x" cannot ${method.toLowerCase()} it`);
  }

  private serveWorkload(method: string, url: URL, headers: Record<string, string | undefined>, body: string): Response | 'reset' {
    const path = url.pathname;
    if (method === 'GET' && path === `/api/v1/namespaces/${NAMESPACE}/services/${RUNNER}:metrics-app/proxy/metrics`) {
      return typeof this.metrics === 'string' && this.metrics !== 'reset' ? { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4' }, text: this.metrics } : this.metrics as Response | 'reset';
    }
    if (method === 'POST' && path === `/apis/authorization.k8s.io/v1/namespaces/${NAMESPACE}/localsubjectaccessreviews`) {
      const { spec } = JSON.parse(body);
      const about = spec.user === `system:serviceaccount:${NAMESPACE}:ingestion` && spec.resourceAttributes.resource === 'secrets' && spec.resourceAttributes.namespace === NAMESPACE;
      return { status: 201, body: { spec, status: { allowed: about && this.allowed } } };
    }
    const [deployment] = WORKLOAD_URLS;
    if (method === 'PATCH' && path === deployment && headers['content-type'] === 'application/merge-patch+json') {
      if (!this.workload[path]) {
        return kubernetesError(404, `deployments.apps "${RUNNER}" not found`);
      }
      const change = JSON.parse(body);
      this.patches.push(change);
      this.workload[path] = merge(this.workload[path], change);
      return { status: 200, body: this.workload[path] };
    }
    if (method !== 'GET' || !WORKLOAD_URLS.includes(path)) {
      return this.forbid(method, path);
    }
    const object = this.workload[path];
    return object ? { status: 200, body: object } : kubernetesError(404, `${path} not found`);
  }

  /** A patch of nothing that is not carried out, answered with metadata alone. */
  private tellMetadata(path: string, url: URL, headers: Record<string, string | undefined>, body: string): Response {
    if (body !== '{}' || url.searchParams.get('dryRun') !== 'All' || !headers.accept?.includes('as=PartialObjectMetadata')) {
      return kubernetesError(422, 'this would write');
    }
    const secret = this.secrets[path];
    return secret
      ? { status: 200, body: { kind: 'PartialObjectMetadata', metadata: this.metadata(path, secret) } }
      : kubernetesError(404, `secrets "${path.split('/')[1]}" not found`);
  }

  private metadata(path: string, { uid, annotations, manager = MANAGER, time, data }: StoredSecret): Record<string, unknown> {
    const fields = Object.fromEntries(Object.keys(data).map((key) => [`f:${key}`, {}]));
    return { name: path.split('/')[1], uid, annotations, managedFields: [{ manager, operation: manager === MANAGER ? 'Apply' : 'Update', time, fieldsV1: { 'f:data': fields } }] };
  }

  /** Fields that somebody else has written otherwise, unless they are to be overwritten. */
  private conflict(path: string, url: URL, data: Record<string, string>, annotations: Record<string, string> = {}): Response | undefined {
    const { manager = MANAGER, ...old } = this.secrets[path] ?? { data: {} };
    const differing = (prefix: string, theirs: Record<string, string> = {}, ours: Record<string, string>) => Object.keys(ours).filter((key) => key in theirs && theirs[key] !== ours[key]).map((key) => `${prefix}.${key}`);
    const fields = [...differing('.data', old.data, data), ...differing('.metadata.annotations', old.annotations, annotations)];
    if (manager === MANAGER || fields.length === 0 || url.searchParams.get('force') === 'true') {
      return undefined;
    }
    const causes = fields.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with "${manager}" using v1`, field }));
    const { status, body } = kubernetesError(409, `Apply failed with ${fields.length} conflict: conflict with "${manager}" using v1: ${fields}`);
    return { status, body: { ...body as object, reason: 'Conflict', details: { causes } } };
  }

  private apply(path: string, type: string, data: Record<string, string>, annotations?: Record<string, string>): Response {
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
    const unchanged = old?.time && JSON.stringify([old.data, old.annotations]) === JSON.stringify([data, annotations]);
    const now = new Date(this.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const secret = { uid: old?.uid ?? `uid-${++this.made}`, type, data, annotations, time: unchanged ? old.time : now };
    this.secrets[path] = secret;
    return {
      status: old ? 200 : 201,
      headers: { 'content-type': 'application/json', 'date': new Date(this.now()).toUTCString() },
      body: { kind: 'Secret', type, data, metadata: this.metadata(path, secret) },
    };
  }
}

/** As JSON Merge Patch does it, for what has no nulls. */
function merge(target: any, change: any): any {
  return typeof change !== 'object' || change === null
    ? change
    : Object.entries(change).reduce((merged, [key, value]) => ({ ...merged, [key]: merge(merged[key], value) }), target ?? {});
}
