import { createHash } from 'crypto';
import { makeCertificate } from '../credential-sync/handler/https-server';
import { NODE } from '../credential-sync/handler/lambda';
import { Ended } from './program';
import { Proxy } from './proxy';
import { useProgram } from './setup';

jest.setTimeout(120_000);

const program = useProgram();
let proxy: Proxy;
let authority: string;

beforeAll(async () => {
  const certificate = await makeCertificate('*.eu-central-1.amazonaws.com', 'portal.sso.eu-central-1.amazonaws.com');
  authority = program().write('authority.pem', certificate.certificate);
  proxy = await Proxy.start(certificate, program().listener);
  // One that uses a proxy.
  program().node = NODE;
});
afterAll(() => proxy.stop());
beforeEach(() => { Object.assign(proxy, { asked: [], authorizations: new Set(), refusal: undefined }); });

/** By the addresses of AWS itself, which the proxy leads to this machine. */
const run = (environment: Record<string, string | undefined>, ...words: string[]): Promise<Ended> =>
  program().run(['status', '--stack', 'data', ...words], { AWS_ENDPOINT_URL: undefined, NODE_EXTRA_CA_CERTS: authority, HTTPS_PROXY: `http://${proxy.host}`, ...environment });
const hosts = () => [...new Set(proxy.asked)].map((asked) => asked.replace('.eu-central-1.amazonaws.com:443', '')).sort();

const SERVICES = ['cloudformation', 'lambda', 'scheduler'];

test.each(['HTTPS_PROXY', 'https_proxy'])('%s is the way to AWS', async (name) => {
  expect(await run({ HTTPS_PROXY: undefined, [name]: `http://${proxy.host}` })).toMatchObject({ code: 0, stderr: '' });
  expect(hosts()).toEqual(SERVICES);
});

test('connections are used again', async () => {
  await run({});
  // Several requests went to each, of the schedules at the same time.
  expect(proxy.asked.filter((asked) => asked.startsWith('cloudformation'))).toHaveLength(1);
  expect(program().apis.calls.filter((service) => service === 'cloudformation').length).toBeGreaterThan(1);
});

test('HTTP_PROXY is the way to an endpoint without TLS', async () => {
  expect(await run({ AWS_ENDPOINT_URL: 'http://aws.test', HTTPS_PROXY: undefined, HTTP_PROXY: `http://${proxy.host}` })).toMatchObject({ code: 0, stderr: '' });
  expect(new Set(proxy.asked.map((asked) => new URL(asked).host))).toEqual(new Set(['aws.test']));
});

test.each(['localhost', 'example.com,.localhost'])('NO_PROXY %s names what is reached without it', async (NO_PROXY) => {
  expect(await run({ NO_PROXY, AWS_ENDPOINT_URL_LAMBDA: proxy.direct })).toMatchObject({ code: 0, stderr: '' });
  expect(hosts()).toEqual(['cloudformation', 'scheduler']);
  expect(program().apis.calls).toContain('lambda');
});

test('user and password are shown to the proxy', async () => {
  expect(await run({ HTTPS_PROXY: `http://ann:p%40ss@${proxy.host}` })).toMatchObject({ code: 0, stderr: '' });
  expect(proxy.authorizations).toEqual(new Set([`Basic ${Buffer.from('ann:p@ss').toString('base64')}`]));
});

describe('credentials come by the proxy, too', () => {
  const keyless = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };

  test('those of a role', async () => {
    const AWS_CONFIG_FILE = program().write('config', '[profile work]\nrole_arn = arn:aws:iam::111122223333:role/work\nsource_profile = ann\n[profile ann]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = not-a-key\n');
    expect(await run({ ...keyless, AWS_CONFIG_FILE }, '--profile', 'work')).toMatchObject({ code: 0, stderr: '' });
    expect(hosts()).toEqual([...SERVICES, 'sts']);
  });

  test('those of a single sign-on', async () => {
    const start = 'https://acme.awsapps.com/start';
    program().write(`.aws/sso/cache/${createHash('sha1').update(start).digest('hex')}.json`, JSON.stringify({ startUrl: start, accessToken: 'none', expiresAt: '2099-01-01T00:00:00Z' }));
    const AWS_CONFIG_FILE = program().write('config', `[profile work]\nsso_start_url = ${start}\nsso_region = eu-central-1\nsso_account_id = 111122223333\nsso_role_name = work\n`);
    expect(await run({ ...keyless, AWS_CONFIG_FILE }, '--profile', 'work')).toMatchObject({ code: 0, stderr: '' });
    expect(hosts()).toEqual(['cloudformation', 'lambda', 'portal.sso', 'scheduler']);
  });
});

describe('trouble with it is told in one sentence', () => {
  test.each([
    [407, 'HTTP/1.1 407 Proxy Authentication Required'],
    [403, 'HTTP/1.1 403 Forbidden'],
    [503, 'HTTP/1.1 503 Service Unavailable'],
  ])('a refusal of status %s, without the password', async (refusal, status) => {
    proxy.refusal = refusal;
    expect(await run({ HTTPS_PROXY: `http://ann:secret@${proxy.host}` }))
      .toEqual({ code: 3, stdout: '', stderr: `AWS could not be reached through the proxy: Failed to establish tunnel to cloudformation.eu-central-1.amazonaws.com:443 via http://${proxy.host}/: ${status}\n` });
  });

  test('one that is not there', async () => {
    expect(await run({ HTTPS_PROXY: 'http://127.0.0.1:1' })).toEqual({ code: 3, stdout: '', stderr: 'AWS could not be reached (ECONNREFUSED): check the network, the proxy and the region\n' });
  });

  test('one that says nothing, for which nobody waits long', async () => {
    proxy.refusal = 0;
    const start = Date.now();
    expect(await run({})).toEqual({ code: 3, stdout: '', stderr: 'AWS could not be reached (TimeoutError): check the network, the proxy and the region\n' });
    expect(Date.now() - start).toBeLessThan(20_000);
  });

  test.each(['http://ann:secret@ /', 'http://ann:100%@proxy.acme.io'])('an address that is none, %s, without the password', async (HTTPS_PROXY) => {
    expect(await run({ HTTPS_PROXY })).toEqual({ code: 3, stdout: '', stderr: 'HTTPS_PROXY or HTTP_PROXY is not valid: correct it, and write special characters of user and password as in a URL, such as %40 for @\n' });
  });
});

test('with --watch a proxy that is busy is waited for, and one that refuses is not', async () => {
  proxy.refusal = 503;
  const watch = (...words: string[]) => run({}, '--watch', ...words);
  expect((await watch('--timeout', '0.05')).stderr).toMatch(/\(trying again\)\n.*timed out: AWS could not be reached through the proxy/s);
  proxy.refusal = 407;
  expect((await watch('--timeout', '1')).stderr).toMatch(/^AWS could not be reached through the proxy: .* 407 Proxy Authentication Required\n$/);
});
