import { SyncFailure } from '../../../../lib/credential-sync/handler/failure';
import { SCHEDULE_PATIENCE, systemClock } from '../../../../lib/credential-sync/handler/patience';
import { SecretReader } from '../../../../lib/credential-sync/handler/secrets';
import { sync } from '../../../../lib/credential-sync/handler/sync';
import { makeToken } from '../world';

const REQUEST = { action: 'sync', agentId: 'aws-prod', namespace: 'collate', tokenSecret: { name: 'hybrid-runner-token', key: 'token', secretArn: 'arn' } } as const;

afterEach(() => jest.restoreAllMocks());

test('a fault of the function is told by its kind alone, because nobody knows what is in its text', async () => {
  const token = makeToken();
  jest.spyOn(SecretReader.prototype, 'read').mockResolvedValue(token);
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const failure = await sync(REQUEST, () => Promise.reject(new TypeError(`no ${token}`)), new SecretReader(systemClock, SCHEDULE_PATIENCE, Infinity)).catch((error) => error);
  const log = write.mock.calls.join();
  expect(failure).toBeInstanceOf(SyncFailure);
  expect(failure.message).toBe('sync of runner "aws-prod" in namespace collate failed at kubernetes: unexpected TypeError: this is a fault of the function: report it');
  expect(log).toContain('unexpected TypeError');
  expect(`${log}${failure.stack}${JSON.stringify(failure)}`).not.toContain(token);
});
