import { Action, ConnectorSecretRequest, PullSecretRequest, SyncRequest, TokenSecretRequest, WorkloadRequest } from '../contract';

/** Reads a request, and fails naming the field that is missing or malformed. */
export function readRequest(event: unknown): SyncRequest {
  const request = record(event, 'request');
  return {
    action: readAction(request.action),
    agentId: text(request, 'agentId'),
    namespace: text(request, 'namespace', NAMESPACE),
    pullSecret: request.pullSecret === undefined ? undefined : readPullSecret(record(request.pullSecret, 'pullSecret')),
    tokenSecret: readTokenSecret(record(request.tokenSecret, 'tokenSecret')),
    connectorSecrets: request.connectorSecrets === undefined ? undefined : list(request.connectorSecrets, 'connectorSecrets').map(readConnectorSecret),
    workload: request.workload === undefined ? undefined : readWorkload(record(request.workload, 'workload')),
  };
}

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
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

function readConnectorSecret(value: unknown): ConnectorSecretRequest {
  const fields = record(value, 'connectorSecrets');
  return {
    name: text(fields, 'name', SECRET_NAME),
    secretArn: text(fields, 'secretArn', ARN),
    field: fields.field === undefined ? undefined : text(fields, 'field'),
  };
}

function readWorkload(fields: Record<string, unknown>): WorkloadRequest {
  return {
    name: text(fields, 'name', NAMESPACE),
    serviceAccount: text(fields, 'serviceAccount', SECRET_NAME),
    roleArn: fields.roleArn === undefined ? undefined : text(fields, 'roleArn', /^arn:[a-z-]+:iam::\d{12}:role\/.+$/),
    argoNamespace: fields.argoNamespace === undefined ? undefined : text(fields, 'argoNamespace', NAMESPACE),
  };
}

/** A report is of the runner, so that its request must say where the runner is. */
export function requireWorkload(request: SyncRequest): SyncRequest & { workload: WorkloadRequest } {
  const { workload } = request;
  if (!workload) {
    throw malformed('workload is missing, which status needs');
  }
  return { ...request, workload };
}

function readAction(action: unknown): Action {
  if (action !== 'sync' && action !== 'status') {
    throw malformed('action must be "sync" or "status"');
  }
  return action;
}

function list(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) {
    throw malformed(`${name} must be a list`);
  }
  return value;
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
