import { ECRClient } from '@aws-sdk/client-ecr';
import { SyncRequest } from '../../../../lib/credential-sync/contract';
import { SyncFailure } from '../../../../lib/credential-sync/handler/failure';
import { Kubernetes } from '../../../../lib/credential-sync/handler/kubernetes';
import { SCHEDULE_PATIENCE } from '../../../../lib/credential-sync/handler/patience';
import { SecretReader } from '../../../../lib/credential-sync/handler/secrets';
import { sync } from '../../../../lib/credential-sync/handler/sync';
import { makeKeys, makeToken } from '../world';
import { Api, ApiAnswer, NOW, refusal } from './api';
import { captureLines } from './output';

jest.mock('../../../../lib/credential-sync/handler/api-server', () => ({ ...jest.requireActual('../../../../lib/credential-sync/handler/api-server'), send: jest.fn() }));

const HOUR = 3_600_000;
const ACCOUNT = '118146679784';
const HOST = `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`;
const REQUEST: SyncRequest = { action: 'sync', agentId: 'aws-prod', namespace: 'collate', tokenSecret: { name: 'token', key: 'jwt', secretArn: 'token-arn' } };
const PULL_SECRET = { name: 'pull', credentialsSecretArn: 'keys-arn', registryAccount: ACCOUNT, registryRegion: 'eu-west-1', registryHost: HOST };

const lines = captureLines();
const TOKEN = makeToken({ exp: (NOW + 48 * HOUR) / 1000 });
let secrets: Record<string, string>;

beforeEach(() => {
  secrets = { 'token-arn': TOKEN, 'keys-arn': JSON.stringify(makeKeys()) };
  jest.spyOn(SecretReader.prototype, 'read').mockImplementation(async (arn) => secrets[arn].trim());
  jest.spyOn(SecretReader.prototype, 'readExactly').mockImplementation(async (arn) => secrets[arn]);
  registryAnswers();
});
afterEach(() => jest.restoreAllMocks());

function registryAnswers({ life = 12 * HOUR, account = ACCOUNT as string | undefined } = {}) {
  const proxyEndpoint = account && `https://${account}.dkr.ecr.eu-west-1.amazonaws.com`;
  jest.spyOn(ECRClient.prototype, 'send').mockImplementation(async () => ({
    authorizationData: [{ authorizationToken: Buffer.from('AWS:password').toString('base64'), expiresAt: new Date(NOW + life), proxyEndpoint }],
  }));
}

/** The answer to an apply: the Secret was changed just now, or long ago. */
function applied(changed = true): ApiAnswer {
  const entry = { manager: 'cdk-collate-hybrid-runner', operation: 'Apply', time: new Date(NOW - (changed ? 0 : HOUR)).toISOString() };
  return { serverTime: NOW, body: { metadata: { managedFields: [entry] } } };
}

function run(changes: Partial<SyncRequest> = {}, api = new Api([applied()]), connect: () => Promise<Kubernetes> = async () => api.kubernetes) {
  return sync({ ...REQUEST, ...changes }, connect, new SecretReader(api.kubernetes.clock, SCHEDULE_PATIENCE, Infinity));
}

const failureOf = (work: Promise<unknown>) => work.then(() => undefined, (error) => error);
const metrics = () => lines().filter(({ _aws }) => _aws).map(({ _aws, AgentId, Cluster, ...values }) => values);
const logged = (level: string) => lines().filter((line) => line.level === level).map(({ level: _, ...line }) => line);

/** What was applied, by the name of the Secret. */
function written(api: Api): Record<string, unknown> {
  return Object.fromEntries(api.calls.filter(({ method }) => method === 'PATCH').map((_, call) => api.body(call)).map(({ metadata, type, data }) => [metadata.name, {
    type, annotations: metadata.annotations, ...Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(String(value), 'base64').toString()])),
  }]));
}

