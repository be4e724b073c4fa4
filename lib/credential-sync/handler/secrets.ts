import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CLIENT_OPTIONS } from './aws-client';
import { limitCalls } from './call-limit';
import { StageFailure, errorName, errorText } from './failure';
import { Clock, Patience, persist } from './patience';

const inTurn = limitCalls();

/** Reads secrets from Secrets Manager, each at most once. */
export class SecretReader {
  private readonly texts = new Map<string, Promise<string>>();

  constructor(public readonly clock: Clock, public readonly patience: Patience, public readonly deadline: number) {}

  /** The text of a secret, without the white space that files and shells leave at its ends. */
  public async read(arn: string): Promise<string> {
    return (await this.readExactly(arn)).trim();
  }

  /** The text of a secret as it is. */
  public readExactly(arn: string): Promise<string> {
    let text = this.texts.get(arn);
    if (!text) {
      text = this.fetch(arn);
      this.texts.set(arn, text);
    }
    return text;
  }

  private async fetch(arn: string): Promise<string> {
    const client = new SecretsManagerClient({ ...CLIENT_OPTIONS, region: arn.split(':')[3] });
    try {
      const { SecretString } = await persist(
        () => inTurn(() => client.send(new GetSecretValueCommand({ SecretId: arn }))),
        (error) => ({ patience: errorName(error) === 'AccessDeniedException' ? this.patience.accessDenied : 0 }),
        this.clock,
        this.deadline,
      );
      if (SecretString === undefined) {
        throw failure('binary', `secret ${arn} holds bytes and no text`, 'put the value in as a secret string');
      }
      return SecretString;
    } catch (error) {
      throw error instanceof StageFailure ? error : explain(error, arn);
    } finally {
      client.destroy();
    }
  }
}

function explain(error: unknown, arn: string): StageFailure {
  // The texts of Secrets Manager name principals, keys and secrets, and never hold a value.
  const text = errorText(error);
  switch (errorName(error)) {
    case 'AccessDeniedException':
      // Names of roles and secrets may have the word in them, too.
      return /kms/i.test(text) && !/perform:? secretsmanager:/i.test(text)
        ? failure('key-denied', `secret ${arn} is encrypted with a key that the function may not use`, 'give the construct the secret with its encryptionKey, and let the key\'s policy admit the function\'s role')
        : failure('denied', `secret ${arn} may not be read by the function`, 'let the secret\'s resource policy, VPC endpoint policy and service control policies admit the function\'s role');
    case 'ResourceNotFoundException':
      return failure('missing', `secret ${arn} does not exist, or has no value yet`, 'create it, or correct its name');
    case 'InvalidRequestException':
      return failure('deleted', `secret ${arn} is scheduled for deletion`, 'restore it with aws secretsmanager restore-secret');
    case 'DecryptionFailure':
      return failure('decryption', `secret ${arn} cannot be decrypted`, 'check that its KMS key is enabled and that its policy admits the function\'s role');
    default:
      return failure('unavailable', `secret ${arn} could not be read (${errorName(error)})`, 'check the function\'s way to Secrets Manager: NAT, or a VPC endpoint; the next run tries again');
  }
}

function failure(reason: string, message: string, remedy: string): StageFailure {
  return new StageFailure('secretsmanager', reason, message, remedy);
}

/** A string field of a secret that is a JSON object, without the white space at its ends. */
export function readField(text: string, field: string, arn: string): string {
  return readFieldExactly(text, field, arn).trim();
}

function readFieldExactly(text: string, field: string, arn: string): string {
  const fields = parseObject(text);
  if (!fields) {
    throw failure('format', `secret ${arn} is not a JSON object`, `write it as JSON with the field ${field}`);
  }
  const value = fields[field];
  if (typeof value !== 'string' || value.trim() === '') {
    throw failure('format', `secret ${arn} has no text in the field ${field}`, `give it the field ${field}`);
  }
  return value;
}

/** The value of a connector's secret: the text or the field as it is, because spaces may be part of a password. */
export function readConnectorValue(text: string, field: string | undefined, arn: string): string {
  const value = field === undefined ? text : readFieldExactly(text, field, arn);
  if (value === '') {
    throw failure('format', `secret ${arn} is empty`, 'put in the value that the connection is to have');
  }
  return value;
}

/** A JSON object, or nothing. Editors put a mark in front of the text that is no part of it. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}

/** The vendor's keys. */
export interface RegistryKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Reads the vendor's keys, and refuses what cannot be long-lived keys. */
export function readRegistryKeys(text: string, arn: string): RegistryKeys {
  const keys = { accessKeyId: readField(text, 'accessKeyId', arn), secretAccessKey: readField(text, 'secretAccessKey', arn) };
  if (keys.accessKeyId.startsWith('ASIA') || parseObject(text)?.sessionToken !== undefined) {
    throw failure('format', `secret ${arn} holds session credentials, whose registry token ends with the session`, 'put in the long-lived keys from Collate');
  }
  if (!/^AKIA[A-Z0-9]{12,124}$/.test(keys.accessKeyId)) {
    throw failure('format', `secret ${arn} has no access key id in the field accessKeyId`, 'put in the key id from Collate, which begins with AKIA');
  }
  if (!/^[A-Za-z0-9/+=]{16,}$/.test(keys.secretAccessKey)) {
    throw failure('format', `secret ${arn} has no secret access key in the field secretAccessKey`, 'put in the secret key from Collate, without quotes or spaces');
  }
  return keys;
}

/** The runner's token. */
export interface RunnerToken {
  readonly text: string;
  /** When it ends, in milliseconds since 1970, if it says so. */
  readonly expiresAt?: number;
}

/** Reads the runner's token, and refuses what Collate would refuse. */
export function readRunnerToken(text: string, field: string | undefined, arn: string, now: number): RunnerToken {
  if (field === undefined && parseObject(text)) {
    throw failure('format', `secret ${arn} is JSON and not the token itself`, 'name the field that holds it with authTokenField');
  }
  const token = field === undefined ? text : readField(text, field, arn);
  const remedy = 'put in the token that Collate shows for the runner, as it is';
  if (token === '') {
    throw failure('format', `secret ${arn} is empty`, remedy);
  }
  const parts = token.split('.');
  const [header, payload] = parts.map((part) => /^[A-Za-z0-9_-]+$/.test(part) ? Buffer.from(part, 'base64url').toString() : '').map(parseObject);
  if (parts.length !== 3 || !parts[2] || !header || !payload) {
    throw failure('format', `secret ${arn} holds no JSON Web Token`, remedy);
  }
  const expiresAt = readExpiry(payload);
  if (expiresAt !== undefined && expiresAt <= now) {
    throw failure('expired', `the token in secret ${arn} expired at ${new Date(expiresAt).toISOString()}`, 'renew the runner\'s token in Collate and put it in');
  }
  return { text: token, expiresAt };
}

/** Furthest that a date can be from 1970, in milliseconds. */
const FURTHEST_DATE = 8.64e15;

/** When a token ends, in milliseconds since 1970. One that ends beyond all dates is meant to never end. */
function readExpiry({ exp }: Record<string, unknown>): number | undefined {
  const expiresAt = typeof exp === 'number' ? exp * 1000 : Infinity;
  return expiresAt > FURTHEST_DATE ? undefined : Math.max(expiresAt, -FURTHEST_DATE);
}
