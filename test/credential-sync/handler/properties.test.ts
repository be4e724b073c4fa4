import * as fc from 'fast-check';
import { signToken } from '../../../lib/credential-sync/handler/eks-token';
import { quote } from '../../../lib/credential-sync/handler/failure';
import { readLogin } from '../../../lib/credential-sync/handler/registry';
import { tries } from '../../tries';
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
    await expect(signToken('data', 'eu-central-1', { ...keys, sessionToken: '/'.repeat(1400) }, new Date(NOW))).rejects.toThrow(/^the function's token for EKS has \d+ characters, and the API server takes 4096$/);
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

describe('a text that is passed on', () => {
  /** Ways to write a value down: what of it stands there, behind some more bytes where an encoding takes several as one. */
  const WAYS: Record<string, (secret: string, before: Buffer) => string> = {
    'as it is': (secret) => secret,
    'in capitals': (secret) => secret.replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
    'in JSON': (secret) => JSON.stringify(secret).slice(1, -1),
    'percent-encoded': encodeURIComponent,
    'percent-encoded in small letters': (secret) => encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
    'in hexadecimals': (secret) => Buffer.from(secret).toString('hex'),
    'in base64': (secret, before) => ownBase64(secret, before, 'base64'),
    'in base64 for URLs': (secret, before) => ownBase64(secret, before, 'base64url'),
  };

  /** The characters that come of no byte but the secret's. */
  function ownBase64(secret: string, before: Buffer, encoding: 'base64' | 'base64url'): string {
    const bytes = Buffer.from(secret);
    return Buffer.concat([before, bytes]).toString(encoding).slice(Math.ceil(before.length * 4 / 3), Math.floor((before.length + bytes.length) * 4 / 3));
  }

  const partsOf = (text: string) => Array.from({ length: Math.max(0, text.length - 7) }, (_, start) => text.slice(start, start + 8));
  const secret = fc.oneof(
    fc.string({ minLength: 8, maxLength: 60, unit: 'grapheme' }),
    fc.string({ minLength: 8, maxLength: 60, unit: 'grapheme-ascii' }),
    fc.stringMatching(/^[A-Za-z0-9_-]{8,200}$/),
  );

  test.each(Object.keys(WAYS))('holds no eight characters of a secret %s, wherever it is cut off', (way) => {
    fc.assert(fc.property(fc.lorem(), secret, fc.uint8Array({ maxLength: 2 }), fc.nat(), fc.nat(), fc.lorem(), (before, hidden, bytes, start, length, after) => {
      const written = WAYS[way](hidden, Buffer.from(bytes));
      const told = written.slice(start % written.length).slice(0, 8 + length % written.length);
      const passedOn = quote(`${before} ${told}|${after}`, [hidden]);
      expect(partsOf(told).filter((part) => passedOn.includes(part))).toEqual([]);
    }), tries(500));
  });

  test('holds no short secret, and all that is none', () => {
    fc.assert(fc.property(fc.stringMatching(/^[#$%]{4,7}$/), fc.lorem(), fc.lorem(), (hidden, before, after) => {
      expect(quote(`${before}${hidden}${after}`, [hidden, 'abc'])).toBe(`${before}[redacted]${after}`.slice(0, 300));
    }));
  });
});