test('every Secret is written, and what came of it is told', async () => {
  Object.assign(secrets, { 'text-arn': ' spaces and all ', 'field-arn': '{"password":"hunter2"}' });
  const api = new Api([applied()]);
  const connect = jest.fn(async () => {
    await api.kubernetes.clock.sleep(7);
    return api.kubernetes;
  });
  const connectorSecrets = [{ name: 'text', secretArn: 'text-arn' }, { name: 'field', secretArn: 'field-arn', field: 'password' }];
  expect(await run({ pullSecret: PULL_SECRET, connectorSecrets }, api, connect)).toEqual({
    agentId: 'aws-prod',
    namespace: 'collate',
    pullSecret: { name: 'pull', expiresAt: '2026-01-02T12:00:00.000Z' },
    tokenSecret: { name: 'token', changed: true, restarted: false, expiresAt: '2026-01-04T00:00:00.000Z' },
    connectorSecrets: [{ name: 'text', changed: true }, { name: 'field', changed: true }],
  });
  expect(connect).toHaveBeenCalledTimes(1);
  const expires = (timestamp: string) => ({ 'cdk-collate-hybrid-runner/expires-at': timestamp });
  expect(written(api)).toEqual({
    pull: { 'type': 'kubernetes.io/dockerconfigjson', 'annotations': expires('2026-01-02T12:00:00.000Z'), '.dockerconfigjson': JSON.stringify({ auths: { [HOST]: { auth: 'QVdTOnBhc3N3b3Jk' } } }) },
    token: { type: 'Opaque', annotations: expires('2026-01-04T00:00:00.000Z'), jwt: TOKEN },
    text: { type: 'Opaque', value: ' spaces and all ' },
    field: { type: 'Opaque', value: 'hunter2' },
  });
  expect(metrics()).toEqual([{ SyncSucceeded: 1, SyncFailures: 0, SyncDuration: 7, SecondsToExpiry: 43_200 }]);
  const about = { agentId: 'aws-prod', namespace: 'collate', changed: true };
  expect(logged('info').sort((one, other) => one.name < other.name ? -1 : 1)).toEqual([
    { message: 'wrote a connector\'s Secret', ...about, name: 'field' },
    { message: 'wrote the pull secret', ...about, name: 'pull', expiresAt: '2026-01-02T12:00:00.000Z' },
    { message: 'wrote a connector\'s Secret', ...about, name: 'text' },
    { message: 'wrote the token Secret', ...about, name: 'token', restarted: false },
  ]);
  expect([logged('warning'), logged('error')]).toEqual([[], []]);
});

test('only what is asked for is written, and told', async () => {
  secrets['token-arn'] = makeToken();
  const api = new Api([applied(false)]);
  expect(await run({}, api)).toEqual({ agentId: 'aws-prod', namespace: 'collate', tokenSecret: { name: 'token', changed: false, restarted: false } });
  expect(Object.keys(written(api))).toEqual(['token']);
  expect(metrics()).toEqual([{ SyncSucceeded: 1, SyncFailures: 0, SyncDuration: 0 }]);
});

test('a token in a field is read of it, and pods with another one are restarted', async () => {
  secrets['token-arn'] = JSON.stringify({ token: TOKEN });
  const api = new Api(({ path }) => path.includes('/deployments/') ? { body: { metadata: { annotations: { 'cdk-collate-hybrid-runner/token-digest': 'other' } } } } : applied());
  const { tokenSecret } = await run({ tokenSecret: { ...REQUEST.tokenSecret, field: 'token' }, workload: { name: 'runner', serviceAccount: 'ingestion' } }, api);
  expect(tokenSecret).toMatchObject({ changed: true, restarted: true });
  expect(logged('info')).toEqual([{ message: 'wrote the token Secret', agentId: 'aws-prod', namespace: 'collate', name: 'token', changed: true, restarted: true }]);
});

test.each(['pull', 'token', 'password'])('what somebody else wrote into a Secret is written over, which is logged: %s', async (name) => {
  secrets['password-arn'] = 'hunter2';
  const causes = [{ field: '.data.x', message: 'conflict with "kubectl-edit" using v1' }];
  const api = new Api(({ path }) => path.includes(`/secrets/${name}?`) && path.endsWith('force=false') ? refusal(409, 'conflict', { details: { causes } }) : applied());
  await run({ pullSecret: PULL_SECRET, connectorSecrets: [{ name: 'password', secretArn: 'password-arn' }] }, api);
  expect(logged('warning')).toEqual([{ message: 'somebody else had changed the Secret, which was written over', agentId: 'aws-prod', namespace: 'collate', name, by: ['kubectl-edit'] }]);
});

describe('a warning', () => {
  const warnings = async (answer: Parameters<typeof registryAnswers>[0]) => {
    registryAnswers(answer);
    await run({ pullSecret: PULL_SECRET });
    return logged('warning');
  };

  test('is given of a registry of another account than the images\'', async () => {
    expect(await warnings({ account: '999988887777' })).toEqual([{ message: `the keys log in to the registry of account 999988887777, and the images are pulled from ${ACCOUNT}`, agentId: 'aws-prod' }]);
    expect(await warnings({ account: undefined })).toHaveLength(1);
  });

  test('is given of a registry token that ends within the hour', async () => {
    expect(await warnings({ life: HOUR })).toEqual([]);
    expect(await warnings({ life: HOUR - 1 })).toEqual([{ message: 'the registry token ends at 2026-01-02T00:59:59.999Z, much sooner than after its usual 12 hours', agentId: 'aws-prod' }]);
  });
});

