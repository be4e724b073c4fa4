import { SyncResult } from '../credential-sync/contract';
import { Options } from './arguments';
import { Aws } from './aws';
import { EXIT_CODES } from './exit-codes';
import { nameOf } from './function-name';
import { Problem } from './problem';
import { findRunner } from './runners';
import { renderRenewal } from './table';
import { toJson } from './text';
import { isTime } from './time';

/** Renews now, and says until when the credentials are good. */
export async function renew(aws: Aws, options: Options): Promise<number> {
  const { functionArn, request } = await findRunner(aws, options);
  const answer = await aws.invoke(functionArn, { ...request, action: 'sync' });
  if ('failure' in answer) {
    // The Secrets are written one by one, and only what is named here was not.
    throw new Problem(`function ${nameOf(functionArn)} could not renew everything: ${answer.failure}`, EXIT_CODES.UNWELL);
  }
  const { result } = answer;
  if (!isResult(result)) {
    throw new Problem(`function ${functionArn} does not answer with a renewal that this version understands: deploy the stack again with it`);
  }
  process.stdout.write(options.json ? toJson(result) : renderRenewal(result, Date.now()));
  return EXIT_CODES.WELL;
}

function isResult(result: unknown): result is SyncResult {
  const { agentId, namespace, pullSecret, tokenSecret, connectorSecrets = [] } = (result ?? {}) as Record<keyof SyncResult, unknown>;
  return [agentId, namespace].every((text) => typeof text === 'string')
    && (pullSecret === undefined || (isNamed(pullSecret) && isTime(pullSecret.expiresAt)))
    && isNamed(tokenSecret) && (tokenSecret.expiresAt === undefined || isTime(tokenSecret.expiresAt))
    && Array.isArray(connectorSecrets) && connectorSecrets.every(isNamed);
}

function isNamed(secret: unknown): secret is { name: string; expiresAt?: unknown } {
  return typeof (secret as { name?: unknown } | null)?.name === 'string';
}
