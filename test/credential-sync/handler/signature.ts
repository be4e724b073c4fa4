import * as crypto from 'crypto';

/*
 * Signature Version 4 as a server checks it, written from the specification and without the libraries that sign:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  /** As on the wire, without the parameter X-Amz-Signature. */
  readonly query: [string, string][];
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
}

export interface Signature {
  readonly credential: string;
  readonly date: string;
  readonly signedHeaders: string;
  readonly signature: string;
}

const sha256 = (text: string) => crypto.createHash('sha256').update(text).digest('hex');
const hmac = (key: crypto.BinaryLike, text: string) => crypto.createHmac('sha256', key).update(text).digest();
const encode = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** Whether the signature is the one that these keys make of the request. */
export function isSignedBy(keys: Keys, request: SignedRequest, { credential, date, signedHeaders, signature }: Signature): boolean {
  const [accessKeyId, day, region, service, end] = credential.split('/');
  if (accessKeyId !== keys.accessKeyId || end !== 'aws4_request' || !date.startsWith(day)) {
    return false;
  }
  const query = request.query.map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join('&');
  const headers = signedHeaders.split(';').map((name) => `${name}:${(request.headers[name] ?? '').trim()}\n`).join('');
  const canonical = [request.method, request.path, query, headers, signedHeaders, sha256(request.body)].join('\n');
  const scope = [day, region, service, 'aws4_request'].join('/');
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<crypto.BinaryLike>((from, part) => hmac(from, part), `AWS4${keys.secretAccessKey}`);
  return hmac(key, text).toString('hex') === signature;
}

/** Milliseconds since 1970 of a date such as `20260102T030405Z`. */
export function readDate(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
