import { send } from '../../../../lib/credential-sync/handler/api-server';
import { StageFailure } from '../../../../lib/credential-sync/handler/failure';
import { Refusal, call, explain } from '../../../../lib/credential-sync/handler/kubernetes';
import { DEPLOY_PATIENCE, SCHEDULE_PATIENCE } from '../../../../lib/credential-sync/handler/patience';
import { Api, ApiAnswer, failureOf, refusal } from './api';

jest.mock('../../../../lib/credential-sync/handler/api-server', () => ({ ...jest.requireActual('../../../../lib/credential-sync/handler/api-server'), send: jest.fn() }));
beforeEach(() => jest.spyOn(Math, 'random').mockReturnValue(1));
afterEach(() => jest.restoreAllMocks());

const REQUEST = { method: 'GET', path: '/' } as const;

/** How long something is asked again, in milliseconds. */
async function insistence(answer: ApiAnswer, patience = SCHEDULE_PATIENCE): Promise<number> {
  const api = new Api([answer], patience);
  await expect(call(api.kubernetes, REQUEST)).rejects.toThrow();
  return api.pauses.reduce((sum, pause) => sum + pause, 0);
}

test('an answer is given with how long it took', async () => {
  expect(await call(new Api([{ status: 200, text: 'x' }]).kubernetes, REQUEST)).toMatchObject({ status: 200, text: 'x', duration: 0 });
  expect((await call(new Api([{ status: 299 }]).kubernetes, REQUEST)).status).toBe(299);
});

test('of many requests a few are under way at once', async () => {
  const { kubernetes } = new Api([{}]);
  let [running, most] = [0, 0];
  jest.mocked(send).mockImplementation(async () => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    return { status: 200, text: '', body: {} };
  });
  await Promise.all(Array.from({ length: 100 }, () => call(kubernetes, REQUEST)));
  expect(most).toBe(20);
});

test.each([199, 300, 404])('status %d is a refusal', async (status) => {
  const error = await call(new Api([refusal(status, 'no')]).kubernetes, REQUEST).catch((reason) => reason);
  expect(error).toBeInstanceOf(Refusal);
  expect(error).toMatchObject({ name: 'Refusal', status, message: 'no' });
});

test('a refusal without a text has none, and one with secrets has none of them', async () => {
  expect((await call(new Api([{ status: 400 }]).kubernetes, REQUEST).catch((error) => error)).message).toBe('');
  const api = new Api([refusal(400, 'value hunter2-hunter2, signature 0123456789abcdef')]);
  await expect(call(api.kubernetes, REQUEST, ['hunter2-hunter2'])).rejects.toThrow(/^value \[redacted\], signature \[redacted\]$/);
});

test('a refusal has nothing of a value that the function does not know, such as the one before', async () => {
  const api = new Api([refusal(400, `admission webhook "x" denied the request: data was ${'dmFsdWU+'.repeat(9)}`)]);
  await expect(call(api.kubernetes, REQUEST)).rejects.toThrow(/^admission webhook "x" denied the request: data was \[redacted\]$/);
});

