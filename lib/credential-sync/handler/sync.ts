import { SyncRequest, SyncResult } from '../contract';
import { StageFailure, SyncFailure, errorName } from './failure';
import { Kubernetes, apply } from './kubernetes';
import { logIn } from './registry';
import { SecretReader, readRegistryKeys, readRunnerToken } from './secrets';
import { emitMetrics, log } from './telemetry';

/** With less than this left the pull secret is good, and something is about to go wrong. In milliseconds. */
const SHORT_LIFE = 60 * 60_000;

/**
 * Writes the pull secret and the token Secret of a runner. The two are independent: each is read, checked and only
 * then written, and what fails leaves the old one as it was.
 */
export async function sync(request: SyncRequest, connect: () => Promise<Kubernetes>, secrets: SecretReader): Promise<SyncResult> {
  // Connected to once for both, when the first of them has something to write.
  let connection: Promise<Kubernetes> | undefined;
  const kubernetes = () => connection ??= connect();

  const [pullSecret, tokenSecret] = await Promise.allSettled([
    writePullSecret(request, kubernetes, secrets),
    writeTokenSecret(request, kubernetes, secrets),
  ]);
  const failures = [pullSecret, tokenSecret].flatMap((outcome) => outcome.status === 'rejected' ? [asFailure(outcome.reason)] : []);
  const expiresAt = pullSecret.status === 'fulfilled' ? pullSecret.value?.expiresAt : undefined;
  emitMetrics(request, { failures, expiresAt }, Date.now());
  if (pullSecret.status === 'rejected' || tokenSecret.status === 'rejected') {
    failures.forEach(({ stage, reason, message }) => log('error', message, { agentId: request.agentId, stage, reason }));
    throw new SyncFailure(request.agentId, request.namespace, failures);
  }
  return {
    agentId: request.agentId,
    namespace: request.namespace,
    pullSecret: pullSecret.value && { name: pullSecret.value.name, expiresAt: timestamp(pullSecret.value.expiresAt) },
    tokenSecret: {
      name: request.tokenSecret.name,
      changed: tokenSecret.value.changed,
      ...tokenSecret.value.expiresAt !== undefined && { expiresAt: timestamp(tokenSecret.value.expiresAt) },
    },
  };
}

async function writePullSecret({ pullSecret, namespace, agentId }: SyncRequest, connect: () => Promise<Kubernetes>, secrets: SecretReader) {
  if (!pullSecret) {
    return undefined;
  }
  const { name, credentialsSecretArn } = pullSecret;
  const keys = readRegistryKeys(await secrets.read(credentialsSecretArn), credentialsSecretArn);
  const login = await logIn(keys, pullSecret, secrets.clock, secrets.patience, secrets.deadline);
  if (login.account && login.account !== pullSecret.registryAccount) {
    log('warning', `the keys log in to the registry of account ${login.account}, and the images are pulled from ${pullSecret.registryAccount}`, { agentId });
  }
  if (login.expiresAt < Date.now() + SHORT_LIFE) {
    log('warning', `the registry token ends at ${timestamp(login.expiresAt)}, much sooner than after its usual 12 hours`, { agentId });
  }
  const changed = await apply({
    namespace, name, type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': login.dockerConfig },
  }, await connect(), [...login.secrets, keys.accessKeyId, keys.secretAccessKey]);
  log('info', 'wrote the pull secret', { agentId, namespace, name, changed, expiresAt: timestamp(login.expiresAt) });
  return { name, expiresAt: login.expiresAt };
}

async function writeTokenSecret({ tokenSecret, namespace, agentId }: SyncRequest, connect: () => Promise<Kubernetes>, secrets: SecretReader) {
  const { name, key, secretArn, field } = tokenSecret;
  const token = readRunnerToken(await secrets.read(secretArn), field, secretArn, Date.now());
  const changed = await apply({ namespace, name, type: 'Opaque', data: { [key]: token.text } }, await connect(), [token.text]);
  log('info', 'wrote the token Secret', { agentId, namespace, name, changed });
  return { changed, expiresAt: token.expiresAt };
}

function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Faults of the function itself are told by their kind alone, because their texts are not known to be harmless. */
function asFailure(error: unknown): StageFailure {
  return error instanceof StageFailure ? error : new StageFailure('kubernetes', 'internal', `unexpected ${errorName(error)}`, 'this is a fault of the function: report it');
}
