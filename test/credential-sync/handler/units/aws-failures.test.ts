import { ECRClient } from '@aws-sdk/client-ecr';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { StageFailure } from '../../../../lib/credential-sync/handler/failure';
import { Clock, DEPLOY_PATIENCE, SCHEDULE_PATIENCE } from '../../../../lib/credential-sync/handler/patience';
import { logIn } from '../../../../lib/credential-sync/handler/registry';
import { SecretReader } from '../../../../lib/credential-sync/handler/secrets';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x';
const KEYS = { accessKeyId: 'AKIA1234567890123456', secretAccessKey: 'canary-of-a-secret-access-key' };
const REGISTRY = { name: 'omd-registry-credentials', credentialsSecretArn: ARN, registryAccount: '118146679784', registryRegion: 'eu-west-1', registryHost: '118146679784.dkr.ecr.eu-west-1.amazonaws.com' };

/** Time that passes by sleeping alone. */
function testClock(): Clock {
  let time = Date.UTC(2026, 0, 2);
  return { now: () => time, sleep: async (milliseconds) => { time += milliseconds; } };
}

/** An error as the SDK throws it. */
function awsError(name: string, message = ''): Error {
  return Object.assign(new Error(message), { name });
}

afterEach(() => jest.restoreAllMocks());

async function failureOf(work: Promise<unknown>): Promise<unknown[]> {
  const error = await work.then(() => undefined, (reason) => reason);
  expect(error).toBeInstanceOf(StageFailure);
  const { stage, reason, message, remedy } = error as StageFailure;
  return [stage, reason, `${message}: ${remedy}`];
}

describe('Secrets Manager', () => {
  const answer = (...answers: (Error | { SecretString?: string })[]) => {
    const send = jest.spyOn(SecretsManagerClient.prototype, 'send').mockImplementation(async () => {
      const next = answers.length > 1 ? answers.shift()! : answers[0];
      if (next instanceof Error) {
        throw next;
      }
      return next;
    });
    return { send, destroy: jest.spyOn(SecretsManagerClient.prototype, 'destroy') };
  };
  const reader = (patience = SCHEDULE_PATIENCE) => new SecretReader(testClock(), patience, Infinity);

  test('is asked once for a secret, in the secret\'s region, and let go', async () => {
    const { send, destroy } = answer({ SecretString: ' text\n' });
    const secrets = reader();
    expect(await Promise.all([secrets.read(ARN), secrets.read(ARN)])).toEqual(['text', 'text']);
    expect(send).toHaveBeenCalledTimes(1);
    expect(destroy).toHaveBeenCalledTimes(1);
    expect((send.mock.calls[0][0] as unknown as { input: unknown }).input).toEqual({ SecretId: ARN });
    const client = send.mock.contexts[0] as SecretsManagerClient;
    expect(await client.config.region()).toBe('eu-central-1');
    expect(await client.config.maxAttempts()).toBe(3);
  });

  test.each<[string, string, string, string]>([
    ['AccessDeniedException', 'not authorized to perform secretsmanager:GetSecretValue', 'denied', `secret ${ARN} may not be read by the function: let the secret's resource policy, VPC endpoint policy and service control policies admit the function's role`],
    ['AccessDeniedException', 'User: arn:aws:sts::111122223333:assumed-role/kms-users/x is not authorized to perform: secretsmanager:GetSecretValue on resource: kms-password', 'denied', `secret ${ARN} may not be read by the function: let the secret's resource policy, VPC endpoint policy and service control policies admit the function's role`],
    ['AccessDeniedException', 'Access to KMS is not allowed', 'key-denied', `secret ${ARN} is encrypted with a key that the function may not use: give the construct the secret with its encryptionKey, and let the key's policy admit the function's role`],
    ['AccessDeniedException', 'User: arn:aws:sts::111122223333:assumed-role/sync/x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-central-1:111122223333:key/k', 'key-denied', `secret ${ARN} is encrypted with a key that the function may not use: give the construct the secret with its encryptionKey, and let the key's policy admit the function's role`],
    ['ResourceNotFoundException', '', 'missing', `secret ${ARN} does not exist, or has no value yet: create it, or correct its name`],
    ['InvalidRequestException', '', 'deleted', `secret ${ARN} is scheduled for deletion: restore it with aws secretsmanager restore-secret`],
    ['DecryptionFailure', '', 'decryption', `secret ${ARN} cannot be decrypted: check that its KMS key is enabled and that its policy admits the function's role`],
    ['InternalServiceError', '', 'unavailable', `secret ${ARN} could not be read (InternalServiceError): check the function's way to Secrets Manager: NAT, or a VPC endpoint; the next run tries again`],
  ])('%s %j is told as %s', async (name, message, reason, text) => {
    const { send, destroy } = answer(awsError(name, message));
    expect(await failureOf(reader().read(ARN))).toEqual(['secretsmanager', reason, text]);
    expect(send).toHaveBeenCalledTimes(1);
    expect(destroy).toHaveBeenCalledTimes(1);
  });

  test('of many secrets a few are asked for at once', async () => {
    let [running, most] = [0, 0];
    jest.spyOn(SecretsManagerClient.prototype, 'send').mockImplementation(async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return { SecretString: 'x' };
    });
    const secrets = reader();
    await Promise.all(Array.from({ length: 100 }, (_, index) => secrets.read(`${ARN}${index}`)));
    expect(most).toBe(20);
  });

  test('a secret of bytes is told as one', async () => {
    answer({});
    expect(await failureOf(reader().read(ARN))).toEqual(['secretsmanager', 'binary', `secret ${ARN} holds bytes and no text: put the value in as a secret string`]);
  });

  test('a right that is seen only after a while is waited for at deployment', async () => {
    const denied = awsError('AccessDeniedException');
    const { send } = answer(denied, denied, { SecretString: 'text' });
    expect(await reader(DEPLOY_PATIENCE).read(ARN)).toBe('text');
    expect(send).toHaveBeenCalledTimes(3);
  });

  test('what will not change is not waited for', async () => {
    const { send } = answer(awsError('ResourceNotFoundException'));
    await failureOf(reader(DEPLOY_PATIENCE).read(ARN));
    expect(send).toHaveBeenCalledTimes(1);
  });
});

