import { CONNECTOR_SECRET_KEY, ConnectorSecretRequest, SyncRequest, SyncResult } from '../contract';
import { SyncFailure, asFailure } from './failure';
import { Kubernetes } from './kubernetes';
import { logIn } from './registry';
import { restartForToken } from './restart';
import { SecretObject, Written, apply } from './secret-object';
import { SecretReader, readConnectorValue, readRegistryKeys, readRunnerToken } from './secrets';
import { emitSyncMetrics, log } from './telemetry';

/** With less than this left the pull secret is good, and something is about to go wrong. In milliseconds. */
const SHORT_LIFE = 60 * 60_000;

type Connect = () => Promise<Kubernetes>;

/**
 * Writes the Secrets of a runner. They are independent: each is read, checked and only then written, and what fails
 * leaves the old one as it was.
 */
export async function sync(request: SyncRequest, connect: Connect, secrets: SecretReader): Promise<SyncResult> {
  const { clock } = secrets;
  const start = clock.now();
  // Connected to once for all, when the first of them has something to write.
  let connection: Promise<Kubernetes> | undefined;
  const kubernetes = () => connection ??= connect();

  const { connectorSecrets = [] } = request;
  const [pullSecret, tokenSecret, ...connectors] = await Promise.allSettled([
    writePullSecret(request, kubernetes, secrets),
    writeTokenSecret(request, kubernetes, secrets),
    ...connectorSecrets.map((secret) => writeConnectorSecret(secret, request, kubernetes, secrets)),
  ] as const);
  const names = [request.pullSecret?.name, request.tokenSecret.name, ...connectorSecrets.map(({ name }) => name)];
  const failed = [pullSecret, tokenSecret, ...connectors].flatMap((outcome, index) => outcome.status === 'rejected' ? [{ name: names[index], failure: asFailure(outcome.reason) }] : []);
  const failures = failed.map(({ failure }) => failure);
  const expiresAt = pullSecret.status === 'fulfilled' ? pullSecret.value?.expiresAt : undefined;
  emitSyncMetrics(request, { failures, expiresAt, duration: clock.now() - start }, clock.now());
  if (pullSecret.status === 'rejected' || tokenSecret.status === 'rejected' || failures.length > 0) {
    failed.forEach(({ name, failure: { stage, reason, message } }) => log('error', message, { agentId: request.agentId, name, stage, reason }));
    throw new SyncFailure(request.agentId, request.namespace, failures);
  }
  const written = connectors.flatMap((outcome) => outcome.status === 'fulfilled' ? [outcome.value] : []);
  return {
    agentId: request.agentId,
    namespace: request.namespace,
    pullSecret: pullSecret.value && { name: pullSecret.value.name, expiresAt: timestamp(pullSecret.value.expiresAt) },
    tokenSecret: {
      name: request.tokenSecret.name,
      changed: tokenSecret.value.changed,
      restarted: tokenSecret.value.restarted,
      ...tokenSecret.value.expiresAt !== undefined && { expiresAt: timestamp(tokenSecret.value.expiresAt) },
    },
    ...written.length > 0 && { connectorSecrets: written },
  };
}

async function writePullSecret({ pullSecret, namespace, agentId }: SyncRequest, connect: Connect, secrets: SecretReader) {
  if (!pullSecret) {
    return undefined;
  }
  const { name, credentialsSecretArn } = pullSecret;
  const keys = readRegistryKeys(await secrets.read(credentialsSecretArn), credentialsSecretArn);
  const login = await logIn(keys, pullSecret, secrets.clock, secrets.patience, secrets.deadline);
  if (login.account && login.account !== pullSecret.registryAccount) {
    log('warning', `the keys log in to the registry of account ${login.account}, and the images are pulled from ${pullSecret.registryAccount}`, { agentId });
  }
  if (login.expiresAt < secrets.clock.now() + SHORT_LIFE) {
    log('warning', `the registry token ends at ${timestamp(login.expiresAt)}, much sooner than after its usual 12 hours`, { agentId });
  }
  const { changed } = await write({
    namespace, name, type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': login.dockerConfig }, expiresAt: login.expiresAt,
  }, await connect(), [...login.secrets, keys.accessKeyId, keys.secretAccessKey], agentId);
  log('info', 'wrote the pull secret', { agentId, namespace, name, changed, expiresAt: timestamp(login.expiresAt) });
  return { name, expiresAt: login.expiresAt };
}

async function writeTokenSecret(request: SyncRequest, connect: Connect, secrets: SecretReader) {
  const { tokenSecret: { name, key, secretArn, field }, namespace, agentId } = request;
  const { text, expiresAt } = readRunnerToken(await secrets.read(secretArn), field, secretArn, secrets.clock.now());
  const written = await write({ namespace, name, type: 'Opaque', data: { [key]: text }, expiresAt }, await connect(), [text], agentId);
  const restarted = await restartForToken(request, text, written, await connect());
  log('info', 'wrote the token Secret', { agentId, namespace, name, changed: written.changed, restarted });
  return { changed: written.changed, restarted, expiresAt };
}

async function writeConnectorSecret({ name, secretArn, field }: ConnectorSecretRequest, { namespace, agentId }: SyncRequest, connect: Connect, secrets: SecretReader) {
  const value = readConnectorValue(await secrets.readExactly(secretArn), field, secretArn);
  const { changed } = await write({ namespace, name, type: 'Opaque', data: { [CONNECTOR_SECRET_KEY]: value } }, await connect(), [value], agentId);
  log('info', 'wrote a connector\'s Secret', { agentId, namespace, name, changed });
  return { name, changed };
}

/** Whoever writes the Secret as well will do so again, and the warning is the only trace that this run leaves of it. */
async function write(secret: SecretObject, kubernetes: Kubernetes, secrets: string[], agentId: string): Promise<Written> {
  const written = await apply(secret, kubernetes, secrets);
  if (written.repaired) {
    const { namespace, name } = secret;
    log('warning', 'somebody else had changed the Secret, which was written over', { agentId, namespace, name, by: written.by });
  }
  return written;
}

function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
