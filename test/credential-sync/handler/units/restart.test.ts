import { SyncRequest } from '../../../../lib/credential-sync/contract';
import { restartForToken } from '../../../../lib/credential-sync/handler/restart';
import { Api, ApiAnswer, NOW, failureOf, refusal } from './api';

jest.mock('../../../../lib/credential-sync/handler/api-server', () => ({ ...jest.requireActual('../../../../lib/credential-sync/handler/api-server'), send: jest.fn() }));

const REQUEST: SyncRequest = {
  action: 'sync', agentId: 'aws-prod', namespace: 'collate', tokenSecret: { name: 'token', key: 'token', secretArn: 'arn' }, workload: { name: 'runner', serviceAccount: 'ingestion' },
};
const PATH = '/apis/apps/v1/namespaces/collate/deployments/runner';
const NOTE = 'cdk-collate-hybrid-runner/token-digest';
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
const WRITTEN = { changed: false, changedAt: NOW, repaired: false };

const time = (ago: number) => new Date(NOW - ago).toISOString();

/** A Deployment with what is noted on it, and when it and its pods were started. */
function deployment({ noted, made, restarted }: { noted?: string; made?: string; restarted?: string }): ApiAnswer {
  return { body: { metadata: { creationTimestamp: made, annotations: noted === undefined ? {} : { [NOTE]: noted } }, spec: { template: { metadata: { annotations: { [RESTARTED_AT]: restarted } } } } } };
}

/** The digest that is noted of a token. */
async function digestOf(token: string, request = REQUEST): Promise<string> {
  const api = new Api([deployment({})]);
  await restartForToken(request, token, WRITTEN, api.kubernetes);
  return api.body(1).metadata.annotations[NOTE];
}

test('without a runner there is nothing to ask', async () => {
  const api = new Api([{}]);
  expect(await restartForToken({ ...REQUEST, workload: undefined }, 'x', WRITTEN, api.kubernetes)).toBe(false);
  expect(api.calls).toEqual([]);
});

test('pods with the token are left alone', async () => {
  const api = new Api([deployment({ noted: await digestOf('x') })]);
  expect(await restartForToken(REQUEST, 'x', { ...WRITTEN, changed: true }, api.kubernetes)).toBe(false);
  expect(api.calls).toEqual([{ method: 'GET', path: PATH }]);
});

test('the digest is of this token of this runner', async () => {
  const digests = [await digestOf('x'), await digestOf('x'), await digestOf('y'), await digestOf('x', { ...REQUEST, namespace: 'other' })];
  digests.push(await digestOf('x', { ...REQUEST, tokenSecret: { ...REQUEST.tokenSecret, name: 'other' } }));
  digests.forEach((digest) => expect(digest).toMatch(/^[0-9a-f]{32}$/));
  expect(new Set(digests).size).toBe(4);
});

test('pods with another token are restarted', async () => {
  const api = new Api([deployment({ noted: 'other' })]);
  expect(await restartForToken(REQUEST, 'x', WRITTEN, api.kubernetes)).toBe(true);
  expect(api.calls[1]).toMatchObject({ method: 'PATCH', path: `${PATH}?fieldManager=cdk-collate-hybrid-runner`, body: { contentType: 'application/merge-patch+json' } });
  const annotations = { [NOTE]: await digestOf('x') };
  expect(api.body(1)).toEqual({ metadata: { annotations }, spec: { template: { metadata: { annotations } } } });
});

test('pods that may have started with what somebody else had written are restarted', async () => {
  const api = new Api([deployment({ noted: await digestOf('x') })]);
  expect(await restartForToken(REQUEST, 'x', { ...WRITTEN, repaired: true }, api.kubernetes)).toBe(true);
  expect(api.body(1).metadata.annotations).toEqual({ [NOTE]: await digestOf('x') });
  expect(api.body(1).spec.template.metadata.annotations).toEqual({ [NOTE]: await digestOf('x'), [RESTARTED_AT]: time(0) });
});

describe('where nothing is noted', () => {
  test.each<[string, ApiAnswer, Partial<typeof WRITTEN>, boolean]>([
    ['older than the token', deployment({ made: time(1) }), {}, true],
    ['as old as the token', deployment({ made: time(0) }), {}, false],
    ['newer by a restart', deployment({ made: time(9), restarted: time(-1) }), {}, false],
    ['older in spite of a restart', deployment({ made: time(9), restarted: time(1) }), {}, true],
    ['of no known age, and the token did not change', deployment({}), {}, false],
    ['of no known age, and the token changed', deployment({ made: 'never' }), { changed: true }, true],
    ['old, and nobody knows when the token changed, but it did not now', deployment({ made: time(1) }), { changedAt: undefined }, false],
    ['new, and nobody knows when the token changed, but it did now', deployment({ made: time(0) }), { changed: true, changedAt: undefined }, true],
    ['of an object without anything', { body: {} }, {}, false],
    ['of an object with a bare template', { body: { metadata: {}, spec: { template: { metadata: {} } } } }, {}, false],
    ['of an object with an empty template', { body: { spec: { template: {} } } }, {}, false],
    ['of an object with an empty spec', { body: { spec: {} } }, {}, false],
  ])('pods %s', async (_, answer, written, restarted) => {
    const api = new Api([answer]);
    expect(await restartForToken(REQUEST, 'x', { ...WRITTEN, ...written } as typeof WRITTEN, api.kubernetes)).toBe(restarted);
    expect(api.body(1).spec === undefined).toBe(!restarted);
    expect(api.body(1).metadata.annotations).toEqual({ [NOTE]: expect.any(String) });
  });
});

test.each([
  ['another token', { noted: 'other' }, {}],
  ['pods that may have started with another one', { noted: 'other' }, { repaired: true }],
  ['nothing noted', { made: time(1) }, {}],
])('a Deployment of no pods has nothing to restart, with %s, and what it has from now on is noted', async (_, state, written) => {
  const { body } = deployment(state) as { body: any };
  const api = new Api([{ body: { ...body, spec: { ...body.spec, replicas: 0 } } }]);
  expect(await restartForToken(REQUEST, 'x', { ...WRITTEN, ...written }, api.kubernetes)).toBe(false);
  expect(api.body(1)).toEqual({ metadata: { annotations: { [NOTE]: await digestOf('x') } } });
});

test('a Deployment that is not there yet is no failure', async () => {
  expect(await restartForToken(REQUEST, 'x', WRITTEN, new Api([refusal(404)]).kubernetes)).toBe(false);
});

test('what fails is told', async () => {
  const fail = (answer: ApiAnswer) => failureOf(restartForToken(REQUEST, 'x', WRITTEN, new Api([answer]).kubernetes));
  expect(await fail(refusal(403))).toEqual(['unauthorized', 'Deployment collate/runner may not be restarted, and its pods may still have the old token: the Role collate-credential-sync lacks the verbs get and patch on it: deploy the stack with another value of reapply']);
  expect(await fail(refusal(400))).toEqual(['unavailable', 'the API server answered 400: the next run tries again']);
  const { kubernetes } = new Api([{}]);
  expect((await failureOf(restartForToken(REQUEST, 'x', WRITTEN, { ...kubernetes, token: () => Promise.reject(new Error()) })))[1]).toMatch(/^Deployment collate\/runner could not be restarted: unexpected Error/);
});
