import { PullSecretRequest, SyncRequest, TokenSecretRequest } from '../contract';

/** Reads a request, and fails naming the field that is missing or malformed. */
export function readRequest(event: unknown): SyncRequest {
  const request = record(event, 'request');
  if (request.action !== 'sync') {
    throw malformed('action must be "sync"');
  }
  return {
    action: 'sync',
    agentId: text(request, 'agentId'),
    namespace: text(request, 'namespace', /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/),
    pullSecret: request.pullSecret === undefined ? undefined : readPullSecret(record(request.pullSecret, 'pullSecret')),
    tokenSecret: readTokenSecret(record(request.tokenSecret, 'tokenSecret')),
  };
}

const SECRET_NAME = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;
const ARN = /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+$/;

function readPullSecret(fields: Record<string, unknown>): PullSecretRequest {
  const pullSecret = {
    name: text(fields, 'name', SECRET_NAME),
    credentialsSecretArn: text(fields, 'credentialsSecretArn', ARN),
    registryAccount: text(fields, 'registryAccount', /^\d{12}$/),
    registryRegion: text(fields, 'registryRegion', /^[a-z0-9-]+$/),
    registryHost: text(fields, 'registryHost', /^[a-z0-9.-]+$/),
  };
  if (!pullSecret.registryHost.startsWith(`${pullSecret.registryAccount}.dkr.ecr.${pullSecret.registryRegion}.`)) {
    throw malformed(`registryHost must be of account ${pullSecret.registryAccount} in ${pullSecret.registryRegion}`);
  }
  return pullSecret;
}

function readTokenSecret(fields: Record<string, unknown>): TokenSecretRequest {
  return {
    name: text(fields, 'name', SECRET_NAME),
    key: text(fields, 'key', /^[-._A-Za-z0-9]+$/),
    secretArn: text(fields, 'secretArn', ARN),
    field: fields.field === undefined ? undefined : text(fields, 'field'),
  };
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(`${name} must be an object`);
  }
  return value as Record<string, unknown>;
}

function text(fields: Record<string, unknown>, name: string, pattern: RegExp = /./): string {
  const value = fields[name];
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw malformed(`${name} is missing or malformed`);
  }
  return value;
}

function malformed(message: string): Error {
  return new Error(`request: ${message}: send the request that the runner's renewCommand holds`);
}
