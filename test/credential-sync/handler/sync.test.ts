import * as net from 'net';
import { AddressInfo } from 'net';
import { awsError } from './aws';
import { HttpsServer, makeCertificate, makeCertificateBy } from './https-server';
import { kubernetesError } from './kubernetes';
import { HOST, KEYS_ARN, PULL_SECRET, REGION, TOKEN_ARN, TOKEN_SECRET, makeKeys, makeToken, useWorld } from './world';

jest.setTimeout(60_000);
const world = useWorld();

/** Metrics of an invocation by name, those without a stage. */
function metrics(lines: any[]): Record<string, number> {
  return Object.assign({}, ...lines.filter((line) => line._aws && !line.Stage).map(({ _aws, AgentId, Cluster, ...values }) => values));
}

function failedStages(lines: any[]): string[] {
  return lines.filter((line) => line._aws && line.Stage).map(({ Stage }) => Stage);
}

describe('when all goes well', () => {
  test('it runs on the Node of the Lambda runtime', () => {
    expect(world().lambda.version).toMatch(/^v24\./);
  });

  test('both Secrets are written, with one call for each thing that is asked for', async () => {
    const { result, lines } = await world().invoke();
    const { kubernetes, aws, token, password } = world();
    expect(JSON.parse(kubernetes.read(PULL_SECRET, '.dockerconfigjson'))).toEqual({ auths: { [HOST]: { auth: Buffer.from(`AWS:${password}`).toString('base64') } } });
    expect(kubernetes.secrets[PULL_SECRET].type).toBe('kubernetes.io/dockerconfigjson');
    expect(kubernetes.read(TOKEN_SECRET, 'token')).toBe(token);
    expect(kubernetes.secrets[TOKEN_SECRET].type).toBe('Opaque');
    expect([aws.callsOf('secretsmanager'), aws.callsOf('ecr'), aws.callsOf('eks'), kubernetes.requests.length]).toEqual([2, 1, 0, 2]);
    expect(new Set(kubernetes.requests.map(({ method }) => method))).toEqual(new Set(['PATCH']));
    expect(result).toEqual({
      agentId: 'aws-prod',
      namespace: 'collate',
      pullSecret: { name: 'omd-registry-credentials', expiresAt: expect.stringMatching(/Z$/) },
      tokenSecret: { name: 'hybrid-runner-token', changed: true, restarted: false },
    });
    expect(metrics(lines)).toEqual({ SyncSucceeded: 1, SyncFailures: 0, SyncDuration: expect.any(Number), SecondsToExpiry: expect.any(Number) });
    expect(metrics(lines).SecondsToExpiry / 3600).toBeCloseTo(12, 1);
    expect(failedStages(lines)).toEqual([]);
  });

  test('each renewal as it is deployed makes one call for each thing, and looks at the Deployment', async () => {
    const { aws, kubernetes, clusterEnvironment: { CLUSTER_ENDPOINT, CLUSTER_CERTIFICATE_AUTHORITY } } = world();
    aws.cluster = { name: 'data', endpoint: CLUSTER_ENDPOINT, certificateAuthority: { data: CLUSTER_CERTIFICATE_AUTHORITY } };
    const connector = `arn:aws:secretsmanager:${REGION}:111122223333:secret:collate/warehouse-AbCdEf`;
    aws.secrets[connector] = { SecretString: JSON.stringify({ username: 'admin-of-all', password: 'correct horse' }) };
    const event = world().requestWithWorkload({
      connectorSecrets: ['username', 'password'].map((field) => ({ name: `warehouse-${field}`, secretArn: connector, field })),
    });
    kubernetes.resourceNames.push('warehouse-username', 'warehouse-password');
    const renew = async () => {
      const [calls, requests] = [aws.calls.length, kubernetes.requests.length];
      expect((await world().invoke({ event, environment: { CLUSTER_ENDPOINT: null, CLUSTER_CERTIFICATE_AUTHORITY: null } })).error).toBeUndefined();
      return [aws.calls.slice(calls).map(({ service }) => service).sort(), kubernetes.requests.slice(requests).map(({ method, path }) => `${method} ${path.split('/').slice(-2).join('/')}`).sort()];
    };
    // Two fields of one secret are read by one call.
    const asked = ['ecr', 'eks', 'secretsmanager', 'secretsmanager', 'secretsmanager'];
    const written = ['PATCH secrets/hybrid-runner-token', 'PATCH secrets/omd-registry-credentials', 'PATCH secrets/warehouse-password', 'PATCH secrets/warehouse-username'];
    const seen = 'GET deployments/hybrid-ingestion-runner';
    expect(await renew()).toEqual([asked, [seen, 'PATCH deployments/hybrid-ingestion-runner', ...written]]);
    expect(await renew()).toEqual([asked, [seen, ...written]]);
    expect(await renew()).toEqual([asked, [seen, ...written]]);
  });

  test('the registry is asked in its own region, by the vendor\'s keys', async () => {
    await world().invoke();
    const { aws, vendorKeys, functionKeys } = world();
    expect(aws.calls.filter(({ service }) => service === 'ecr')).toEqual([{ service: 'ecr', region: 'eu-west-1', accessKeyId: vendorKeys.accessKeyId }]);
    expect(aws.calls.find(({ service }) => service === 'secretsmanager')).toEqual({ service: 'secretsmanager', region: REGION, accessKeyId: functionKeys.accessKeyId });
  });

  test('200 renewals keep one Secret, and tell whether the token changed', async () => {
    await world().invoke();
    const uid = world().kubernetes.secrets[PULL_SECRET].uid;
    const changed: boolean[] = [];
    for (let renewal = 0; renewal < 200; renewal++) {
      changed.push((await world().invoke()).result.tokenSecret.changed);
    }
    // Times of changes tell whole seconds, so in the second of the first write it still counts as changed.
    expect(changed.slice(150)).toEqual(Array(50).fill(false));
    expect(world().kubernetes.secrets[PULL_SECRET].uid).toBe(uid);
    expect(world().kubernetes.requests.filter(({ method }) => method !== 'PATCH')).toEqual([]);
  });

  test('a changed token is told as changed', async () => {
    const { kubernetes, aws } = world();
    await world().invoke();
    const written = Date.now();
    kubernetes.now = () => written + 600_000;
    expect((await world().invoke({ clockOffset: 600_000 })).result.tokenSecret.changed).toBe(false);
    aws.secrets[TOKEN_ARN] = { SecretString: makeToken({ exp: 4_000_000_000 }) };
    expect((await world().invoke({ clockOffset: 600_000 })).result.tokenSecret).toEqual({ name: 'hybrid-runner-token', changed: true, restarted: false, expiresAt: '2096-10-02T07:06:40.000Z' });
  });

  test('a token whose end no date can say is taken as one that names none', async () => {
    world().aws.secrets[TOKEN_ARN] = { SecretString: makeToken({ exp: 1e15 }) };
    const { result, error } = await world().invoke();
    expect(error).toBeUndefined();
    expect(result.tokenSecret).toEqual({ name: 'hybrid-runner-token', changed: true, restarted: false });
  });

  test('without a registry only the token is written', async () => {
    const { result } = await world().invoke({ event: world().request({ pullSecret: undefined }) });
    expect(result).not.toHaveProperty('pullSecret');
    expect(Object.keys(world().kubernetes.secrets)).toEqual([TOKEN_SECRET]);
    expect(world().aws.callsOf('ecr')).toBe(0);
  });

  test('a token and keys with the newline of an editor at the end are taken', async () => {
    const { aws, token, vendorKeys } = world();
    aws.secrets = { [KEYS_ARN]: { SecretString: ` ${JSON.stringify({ accessKeyId: `${vendorKeys.accessKeyId}\n`, secretAccessKey: vendorKeys.secretAccessKey })}\n` }, [TOKEN_ARN]: { SecretString: `${token}\r\n` } };
    expect((await world().invoke()).error).toBeUndefined();
    expect(world().kubernetes.read(TOKEN_SECRET, 'token')).toBe(token);
  });

  test('a token in a field of a JSON secret is taken, and one secret for both is read once', async () => {
    const { aws, token, vendorKeys } = world();
    aws.secrets = { [KEYS_ARN]: { SecretString: JSON.stringify({ ...vendorKeys, jwt: token }) } };
    const { error } = await world().invoke({ event: world().request({ tokenSecret: { name: 'hybrid-runner-token', key: 'token', secretArn: KEYS_ARN, field: 'jwt' } }) });
    expect(error).toBeUndefined();
    expect(aws.callsOf('secretsmanager')).toBe(1);
    expect(world().kubernetes.read(TOKEN_SECRET, 'token')).toBe(token);
  });

  test('the cluster is asked for where the environment does not say its endpoint', async () => {
    const { CLUSTER_ENDPOINT, CLUSTER_CERTIFICATE_AUTHORITY } = world().clusterEnvironment;
    world().aws.cluster = { name: 'data', endpoint: CLUSTER_ENDPOINT, certificateAuthority: { data: CLUSTER_CERTIFICATE_AUTHORITY } };
    const { error } = await world().invoke({ environment: { CLUSTER_ENDPOINT: null, CLUSTER_CERTIFICATE_AUTHORITY: null } });
    expect(error).toBeUndefined();
    expect(world().aws.callsOf('eks')).toBe(1);
  });

  test('a password with colons survives', async () => {
    world().authorize('AWS:a:b:c');
    await world().invoke();
    expect(Buffer.from(JSON.parse(world().kubernetes.read(PULL_SECRET, '.dockerconfigjson')).auths[HOST].auth, 'base64').toString()).toBe('AWS:a:b:c');
  });

  test('a token of 8 KB is taken', async () => {
    world().authorize(`AWS:${'x'.repeat(8192)}`);
    expect((await world().invoke()).error).toBeUndefined();
  });

  test('an environment that was frozen for 20 minutes signs anew', async () => {
    await world().invoke();
    world().kubernetes.now = () => Date.now() + 20 * 60_000;
    world().aws.clockOffset = 20 * 60_000;
    expect((await world().invoke({ clockOffset: 20 * 60_000 })).error).toBeUndefined();
  });
});

