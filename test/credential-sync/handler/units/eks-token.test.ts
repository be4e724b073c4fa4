import { secretsIn, signToken } from '../../../../lib/credential-sync/handler/eks-token';

const NOW = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'canary' };

async function urlIn(region: string, cluster = 'data', credentials: { sessionToken?: string } = {}): Promise<URL> {
  const [prefix, encoded] = (await signToken(cluster, region, { ...KEYS, ...credentials }, NOW)).split('.');
  expect(prefix).toBe('k8s-aws-v1');
  return new URL(Buffer.from(encoded, 'base64url').toString());
}

test('the token is a URL of STS, signed for a minute and for STS alone', async () => {
  const url = await urlIn('eu-central-1');
  expect(`${url.origin}${url.pathname}`).toBe('https://sts.eu-central-1.amazonaws.com/');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    'Action': 'GetCallerIdentity',
    'Version': '2011-06-15',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIDEXAMPLE/20260102/eu-central-1/sts/aws4_request',
    'X-Amz-Date': '20260102T030405Z',
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
    'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test.each([
  ['eu-central-1', 'sts.eu-central-1.amazonaws.com'],
  ['us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
  ['cn-northwest-1', 'sts.cn-northwest-1.amazonaws.com.cn'],
  ['us-iso-east-1', 'sts.us-iso-east-1.c2s.ic.gov'],
  ['us-isob-east-1', 'sts.us-isob-east-1.sc2s.sgov.gov'],
  ['us-isof-south-1', 'sts.us-isof-south-1.csp.hci.ic.gov'],
  ['eu-isoe-west-1', 'sts.eu-isoe-west-1.cloud.adc-e.uk'],
  ['eusc-de-east-1', 'sts.eusc-de-east-1.amazonaws.eu'],
])('in %s the host is %s', async (region, host) => {
  expect((await urlIn(region)).host).toBe(host);
});

test('what a URL must escape is escaped once', async () => {
  const url = await urlIn('eu-central-1', 'data', { sessionToken: 'a+/=!\'()* b' });
  expect(url.search).toContain('X-Amz-Security-Token=a%2B%2F%3D%21%27%28%29%2A%20b');
});

test('what must not be seen of it is the key, the signature and the session token, and not the scope', async () => {
  const credentials = { ...KEYS, sessionToken: 'a+/=b' };
  const { searchParams } = await urlIn('eu-central-1', 'data', credentials);
  const token = await signToken('data', 'eu-central-1', credentials, NOW);
  expect(secretsIn(token).sort()).toEqual([token, 'AKIDEXAMPLE', 'a+/=b', searchParams.get('X-Amz-Signature')].sort());
});

test('a token that the API server would not take is refused', async () => {
  const { href } = await urlIn('eu-central-1', 'data', { sessionToken: 'a' });
  // Three bytes of the URL make four characters of the token, and the prefix has eleven: 4095 characters, then 4097.
  const longest = 'a'.repeat((4096 - 12) / 4 * 3 - href.length + 1);
  const sign = (sessionToken: string) => signToken('data', 'eu-central-1', { ...KEYS, sessionToken }, NOW);
  expect(await sign(longest)).toHaveLength(4095);
  await expect(sign(`${longest}a`)).rejects.toMatchObject({
    stage: 'kubernetes',
    reason: 'token',
    message: 'the function\'s token for EKS has 4097 characters, and the API server takes 4096',
    remedy: 'the session token of the function\'s role is too long: report it',
  });
});
