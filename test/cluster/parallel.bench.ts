import { useCluster } from './cluster';

const RUNNERS = 50;
const MEGABYTE = 1024 * 1024;

const cluster = useCluster();

/** Lambda runs each of these in an environment of its own, so each gets a process of its own. */
test(`one function invoked ${RUNNERS} times in parallel`, async () => {
  const namespaces: string[] = [];
  for (let number = 0; number < RUNNERS; number++) {
    namespaces.push(await cluster().makeNamespace());
  }
  await cluster().sync(namespaces[0]);
  const functions = await Promise.all(namespaces.map(() => cluster().startLambda()));
  const { aws, plane } = cluster();
  aws.requests.length = 0;
  const before = await plane.requestCount('secrets', 'PATCH');
  const start = performance.now();
  const outcomes = await Promise.all(functions.map((lambda, number) => lambda.invoke({
    event: cluster().request(namespaces[number]), environment: plane.environment, remaining: 120_000,
  })));
  const wall = performance.now() - start;
  functions.forEach((lambda) => lambda.stop());

  const durations = outcomes.map(({ duration }) => duration).sort((left, right) => left - right);
  const calls = (pattern: RegExp) => aws.requests.filter((request) => pattern.test(request)).length;
  process.stdout.write(`
${RUNNERS} renewals in parallel, all cold, each in a process of its own on this machine:
  wall time   ${(wall / 1000).toFixed(1)} s; a renewal ${durations[RUNNERS / 2].toFixed(0)} ms in the median, ${durations.at(-1)!.toFixed(0)} ms at most
  memory      ${(Math.max(...outcomes.map(({ peakMemory }) => peakMemory)) / MEGABYTE).toFixed(0)} MB at most in one process
  API calls   ${calls(/GetSecretValue/)} to Secrets Manager, ${calls(/GetAuthorizationToken/)} to ECR, ${calls(/GetCallerIdentity/)} to STS by the cluster, ${await plane.requestCount('secrets', 'PATCH') - before} writes to Kubernetes
  failed      ${outcomes.filter(({ error }) => error).length}
`);
  expect(outcomes.map(({ error }) => error?.message).filter(Boolean)).toEqual([]);
});