describe('a registry token that ends soon', () => {
  test('in ten minutes is written, with a warning', async () => {
    world().authorize('AWS:password', { expiresAt: Date.now() / 1000 + 600 });
    const { error, lines } = await world().invoke();
    expect(error).toBeUndefined();
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warning', message: expect.stringMatching(/^the registry token ends at .*, much sooner than after its usual 12 hours$/) }));
    expect(metrics(lines).SecondsToExpiry).toBeGreaterThan(590);
  });

  test('in less than five is not', async () => {
    world().authorize('AWS:password', { expiresAt: Date.now() / 1000 + 299 });
    expect((await world().invoke()).error?.message).toMatch(/ecr: the registry answered with a token that ends at .*, less than five minutes from now/);
    expect(world().kubernetes.secrets[PULL_SECRET]).toBeUndefined();
  });
});

test('a registry of another account than configured is a warning', async () => {
  world().authorize('AWS:password', { proxyEndpoint: 'https://999988887777.dkr.ecr.eu-west-1.amazonaws.com' });
  const { error, lines } = await world().invoke();
  expect(error).toBeUndefined();
  expect(lines).toContainEqual(expect.objectContaining({ level: 'warning', message: 'the keys log in to the registry of account 999988887777, and the images are pulled from 118146679784' }));
  expect(Object.keys(JSON.parse(world().kubernetes.read(PULL_SECRET, '.dockerconfigjson')).auths)).toEqual([HOST]);
  expect(world().aws.callsOf('ecr')).toBe(1);
});