describe('what fails', () => {
  const denied = (name: string) => new Api(({ path }) => path.includes(`/secrets/${name}?`) ? refusal(422, 'Too long') : applied());
  const invalid = (name: string) => `kubernetes: Secret collate/${name} was refused: Too long: check the value in Secrets Manager`;

  test.each(['pull', 'token', 'password'])('does not hinder the others: %s', async (name) => {
    secrets['password-arn'] = 'hunter2';
    const api = denied(name);
    const failure = await failureOf(run({ pullSecret: PULL_SECRET, connectorSecrets: [{ name: 'password', secretArn: 'password-arn' }] }, api));
    expect(failure).toBeInstanceOf(SyncFailure);
    expect(failure.message).toBe(`sync of runner "aws-prod" in namespace collate failed at ${invalid(name)}`);
    expect(Object.keys(written(api)).sort()).toEqual(['password', 'pull', 'token']);
    expect(logged('info').map((line) => line.name).sort()).toEqual(['password', 'pull', 'token'].filter((other) => other !== name));
    expect(logged('error')).toEqual([{ message: `Secret collate/${name} was refused: Too long`, agentId: 'aws-prod', name, stage: 'kubernetes', reason: 'invalid' }]);
    expect(metrics()).toEqual([{ SyncSucceeded: 0, SyncFailures: 1, SyncDuration: 0, ...name !== 'pull' && { SecondsToExpiry: 43_200 } }, { Stage: 'kubernetes', SyncFailures: 1 }]);
  });

  test('without an answer is logged with the Secret that it was about', async () => {
    await failureOf(run({ pullSecret: PULL_SECRET }, new Api(({ path }) => path.includes('/secrets/token?') ? 'ECONNREFUSED' : applied())));
    expect(logged('error')).toEqual([{ message: 'the API server did not answer (ECONNREFUSED)', agentId: 'aws-prod', name: 'token', stage: 'kubernetes', reason: 'unreachable' }]);
  });

  test('together is told together', async () => {
    secrets['token-arn'] = '';
    const { message } = await failureOf(run({ pullSecret: PULL_SECRET }, denied('pull')));
    expect(message).toBe(`sync of runner "aws-prod" in namespace collate failed at ${invalid('pull')}; secretsmanager: secret token-arn is empty: put in the token that Collate shows for the runner, as it is`);
    expect(metrics().slice(1)).toEqual([{ Stage: 'kubernetes', SyncFailures: 1 }, { Stage: 'secretsmanager', SyncFailures: 1 }]);
  });

  test('has no value in its text that was to be written', async () => {
    secrets['password-arn'] = 'hunter2-hunter2';
    const { accessKeyId, secretAccessKey } = JSON.parse(secrets['keys-arn']);
    const values: Record<string, string[]> = { pull: ['QVdTOnBhc3N3b3Jk', 'password', accessKeyId, secretAccessKey], token: [TOKEN], password: ['hunter2-hunter2'] };
    const api = new Api(({ path }) => refusal(422, values[/secrets\/(\w+)/.exec(path)![1]].join(' ')));
    const { failures } = await failureOf(run({ pullSecret: PULL_SECRET, connectorSecrets: [{ name: 'password', secretArn: 'password-arn' }] }, api));
    const hidden = (count: number) => Array(count).fill('[redacted]').join(' ');
    expect(failures.map(({ message }: Error) => message)).toEqual([['pull', 4], ['token', 1], ['password', 1]].map(([name, count]) => `Secret collate/${name} was refused: ${hidden(Number(count))}`));
  });

  test('by a fault of the function is told by its kind alone, because nobody knows what is in its text', async () => {
    const failure = await failureOf(run({}, undefined, () => Promise.reject(new TypeError(`no ${TOKEN}`))));
    expect(failure).toBeInstanceOf(SyncFailure);
    expect(failure.message).toBe('sync of runner "aws-prod" in namespace collate failed at kubernetes: unexpected TypeError: this is a fault of the function: report it');
    expect(logged('error')).toEqual([{ message: 'unexpected TypeError', agentId: 'aws-prod', name: 'token', stage: 'kubernetes', reason: 'internal' }]);
    expect(`${JSON.stringify([lines(), failure])}${failure.stack}`).not.toContain(TOKEN);
  });
});
