import { EventEmitter } from 'events';
import * as https from 'https';
import { CloudFormationEvent, answerCloudFormation, isCloudFormationEvent } from '../../../../lib/credential-sync/handler/cloudformation';
import { SyncResult } from '../../../../lib/credential-sync/contract';

jest.mock('https', () => ({ request: jest.fn() }));
beforeEach(() => jest.spyOn(Math, 'random').mockReturnValue(1));
afterEach(() => jest.restoreAllMocks());

const TOKEN_SECRET = { name: 'token', key: 'token', secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x' };
const REQUEST = { action: 'sync', agentId: 'aws-prod', namespace: 'collate', tokenSecret: TOKEN_SECRET };
const RESULT: SyncResult = { agentId: 'aws-prod', namespace: 'collate', pullSecret: { name: 'pull', expiresAt: '2026-01-02' }, tokenSecret: { name: 'token', changed: false, restarted: false } };
const EVENT: CloudFormationEvent = {
  RequestType: 'Create', ResponseURL: 'https://answer/?signature', StackId: 'stack', RequestId: 'request', LogicalResourceId: 'FirstSync', ResourceProperties: { Request: JSON.stringify(REQUEST) },
};
const IDS = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'FirstSync' };

type Reply = number | 'timeout' | 'error' | 'half';

/** Answers an event, and gives what the address for answers was sent, with how. */
async function answer(event: Partial<CloudFormationEvent> = {}, run: () => Promise<SyncResult> = async () => RESULT, replies: Reply[] = [200]) {
  const sent: { url: unknown; options: any; body: string }[] = [];
  const pauses: number[] = [];
  let time = 0;
  jest.mocked(https.request).mockImplementation(((url: unknown, options: unknown, respond: (response: unknown) => void) => {
    const reply = replies.length > 1 ? replies.shift()! : replies[0];
    const request: any = new EventEmitter();
    request.destroy = (error: Error) => request.emit('error', error);
    request.end = (body: string) => {
      sent.push({ url, options, body });
      const response: any = new EventEmitter();
      if (reply === 'half') {
        response.statusCode = 500;
        response.resume = () => setImmediate(() => response.listenerCount('error') > 0 && response.emit('error', new Error('cut in half')));
        respond(response);
        return;
      }
      if (typeof reply === 'string') {
        request.emit(reply, new Error('cut'));
        return;
      }
      response.statusCode = reply;
      response.resume = () => setImmediate(() => response.emit('end'));
      respond(response);
    };
    return request;
  }) as never);
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const clock = { now: () => time, sleep: async (pause: number) => { pauses.push(pause); time += pause; } };
  const error = await answerCloudFormation({ ...EVENT, ...event }, run, clock).then(() => undefined, (reason) => reason.message);
  const log = write.mock.calls.map(([line]) => JSON.parse(String(line)));
  write.mockRestore();
  return { sent, pauses, error, log, body: JSON.parse(sent[0].body) };
}

test('CloudFormation\'s events are told from others', () => {
  expect(isCloudFormationEvent(EVENT)).toBe(true);
  [null, undefined, 'x', {}, { ResponseURL: 'x' }, { RequestType: 'Create' }].forEach((event) => expect(isCloudFormationEvent(event)).toBe(false));
});

test('a sync that succeeds is answered with what it came to, and logged without the address', async () => {
  const { sent, body, log, error } = await answer();
  expect(error).toBeUndefined();
  expect(body).toEqual({ Status: 'SUCCESS', ...IDS, PhysicalResourceId: 'credential-sync/collate', Data: { ExpiresAt: '2026-01-02', TokenChanged: 'false' } });
  expect(sent).toEqual([{ url: 'https://answer/?signature', options: { method: 'PUT', timeout: 5_000, headers: { 'content-type': '', 'content-length': Buffer.byteLength(sent[0].body) } }, body: sent[0].body }]);
  expect(log).toEqual([{ level: 'info', message: 'answer to CloudFormation', status: 'SUCCESS', requestType: 'Create' }]);
  expect((await answer({}, async () => ({ ...RESULT, pullSecret: undefined }))).body.Data).toEqual({ TokenChanged: 'false' });
});

test('a deletion runs nothing', async () => {
  const run = jest.fn();
  expect((await answer({ RequestType: 'Delete', PhysicalResourceId: 'old', ResourceProperties: {} }, run)).body).toEqual({ Status: 'SUCCESS', ...IDS, PhysicalResourceId: 'old' });
  expect(run).not.toHaveBeenCalled();
});

test.each<[string, Partial<CloudFormationEvent>, () => Promise<SyncResult>, object]>([
  ['a failed sync', {}, () => Promise.reject(new Error('why')), { Reason: 'why', PhysicalResourceId: 'credential-sync/collate' }],
  ['a thing that was thrown', {}, () => Promise.reject('why'), { Reason: 'why', PhysicalResourceId: 'credential-sync/collate' }],
  ['a long reason', {}, () => Promise.reject(new Error('x'.repeat(3_000))), { Reason: 'x'.repeat(2_500), PhysicalResourceId: 'credential-sync/collate' }],
  ['no JSON', { ResourceProperties: { Request: '{' } }, async () => RESULT, { Reason: 'the property Request is not JSON', PhysicalResourceId: 'request' }],
  ['no request', { PhysicalResourceId: 'old', ResourceProperties: { Request: '{}' } }, async () => RESULT, { Reason: 'request: action must be "sync" or "status": send the request that the runner\'s renewCommand holds', PhysicalResourceId: 'old' }],
])('%s is answered as a failure', async (_, event, run, expected) => {
  expect((await answer(event, run)).body).toEqual({ Status: 'FAILED', ...IDS, ...expected });
});

test.each<[Reply, string]>([
  [300, 'CloudFormation\'s answer address answered 300'],
  [503, 'CloudFormation\'s answer address answered 503'],
  ['timeout', 'CloudFormation\'s answer address did not answer'],
  ['error', 'cut'],
  ['half', 'cut in half'],
])('an address that ends in %s is tried for some seconds', async (reply, message) => {
  const { error, pauses } = await answer({}, undefined, [reply]);
  expect(error).toBe(message);
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000]);
});

test.each(['é', '機', '\u0000', '"', '😀'])('a long reason of %j leaves room for ids of the greatest length in the 4 KB that CloudFormation takes', async (character) => {
  const ids = { StackId: `arn:aws-us-gov:cloudformation:us-gov-west-1:111122223333:stack/${'s'.repeat(128)}/${'0'.repeat(36)}`, RequestId: '0'.repeat(36), LogicalResourceId: 'l'.repeat(255) };
  const Request = JSON.stringify({ ...REQUEST, namespace: 'n'.repeat(63) });
  const { sent, body } = await answer({ ...ids, ResourceProperties: { Request } }, () => Promise.reject(new Error(character.repeat(4_000))));
  expect(Buffer.byteLength(sent[0].body)).toBeLessThanOrEqual(4_096);
  expect(body.Reason).toMatch(new RegExp(`^(${character}){400,}$`, 'u'));
});

test('an address that comes back is answered once', async () => {
  const { error, sent } = await answer({}, undefined, [503, 299]);
  expect([error, sent.length]).toEqual([undefined, 2]);
});
