import { PULL_SECRET, TOKEN_SECRET, useCluster } from './cluster';

const cluster = useCluster();

const RUNNERS = 50;

test(`${RUNNERS} runners synced at once get their Secrets, but for the one whose namespace refuses, and that one is named`, async () => {
  const namespaces: string[] = [];
  for (let number = 0; number < RUNNERS; number++) {
    namespaces.push(await cluster().makeNamespace({ rights: number !== 20 }));
  }
  const refused = namespaces[20];
  const functions = await Promise.all([1, 2, 3, 4].map(() => cluster().startLambda()));
  const failures: string[] = [];
  await Promise.all(functions.map(async (lambda, index) => {
    for (const namespace of namespaces.filter((_, number) => number % functions.length === index)) {
      const { error } = await lambda.invoke({ event: cluster().request(namespace), environment: cluster().plane.environment, remaining: 60_000 });
      failures.push(...error ? [error.message] : []);
    }
  }));
  functions.forEach((lambda) => lambda.stop());
  expect(failures).toEqual([expect.stringContaining(`namespace ${refused} failed`)]);
  for (const namespace of namespaces) {
    const written = await Promise.all([PULL_SECRET, TOKEN_SECRET].map(async (name) => await cluster().secret(namespace, name) !== undefined));
    expect([namespace, ...written]).toEqual([namespace, namespace !== refused, namespace !== refused]);
  }
});

test('a run makes one call for each secret, one to the registry, and one for each Kubernetes Secret', async () => {
  const namespace = await cluster().makeNamespace();
  cluster().aws.requests.length = 0;
  const before = await cluster().plane.requestCount('secrets', 'PATCH');
  await cluster().sync(namespace);
  expect(cluster().aws.requests.filter((request) => request !== 'GetCallerIdentity').sort()).toEqual([
    'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
    'secretsmanager.GetSecretValue',
    'secretsmanager.GetSecretValue',
  ]);
  expect(await cluster().plane.requestCount('secrets', 'PATCH') - before).toBe(2);
});
