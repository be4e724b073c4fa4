import type { Context } from 'aws-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { handler } from '../../../../lib/credential-sync/handler';
import { answerCloudFormation } from '../../../../lib/credential-sync/handler/cloudformation';
import { DEPLOY_PATIENCE, SCHEDULE_PATIENCE } from '../../../../lib/credential-sync/handler/patience';
import { makeToken } from '../world';
import { Api, NOW, refusal } from './api';
import { captureLines } from './output';

jest.mock('../../../../lib/credential-sync/handler/api-server', () => ({ ...jest.requireActual('../../../../lib/credential-sync/handler/api-server'), send: jest.fn() }));
jest.mock('../../../../lib/credential-sync/handler/cloudformation', () => ({ ...jest.requireActual('../../../../lib/credential-sync/handler/cloudformation'), answerCloudFormation: jest.fn() }));

const REQUEST = { action: 'sync', agentId: 'aws-prod', namespace: 'collate', tokenSecret: { name: 'token', key: 'token', secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:token' } };
const STATUS = { ...REQUEST, action: 'status', workload: { name: 'runner', serviceAccount: 'ingestion' } };
const EVENT = { RequestType: 'Create', ResponseURL: 'https://answer', StackId: 'stack', RequestId: 'request', LogicalResourceId: 'FirstSync', ResourceProperties: {} };
const ENVIRONMENT = { CLUSTER_NAME: 'data', AWS_REGION: 'eu-central-1', CLUSTER_ENDPOINT: 'https://api', CLUSTER_CERTIFICATE_AUTHORITY: 'UEVN', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };

captureLines();
const environment = { ...process.env };
beforeEach(() => {
  Object.assign(process.env, ENVIRONMENT);
  jest.useFakeTimers({ now: NOW });
  jest.spyOn(Math, 'random').mockReturnValue(1);
  jest.spyOn(SecretsManagerClient.prototype, 'send').mockImplementation(async () => ({ SecretString: makeToken() }));
  jest.mocked(answerCloudFormation).mockReset().mockImplementation(async (_, run) => {
    await run(REQUEST as never);
  });
});
afterEach(() => {
  process.env = { ...environment };
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** What the function gives for an event, or fails with, and how long that took it. */
async function invoke(event: unknown, remaining = 300_000): Promise<{ result: any; error: any; duration: number }> {
  const start = Date.now();
  let end = 0;
  const work = handler(event, { getRemainingTimeInMillis: () => remaining } as Context).finally(() => {
    end = Date.now();
  });
  const outcome = work.then((result) => ({ result, error: undefined }), (error) => ({ result: undefined, error }));
  await jest.advanceTimersByTimeAsync(300_000);
  return { ...await outcome, duration: end - start };
}

test('a request to sync syncs, and gives the result', async () => {
  const api = new Api([{}]);
  expect(await invoke(REQUEST)).toEqual({ result: { agentId: 'aws-prod', namespace: 'collate', tokenSecret: { name: 'token', changed: true, restarted: false } }, error: undefined, duration: 0 });
  expect(api.calls.map(({ method }) => method)).toEqual(['PATCH']);
  expect(answerCloudFormation).not.toHaveBeenCalled();
});

test('a request for the status gives a report, and reads no secret', async () => {
  new Api([refusal(404)]);
  const { result } = await invoke(STATUS);
  expect(result).toMatchObject({ agentId: 'aws-prod', healthy: false });
  expect(result.checks[0]).toMatchObject({ name: 'runner-ready', seen: 'Deployment runner does not exist' });
  expect(SecretsManagerClient.prototype.send).not.toHaveBeenCalled();
});

test('an event of CloudFormation is answered, and gives nothing', async () => {
  new Api([{}]);
  expect(await invoke(EVENT)).toEqual({ result: undefined, error: undefined, duration: 0 });
  expect(jest.mocked(answerCloudFormation).mock.calls[0][0]).toBe(EVENT);
});

test.each<[unknown, string]>([[{}, 'action must be "sync" or "status"'], [{ ...REQUEST, action: 'status' }, 'workload is missing, which status needs']])('what is no request fails: %j', async (event, message) => {
  expect((await invoke(event)).error?.message).toContain(message);
});

describe('a function without rights', () => {
  test('waits for them at deployment alone', async () => {
    new Api([refusal(403, 'forbidden')]);
    const duration = async (event: unknown) => (await invoke(event)).duration;
    expect(await duration(REQUEST)).toBeLessThan(2 * SCHEDULE_PATIENCE.unauthorized);
    expect(await duration(EVENT)).toBeGreaterThanOrEqual(DEPLOY_PATIENCE.unauthorized);
    expect(await duration(STATUS)).toBe(0);
  });

  test('waits for the right to a secret too', async () => {
    jest.spyOn(SecretsManagerClient.prototype, 'send').mockImplementation(async () => {
      throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    });
    expect((await invoke(REQUEST)).duration).toBe(0);
    expect((await invoke(EVENT)).duration).toBeGreaterThanOrEqual(DEPLOY_PATIENCE.accessDenied);
    expect((await invoke(EVENT, 40_000)).duration).toBeLessThan(25_000);
  });

  test('leaves itself 15 seconds to say so', async () => {
    new Api([refusal(403, 'forbidden')]);
    const { error, duration } = await invoke(EVENT, 65_000);
    expect(error.message).toContain('Secret collate/token may not be written');
    expect(duration).toBeLessThan(50_000);
    expect(duration).toBeGreaterThan(40_000);
  });
});