test('an answer of endless length is told, and nothing of the call and of the answer', async () => {
  world().kubernetes.faults = [{ status: 200, text: ''.padEnd(4 * 1024 * 1024 + 1, world().token) }];
  const { error } = await world().invoke();
  expect(error?.message).toContain('ANSWER_TOO_LONG');
});

describe('an answer of the registry that is no login leaves the pull secret as it was, and the token is still written', () => {
  const entry = (authorizationToken: unknown) => ({ authorizationData: [{ authorizationToken, expiresAt: Date.now() / 1000 + 43_200 }] });
  test.each<[string, unknown]>([
    ['no entry', { authorizationData: [] }],
    ['no list', {}],
    ['two entries', { authorizationData: [...entry('QVdTOng=').authorizationData, ...entry('QVdTOng=').authorizationData] }],
    ['no token', entry(undefined)],
    ['an empty token', entry('')],
    ['what is not base64', entry('%%%')],
    ['no colon', entry(Buffer.from('AWSpassword').toString('base64'))],
    ['another user', entry(Buffer.from('root:password').toString('base64'))],
    ['an empty password', entry(Buffer.from('AWS:').toString('base64'))],
    ['no expiry', { authorizationData: [{ authorizationToken: 'QVdTOng=' }] }],
    ['an expiry in the past', { authorizationData: [{ authorizationToken: 'QVdTOng=', expiresAt: Date.now() / 1000 - 1 }] }],
  ])('%s', async (_, authorization) => {
    await world().invoke();
    const { kubernetes, aws } = world();
    const before = kubernetes.secrets[PULL_SECRET];
    const patches = kubernetes.requests.length;
    aws.authorization = authorization;
    const { error, lines } = await world().invoke();
    expect(error?.message).toContain('ecr: the registry answered with');
    expect(error?.message).toContain('the old pull secret was left as it is');
    expect(kubernetes.secrets[PULL_SECRET]).toBe(before);
    expect(kubernetes.requests.slice(patches).map(({ path }) => path)).toEqual(['/api/v1/namespaces/collate/secrets/hybrid-runner-token']);
    expect(metrics(lines)).toEqual({ SyncSucceeded: 0, SyncFailures: 1, SyncDuration: expect.any(Number) });
    expect(failedStages(lines)).toEqual(['ecr']);
  });
});

