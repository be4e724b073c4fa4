import { App, SecretValue, Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as crypto from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { HybridRunnerProps, RunnerImages, SecretsStore } from '../../lib';
import { awsError } from '../credential-sync/handler/aws';
import { kubernetesError } from '../credential-sync/handler/kubernetes';
import { HOST, KEYS_ARN, PULL_SECRET, TOKEN_ARN, TOKEN_SECRET, useWorld } from '../credential-sync/handler/world';
import { CLUSTERS, addRunner } from '../helpers';
import { findCanaries } from './canary';

const random = () => crypto.randomBytes(20).toString('hex');

/** Values of the secrets that the app itself makes, and keys of whoever synthesizes. */
const CANARIES = { 'token': random(), 'access key id': `AKIA${random().toUpperCase()}`, 'secret access key': random(), 'password': random(), 'own secret access key': random(), 'own session token': random() };

describe('the search', () => {
  const { token } = CANARIES;
  const encode = (text: string, encoding: BufferEncoding) => Buffer.from(text).toString(encoding);

  test.each([
    ['as it is', `level=error ${token}.`],
    ['in base64', `{"auth":"${encode(`AWS:${token}`, 'base64')}"}`],
    ['in base64 behind one more byte', encode(`x${token} and more`, 'base64')],
    ['in base64 behind two more bytes', encode(`xy${token}`, 'base64')],
    ['in base64 for URLs', encode(`xyz${token}`, 'base64url')],
    ['in hexadecimals', encode(token, 'hex').toUpperCase()],
    ['in base64 twice', `"data":"${encode(`{"auth":"${encode(`AWS:${token}`, 'base64')}"}`, 'base64')}"`],
    ['in base64 three times, in a path', `a/${encode(encode(encode(`x${token}`, 'base64url'), 'base64'), 'base64url')}/b`],
    ['in hexadecimals in base64', encode(`x${encode(token, 'hex')}`, 'base64')],
  ])('finds a value %s', (_, text) => {
    expect(findCanaries(text, CANARIES)).toEqual(['token']);
  });

  test('finds a value that must be escaped in a URL and in JSON', () => {
    const canaries = { odd: `a"b/c&d\\${random()}` };
    expect(findCanaries(`?x=${encodeURIComponent(canaries.odd)}`, canaries)).toEqual(['odd']);
    expect(findCanaries(JSON.stringify([canaries.odd]), canaries)).toEqual(['odd']);
  });

  test.each<[string, (part: string) => string]>([
    ['as it is', (part) => `level=error ${part}.`],
    ['in base64', (part) => `x ${encode(part, 'base64')}`],
    ['in hexadecimals', (part) => encode(part, 'hex')],
    ['in the middle of base64', (part) => encode(`Some text, then ${part} and more.`, 'base64')],
    ['in JSON within JSON, in base64', (part) => encode(JSON.stringify({ text: JSON.stringify({ text: `a"${part}` }) }), 'base64url')],
  ])('finds twelve characters of a value, wherever in it, %s', (_, write) => {
    for (let start = 0; start + 12 <= token.length; start++) {
      // Behind texts of every length, because the search does not look at every place.
      expect(findCanaries(`${'-'.repeat(start % 8)} ${write(token.slice(start, start + 12))}`, CANARIES)).toEqual(['token']);
    }
    expect(findCanaries(write(token.slice(20, 31)), CANARIES)).toEqual([]);
  });

  test('does not take for a value what everybody knows of it', () => {
    const header = `${encode('{"alg":"RS256"}', 'base64url')}.`;
    // Beside %22, which a quotation mark is in a URL, a 2 is alike by chance.
    const canaries = { token: `${header}${random()}`, keys: JSON.stringify({ accessKeyId: `${random()}2`, secretAccessKey: random() }), config: JSON.stringify({ auths: { 'registry.example.com': { auth: random() } } }) };
    const known = `${header} {"accessKeyId":"","secretAccessKey":""} {"auths":{"registry.example.com":{"auth":"`;
    expect(findCanaries(`${known} ${encodeURIComponent(known)} ${JSON.stringify(known)}`, canaries)).toEqual([]);
    expect(findCanaries(canaries.token.slice(header.length - 6, header.length + 6), canaries)).toEqual(['token']);
    expect(findCanaries(JSON.parse(canaries.keys).secretAccessKey.slice(5, 17), canaries)).toEqual(['keys']);
    expect(findCanaries(canaries.config.slice(-20), canaries)).toEqual(['config']);
  });

  test('finds nothing where there is none', () => {
    expect(findCanaries(JSON.stringify(random()), CANARIES)).toEqual([]);
  });
});

describe('synthesis', () => {
  const environment = { AWS_ACCESS_KEY_ID: CANARIES['access key id'], AWS_SECRET_ACCESS_KEY: CANARIES['own secret access key'], AWS_SESSION_TOKEN: CANARIES['own session token'] };
  const before = { ...process.env };
  beforeEach(() => Object.assign(process.env, environment));
  afterEach(() => {
    process.env = { ...before };
  });

  /** What stands in the files of the cloud assembly, with the names of their folders. */
  function synthesize(props: Partial<HybridRunnerProps> = {}, makeCluster = CLUSTERS['imported aws-eks-v2']): string[] {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const secret = (id: string, value: Record<string, string> | string) => new secretsmanager.Secret(stack, id, typeof value === 'string'
      ? { secretStringValue: SecretValue.unsafePlainText(value) }
      : { secretObjectValue: Object.fromEntries(Object.entries(value).map(([field, text]) => [field, SecretValue.unsafePlainText(text)])) });
    const runner = addRunner(stack, makeCluster(stack), {
      authToken: secret('OwnToken', CANARIES.token),
      images: RunnerImages.fromCollateRegistry(secret('OwnKeys', { accessKeyId: CANARIES['access key id'], secretAccessKey: CANARIES['secret access key'] })),
      secretsStore: SecretsStore.awsSecretsManager(),
      ...props,
    });
    runner.grantSecretRead(secret('OwnPassword', CANARIES.password));
    const { directory } = app.synth();
    return fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((file) => path.join(directory, file)).filter((file) => fs.statSync(file).isFile())
      .map((file) => `${file}\n${withoutOwnSecrets(file)}`);
  }

  /** The secrets that the user writes into a template stand there by the user's own word. */
  function withoutOwnSecrets(file: string): string {
    const text = fs.readFileSync(file, 'latin1');
    return /(template|tree)\.json$/.test(file) ? text.replace(/"SecretString":\s*("(?:[^"\\]|\\.)*")/gi, '"SecretString":""').replace(/"secretString":\s*("(?:[^"\\]|\\.)*")/g, '"secretString":""') : text;
  }

  test.each(Object.keys(CLUSTERS))('writes no value of a secret and no key into any file, on %s', (cluster) => {
    const files = synthesize({}, CLUSTERS[cluster]);
    expect(files.length).toBeGreaterThan(4);
    expect(files.flatMap((text) => findCanaries(text, CANARIES).map((name) => `${name} in ${text.split('\n')[0]}`))).toEqual([]);
  });

  test('would be caught writing one', () => {
    const found = (props: Partial<HybridRunnerProps>) => new Set(synthesize(props).flatMap((text) => findCanaries(text, CANARIES)));
    expect(found({ ingestionEnvironment: { PASSWORD: CANARIES.password } })).toEqual(new Set(['password']));
    expect(found({ podAnnotations: { note: Buffer.from(CANARIES['own session token']).toString('base64') } })).toEqual(new Set(['own session token']));
  });
});

describe('the function', () => {
  jest.setTimeout(60_000);
  const world = useWorld();

  test('sends a value to Kubernetes as data of its one Secret, and nowhere else', async () => {
    expect((await world().invoke()).error).toBeUndefined();
    const { kubernetes } = world();
    const found = kubernetes.bodies.map((body) => {
      const { data, ...rest } = JSON.parse(body);
      world().expectNoSecret(JSON.stringify(rest));
      return [rest.metadata.name, findCanaries(Object.values(data).map((value) => Buffer.from(String(value), 'base64').toString()).join(), world().canaries())];
    });
    expect(Object.fromEntries(found)).toEqual({
      [PULL_SECRET.split('/')[1]]: ['password', 'auth', 'docker config'],
      [TOKEN_SECRET.split('/')[1]]: ['token', 'token signature', 'token secret'],
    });
    world().expectNoSecret(JSON.stringify(kubernetes.requests.map(({ method, path: url }) => [method, url])));
  });

  test('hides what the API server repeats of what it was sent', async () => {
    world().kubernetes.answer = ({ body }) => {
      const sent = Object.values<string>(JSON.parse(body).data);
      const config = sent.map((value) => Buffer.from(value, 'base64').toString());
      const logins = config.flatMap((text) => /"auth":"([^"]+)"/.exec(text)?.[1] ?? []).flatMap((auth) => [auth, Buffer.from(auth, 'base64').toString()]);
      return kubernetesError(422, `Secret is invalid: ${[...sent, ...config, ...logins].map((text) => text.slice(0, 5_000)).join(' ')}`);
    };
    const { error } = await world().invoke();
    expect(error?.message).toMatch(/was refused: Secret is invalid: \[redacted\]/);
  });

  describe.each([400, 409, 422, 429, 500])('hides what the API server repeats of the request\'s credentials with %d', (status) => {
    const repeat = (tell: (token: string) => string) => {
      world().kubernetes.answer = ({ headers }) => kubernetesError(status, `bad request: ${tell(String(headers.authorization).replace('Bearer ', ''))}`);
    };
    const urlOf = (token: string) => Buffer.from(token.split('.')[1], 'base64url').toString();

    test.each<[string, (token: string) => string]>([
      ['the header', (token) => `authorization: Bearer ${token}`],
      ['a part of it', (token) => token.slice(200, 280)],
      ['in base64', (token) => Buffer.from(token).toString('base64')],
      ['the signed URL in it', urlOf],
      ['the signed URL, escaped', (token) => encodeURIComponent(urlOf(token))],
      ['the session token in it', (token) => new URL(urlOf(token)).searchParams.get('X-Amz-Security-Token')!],
    ])('%s', async (_, tell) => {
      repeat(tell);
      const invocation = { remaining: 15_500 };
      expect((await world().invoke(invocation)).error?.message).toContain('[redacted]');
      const { result } = await world().status({}, invocation);
      expect(JSON.stringify(result)).toContain('[redacted]');
      expect((await world().deploy('Create', undefined, invocation)).answer.Reason).toContain('[redacted]');
    });
  });

  test('hides what AWS repeats of the keys', async () => {
    const { vendorKeys } = world();
    world().aws.faults.ecr = [awsError('AccessDeniedException', `${vendorKeys.accessKeyId} with ${vendorKeys.secretAccessKey} may not`)];
    expect((await world().invoke()).error?.message).toContain('[redacted] with [redacted] may not');
  });

  describe('would be caught telling', () => {
    const connector = { name: 'redshift-password', secretArn: `${TOKEN_ARN}-connector` };
    const written = (secret: string, key: string) => world().kubernetes.secrets[secret].data[key];
    const dockerConfig = () => Buffer.from(written(PULL_SECRET, '.dockerconfigjson'), 'base64').toString();

    test.each<[string, () => string]>([
      ['token', () => world().token],
      ['function secret key', () => world().functionKeys.secretAccessKey],
      ['vendor key id', () => world().vendorKeys.accessKeyId],
      ['keys secret', () => world().aws.secrets[KEYS_ARN].SecretString!],
      ['password', () => Buffer.from(JSON.parse(dockerConfig()).auths[HOST].auth, 'base64').toString()],
      ['auth', () => JSON.parse(dockerConfig()).auths[HOST].auth],
      ['docker config', dockerConfig],
      ['data of the pull secret', () => written(PULL_SECRET, '.dockerconfigjson')],
      ['data token of Secret collate/hybrid-runner-token', () => written(TOKEN_SECRET, 'token')],
      [`connector secret ${connector.secretArn}`, () => world().aws.secrets[connector.secretArn].SecretString!],
      ['data value of Secret collate/redshift-password', () => written('collate/redshift-password', 'value')],
      ['token for Kubernetes', () => world().kubernetes.requests[0].token],
      ['signature for Kubernetes', () => world().kubernetes.requests.at(-1)!.token],
      ['address for the answer', () => world().answerKey],
    ])('%s', async (name, tell) => {
      world().aws.secrets[connector.secretArn] = { SecretString: `pass word ${random()}` };
      await world().invoke({ event: world().request({ connectorSecrets: [connector] }) });
      for (const text of [tell(), Buffer.from(tell()).toString('base64')]) {
        expect(findCanaries(`{"level":"error","message":"${text}"}`, world().canaries())).toContain(name);
        expect(() => world().expectNoSecret(text)).toThrow();
      }
    });
  });
});
