import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { kubernetesFailure } from './failure';

/** The server of aws-iam-authenticator takes no longer one. */
const LONGEST_TOKEN = 4096;

/** Old servers take no more; the token is good for 15 minutes whatever stands here. */
const EXPIRES_IN_SECONDS = 60;

const PREFIX = 'k8s-aws-v1.';

/** Credentials of the function. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Signs a token for the Kubernetes API of an EKS cluster: the presigned URL of an STS call that the control plane
 * makes to learn who asks. Signing is a local computation, so there is one for each attempt and none is kept.
 *
 * Form: https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
 */
export async function signToken(clusterName: string, region: string, credentials: Credentials, now: Date): Promise<string> {
  const hostname = stsHost(region);
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 });
  const { query = {} } = await signer.presign(new HttpRequest({
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: '/',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { 'host': hostname, 'x-k8s-aws-id': clusterName },
  }), { expiresIn: EXPIRES_IN_SECONDS, signingDate: now });
  const parameters = Object.entries(query).map(([name, value]) => `${escape(name)}=${escape(String(value))}`).join('&');
  const token = `${PREFIX}${Buffer.from(`https://${hostname}/?${parameters}`).toString('base64url')}`;
  if (token.length > LONGEST_TOKEN) {
    throw kubernetesFailure('token', `the function's token for EKS has ${token.length} characters, and the API server takes ${LONGEST_TOKEN}`, 'the session token of the function\'s role is too long: report it');
  }
  return token;
}

/** A token, and what in its URL must not be seen by itself either. */
export function secretsIn(token: string): string[] {
  const url = Buffer.from(token.slice(PREFIX.length), 'base64url').toString();
  // Of the credential the id of the key, and not the scope behind it.
  return [token, ...[...url.matchAll(/X-Amz-(?:(?:Signature|Security-Token)=([^&]+)|Credential=([^&%]+))/g)].map(([, value, keyId]) => decodeURIComponent(value ?? keyId))];
}

/** How the regions of a partition begin, and the domain of its services; all others are in amazonaws.com. */
const DOMAINS: [string, string][] = [
  ['cn-', 'amazonaws.com.cn'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['eusc-', 'amazonaws.eu'],
];

/** The regional host, which every partition has. */
function stsHost(region: string): string {
  const [, suffix] = DOMAINS.find(([prefix]) => region.startsWith(prefix)) ?? ['', 'amazonaws.com'];
  return `sts.${region}.${suffix}`;
}

/** RFC 3986, as the signature wants it. */
function escape(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