describe('a secret that does not hold what it should is refused by the name of the field, and nothing is written', () => {
  const keys = (fields: Record<string, unknown>) => JSON.stringify(fields);
  test.each<[string, (valid: { accessKeyId: string; secretAccessKey: string }) => string, string]>([
    ['no JSON', () => 'not json', `secret ${KEYS_ARN} is not a JSON object`],
    ['no accessKeyId', ({ secretAccessKey }) => keys({ secretAccessKey }), `secret ${KEYS_ARN} has no text in the field accessKeyId`],
    ['no secretAccessKey', ({ accessKeyId }) => keys({ accessKeyId }), `secret ${KEYS_ARN} has no text in the field secretAccessKey`],
    ['an empty accessKeyId', (valid) => keys({ ...valid, accessKeyId: ' ' }), 'has no text in the field accessKeyId'],
    ['a number', (valid) => keys({ ...valid, secretAccessKey: 1 }), 'has no text in the field secretAccessKey'],
    ['an accessKeyId that is none', (valid) => keys({ ...valid, accessKeyId: 'collate-user' }), 'has no access key id in the field accessKeyId'],
    ['a secretAccessKey with a space', (valid) => keys({ ...valid, secretAccessKey: `${valid.secretAccessKey} x` }), 'has no secret access key in the field secretAccessKey'],
    ['a session token', (valid) => keys({ ...valid, sessionToken: 'x' }), 'holds session credentials'],
    ['a key id of a session', (valid) => keys({ ...valid, accessKeyId: valid.accessKeyId.replace('AKIA', 'ASIA') }), 'holds session credentials'],
  ])('keys: %s', async (_, text, message) => {
    world().aws.secrets[KEYS_ARN] = { SecretString: text(world().vendorKeys) };
    const { error, lines } = await world().invoke();
    expect(error?.message).toContain(`secretsmanager: ${message.startsWith('secret ') ? '' : `secret ${KEYS_ARN} `}${message}`);
    expect(world().aws.callsOf('ecr')).toBe(0);
    expect(Object.keys(world().kubernetes.secrets)).toEqual([TOKEN_SECRET]);
    expect(failedStages(lines)).toEqual(['secretsmanager']);
  });

  test.each<[string, string, string]>([
    ['empty', '', 'is empty'],
    ['no JWT', 'abc.def', 'holds no JSON Web Token'],
    ['four parts', `${makeToken()}.x`, 'holds no JSON Web Token'],
    ['no signature', makeToken().replace(/[^.]*$/, ''), 'holds no JSON Web Token'],
    ['quotes around it', `"${makeToken()}"`, 'holds no JSON Web Token'],
    ['JSON without a field named', JSON.stringify({ token: makeToken() }), 'is JSON and not the token itself: name the field that holds it with authTokenField'],
    ['expired', makeToken({ exp: 1_700_000_000 }), 'the token in secret'],
  ])('token: %s', async (_, SecretString, message) => {
    world().aws.secrets[TOKEN_ARN] = { SecretString };
    const { error, lines } = await world().invoke();
    expect(error?.message).toContain(message);
    expect(Object.keys(world().kubernetes.secrets)).toEqual([PULL_SECRET]);
    expect(metrics(lines)).toEqual({ SyncSucceeded: 0, SyncFailures: 1, SyncDuration: expect.any(Number), SecondsToExpiry: expect.any(Number) });
  });

  test('a token that ends in a minute is taken', async () => {
    world().aws.secrets[TOKEN_ARN] = { SecretString: makeToken({ exp: Date.now() / 1000 + 60 }) };
    expect((await world().invoke()).error).toBeUndefined();
  });

  test.each<[string, any, string]>([
    ['that may not be read', awsError('AccessDeniedException', 'User: x is not authorized to perform: secretsmanager:GetSecretValue'), 'may not be read by the function'],
    ['whose key may not be used', awsError('AccessDeniedException', 'Access to KMS is not allowed'), 'is encrypted with a key that the function may not use'],
    ['that does not exist', awsError('ResourceNotFoundException'), 'does not exist, or has no value yet'],
    ['that is to be deleted', awsError('InvalidRequestException', 'marked for deletion'), 'is scheduled for deletion: restore it'],
    ['that cannot be decrypted', awsError('DecryptionFailure'), 'cannot be decrypted'],
  ])('a secret %s', async (_, fault, message) => {
    world().aws.faults.secretsmanager = [fault];
    const { error, lines } = await world().invoke();
    expect(error?.message).toContain(message);
    expect(world().kubernetes.requests).toEqual([]);
    expect(failedStages(lines)).toEqual(['secretsmanager']);
    expect(metrics(lines).SyncFailures).toBe(2);
  });

  test('a secret of bytes', async () => {
    world().aws.secrets[TOKEN_ARN] = { SecretBinary: 'AAAA' };
    expect((await world().invoke()).error?.message).toContain('holds bytes and no text');
  });
});