describe('is asked again', () => {
  // Different for each kind, so that one is not taken for another.
  const patience = { ...DEPLOY_PATIENCE, unauthorized: 90_000, unreachable: 30_000 };
  const { unauthenticated, unauthorized, unavailable, unreachable } = patience;
  test.each<[string, ApiAnswer, number]>([
    ['a server that does not know the function', refusal(401), unauthenticated],
    ['a server that denies it', refusal(403, 'forbidden'), unauthorized],
    ['a busy server', refusal(429), unavailable],
    ['an ill server', refusal(500), unavailable],
    ['a webhook that does not answer', refusal(500, 'failed calling webhook "x": connect: connection refused'), unavailable],
    ['a server that resets the connection', 'ECONNRESET', unavailable],
    ['a server that does not answer', 'ANSWER_TIMEOUT', unavailable],
    ['a server that is not there', 'ECONNREFUSED', unreachable],
  ])('%s, as long as the patience goes', async (_, answer, most) => {
    const time = await insistence(answer, patience);
    expect(time).toBeGreaterThanOrEqual(most);
    expect(time).toBeLessThan(most + 8_001);
  });

  test.each<[string, ApiAnswer]>([
    ['a bad request', refusal(400)],
    ['what is missing', refusal(404)],
    ['a conflict', refusal(409)],
    ['a policy', refusal(403, 'admission webhook "x" denied it')],
    ['another policy', refusal(403, 'ValidatingAdmissionPolicy x')],
    ['a failing policy', refusal(500, 'x denied the request')],
    ['a quota', refusal(403, 'secrets "x" is forbidden: exceeded quota: objects')],
    ['a quota of another kind', refusal(403, 'secrets "x" is forbidden: failed quota: objects')],
    ['a namespace that goes', refusal(403, 'is being terminated')],
    ...['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_X', 'EPROTO'].map((code): [string, ApiAnswer] => [code, code]),
  ])('not: %s', async (_, answer) => {
    expect(await insistence(answer, DEPLOY_PATIENCE)).toBe(0);
  });

  test('a server that does not know the function once, however little patience there is', async () => {
    const api = new Api([refusal(401), {}], { ...SCHEDULE_PATIENCE, unauthenticated: 0 });
    expect((await call(api.kubernetes, REQUEST)).status).toBe(200);
    expect(api.calls).toHaveLength(2);
    expect(await insistence(refusal(401), { ...SCHEDULE_PATIENCE, unauthenticated: 0 })).toBe(250);
    const busyBefore = new Api([refusal(503), refusal(401), {}], { ...SCHEDULE_PATIENCE, unauthenticated: 0 });
    expect((await call(busyBefore.kubernetes, REQUEST)).status).toBe(200);
  });

  test('when the server wants it', async () => {
    const api = new Api([{ ...refusal(429) as object, retryAfter: 3_000 }, {}]);
    await call(api.kubernetes, REQUEST);
    expect(api.pauses).toEqual([3_000]);
  });
});

describe('is explained', () => {
  const told = async (answer: ApiAnswer) => {
    const error = await call(new Api([answer], { ...SCHEDULE_PATIENCE, unavailable: 0, unreachable: 0 }).kubernetes, REQUEST).catch((reason) => reason);
    return failureOf(Promise.reject(explain(error, 'x could not be read')));
  };

  test.each<[string, ApiAnswer, string, string]>([
    ['no way', 'ENOTFOUND', 'unreachable', 'the API server did not answer (ENOTFOUND): the cluster is gone, or was made again and has another endpoint: import it with that'],
    ['another certificate', 'CERT_X', 'certificate', 'the certificate of the API server is not the one expected (CERT_X): if the cluster was made again, import it with its new certificate authority'],
    ['an unknown function', refusal(401), 'unauthenticated', 'the cluster does not know the function: check that its access entry, or its line in aws-auth, names the function\'s role, and that the cluster\'s authentication mode admits it'],
    ['an ill server', refusal(500, 'etcd'), 'unavailable', 'the API server answered 500: etcd: the next run tries again'],
    ...['failed to call webhook: Post "https://x.y.svc:443/": dial tcp 10.0.0.1:443: connect: connection refused', 'Post "https://x.y.svc:443/": context deadline exceeded'].map((cause): [string, ApiAnswer, string, string] => [
      `a dead webhook: ${cause}`, refusal(500, `Internal error occurred: failed calling webhook "validate.acme.io": ${cause}`), 'policy',
      `a webhook of the cluster could not be asked: Internal error occurred: failed calling webhook "validate.acme.io": ${cause}: fix webhook validate.acme.io, or have it leave out the namespace, or let its failurePolicy be Ignore`,
    ]),
    ['a silent server', refusal(503), 'unavailable', 'the API server answered 503: the next run tries again'],
  ])('%s', async (_, answer, reason, text) => {
    expect(await told(answer)).toEqual([reason, text]);
  });

  test('what is explained already, and what nobody foresaw', async () => {
    const known = new StageFailure('ecr', 'a', 'b', 'c');
    expect(explain(known, 'x')).toBe(known);
    expect(await failureOf(Promise.reject(explain(new TypeError('secret'), 'x could not be read')))).toEqual(['internal', 'x could not be read: unexpected TypeError: this is a fault of the function: report it']);
  });
});
