import { PULL_SECRET, TEMPLATE, TOKEN_SECRET, useCluster } from './cluster';

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

test('the actions by which it calls AWS with its role are those of its policy, and the registry is called with other keys', async () => {
  const { aws, plane } = cluster();
  const { CLUSTER_NAME, CLUSTER_ENDPOINT, CLUSTER_CERTIFICATE_AUTHORITY } = plane.environment;
  await aws.addCluster(CLUSTER_NAME, CLUSTER_ENDPOINT, CLUSTER_CERTIFICATE_AUTHORITY);
  const lambda = await cluster().startLambda();
  aws.requests.length = 0;
  const { error } = await lambda.invoke({ event: cluster().request(await cluster().makeNamespace()), environment: { CLUSTER_NAME }, remaining: 60_000 });
  lambda.stop();
  expect(error?.message).toBeUndefined();

  const actions: Record<string, string> = {
    'secretsmanager.GetSecretValue': 'secretsmanager:GetSecretValue',
    [`GET /clusters/${CLUSTER_NAME}`]: 'eks:DescribeCluster',
    'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken': 'ecr:GetAuthorizationToken',
  };
  const asked = new Set(aws.requests.filter((request) => request !== 'GetCallerIdentity').map((request) => actions[request] ?? request));
  const { PolicyDocument } = Object.values(TEMPLATE.findResources('AWS::IAM::Policy')).map(({ Properties }) => Properties).find(({ PolicyName }) => PolicyName.includes('SyncRole'));
  const allowed = new Set(PolicyDocument.Statement.flatMap(({ Effect, Action }: any) => Effect === 'Allow' ? Action : []));
  expect([...asked].filter((action) => !allowed.has(action))).toEqual(['ecr:GetAuthorizationToken']);
  expect([...asked].sort()).toEqual(Object.values(actions).sort());
});