describe('ECR', () => {
  const answer = (...answers: unknown[]) => {
    const send = jest.spyOn(ECRClient.prototype, 'send').mockImplementation(async () => {
      const next = answers.length > 1 ? answers.shift() : answers[0];
      if (next instanceof Error) {
        throw next;
      }
      return next;
    });
    return { send, destroy: jest.spyOn(ECRClient.prototype, 'destroy') };
  };
  const login = (patience = SCHEDULE_PATIENCE) => logIn(KEYS, REGISTRY, testClock(), patience, Infinity);
  const good = { authorizationData: [{ authorizationToken: Buffer.from('AWS:password').toString('base64'), expiresAt: new Date(Date.UTC(2026, 0, 2, 12)) }] };

  test('is asked once, in the registry\'s region, with the keys alone, and let go', async () => {
    const { send, destroy } = answer(good);
    expect((await login()).expiresAt).toBe(Date.UTC(2026, 0, 2, 12));
    expect(send).toHaveBeenCalledTimes(1);
    expect(destroy).toHaveBeenCalledTimes(1);
    const client = send.mock.contexts[0] as ECRClient;
    expect(await client.config.region()).toBe('eu-west-1');
    expect(await client.config.maxAttempts()).toBe(3);
    expect(await client.config.credentials()).toMatchObject(KEYS);
  });

  const keys = (name: string) => `the registry rejected the keys (${name}): ask Collate for new keys and put them into the secret`;
  test.each<[string, string, string, string]>([
    ...['UnrecognizedClientException', 'InvalidSignatureException', 'InvalidClientTokenId', 'SignatureDoesNotMatch', 'AuthFailure', 'IncompleteSignature', 'ExpiredTokenException']
      .map((name): [string, string, string, string] => [name, '', 'keys', keys(name)]),
    ['AccessDeniedException', 'denied by the VPC endpoint policy', 'endpoint-policy', 'a VPC endpoint policy denies ECR in eu-west-1 to the keys\' account: let the policy admit the vendor\'s account'],
    ['AccessDeniedException', `${KEYS.accessKeyId} may not`, 'denied', 'the keys may not log in to the registry ([redacted] may not): ask Collate to allow ecr:GetAuthorizationToken'],
    ['ThrottlingException', '', 'throttled', 'ECR in eu-west-1 is throttling: the next run tries again'],
    ['TooManyRequestsException', '', 'throttled', 'ECR in eu-west-1 is throttling: the next run tries again'],
    ['ServerException', '', 'unavailable', 'ECR in eu-west-1 did not answer as it should (ServerException): the next run tries again; if this repeats, check the function\'s way to ECR in that region: a VPC needs NAT for another region'],
  ])('%s %j is told as %s', async (name, message, reason, text) => {
    const { destroy } = answer(awsError(name, message));
    expect(await failureOf(login())).toEqual(['ecr', reason, text]);
    expect(destroy).toHaveBeenCalledTimes(1);
  });

  test('an answer that is no login is told as one', async () => {
    answer({ authorizationData: [] });
    expect((await failureOf(login())).slice(0, 2)).toEqual(['ecr', 'response']);
  });

  test('keys that are not known yet are tried again, other refusals are not', async () => {
    const { send } = answer(awsError('UnrecognizedClientException'), good);
    await login();
    expect(send).toHaveBeenCalledTimes(2);
    jest.restoreAllMocks();
    const denied = answer(awsError('AccessDeniedException'));
    await failureOf(login(DEPLOY_PATIENCE));
    expect(denied.send).toHaveBeenCalledTimes(1);
  });
});
