import { EKSClient } from '@aws-sdk/client-eks';
import { connect } from '../../../../lib/credential-sync/handler/connection';
import { DEPLOY_PATIENCE, SCHEDULE_PATIENCE } from '../../../../lib/credential-sync/handler/patience';
import { checkEksToken } from '../eks-token-check';
import { makeKeys } from '../world';
import { NOW, failureOf } from './api';

const KEYS = { ...makeKeys(), sessionToken: 'session' };
const ENVIRONMENT = {
  CLUSTER_NAME: 'data', AWS_REGION: 'eu-central-1', CLUSTER_ENDPOINT: 'https://api', CLUSTER_CERTIFICATE_AUTHORITY: Buffer.from('PEM').toString('base64'),
  AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey, AWS_SESSION_TOKEN: KEYS.sessionToken,
};

const environment = { ...process.env };
beforeEach(() => Object.assign(process.env, ENVIRONMENT));
afterEach(() => {
  process.env = { ...environment };
  jest.restoreAllMocks();
});

const clock = { now: () => NOW, sleep: async () => {} };
const start = () => connect(clock, SCHEDULE_PATIENCE, NOW + 1);

/** What EKS says of the cluster, or an error. */
function eksAnswers(answer: unknown) {
  const send = jest.spyOn(EKSClient.prototype, 'send').mockImplementation(async () => {
    if (answer instanceof Error) {
      throw answer;
    }
    return answer;
  });
  return { send, destroy: jest.spyOn(EKSClient.prototype, 'destroy') };
}

test('the cluster of the environment is reached without asking anybody', async () => {
  const { send } = eksAnswers(new Error());
  expect(await start()).toEqual({ server: { endpoint: 'https://api', certificateAuthority: 'PEM' }, token: expect.any(Function), clock, patience: SCHEDULE_PATIENCE, deadline: NOW + 1 });
  expect(send).not.toHaveBeenCalled();
});

test('a token is signed with the keys that the function has at that time', async () => {
  const { token } = await start();
  expect(() => checkEksToken('', 'data', KEYS, 'sts.eu-central-1.amazonaws.com', NOW)).toThrow();
  checkEksToken(await token(), 'data', KEYS, 'sts.eu-central-1.amazonaws.com', NOW);
  const renewed = { ...makeKeys(), sessionToken: 'renewed' };
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: renewed.accessKeyId, AWS_SECRET_ACCESS_KEY: renewed.secretAccessKey, AWS_SESSION_TOKEN: renewed.sessionToken });
  checkEksToken(await token(), 'data', renewed, 'sts.eu-central-1.amazonaws.com', NOW);
});

describe.each(['CLUSTER_ENDPOINT', 'CLUSTER_CERTIFICATE_AUTHORITY'])('without %s', (variable) => {
  beforeEach(() => {
    delete process.env[variable];
  });
  const instead = 'or import the cluster with clusterEndpoint and clusterCertificateAuthorityData';
  const wait = 'cluster data has no endpoint yet: wait until it is ACTIVE, then renew';
  const failure = (name: string) => Object.assign(new Error('secret'), { name });

  test('EKS is asked once, in the cluster\'s region, and let go', async () => {
    const { send, destroy } = eksAnswers({ cluster: { endpoint: 'https://other', certificateAuthority: { data: Buffer.from('OTHER').toString('base64') } } });
    expect((await start()).server).toEqual({ endpoint: 'https://other', certificateAuthority: 'OTHER' });
    expect([send.mock.calls.length, destroy.mock.calls.length]).toEqual([1, 1]);
    expect((send.mock.calls[0][0] as unknown as { input: unknown }).input).toEqual({ name: 'data' });
    const { config } = send.mock.contexts[0] as EKSClient;
    expect([await config.region(), await config.maxAttempts()]).toEqual(['eu-central-1', 3]);
  });

  test.each<[string, unknown, string, string?]>([
    ['that does not exist', failure('ResourceNotFoundException'), 'cluster data does not exist: it is gone, or its name or the stack\'s region is wrong: correct it where it is imported'],
    ['that may not be described', failure('AccessDeniedException'), `cluster data may not be described by the function: a VPC endpoint policy, a permissions boundary or a service control policy denies eks:DescribeCluster: admit the function's role, ${instead}`, 'denied'],
    ['that is out of reach', failure('TimeoutError'), `cluster data could not be described (TimeoutError): check that the function has a way to EKS, ${instead}`],
    ['that EKS says nothing of', {}, wait],
    ['that has no endpoint', { cluster: { certificateAuthority: { data: 'UEVN' } } }, wait],
    ['that has no certificate authority', { cluster: { endpoint: 'https://api' } }, wait],
    ['whose certificate authority is empty', { cluster: { endpoint: 'https://api', certificateAuthority: {} } }, wait],
  ])('a cluster %s is told', async (_, answer, message, reason = 'cluster') => {
    const { destroy } = eksAnswers(answer);
    expect(await failureOf(start())).toEqual([reason, message]);
    expect(destroy).toHaveBeenCalledTimes(1);
  });

  test.each([[DEPLOY_PATIENCE, 3], [SCHEDULE_PATIENCE, 1]])('a denial, whose rights may be seconds old, is waited for at deployment alone', async (patience, calls) => {
    let now = NOW;
    const patient = { now: () => now, sleep: async (pause: number) => { now += pause; } };
    const { send } = eksAnswers({ cluster: { endpoint: 'https://api', certificateAuthority: { data: 'UEVN' } } });
    [1, 2].forEach(() => send.mockRejectedValueOnce(failure('AccessDeniedException') as never));
    await connect(patient, patience, NOW + 60_000).catch(() => undefined);
    expect(send).toHaveBeenCalledTimes(calls);
  });

  test('no other trouble is waited for', async () => {
    const { send } = eksAnswers(failure('ResourceNotFoundException'));
    await failureOf(connect(clock, DEPLOY_PATIENCE, NOW + 60_000));
    expect(send).toHaveBeenCalledTimes(1);
  });
});

test.each(['CLUSTER_NAME', 'AWS_REGION'])('without %s there is no connection', async (name) => {
  process.env[name] = '';
  expect(await failureOf(start())).toEqual(['environment', `environment variable ${name} is not set: cdk deploy --revert-drift sets it again`]);
});

test.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])('without %s there is no token', async (name) => {
  const { token } = await start();
  delete process.env[name];
  await expect(async () => token()).rejects.toThrow(`environment variable ${name} is not set`);
});
