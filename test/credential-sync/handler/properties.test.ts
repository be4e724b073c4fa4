import * as fc from 'fast-check';
import { signToken } from '../../../lib/credential-sync/handler/eks-token';
import { quote } from '../../../lib/credential-sync/handler/failure';
import { readLogin } from '../../../lib/credential-sync/handler/registry';
import { checkEksToken } from './eks-token-check';
import { makeKeys } from './world';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const clusterName = fc.stringMatching(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/);
const sessionToken = fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{1,1400}$/), { nil: undefined });
const REGIONS: [string, string][] = [
  ['eu-central-1', 'sts.eu-central-1.amazonaws.com'], ['us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'], ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
];

describe.each(REGIONS)('a token for EKS in %s', (region, host) => {
  test('passes what the server checks, for any cluster and any credentials', async () => {
    await fc.assert(fc.asyncProperty(clusterName, sessionToken, async (name, session) => {
      const keys = { ...makeKeys(), sessionToken: session };
      checkEksToken(await signToken(name, region, keys, new Date(NOW)), name, keys, host, NOW);
    }), { numRuns: 60 });
  });
});

describe('a token for EKS', () => {
  const keys = { ...makeKeys(), sessionToken: 'session' };

  test.each<[string, () => Promise<void>, RegExp]>([
    ['for another cluster', async () => checkEksToken(await signToken('data', 'eu-central-1', keys, new Date(NOW)), 'other', keys, 'sts.eu-central-1.amazonaws.com', NOW), /^signature$/],
    ['by other keys', async () => checkEksToken(await signToken('data', 'eu-central-1', { ...makeKeys(), sessionToken: 'session' }, new Date(NOW)), 'data', keys, 'sts.eu-central-1.amazonaws.com', NOW), /^signature$/],
    ['16 minutes old', async () => checkEksToken(await signToken('data', 'eu-central-1', keys, new Date(NOW)), 'data', keys, 'sts.eu-central-1.amazonaws.com', NOW + 960_000), /^date$/],
  ])('%s is refused by the same checks', async (_, check, reason) => {
    await expect(check()).rejects.toThrow(reason);
  });

  test('that would be too long for the server is not made', async () => {
    await expect(signToken('data', 'eu-central-1', { ...keys, sessionToken: '/'.repeat(1400) }, new Date(NOW))).rejects.toThrow(/^the token for EKS has \d+ characters, and the API server takes 4096: the function's session token is too long$/);
  });
});

test('any password reaches the pull secret as it is', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', minLength: 1 }).filter((password) => password.trim() !== ''), (password) => {
    const token = Buffer.from(`AWS:${password}`).toString('base64');
    const { dockerConfig } = readLogin([{ authorizationToken: token, expiresAt: new Date(NOW + 43_200_000) }], 'registry', NOW);
    const { auths } = JSON.parse(dockerConfig);
    expect(Buffer.from(auths.registry.auth, 'base64').toString()).toBe(`AWS:${password}`);
    expect(Object.keys(auths.registry)).toEqual(['auth']);
  }));
});

test('no text that is passed on holds a secret', () => {
  const secret = fc.string({ minLength: 8, maxLength: 40 }).filter((text) => text === text.trim() && !/\s|redacted/.test(text));
  fc.assert(fc.property(fc.string(), secret, fc.string(), (before, hidden, after) => {
    expect(quote(`${before}${hidden}${after}`, [hidden])).not.toContain(hidden);
  }));
});
