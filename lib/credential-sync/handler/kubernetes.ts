import { FIELD_MANAGER } from '../contract';
import { ApiResponse, ApiServer, NoAnswer, patch } from './api-server';
import { StageFailure, errorText, quote } from './failure';
import { Clock, Patience, Verdict, persist } from './patience';

/** A Kubernetes Secret to be. */
export interface SecretObject {
  readonly namespace: string;
  readonly name: string;
  readonly type: 'kubernetes.io/dockerconfigjson' | 'Opaque';
  readonly data: Record<string, string>;
}

/** What applying takes. */
export interface Kubernetes {
  readonly server: ApiServer;
  /** Signs a token; called anew for each attempt. */
  readonly token: () => Promise<string>;
  readonly clock: Clock;
  readonly patience: Patience;
  readonly deadline: number;
}

/** The API server answered with an error. */
class Refusal extends Error {
  constructor(public readonly response: ApiResponse, message: string) {
    super(message);
    this.name = 'Refusal';
  }
}

/** Clocks tell whole seconds. */
const CLOCK_GRAIN = 1_000;

/**
 * Writes a Secret by server-side apply: it is made or changed in place, never deleted, and always as a whole.
 *
 * Returns whether its content changed. The apply answers with the time of the last change that this function made,
 * which is now if it changed something: that takes no second call, and no right to read.
 */
export async function apply(secret: SecretObject, kubernetes: Kubernetes, secrets: string[]): Promise<boolean> {
  const { namespace, name, type } = secret;
  const data = Object.fromEntries(Object.entries(secret.data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}?fieldManager=${FIELD_MANAGER}&force=true`;
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type, data });
  const hidden = [...secrets, ...Object.values(data)];
  const { clock } = kubernetes;
  let unauthenticated = 0;
  try {
    return await persist(async () => {
      const start = clock.now();
      const response = await patch(kubernetes.server, path, 'application/apply-patch+yaml', await kubernetes.token(), body);
      if (response.status === 200 || response.status === 201) {
        return response.status === 201 || changedSince(response, clock.now() - start);
      }
      throw new Refusal(response, quote(String(response.body.message ?? ''), hidden));
    }, (error) => {
      unauthenticated += error instanceof Refusal && error.response.status === 401 ? 1 : 0;
      return judge(error, kubernetes.patience, unauthenticated);
    }, clock, kubernetes.deadline);
  } catch (error) {
    throw explain(error, secret, hidden);
  }
}

function changedSince({ body, serverTime }: ApiResponse, duration: number): boolean {
  const { managedFields = [] } = (body.metadata ?? {}) as { managedFields?: { manager?: string; operation?: string; time?: string }[] };
  const entry = managedFields.find(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply');
  if (!entry?.time || serverTime === undefined) {
    return true;
  }
  return Date.parse(entry.time) >= serverTime - duration - CLOCK_GRAIN;
}

/** STS throttling looks like a 401 too, so even where rights have settled one fresh signature is tried. */
function judge(error: unknown, patience: Patience, unauthenticated: number): Verdict {
  if (error instanceof NoAnswer) {
    if (isTlsError(error.code)) {
      return { patience: 0 };
    }
    return { patience: error.code === 'ECONNRESET' || error.code === 'ANSWER_TIMEOUT' ? patience.unavailable : patience.unreachable };
  }
  if (!(error instanceof Refusal)) {
    return { patience: 0 };
  }
  const { status, retryAfter } = error.response;
  if (status === 401) {
    return { patience: unauthenticated === 1 ? Infinity : patience.unauthenticated };
  }
  if (status === 403 && !isAdmission(error) && !isTerminating(error)) {
    return { patience: patience.unauthorized };
  }
  return status === 429 || (status >= 500 && !isAdmission(error)) ? { patience: patience.unavailable, pause: retryAfter } : { patience: 0 };
}

function isAdmission({ message }: Refusal): boolean {
  return /admission webhook|ValidatingAdmissionPolicy|denied the request/.test(message);
}

function isTerminating({ message }: Refusal): boolean {
  return /being terminated/.test(message);
}

function isTlsError(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/.test(code);
}

function explain(error: unknown, { namespace, name, type }: SecretObject, hidden: string[]): StageFailure {
  const what = `Secret ${namespace}/${name}`;
  const failure = (reason: string, message: string, remedy: string) => new StageFailure('kubernetes', reason, message, remedy);
  if (error instanceof NoAnswer) {
    return isTlsError(error.code)
      ? failure('certificate', `the certificate of the API server is not the one expected (${error.code})`, 'if the cluster was made again, deploy the stack again')
      : failure('unreachable', `the API server did not answer (${error.code})`, 'check the cluster\'s endpoint, and with functionPlacement where the function runs');
  }
  if (!(error instanceof Refusal)) {
    return failure('internal', `${what} could not be written: ${quote(errorText(error), hidden)}`, 'this is a fault of the function: report it');
  }
  const { message, response: { status } } = error;
  if (isAdmission(error)) {
    return failure('policy', `a policy of the cluster refused ${what}: ${message}`, 'let the policy admit it');
  }
  if (isTerminating(error)) {
    return failure('terminating', `namespace ${namespace} is being deleted`, 'wait until it is gone, then deploy the stack again');
  }
  switch (status) {
    case 401:
      return failure('unauthenticated', 'the cluster does not know the function', 'check that its access entry, or its line in aws-auth, names the function\'s role, and that the cluster\'s authentication mode admits it');
    case 403:
      return failure('unauthorized', `${what} may not be written`, `either namespace ${namespace} does not exist, or the Role collate-credential-sync in it lacks the verbs create and patch on that Secret, or its RoleBinding the function's group: deploy the stack again`);
    case 404:
      return failure('missing', `namespace ${namespace} does not exist`, 'create it, or deploy the stack again');
    case 409:
    case 422:
      if (/immutable/i.test(message) && !/type/i.test(message)) {
        return failure('immutable', `${what} is marked immutable`, 'delete it, and renew');
      }
      if (/type/i.test(message) && /immutable|invalid/i.test(message)) {
        return failure('type', `${what} exists with another type than ${type}, which cannot be changed`, 'delete it, and renew');
      }
      return failure('invalid', `${what} was refused: ${message}`, 'check the value in Secrets Manager');
    default:
      return failure('unavailable', `the API server answered ${status}${message && `: ${message}`}`, 'the next run tries again');
  }
}
