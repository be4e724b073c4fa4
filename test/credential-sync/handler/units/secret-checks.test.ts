import { checkConnectorSecret, checkPullSecret, checkTokenSecret } from '../../../../lib/credential-sync/handler/secret-checks';
import { Api, ApiAnswer, NOW, refusal } from './api';

jest.mock('../../../../lib/credential-sync/handler/api-server', () => ({ ...jest.requireActual('../../../../lib/credential-sync/handler/api-server'), send: jest.fn() }));

const HOUR = 3_600_000;
const RENEW = 'renew now; if that fails, its message says why';
const time = (ago: number) => new Date(NOW - ago).toISOString();

interface Facts { key?: string; written?: number; expires?: string; manager?: string; others?: object[] }

/** The metadata of a Secret. */
function metadata({ key = 'token', written = HOUR, expires, manager = 'cdk-collate-hybrid-runner', others = [] }: Facts): ApiAnswer {
  return {
    body: {
      metadata: {
        creationTimestamp: time(99 * HOUR),
        annotations: { 'cdk-collate-hybrid-runner/expires-at': expires },
        managedFields: [{ manager: 'labels', time: time(0), fieldsV1: { 'f:metadata': {} } }, { manager: 'empty', time: time(0) }, ...others, { manager, time: time(written), fieldsV1: { 'f:data': { [`f:${key}`]: {} } } }],
      },
    },
  };
}

const token = (facts: Facts) => checkTokenSecret(new Api([metadata(facts)]).kubernetes, 'collate', 'token', 'token');
const pull = (facts: Facts) => checkPullSecret(new Api([metadata({ key: '.dockerconfigjson', ...facts })]).kubernetes, 'collate', 'pull');

test('is looked at by a change of nothing that is not carried out, and without its content', async () => {
  const api = new Api([metadata({})]);
  await checkTokenSecret(api.kubernetes, 'collate', 'token', 'token');
  expect(api.calls).toEqual([{
    method: 'PATCH',
    path: '/api/v1/namespaces/collate/secrets/token?dryRun=All&fieldManager=cdk-collate-hybrid-runner',
    accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    body: { contentType: 'application/merge-patch+json', text: '{}' },
  }]);
});

test.each<[string, ApiAnswer, string, string]>([
  ['is missing', refusal(404), 'does not exist', RENEW],
  ['lacks the key', metadata({ key: 'other' }), 'lacks the key token', `${RENEW}, and keep others from writing it`],
  ['tells nothing of itself', { body: {} }, 'lacks the key token', `${RENEW}, and keep others from writing it`],
  ['was changed', metadata({ manager: 'kubectl' }), 'was changed by kubectl', `${RENEW}, and keep others from writing it`],
])('one that %s fails', async (_, answer, seen, remedy) => {
  const finding = { state: 'failed', seen, remedy };
  expect(await checkTokenSecret(new Api([answer]).kubernetes, 'collate', 'token', 'token')).toEqual(finding);
  expect(await checkConnectorSecret(new Api([answer]).kubernetes, 'collate', 'token', 'token')).toEqual(finding);
});

test('what another applied too, with the same value, is as it was written', async () => {
  const facts = { others: [{ manager: 'argocd-controller', time: time(0), fieldsV1: { 'f:data': { 'f:token': {} } } }] };
  expect(await token(facts)).toEqual({ state: 'passed', seen: 'written 1 h ago, names no expiry' });
});

test('what may not be looked at says which', async () => {
  await expect(checkTokenSecret(new Api([refusal(403)]).kubernetes, 'collate', 'token', 'token')).rejects.toThrow('Secret collate/token may not be looked at');
});

describe('a pull secret', () => {
  test('that is missing fails, and nobody knows when it ends', async () => {
    expect(await checkPullSecret(new Api([refusal(404)]).kubernetes, 'collate', 'pull')).toEqual({ finding: { state: 'failed', seen: 'does not exist', remedy: RENEW } });
  });

  test.each<[string, Facts, string, string, number]>([
    ['with more than a third of its life left', { written: 8 * HOUR - 1000, expires: time(-4 * HOUR - 1000) }, 'passed', 'written 7 h 59 min ago, expires in 4 h', 4 * HOUR + 1000],
    ['with a third left', { written: 8 * HOUR, expires: time(-4 * HOUR) }, 'passed', 'written 8 h ago, expires in 4 h', 4 * HOUR],
    ['with less', { written: 8 * HOUR + 3000, expires: time(-4 * HOUR) }, 'failed', 'written 8 h ago, expires in 4 h: its renewal is late', 4 * HOUR],
    ['that ends now', { expires: time(0) }, 'failed', 'written 1 h ago, expired 0 s ago', 0],
    ['that ended', { expires: time(HOUR) }, 'failed', 'written 1 h ago, expired 1 h ago', -HOUR],
    ['that does not say when it ends', { written: HOUR }, 'passed', 'written 1 h ago, expires in 11 h', 11 * HOUR],
  ])('%s', async (_, facts, state, seen, left) => {
    expect(await pull(facts)).toEqual({ expiresAt: NOW + left, finding: { state, seen, ...state === 'failed' && { remedy: RENEW } } });
  });
});

describe('a token', () => {
  const remedy = 'make a new token for the runner in Collate, put it into its secret in Secrets Manager, and renew';
  test.each<[string, Facts, string, string]>([
    ['that says no end', {}, 'passed', 'written 1 h ago, names no expiry'],
    ['that ends now', { expires: time(0) }, 'failed', 'written 1 h ago, expired 0 s ago'],
    ['that ended', { expires: time(HOUR) }, 'failed', 'written 1 h ago, expired 1 h ago'],
    ['that ends in two days', { written: 99 * HOUR, expires: time(-48 * HOUR) }, 'passed', 'written 4 d 3 h ago, expires in 2 d'],
    ['that ends a little before', { written: 99 * HOUR, expires: time(-48 * HOUR + 1) }, 'failed', 'written 4 d 3 h ago, expires in 1 d 23 h'],
    ['that lives for three hours, in its second', { written: 2 * HOUR, expires: time(-HOUR) }, 'passed', 'written 2 h ago, expires in 1 h'],
    ['that lives for three hours, in its third', { written: 2 * HOUR + 3, expires: time(-HOUR) }, 'failed', 'written 2 h ago, expires in 1 h'],
  ])('%s', async (_, facts, state, seen) => {
    expect(await token(facts)).toEqual({ state, seen, ...state === 'failed' && { remedy } });
  });
});

test('a connector\'s Secret passes', async () => {
  expect(await checkConnectorSecret(new Api([metadata({})]).kubernetes, 'collate', 'token', 'token')).toEqual({ state: 'passed', seen: 'written 1 h ago' });
  const { body } = metadata({}) as { body: any };
  delete body.metadata.managedFields[2].time;
  expect(await checkConnectorSecret(new Api([{ body }]).kubernetes, 'collate', 'token', 'token')).toEqual({ state: 'passed', seen: 'written 4 d 3 h ago' });
});
