import { ApiResponse, send } from '../../../../lib/credential-sync/handler/api-server';
import { apply } from '../../../../lib/credential-sync/handler/secret-object';
import { Api, ApiAnswer, NOW, failureOf, refusal } from './api';

jest.mock('../../../../lib/credential-sync/handler/api-server', () => ({ ...jest.requireActual('../../../../lib/credential-sync/handler/api-server'), send: jest.fn() }));

const SECRET = { namespace: 'collate', name: 'token', type: 'Opaque', data: { token: 'value' } } as const;
const PATH = '/api/v1/namespaces/collate/secrets/token?fieldManager=cdk-collate-hybrid-runner&force=';

/** The answer to an apply, when our fields changed so long before the server's clock. */
function applied(ago: number, more: Partial<Exclude<ApiAnswer, string>> = {}): ApiAnswer {
  const entry = { manager: 'cdk-collate-hybrid-runner', operation: 'Apply', time: new Date(NOW - ago).toISOString() };
  const others = [{ ...entry, manager: 'kubectl', time: new Date(NOW).toISOString() }, { ...entry, operation: 'Update', time: new Date(NOW).toISOString() }];
  return { status: 200, serverTime: NOW, body: { metadata: { managedFields: [...others, entry] } }, ...more };
}

test('is sent as a whole, without force', async () => {
  const api = new Api([applied(0)]);
  await apply({ ...SECRET, expiresAt: NOW }, api.kubernetes, []);
  expect(api.calls).toEqual([{ method: 'PATCH', path: `${PATH}false`, body: { contentType: 'application/apply-patch+yaml', text: expect.any(String) } }]);
  expect(api.body(0)).toEqual({
    apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data: { token: 'dmFsdWU=' },
    metadata: { name: 'token', namespace: 'collate', annotations: { 'cdk-collate-hybrid-runner/expires-at': '2026-01-02T00:00:00.000Z' } },
  });
  await apply(SECRET, api.kubernetes, []);
  expect(api.body(1).metadata).toEqual({ name: 'token', namespace: 'collate' });
});

test.each<[string, ApiAnswer, boolean, number | undefined]>([
  ['made', applied(60_000, { status: 201 }), true, NOW - 60_000],
  ['changed in this second', applied(1_000), true, NOW - 1_000],
  ['changed before that', applied(1_001), false, NOW - 1_001],
  ['of a server that tells no time', applied(60_000, { serverTime: undefined }), true, NOW - 60_000],
  ['of a server that tells no changes', { status: 200, serverTime: NOW, body: {} }, true, undefined],
])('one that was %s says so', async (_, answer, changed, changedAt) => {
  expect(await apply(SECRET, new Api([answer]).kubernetes, [])).toEqual({ changed, changedAt, repaired: false });
});

test('one that was changed while the server took its time says so', async () => {
  const { kubernetes } = new Api([{}]);
  jest.mocked(send).mockImplementation(async () => {
    await kubernetes.clock.sleep(3_000);
    return { text: '', ...applied(3_500) as object } as ApiResponse;
  });
  expect((await apply(SECRET, kubernetes, [])).changed).toBe(true);
});

/** The answer where the Secret had the content already: the server has no time of a change that changed nothing. */
function takenOver(...others: object[]): ApiAnswer {
  return { status: 200, serverTime: NOW, body: { metadata: { managedFields: [...others, { manager: 'cdk-collate-hybrid-runner', operation: 'Apply', fieldsV1: { 'f:data': {} } }] } } };
}

test.each<[string, ApiAnswer, number | undefined]>([
  ['when others wrote its data last', takenOver(
    { manager: 'a', time: new Date(NOW - 9_000).toISOString(), fieldsV1: { 'f:data': {} } },
    { manager: 'b', time: new Date(NOW - 5_000).toISOString(), fieldsV1: { 'f:data': {} } },
    { manager: 'c', time: new Date(NOW).toISOString(), fieldsV1: { 'f:metadata': {} } },
    { manager: 'd', time: new Date(NOW).toISOString() },
  ), NOW - 5_000],
  ['nothing where nobody says so', takenOver(), undefined],
])('one that had the content already is unchanged, and says %s', async (_, answer, changedAt) => {
  expect(await apply(SECRET, new Api([answer]).kubernetes, [])).toEqual({ changed: false, changedAt, repaired: false });
});

