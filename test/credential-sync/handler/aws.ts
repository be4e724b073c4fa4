import { Request, Response } from './https-server';
import { Keys, isSignedBy, readDate } from './signature';

/** An error of an AWS API that speaks JSON. */
export function awsError(name: string, message = '', status = 400): Response {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': name }, body: { __type: name, message } };
}

/** What stands for one AWS API call: an answer, or a fault. */
export type Answer = Response | 'reset' | 'silence';

/**
 * Secrets Manager, ECR and EKS, as far as the function calls them. Each request's signature is checked with the keys
 * it should be made with: the function's own, or for ECR the vendor's.
 */
export class Aws {
  public readonly calls: { service: string; region: string; accessKeyId: string }[] = [];
  public secrets: Record<string, { SecretString?: string; SecretBinary?: string }> = {};
  /** Answers to give in place of the usual ones, used up one by one; the last one stays. */
  public faults: Record<string, Answer[]> = {};
  /** What ECR answers. */
  public authorization: unknown;
  public cluster: unknown;
  /** How far the clock of AWS is ahead of ours, in milliseconds. */
  public clockOffset = 0;
  /** Fields of the requests to CloudFormation's answer address. */
  public answers: Record<string, any>[] = [];

  constructor(private readonly functionKeys: Keys, private readonly vendorKeys: Keys) {}

  public answer(request: Request): Answer {
    if (request.url.pathname === '/cloudformation') {
      const fault = this.fault('cloudformation');
      if (!fault) {
        this.answers.push(JSON.parse(request.body));
      }
      return fault ?? { status: 200 };
    }
    const match = /^AWS4-HMAC-SHA256 Credential=(([^/]+)\/[^/]+\/([^/]+)\/([^/]+)\/aws4_request), SignedHeaders=([^,]+), Signature=(.+)$/.exec(request.headers.authorization ?? '');
    if (!match) {
      return awsError('MissingAuthenticationTokenException');
    }
    const [, credential, accessKeyId, region, service, signedHeaders, signature] = match;
    this.calls.push({ service, region, accessKeyId });
    const date = request.headers['x-amz-date'] ?? '';
    const keys = service === 'ecr' ? this.vendorKeys : this.functionKeys;
    const now = Date.now() + this.clockOffset;
    const clock = { date: new Date(now).toUTCString() };
    if (!isSignedBy(keys, { method: request.method, path: request.url.pathname, query: [...request.url.searchParams], headers: request.headers, body: request.body }, { credential, date, signedHeaders, signature })) {
      return awsError(accessKeyId === keys.accessKeyId ? 'InvalidSignatureException' : 'UnrecognizedClientException', `${accessKeyId} is not known`);
    }
    if (Math.abs(readDate(date) - now) > 5 * 60_000) {
      const refusal = awsError('InvalidSignatureException', 'Signature expired');
      return { ...refusal, headers: { ...refusal.headers, ...clock } };
    }
    const fault = this.fault(service);
    return fault ?? { headers: { 'content-type': 'application/x-amz-json-1.1', ...clock }, ...this.serve(service, request) };
  }

  public callsOf(service: string): number {
    return this.calls.filter((call) => call.service === service).length;
  }

  private fault(service: string): Answer | undefined {
    const faults = this.faults[service] ?? [];
    return faults.length > 1 ? faults.shift() : faults[0];
  }

  private serve(service: string, request: Request): Response {
    switch (service) {
      case 'secretsmanager': {
        const { SecretId } = JSON.parse(request.body);
        return this.secrets[SecretId] ? { status: 200, body: { ARN: SecretId, ...this.secrets[SecretId] } } : awsError('ResourceNotFoundException');
      }
      case 'ecr': return { status: 200, body: this.authorization };
      case 'eks': return { status: 200, body: { cluster: this.cluster } };
      default: return awsError('UnknownOperationException');
    }
  }
}
