import { awsError } from './aws';
import { kubernetesError } from './kubernetes';
import { PULL_SECRET, TOKEN_SECRET, useWorld } from './world';

jest.setTimeout(60_000);
const world = useWorld();

/** The function keeps 15 seconds back for the answer; this leaves a few for trying. */
const SHORT = { remaining: 18_000 };

describe.each(['Create', 'Update'])('on %s', (type) => {
  test('the Secrets are there before CloudFormation hears of success', async () => {
    const { answer, outcome } = await world().deploy(type);
    expect(outcome.error).toBeUndefined();
    expect(answer).toEqual({
      Status: 'SUCCESS',
      StackId: 'stack', RequestId: 'request', LogicalResourceId: 'FirstSync',
      PhysicalResourceId: 'credential-sync/collate',
      Data: { ExpiresAt: expect.stringMatching(/Z$/), TokenChanged: 'true' },
    });
    expect(Object.keys(world().kubernetes.secrets).sort()).toEqual([TOKEN_SECRET, PULL_SECRET]);
  });

  test('a failure is told with its stage, and not thrown, so that nothing runs again behind CloudFormation\'s back', async () => {
    world().aws.authorization = { authorizationData: [] };
    const { answer, outcome } = await world().deploy(type);
    expect(outcome.error).toBeUndefined();
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/^sync of runner "aws-prod" in namespace collate failed at ecr: the registry answered with 0 entries/) });
  });
});

test('rights that are seen only after a while are waited for', async () => {
  const unknown = kubernetesError(401, 'Unauthorized');
  const denied = kubernetesError(403, 'secrets "x" is forbidden');
  world().kubernetes.faults = [unknown, unknown, unknown, denied, denied, undefined];
  world().aws.faults.secretsmanager = [awsError('AccessDeniedException', 'not authorized'), undefined as never];
  const { answer } = await world().deploy('Create');
  expect(answer.Status).toBe('SUCCESS');
  const tokens = world().kubernetes.requests.map(({ token }) => token);
  expect(tokens.length).toBeGreaterThanOrEqual(7);
  expect(new Set(tokens).size).toBeGreaterThan(1);
});

test.each<[string, () => void, RegExp]>([
  ['the cluster', () => { world().kubernetes.faults = [kubernetesError(401, 'Unauthorized')]; }, /kubernetes: the cluster does not know the function/],
  ['the Role', () => { world().kubernetes.resourceNames = []; }, /kubernetes: Secret collate\/omd-registry-credentials may not be written.*kubernetes: Secret collate\/hybrid-runner-token may not be written/],
  ['the registry', () => { world().aws.faults.ecr = [awsError('UnrecognizedClientException', 'invalid')]; }, /ecr: the registry rejected the keys/],
  ['Secrets Manager', () => { world().aws.faults.secretsmanager = [awsError('AccessDeniedException', 'not authorized')]; }, /secretsmanager: secret .* may not be read by the function/],
])('rights that %s never grants end in an answer before the function\'s time is over', async (_, deny, reason) => {
  deny();
  const start = Date.now();
  const { answer } = await world().deploy('Create', undefined, SHORT);
  expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(reason) });
  expect(Date.now() - start).toBeLessThan(SHORT.remaining);
});

describe('on Delete', () => {
  test.each<[string, Record<string, unknown>]>([
    ['the request as it was', { Request: '{}' }], ['no request', {}], ['no JSON', { Request: '{' }],
  ])('with %s both Secrets stay, and nothing is called', async (_, properties) => {
    await world().deploy('Create');
    const calls = world().aws.calls.length;
    const before = JSON.stringify(world().kubernetes.secrets);
    const { answer } = await world().deploy('Delete', properties);
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'credential-sync/collate' });
    expect(JSON.stringify(world().kubernetes.secrets)).toBe(before);
    expect(world().aws.calls.length).toBe(calls);
  });
});

test.each<[string, Record<string, unknown>, string]>([
  ['no request', {}, 'the property Request is not JSON'],
  ['no JSON', { Request: '{' }, 'the property Request is not JSON'],
  ['another request', { Request: '{"action":"x"}' }, 'request: action must be "sync" or "status": send the request that the runner\'s renewCommand holds'],
])('%s is answered with what is wrong', async (_, properties, Reason) => {
  const { answer } = await world().deploy('Create', properties);
  expect(answer).toMatchObject({ Status: 'FAILED', Reason, PhysicalResourceId: 'request' });
});

test('the answer address, by which anybody could answer, is nowhere told', async () => {
  world().aws.faults.cloudformation = [{ status: 503 }];
  const { outcome } = await world().deploy('Create');
  expect(outcome.error?.message).toBe('CloudFormation\'s answer address answered 503');
  expect(outcome.output + outcome.error?.text).not.toContain('signature=');
});

test('an answer address that fails once gets the answer again', async () => {
  world().aws.faults.cloudformation = [{ status: 503 }, undefined as never];
  expect((await world().deploy('Create')).answer.Status).toBe('SUCCESS');
});

test('a long reason is cut to what CloudFormation takes', async () => {
  world().kubernetes.faults = [kubernetesError(403, `admission webhook denied the request: ${'x'.repeat(10_000)}`)];
  const { answer } = await world().deploy('Create');
  expect(JSON.stringify(answer).length).toBeLessThan(4_096);
  expect(answer.Status).toBe('FAILED');
});
