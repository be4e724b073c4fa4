import { EXPIRES_AT_ANNOTATION, FIELD_MANAGER } from '../contract';
import { REAPPLY, StageFailure, kubernetesFailure, lacking } from './failure';
import { Answer, Kubernetes, Refusal, call, explain, isAdmission, isQuota, isTerminating } from './kubernetes';

/** A Kubernetes Secret to be. */
export interface SecretObject {
  readonly namespace: string;
  readonly name: string;
  readonly type: 'kubernetes.io/dockerconfigjson' | 'Opaque';
  readonly data: Record<string, string>;
  /** When the content expires, in milliseconds since 1970; noted on the Secret, for whoever may not read it. */
  readonly expiresAt?: number;
}

/** What writing a Secret came to. */
export interface Written {
  readonly changed: boolean;
  /**
   * When it changed last by this function's hand, or its data by that of others if this function found it as it should
   * be, in milliseconds since 1970, by the server's clock.
   */
  readonly changedAt?: number;
  /** Whether somebody else had put other content in its place. */
  readonly repaired: boolean;
  /** Who that was, as far as the API server says. */
  readonly by?: string[];
}

/** Who changed which fields of an object last, as the API server keeps it. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly time?: string;
  readonly fieldsV1?: Record<string, unknown>;
}

/** Clocks tell whole seconds. */
const CLOCK_GRAIN = 1_000;

/**
 * Writes a Secret by server-side apply: it is made or changed in place, never deleted, and always as a whole.
 *
 * The apply answers with the time of the last change that this function made, which is now if it changed something:
 * that takes no second call, and no right to read.
 */
export async function apply(secret: SecretObject, kubernetes: Kubernetes, secrets: string[]): Promise<Written> {
  const { namespace, name, type, expiresAt } = secret;
  const data = Object.fromEntries(Object.entries(secret.data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  const annotations = expiresAt === undefined ? undefined : { [EXPIRES_AT_ANNOTATION]: new Date(expiresAt).toISOString() };
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, annotations }, type, data });
  const hidden = [...secrets, ...Object.values(data)];
  const patch = (force: boolean) => call(kubernetes, {
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/secrets/${name}?fieldManager=${FIELD_MANAGER}&force=${force}`,
    body: { contentType: 'application/apply-patch+yaml', text },
  }, hidden);
  try {
    // Without force first, because the conflict is what tells that somebody else changed the content.
    const first = await patch(false).catch(asConflict);
    return 'conflicts' in first
      ? { ...judgeChange(await patch(true)), ...judgeConflicts(first.conflicts) }
      : { ...judgeChange(first), repaired: false };
  } catch (error) {
    throw explainRefusal(error, secret);
  }
}

interface Conflict {
  readonly field?: string;
  readonly message?: string;
}

/** The fields that others have written otherwise, as the API server says when it is not forced to overwrite them. */
function asConflict(error: unknown): { conflicts: Conflict[] } {
  if (!(error instanceof Refusal) || error.status !== 409) {
    throw error;
  }
  const { causes = [] } = (error.response.body.details ?? {}) as { causes?: Conflict[] };
  return { conflicts: causes };
}

function judgeConflicts(conflicts: Conflict[]): Pick<Written, 'repaired' | 'by'> {
  const content = conflicts.filter(({ field }) => field?.startsWith('.data.'));
  const by = content.flatMap(({ message }) => /^conflict with "([^"]+)"/.exec(message ?? '')?.[1] ?? []);
  return { repaired: content.length > 0, ...by.length > 0 && { by: [...new Set(by)] } };
}

function judgeChange({ status, body, serverTime, duration }: Answer): Omit<Written, 'repaired' | 'by'> {
  const { managedFields = [] } = (body.metadata ?? {}) as { managedFields?: ManagedFields[] };
  const entry = managedFields.find(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply');
  // The server notes no time of an apply that changed nothing, as where the Secret had this content before.
  if (entry && entry.time === undefined) {
    return { changed: false, changedAt: lastDataChange(managedFields) };
  }
  const changedAt = entry?.time === undefined ? undefined : Date.parse(entry.time);
  const changed = status === 201 || changedAt === undefined || serverTime === undefined || changedAt >= serverTime - duration - CLOCK_GRAIN;
  return { changed, changedAt };
}

function lastDataChange(managedFields: ManagedFields[]): number | undefined {
  const times = managedFields.filter(({ fieldsV1 }) => fieldsV1?.['f:data']).map(({ time }) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time));
  return times.length > 0 ? Math.max(...times) : undefined;
}

function explainRefusal(error: unknown, { namespace, name, type }: SecretObject): StageFailure {
  const what = `Secret ${namespace}/${name}`;
  if (!(error instanceof Refusal)) {
    return explain(error, `${what} could not be written`);
  }
  const { message, status } = error;
  // Without the Secret's name, which may be made of the words that are looked for.
  const complaint = message.replace(/^Secret "[^"]*" is invalid: /, '');
  if (isAdmission(error)) {
    return kubernetesFailure('policy', `a policy of the cluster refused ${what}: ${message}`, 'let the policy admit it');
  }
  if (isQuota(error)) {
    return kubernetesFailure('quota', `a quota refused ${what}: ${message}`, 'raise the quota of the namespace, or delete from it what nobody needs, then renew');
  }
  if (isTerminating(error)) {
    return kubernetesFailure('terminating', `namespace ${namespace} is being deleted`, `wait until it is gone, then ${REAPPLY}`);
  }
  switch (status) {
    case 403:
      return kubernetesFailure('unauthorized', `${what} may not be written`, lacking(namespace, { right: 'the verbs create and patch on that Secret' }));
    case 404:
      return kubernetesFailure('missing', `namespace ${namespace} does not exist`, `create it, or ${REAPPLY}`);
    case 409:
    case 422:
      if (/immutable/i.test(complaint) && !/type/i.test(complaint)) {
        return kubernetesFailure('immutable', `${what} is marked immutable`, 'delete it, and renew');
      }
      if (/type/i.test(complaint) && /immutable|invalid/i.test(complaint)) {
        return kubernetesFailure('type', `${what} exists with another type than ${type}, which cannot be changed`, 'delete it, and renew');
      }
      // Where it stands in spite of force it is about another writer's haste and not about the value.
      return status === 409
        ? explain(error, what)
        : kubernetesFailure('invalid', `${what} was refused: ${message}`, 'check the value in Secrets Manager');
    default:
      return explain(error, what);
  }
}
