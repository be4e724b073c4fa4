import { Keys, isSignedBy, readDate } from './signature';

const PARAMETERS = ['Action', 'Version', 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-Security-Token', 'X-Amz-Signature', 'X-Amz-SignedHeaders'];

/** What aws-iam-authenticator's server checks of a token, and then STS of the URL in it. Fails with the reason. */
export function checkEksToken(token: string, clusterName: string, keys: Keys & { sessionToken?: string }, stsHost: string, now: number): void {
  const require = (holds: boolean, reason: string) => {
    if (!holds) {
      throw new Error(reason);
    }
  };
  require(token.length <= 4096, 'token too long');
  require(token.startsWith('k8s-aws-v1.'), 'prefix');
  const encoded = token.slice('k8s-aws-v1.'.length);
  require(/^[A-Za-z0-9_-]+$/.test(encoded), 'not unpadded base64url');
  const url = new URL(Buffer.from(encoded, 'base64url').toString());
  require(url.protocol === 'https:' && url.pathname === '/' && url.host === stsHost, `address ${url.origin}${url.pathname}`);
  const entries = [...url.searchParams.entries()];
  require(new Set(entries.map(([name]) => name.toLowerCase())).size === entries.length, 'duplicate parameter');
  entries.forEach(([name]) => require(PARAMETERS.includes(name), `parameter ${name}`));
  const get = (name: string) => url.searchParams.get(name) ?? '';
  require(get('Action') === 'GetCallerIdentity' && get('Version') === '2011-06-15', 'action');
  require(/^\d+$/.test(get('X-Amz-Expires')) && Number(get('X-Amz-Expires')) <= 60, 'expires');
  require((url.searchParams.get('X-Amz-Security-Token') ?? undefined) === keys.sessionToken, 'session token');
  require(get('X-Amz-SignedHeaders').split(';').includes('x-k8s-aws-id'), 'cluster header not signed');
  require(Math.abs(now - readDate(get('X-Amz-Date'))) < 15 * 60_000, 'date');
  require(isSignedBy(keys, {
    method: 'GET',
    path: '/',
    query: entries.filter(([name]) => name !== 'X-Amz-Signature'),
    // The server sends its own cluster's name, so that a token for another cluster has a wrong signature.
    headers: { 'host': stsHost, 'x-k8s-aws-id': clusterName },
    body: '',
  }, { credential: get('X-Amz-Credential'), date: get('X-Amz-Date'), signedHeaders: get('X-Amz-SignedHeaders'), signature: get('X-Amz-Signature') }), 'signature');
}