describe('the registry', () => {
  test('throttling twice is outlasted, with three calls', async () => {
    world().aws.faults.ecr = [awsError('ThrottlingException', 'Rate exceeded'), awsError('ThrottlingException', 'Rate exceeded'), undefined as never];
    expect((await world().invoke()).error).toBeUndefined();
    expect(world().aws.callsOf('ecr')).toBe(3);
  });

  test('down for the whole run fails it and leaves the pull secret byte by byte', async () => {
    await world().invoke();
    const before = JSON.stringify(world().kubernetes.secrets[PULL_SECRET]);
    world().aws.faults.ecr = [awsError('InternalFailure', '', 500)];
    const { error } = await world().invoke();
    expect(error?.message).toContain('ecr: ECR in eu-west-1 did not answer as it should (InternalFailure): the next run tries again');
    expect(JSON.stringify(world().kubernetes.secrets[PULL_SECRET])).toBe(before);
    world().aws.faults = {};
    expect((await world().invoke()).error).toBeUndefined();
  });

  test('that knows fresh keys only after two rejections is outlasted', async () => {
    const rejection = awsError('UnrecognizedClientException', 'The security token included in the request is invalid.');
    world().aws.faults.ecr = [rejection, rejection, undefined as never];
    expect((await world().invoke()).error).toBeUndefined();
  });

  test('that never knows the keys says so', async () => {
    world().aws.secrets[KEYS_ARN] = { SecretString: JSON.stringify(makeKeys()) };
    const { error, lines } = await world().invoke();
    expect(error?.message).toContain('ecr: the registry rejected the keys (UnrecognizedClientException): ask Collate for new keys');
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', stage: 'ecr', reason: 'keys' }));
  });

  test('that never answers is given up', async () => {
    world().aws.faults.ecr = ['silence'];
    expect((await world().invoke()).error?.message).toContain('ecr: ECR in eu-west-1 did not answer as it should (TimeoutError)');
    expect(world().aws.callsOf('ecr')).toBe(3);
  });

  test('denied by the policy of a VPC endpoint is told apart from bad keys', async () => {
    world().aws.faults.ecr = [awsError('AccessDeniedException', 'User: x is not authorized to perform: ecr:GetAuthorizationToken because no VPC endpoint policy allows the ecr:GetAuthorizationToken action')];
    expect((await world().invoke()).error?.message).toContain('ecr: a VPC endpoint policy denies ECR in eu-west-1 to the keys\' account: let the policy admit the vendor\'s account');
  });

  test('denied by the vendor is told apart too, without the keys in the text', async () => {
    world().aws.faults.ecr = [awsError('AccessDeniedException', `key ${world().vendorKeys.accessKeyId} may not`)];
    expect((await world().invoke()).error?.message).toContain('the keys may not log in to the registry (key [redacted] may not)');
  });

  test('whose clock is an hour ahead is believed', async () => {
    world().aws.clockOffset = 3_600_000;
    world().authorize('AWS:password', { expiresAt: Date.now() / 1000 + 43_200 });
    expect((await world().invoke()).error).toBeUndefined();
  });

  test('is never asked with the function\'s own identity when the keys are missing', async () => {
    world().aws.secrets[KEYS_ARN] = { SecretString: '{"accessKeyId":"","secretAccessKey":""}' };
    await world().invoke();
    expect(world().aws.callsOf('ecr')).toBe(0);
  });
});

