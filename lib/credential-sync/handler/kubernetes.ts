import { ApiCall, ApiResponse, ApiServer, NoAnswer, send } from './api-server';
import { limitCalls } from './call-limit';
import { secretsIn } from './eks-token';
import { StageFailure, asFailure, kubernetesFailure, quote } from './failure';
import { Clock, Patience, Verdict, persist } from './patience';

/** What talking to the API server takes. */
export interface Kubernetes {
  readonly server: ApiServer;
  /** Signs a token; called anew for each attempt. */
  readonly token: () => Promise<string>;
  readonly clock: Clock;
  readonly patience: Patience;
  readonly deadline: number;
}

/** The API server answered with an error. */
export class Refusal extends Error {
  constructor(public readonly response: ApiResponse, message: string) {
    super(message);
    this.name = 'Refusal';
  }

  public get status(): number {
    return this.response.status;
  }
}

/** An answer, and how long the attempt that got it took, in milliseconds. */
export interface Answer extends ApiResponse {
  readonly duration: number;
}

const inTurn = limitCalls();

/**
 * Asks the API server, again and again as far as the patience goes. Answers that are errors are thrown as `Refusal`,
 * without the values in `hidden` and the token that was sent.
 */
export async function call(kubernetes: Kubernetes, request: ApiCall, hidden: string[] = []): Promise<Answer> {
  const { clock } = kubernetes;
  let unauthenticated = 0;
  return persist(() => inTurn(async () => {
    const start = clock.now();
    const token = await kubernetes.token();
    const response = await send(kubernetes.server, request, token);
    if (response.status >= 200 && response.status < 300) {
      return { ...response, duration: clock.now() - start };
    }
    // Policies may quote what the Secret held before, which the function does not know.
    throw new Refusal(response, quote(String(response.body.message ?? ''), [...hidden, ...secretsIn(token)], { encoded: true }));
  }), (error) => {
    unauthenticated += error instanceof Refusal && error.status === 401 ? 1 : 0;
    return judge(error, kubernetes.patience, unauthenticated);
  }, clock, kubernetes.deadline);
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
  if (status === 403 && !isAdmission(error) && !isQuota(error) && !isTerminating(error)) {
    return { patience: patience.unauthorized };
  }
  return status === 429 || (status >= 500 && !isAdmission(error)) ? { patience: patience.unavailable, pause: retryAfter } : { patience: 0 };
}

/** A policy of the cluster said no. */
export function isAdmission({ message }: Refusal): boolean {
  return /admission webhook|ValidatingAdmissionPolicy|denied the request/.test(message);
}

/** The namespace may hold no more. */
export function isQuota({ message }: Refusal): boolean {
  return /(exceeded|failed) quota: /.test(message);
}

/** The namespace is going. */
export function isTerminating({ message }: Refusal): boolean {
  return /being terminated/.test(message);
}

function isTlsError(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/.test(code);
}

function explainSilence(code: string): StageFailure {
  if (isTlsError(code)) {
    return kubernetesFailure('certificate', `the certificate of the API server is not the one expected (${code})`, 'if the cluster was made again, import it with its new certificate authority');
  }
  return kubernetesFailure('unreachable', `the API server did not answer (${code})`, code === 'ENOTFOUND'
    ? 'the cluster is gone, or was made again and has another endpoint: import it with that'
    : 'check the cluster\'s endpoint, and with functionPlacement where the function runs');
}

/** What failed, whatever was asked for: the way to the API server, the identity, or the server itself. */
export function explain(error: unknown, what: string): StageFailure {
  if (error instanceof NoAnswer) {
    return explainSilence(error.code);
  }
  if (!(error instanceof Refusal)) {
    return asFailure(error, what);
  }
  const [, webhook] = /failed calling webhook "([^"]+)"/.exec(error.message) ?? [];
  if (webhook !== undefined) {
    return kubernetesFailure('policy', `a webhook of the cluster could not be asked: ${error.message}`, `fix webhook ${webhook}, or have it leave out the namespace, or let its failurePolicy be Ignore`);
  }
  return error.status === 401
    ? kubernetesFailure('unauthenticated', 'the cluster does not know the function', 'check that its access entry, or its line in aws-auth, names the function\'s role, and that the cluster\'s authentication mode admits it')
    : kubernetesFailure('unavailable', `the API server answered ${error.status}${error.message && `: ${error.message}`}`, 'the next run tries again');
}