describe('what somebody else wrote', () => {
  const conflict = (...fields: (string | undefined)[]) => refusal(409, 'conflict', { details: { causes: fields.map((field) => ({ field })) } });

  test.each<[string, ApiAnswer, boolean]>([
    ['the value', conflict('.metadata.labels', '.data.token'), true],
    ['something else', conflict('.metadata.annotations.data.x', undefined), false],
    ['who knows what', refusal(409, 'conflict'), false],
  ])('is overwritten: %s', async (_, answer, repaired) => {
    const api = new Api([answer, applied(0)]);
    expect(await apply(SECRET, api.kubernetes, [])).toEqual({ changed: true, changedAt: NOW, repaired });
    expect(api.calls.map(({ path }) => path)).toEqual([`${PATH}false`, `${PATH}true`]);
    expect(api.body(1)).toEqual(api.body(0));
  });

  test('is told with who that was', async () => {
    const causes = [
      { field: '.data.token', message: 'conflict with "kubectl-edit" using v1' },
      { field: '.data.other', message: 'conflict with "kubectl-edit" using v1' },
      { field: '.data.more', message: 'conflict with "helm" with subresource "status" using v1' },
      { field: '.data.none' },
      { field: '.metadata.labels', message: 'conflict with "argocd" using v1' },
    ];
    expect(await apply(SECRET, new Api([refusal(409, 'conflict', { details: { causes } }), applied(0)]).kubernetes, [])).toEqual({ changed: true, changedAt: NOW, repaired: true, by: ['kubectl-edit', 'helm'] });
  });
});

test.each<[string, ApiAnswer, string, string]>([
  ['by a policy', refusal(403, 'admission webhook "x" denied it'), 'policy', 'a policy of the cluster refused Secret collate/token: admission webhook "x" denied it: let the policy admit it'],
  ['by a quota', refusal(403, 'secrets "token" is forbidden: exceeded quota: objects, requested: secrets=1'), 'quota', 'a quota refused Secret collate/token: secrets "token" is forbidden: exceeded quota: objects, requested: secrets=1: raise the quota of the namespace, or delete from it what nobody needs, then renew'],
  ['by a namespace that goes', refusal(403, 'is being terminated'), 'terminating', 'namespace collate is being deleted: wait until it is gone, then deploy the stack with another value of reapply'],
  ['for want of a right', refusal(403, 'no'), 'unauthorized', 'Secret collate/token may not be written: either namespace collate does not exist, or the Role collate-credential-sync in it lacks the verbs create and patch on that Secret: deploy the stack with another value of reapply; or the function\'s access entry, or its line in aws-auth, lacks its group'],
  ['for want of a namespace', refusal(404, 'no'), 'missing', 'namespace collate does not exist: create it, or deploy the stack with another value of reapply'],
  ['as immutable', refusal(422, 'data: field is immutable'), 'immutable', 'Secret collate/token is marked immutable: delete it, and renew'],
  ['for its type', refusal(422, 'type: field is immutable'), 'type', 'Secret collate/token exists with another type than Opaque, which cannot be changed: delete it, and renew'],
  ['as of an invalid type', refusal(422, 'type: Invalid value'), 'type', 'Secret collate/token exists with another type than Opaque, which cannot be changed: delete it, and renew'],
  ['as an invalid value', refusal(422, 'data[a b]: Invalid value'), 'invalid', 'Secret collate/token was refused: data[a b]: Invalid value: check the value in Secrets Manager'],
  ['as of a type unknown to it', refusal(422, 'no such type'), 'invalid', 'Secret collate/token was refused: no such type: check the value in Secrets Manager'],
  ['as too long', refusal(422, 'data: Too long'), 'invalid', 'Secret collate/token was refused: data: Too long: check the value in Secrets Manager'],
  ['in spite of force', refusal(409, 'the object has been modified'), 'unavailable', 'the API server answered 409: the object has been modified: the next run tries again'],
  ['with its value', refusal(422, 'data: value hunter2-hunter2, dmFsdWU='), 'invalid', 'Secret collate/token was refused: data: value [redacted], [redacted]: check the value in Secrets Manager'],
  ['for another reason', refusal(400, 'no'), 'unavailable', 'the API server answered 400: no: the next run tries again'],
  ['without an answer', 'CERT_X', 'certificate', 'the certificate of the API server is not the one expected (CERT_X): if the cluster was made again, import it with its new certificate authority'],
])('one that is refused %s says so', async (_, answer, reason, text) => {
  expect(await failureOf(apply(SECRET, new Api([answer], { accessDenied: 0, keysRejected: 0, unauthenticated: 0, unauthorized: 0, unavailable: 0, unreachable: 0 }).kubernetes, ['hunter2-hunter2']))).toEqual([reason, text]);
});

test.each<[string, string, string]>([
  ['prototype', 'data: Forbidden: field is immutable when `immutable` is set', 'immutable'],
  ['prototype', 'data: Too long: may not be more than 1048576 bytes', 'invalid'],
  ['immutable', 'data: Too long: may not be more than 1048576 bytes', 'invalid'],
  ['immutable', 'type: Invalid value: "Opaque": field is immutable', 'type'],
])('one whose name is %s is told by what is said of it: %s', async (name, complaint, reason) => {
  const { kubernetes } = new Api([refusal(422, `Secret "${name}" is invalid: ${complaint}`)]);
  expect((await failureOf(apply({ ...SECRET, name }, kubernetes, [])))[0]).toBe(reason);
});

test('a fault of the function says what it was about', async () => {
  const { kubernetes } = new Api([{}]);
  expect(await failureOf(apply(SECRET, { ...kubernetes, token: () => Promise.reject(new TypeError('x')) }, []))).toEqual(['internal', 'Secret collate/token could not be written: unexpected TypeError: this is a fault of the function: report it']);
});
