import { World } from './world';

const COLD = 10;
const WARM = 200;

const median = (values: number[]) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];
const MEMORY_OF_THE_FUNCTION = 256 * 1024 * 1024;

test(`${COLD} cold starts and ${WARM} warm renewals against local servers`, async () => {
  const [loads, firsts]: number[][] = [[], []];
  let world: World | undefined;
  for (let start = 0; start < COLD; start++) {
    await world?.stop();
    world = await World.start();
    const { duration, error } = await world.invoke({ event: world.requestWithWorkload() });
    expect(error).toBeUndefined();
    loads.push(world.lambda.loaded);
    firsts.push(duration);
  }
  const warm: number[] = [];
  let peakMemory = 0;
  for (let renewal = 0; renewal < WARM; renewal++) {
    const outcome = await world!.invoke({ event: world!.requestWithWorkload() });
    warm.push(outcome.duration);
    ({ peakMemory } = outcome);
  }
  const { aws, kubernetes } = world!;
  const each = (calls: number) => calls / (WARM + 1);
  await world!.stop();
  process.stdout.write(`
The shipped bundle on Node ${world!.lambda.version}, against local servers with TLS
  cold              load ${median(loads).toFixed(0)} ms and first renewal ${median(firsts).toFixed(0)} ms, median of ${COLD}
  warm              ${median(warm).toFixed(0)} ms, median of ${WARM}
  memory            ${(peakMemory / 1024 / 1024).toFixed(0)} MB at most after ${WARM + 1} renewals, Node and all; the function has ${MEMORY_OF_THE_FUNCTION / 1024 / 1024}
  calls             ${each(aws.callsOf('secretsmanager'))} to Secrets Manager, ${each(aws.callsOf('ecr'))} to ECR and ${each(kubernetes.requests.length).toFixed(1)} to Kubernetes each
`);
  expect([each(aws.callsOf('secretsmanager')), each(aws.callsOf('ecr'))]).toEqual([2, 1]);
  // Two Secrets are written and the Deployment is read each time, and noted on once.
  expect(kubernetes.requests.length).toBe(3 * (WARM + 1) + 1);
  expect(peakMemory).toBeLessThan(MEMORY_OF_THE_FUNCTION);
}, 180_000);