describe('the API server', () => {
  test.each<[string, any]>([
    ['that is busy', kubernetesError(429, 'too many requests', { 'retry-after': '1' })],
    ['that falls over', kubernetesError(500, 'etcdserver: leader changed')],
    ['that resets the connection after it was sent the Secret', 'reset'],
    ['that does not know the function once', kubernetesError(401, 'Unauthorized')],
    ['that denies it once', kubernetesError(403, 'secrets "x" is forbidden')],
  ])('%s is asked again, with a fresh signature', async (_, fault) => {
    world().kubernetes.faults = [fault, undefined];
    expect((await world().invoke({ event: world().request({ pullSecret: undefined }) })).error).toBeUndefined();
    expect(world().kubernetes.requests).toHaveLength(2);
  });

  test('that does not know the function is asked twice, and the error says what to check', async () => {
    world().kubernetes.faults = [kubernetesError(401, 'Unauthorized')];
    const { error, lines } = await world().invoke({ event: world().request({ pullSecret: undefined }) });
    expect(error?.message).toContain('kubernetes: the cluster does not know the function: check that its access entry, or its line in aws-auth, names the function\'s role');
    expect(world().kubernetes.requests).toHaveLength(2);
    expect(failedStages(lines)).toEqual(['kubernetes']);
  });

  test('that denies the function leaves the Secret alone, and the error names both causes', async () => {
    world().kubernetes.resourceNames = ['hybrid-runner-token'];
    const { error } = await world().invoke();
    expect(error?.message).toContain('kubernetes: Secret collate/omd-registry-credentials may not be written: either namespace collate does not exist, or the Role collate-credential-sync in it lacks the verbs create and patch on that Secret');
    expect(Object.keys(world().kubernetes.secrets)).toEqual([TOKEN_SECRET]);
  });

  test.each<[string, any, string]>([
    ['in which the namespace is missing', kubernetesError(404, 'namespaces "collate" not found'), 'namespace collate does not exist'],
    ['in which the namespace is being deleted', kubernetesError(403, 'secrets "x" is forbidden: unable to create new content in namespace collate because it is being terminated'), 'namespace collate is being deleted'],
    ['with a policy', kubernetesError(403, 'admission webhook "policy.acme.io" denied the request: label team is missing'), 'a policy of the cluster refused Secret collate/hybrid-runner-token: admission webhook "policy.acme.io" denied the request: label team is missing'],
    ['with a failing policy', kubernetesError(500, 'failed calling webhook: denied the request: x'), 'a policy of the cluster refused'],
  ])('%s is asked once', async (_, fault, message) => {
    world().kubernetes.faults = [fault];
    const { error } = await world().invoke({ event: world().request({ pullSecret: undefined }) });
    expect(error?.message).toContain(message);
    expect(world().kubernetes.requests).toHaveLength(1);
  });

  test('whose policy repeats the Secret in its text does not spread it', async () => {
    world().kubernetes.faults = [kubernetesError(403, `admission webhook denied the request: ${Buffer.from(world().token).toString('base64')} ${world().token}`)];
    const { error } = await world().invoke({ event: world().request({ pullSecret: undefined }) });
    expect(error?.message).toContain('denied the request: [redacted] [redacted]');
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['of another type', { type: 'Opaque' }, 'exists with another type than kubernetes.io/dockerconfigjson, which cannot be changed: delete it, and renew'],
    ['that is immutable', { immutable: true }, 'is marked immutable: delete it, and renew'],
  ])('with a Secret %s keeps it, and is asked once', async (_, changes, message) => {
    const stored = { uid: 'old', type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30=' }, ...changes };
    world().kubernetes.secrets[PULL_SECRET] = stored;
    const { error } = await world().invoke();
    expect(error?.message).toContain(`kubernetes: Secret ${PULL_SECRET} ${message}`);
    expect(world().kubernetes.secrets[PULL_SECRET]).toBe(stored);
    expect(world().kubernetes.requests.filter(({ path }) => path.endsWith('credentials'))).toHaveLength(1);
  });

  test('that finds a Secret too long says so', async () => {
    world().authorize(`AWS:${'x'.repeat(1_153_434)}`);
    expect((await world().invoke()).error?.message).toContain('may not be more than 1048576 bytes');
  });

  test('that repairs a tampered Secret gets it back as it should be', async () => {
    await world().invoke();
    world().kubernetes.tamper(PULL_SECRET, { data: { '.dockerconfigjson': 'e30=' } });
    await world().invoke();
    expect(JSON.parse(world().kubernetes.read(PULL_SECRET, '.dockerconfigjson')).auths).toHaveProperty([HOST]);
  });

  test('that swallows everything is given up in under 15 seconds', async () => {
    const sockets = new Set<net.Socket>();
    const hole = net.createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
    const start = Date.now();
    try {
      const { error } = await world().invoke({ environment: { CLUSTER_ENDPOINT: `https://localhost:${(hole.address() as AddressInfo).port}` } });
      expect(error?.message).toContain('kubernetes: the API server did not answer (CONNECT_TIMEOUT): check the cluster\'s endpoint, and with functionPlacement where the function runs');
      expect(Date.now() - start).toBeLessThan(15_000);
    } finally {
      sockets.forEach((socket) => socket.destroy());
      hole.close();
    }
  });

  test('with another certificate is not trusted', async () => {
    const { certificate } = await makeCertificate();
    const { error } = await world().invoke({ environment: { CLUSTER_CERTIFICATE_AUTHORITY: Buffer.from(certificate).toString('base64') } });
    expect(error?.message).toMatch(/kubernetes: the certificate of the API server is not the one expected \([A-Z_]+\): if the cluster was made again, import it with its new certificate authority/);
    expect(world().kubernetes.requests).toEqual([]);
  });

  test.each([
    ['another name', 'other.example.com', /kubernetes: the certificate of the API server is not the one expected \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
    ['its own', 'localhost', undefined],
  ])('whose certificate is by the cluster\'s authority, for %s', async (_, host, message) => {
    const server = await HttpsServer.start(await makeCertificateBy(world().certificate, host), (request) => world().kubernetes.answer(request));
    try {
      const { error } = await world().invoke({ environment: { CLUSTER_ENDPOINT: server.address } });
      expect(error?.message ?? '').toMatch(message ?? /^$/);
      expect(world().kubernetes.requests).toHaveLength(message ? 0 : 2);
    } finally {
      await server.stop();
    }
  });

  test('of another cluster does not take the token', async () => {
    const { error } = await world().invoke({ environment: { CLUSTER_NAME: 'other' } });
    await world().invoke({ environment: { CLUSTER_NAME: 'data' } });
    expect(error?.message).toContain('the cluster does not know the function');
  });

  test('cannot be found where the cluster is gone', async () => {
    world().aws.faults.eks = [awsError('ResourceNotFoundException', 'No cluster found', 404)];
    const { error } = await world().invoke({ environment: { CLUSTER_ENDPOINT: null, CLUSTER_CERTIFICATE_AUTHORITY: null } });
    expect(error?.message).toContain('kubernetes: cluster data does not exist: it is gone, or its name');
  });
});

describe('failures', () => {
  test('of both Secrets are both told, in one error', async () => {
    world().aws.secrets[TOKEN_ARN] = { SecretString: '' };
    world().aws.authorization = {};
    const { error, lines } = await world().invoke();
    expect(error?.message).toMatch(/^sync of runner "aws-prod" in namespace collate failed at ecr: .*; secretsmanager: .*$/);
    expect(failedStages(lines).sort()).toEqual(['ecr', 'secretsmanager']);
    expect(metrics(lines)).toEqual({ SyncSucceeded: 0, SyncFailures: 2, SyncDuration: expect.any(Number) });
  });

  test.each<[string, unknown, string]>([
    ['no object', 'x', 'request must be an object'],
    ['no action', {}, 'action must be "sync" or "status"'],
    ['a namespace with a slash', { namespace: 'a/b' }, 'namespace is missing or malformed'],
    ['no token', { tokenSecret: undefined }, 'tokenSecret must be an object'],
    ['another registry\'s host', { pullSecret: { name: 'a', credentialsSecretArn: KEYS_ARN, registryAccount: '118146679784', registryRegion: 'eu-west-1', registryHost: 'evil.example.com' } }, 'registryHost must be of account 118146679784 in eu-west-1'],
  ])('of the request (%s) name the field, and nothing is called', async (_, changes, message) => {
    const event = typeof changes === 'object' && Object.keys(changes!).length ? { ...world().request(), ...changes as object } : changes;
    const { error } = await world().invoke({ event });
    expect(error?.message).toBe(`request: ${message}: send the request that the runner's renewCommand holds`);
    expect(world().aws.calls).toEqual([]);
  });
});

test('the search for secrets finds one', () => {
  const { token, password } = world();
  expect(() => world().expectNoSecret(`x${token}x`)).toThrow();
  expect(() => world().expectNoSecret(Buffer.from(`AWS:${password}`).toString('base64'))).toThrow();
});
