import { StageFailure } from '../../../../lib/credential-sync/handler/failure';
import { readLogin } from '../../../../lib/credential-sync/handler/registry';

const NOW = Date.UTC(2026, 0, 2);
const auth = (text: string) => Buffer.from(text).toString('base64');
const ENTRY = { authorizationToken: auth('AWS:pass:word'), expiresAt: new Date(NOW + 43_200_000), proxyEndpoint: 'https://118146679784.dkr.ecr.eu-west-1.amazonaws.com' };

test('a login is read', () => {
  expect(readLogin([ENTRY], 'host', NOW)).toEqual({
    dockerConfig: JSON.stringify({ auths: { host: { auth: ENTRY.authorizationToken } } }),
    expiresAt: NOW + 43_200_000,
    account: '118146679784',
    secrets: [ENTRY.authorizationToken, 'pass:word'],
  });
});

test.each([
  ['118146679784.dkr.ecr.eu-west-1.amazonaws.com', '118146679784'], ['http://118146679784.x', '118146679784'],
  [undefined, undefined], ['', undefined], ['https://11814667978.x', undefined], ['https://1118146679784.x', undefined], ['https://118146679784', undefined], ['x https://118146679784.x', undefined],
])('endpoint %j is of account %s', (proxyEndpoint, account) => {
  expect(readLogin([{ ...ENTRY, proxyEndpoint }], 'host', NOW).account).toBe(account);
});

test.each<[string, Parameters<typeof readLogin>[0], string]>([
  ['nothing', undefined, '0 entries, where one with a token and an expiry was expected'],
  ['no entry', [], '0 entries, where one with a token and an expiry was expected'],
  ['two entries', [ENTRY, ENTRY], '2 entries, where one with a token and an expiry was expected'],
  ['no token', [{ ...ENTRY, authorizationToken: undefined }], '1 entries, where one with a token and an expiry was expected'],
  ['no expiry', [{ ...ENTRY, expiresAt: undefined }], '1 entries, where one with a token and an expiry was expected'],
  ['another user', [{ ...ENTRY, authorizationToken: auth('XYZ:password') }], 'a token that is not base64 of the user AWS and a password'],
  ['no colon', [{ ...ENTRY, authorizationToken: auth('AWSpassword') }], 'a token that is not base64 of the user AWS and a password'],
  ['no colon behind the user', [{ ...ENTRY, authorizationToken: auth('AWSx') }], 'a token that is not base64 of the user AWS and a password'],
  ['no password', [{ ...ENTRY, authorizationToken: auth('AWS:') }], 'a token that is not base64 of the user AWS and a password'],
  ['a blank password', [{ ...ENTRY, authorizationToken: auth('AWS: \n') }], 'a token that is not base64 of the user AWS and a password'],
  ['no base64', [{ ...ENTRY, authorizationToken: `${auth('AWS:password')}!` }], 'a token that is not base64 of the user AWS and a password'],
  ['a short life', [{ ...ENTRY, expiresAt: new Date(NOW + 299_999) }], 'a token that ends at 2026-01-02T00:04:59.999Z, less than five minutes from now'],
  ['no date', [{ ...ENTRY, expiresAt: new Date(NaN) }], 'a token that ends at no known time, less than five minutes from now'],
])('%s is no login', (_, data, what) => {
  expect(() => readLogin(data, 'host', NOW)).toThrow(new StageFailure('ecr', 'response', `the registry answered with ${what}`, 'x'));
  try {
    readLogin(data, 'host', NOW);
  } catch (error) {
    expect(error).toMatchObject({ stage: 'ecr', reason: 'response', remedy: 'the old pull secret was left as it is; if this repeats, ask Collate' });
  }
});

test('a life of five minutes is enough', () => {
  expect(readLogin([{ ...ENTRY, expiresAt: new Date(NOW + 300_000) }], 'host', NOW).expiresAt).toBe(NOW + 300_000);
});
