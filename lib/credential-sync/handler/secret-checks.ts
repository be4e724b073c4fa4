import { EXPIRES_AT_ANNOTATION, FIELD_MANAGER } from '../contract';
import { lacking } from './failure';
import { Finding, failed, passed, span } from './finding';
import { Kubernetes } from './kubernetes';
import { look } from './look';
import { ManagedFields } from './secret-object';

/** What is known of a Secret without its content. */
export interface SecretFacts {
  readonly finding?: Finding;
  /** In milliseconds since 1970. */
  readonly writtenAt: number;
  readonly expiresAt?: number;
}

interface Metadata {
  readonly creationTimestamp?: string;
  readonly annotations?: Record<string, string>;
  readonly managedFields?: ManagedFields[];
}

/** Life of a registry token, where the Secret does not say it. */
const REGISTRY_TOKEN_LIFE = 12 * 3_600_000;

/** A token that ends sooner is to be replaced now, unless it lives so short that this is most of its life. */
const TOKEN_NOTICE = 2 * 86_400_000;

const RENEW = 'renew now; if that fails, its message says why';

/**
 * Looks at the metadata of a Secret by a patch that changes nothing and is not carried out, for which the right to
 * write it is enough: its content is neither asked for nor sent.
 */
async function readFacts(kubernetes: Kubernetes, namespace: string, name: string, key: string): Promise<SecretFacts> {
  const answer = await look(kubernetes, `Secret ${namespace}/${name}`, {
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/secrets/${name}?dryRun=All&fieldManager=${FIELD_MANAGER}`,
    accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    body: { contentType: 'application/merge-patch+json', text: '{}' },
  }, lacking(namespace));
  if (!answer) {
    return { writtenAt: NaN, finding: failed('does not exist', RENEW) };
  }
  const { annotations, managedFields = [], creationTimestamp } = (answer.body.metadata ?? {}) as Metadata;
  const owners = managedFields.filter(({ fieldsV1 }) => owns(fieldsV1, key));
  // Whoever gives it another value is the only owner then; with the same value it has several.
  const owner = owners.find(({ manager }) => manager === FIELD_MANAGER) ?? owners[0];
  const writtenAt = Date.parse(owner?.time ?? creationTimestamp ?? '');
  const expiry = Date.parse(annotations?.[EXPIRES_AT_ANNOTATION] ?? '');
  return {
    writtenAt,
    expiresAt: Number.isNaN(expiry) ? undefined : expiry,
    finding: owner?.manager === FIELD_MANAGER
      ? undefined
      : failed(owner ? `was changed by ${owner.manager}` : `lacks the key ${key}`, `${RENEW}, and keep others from writing it`),
  };
}

function owns(fields: Record<string, unknown> | undefined, key: string): boolean {
  const data = fields?.['f:data'] as Record<string, unknown> | undefined;
  return data?.[`f:${key}`] !== undefined;
}

/** Whether the pull secret is there, as it was written, and was renewed in time. */
export async function checkPullSecret(kubernetes: Kubernetes, namespace: string, name: string): Promise<{ finding: Finding; expiresAt?: number }> {
  const facts = await readFacts(kubernetes, namespace, name, '.dockerconfigjson');
  if (facts.finding) {
    return { finding: facts.finding };
  }
  const now = kubernetes.clock.now();
  const expiresAt = facts.expiresAt ?? facts.writtenAt + REGISTRY_TOKEN_LIFE;
  const left = expiresAt - now;
  const age = `written ${span(now - facts.writtenAt)} ago`;
  if (left <= 0) {
    return { expiresAt, finding: failed(`${age}, expired ${span(-left)} ago`, RENEW) };
  }
  const seen = `${age}, expires in ${span(left)}`;
  const late = left < (expiresAt - facts.writtenAt) / 3;
  return { expiresAt, finding: late ? failed(`${seen}: its renewal is late`, RENEW) : passed(seen) };
}

/** Whether the runner's token is there, as it was written, and good. */
export async function checkTokenSecret(kubernetes: Kubernetes, namespace: string, name: string, key: string): Promise<Finding> {
  const { finding, writtenAt, expiresAt } = await readFacts(kubernetes, namespace, name, key);
  if (finding) {
    return finding;
  }
  const now = kubernetes.clock.now();
  const age = `written ${span(now - writtenAt)} ago`;
  if (expiresAt === undefined) {
    return passed(`${age}, names no expiry`);
  }
  const remedy = 'make a new token for the runner in Collate, put it into its secret in Secrets Manager, and renew';
  if (expiresAt <= now) {
    return failed(`${age}, expired ${span(now - expiresAt)} ago`, remedy);
  }
  const seen = `${age}, expires in ${span(expiresAt - now)}`;
  const notice = Math.min(TOKEN_NOTICE, (expiresAt - writtenAt) / 3);
  return expiresAt - now < notice ? failed(seen, remedy) : passed(seen);
}

/** Whether a connector's Secret is there, as it was written. */
export async function checkConnectorSecret(kubernetes: Kubernetes, namespace: string, name: string, key: string): Promise<Finding> {
  const { finding, writtenAt } = await readFacts(kubernetes, namespace, name, key);
  return finding ?? passed(`written ${span(kubernetes.clock.now() - writtenAt)} ago`);
}
