import { AuthorizationData, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { PullSecretRequest } from '../contract';
import { CLIENT_OPTIONS } from './aws-client';
import { StageFailure, errorName, errorText, quote } from './failure';
import { Clock, Patience, persist } from './patience';
import { RegistryKeys } from './secrets';

/** A token that is good for less than this is not worth writing, in milliseconds. */
const SHORTEST_LIFE = 5 * 60_000;

/** Errors by which AWS says that it does not know the keys, also for a while after they were made. */
const KEYS_REJECTED = /^(UnrecognizedClientException|InvalidSignatureException|InvalidClientTokenId|SignatureDoesNotMatch|AuthFailure|IncompleteSignature)$/;

/** Credentials of the registry, ready to be written. */
export interface RegistryLogin {
  /** Content of the pull secret. */
  readonly dockerConfig: string;
  /** When it ends, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** Account that the registry says it belongs to, if it says so. */
  readonly account?: string;
  /** What must not be seen. */
  readonly secrets: string[];
}

/** Logs in to the registry with the vendor's keys, and never with the function's own identity. */
export async function logIn(keys: RegistryKeys, request: PullSecretRequest, clock: Clock, patience: Patience, deadline: number): Promise<RegistryLogin> {
  const client = new ECRClient({ ...CLIENT_OPTIONS, region: request.registryRegion, credentials: keys });
  try {
    const { authorizationData } = await persist(
      () => client.send(new GetAuthorizationTokenCommand({})),
      (error) => ({ patience: KEYS_REJECTED.test(errorName(error)) ? patience.keysRejected : 0 }),
      clock,
      deadline,
    );
    return readLogin(authorizationData, request.registryHost, clock.now());
  } catch (error) {
    throw error instanceof StageFailure ? error : explain(error, keys, request);
  } finally {
    client.destroy();
  }
}

/** In front of the password, which may hold colons of its own. */
const USER = 'AWS:';

/** Checks what the registry answered, and makes the content of the pull secret of it. */
export function readLogin(data: AuthorizationData[] | undefined, host: string, now: number): RegistryLogin {
  const [entry] = data ?? [];
  if (data?.length !== 1 || !entry?.authorizationToken || !(entry.expiresAt instanceof Date)) {
    throw unusable(`${data?.length ?? 0} entries, where one with a token and an expiry was expected`);
  }
  const auth = entry.authorizationToken;
  const decoded = Buffer.from(auth, 'base64').toString();
  const password = decoded.slice(USER.length);
  if (Buffer.from(decoded).toString('base64') !== auth || !decoded.startsWith(USER) || password.trim() === '') {
    throw unusable('a token that is not base64 of the user AWS and a password');
  }
  const expiresAt = entry.expiresAt.getTime();
  if (!(expiresAt >= now + SHORTEST_LIFE)) {
    throw unusable(`a token that ends at ${Number.isNaN(expiresAt) ? 'no known time' : entry.expiresAt.toISOString()}, less than five minutes from now`);
  }
  return {
    dockerConfig: JSON.stringify({ auths: { [host]: { auth } } }),
    expiresAt,
    account: /^(?:https?:\/\/)?(\d{12})\./.exec(entry.proxyEndpoint ?? '')?.[1],
    secrets: [auth, password],
  };
}

function unusable(what: string): StageFailure {
  return new StageFailure('ecr', 'response', `the registry answered with ${what}`, 'the old pull secret was left as it is; if this repeats, ask Collate');
}

function explain(error: unknown, keys: RegistryKeys, { registryRegion }: PullSecretRequest): StageFailure {
  const name = errorName(error);
  const text = quote(errorText(error), [keys.secretAccessKey, keys.accessKeyId]);
  const failure = (reason: string, message: string, remedy: string) => new StageFailure('ecr', reason, message, remedy);
  if (KEYS_REJECTED.test(name) || name === 'ExpiredTokenException') {
    return failure('keys', `the registry rejected the keys (${name})`, 'ask Collate for new keys and put them into the secret');
  }
  if (/endpoint policy/i.test(text)) {
    return failure('endpoint-policy', `a VPC endpoint policy denies ECR in ${registryRegion} to the keys' account`, 'let the policy admit the vendor\'s account');
  }
  if (/AccessDenied/.test(name)) {
    return failure('denied', `the keys may not log in to the registry (${text})`, 'ask Collate to allow ecr:GetAuthorizationToken');
  }
  if (/Throttling|TooManyRequests/.test(name)) {
    return failure('throttled', `ECR in ${registryRegion} is throttling`, 'the next run tries again');
  }
  return failure('unavailable', `ECR in ${registryRegion} did not answer as it should (${name})`, 'the next run tries again; if this repeats, check the function\'s way to ECR in that region: a VPC needs NAT for another region');
}
