import { kubernetesError } from './kubernetes';
import { TOKEN_ARN, TOKEN_SECRET, makeToken, useWorld } from './world';
import { DEPLOYMENT_URL, deployment } from './workload';

jest.setTimeout(60_000);
const world = useWorld();

const NOTE = 'cdk-collate-hybrid-runner/token-digest';
const FORBIDDEN = /deployments/;

/** Syncs, and says whether the pods were restarted: by the result, and by what was asked of the API server. */
async function sync(): Promise<{ result?: any; error?: any; restarts: number }> {
  const { kubernetes } = world();
  const before = kubernetes.patches.length;
  const { result, error } = await world().invoke({ event: world().requestWithWorkload() });
  const restarts = kubernetes.patches.slice(before).filter(({ spec }) => spec?.template).length;
  if (result) {
    expect(result.tokenSecret.restarted).toBe(restarts === 1);
  }
  return { result, error, restarts };
}

function replaceToken(): void {
  world().aws.secrets[TOKEN_ARN] = { SecretString: makeToken() };
}

test('pods that were started with the token are not restarted, however often it is written', async () => {
  for (let run = 0; run < 3; run++) {
    expect((await sync()).restarts).toBe(0);
  }
  expect(world().kubernetes.patches).toEqual([{ metadata: { annotations: { [NOTE]: expect.stringMatching(/^[0-9a-f]{32}$/) } } }]);
});

test('a token that changed restarts them once, by an annotation of theirs', async () => {
  await sync();
  replaceToken();
  const counts = [(await sync()).restarts, (await sync()).restarts, (await sync()).restarts];
  expect(counts).toEqual([1, 0, 0]);
  const annotations = { [NOTE]: expect.stringMatching(/^[0-9a-f]{32}$/) };
  expect(world().kubernetes.patches[1]).toEqual({ metadata: { annotations }, spec: { template: { metadata: { annotations } } } });
});

test('a token that changed before anything was noted restarts pods that are older, and not those that are newer', async () => {
  world().kubernetes.workload[DEPLOYMENT_URL] = deployment(1, { created: new Date(Date.now() - 3_600_000).toISOString() });
  expect((await sync()).restarts).toBe(1);
  expect((await sync()).restarts).toBe(0);
});

test('pods that somebody restarted since are not restarted again', async () => {
  const object = deployment(1, { created: new Date(Date.now() - 3_600_000).toISOString() });
  object.spec.template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': new Date(Date.now() + 60_000).toISOString() };
  world().kubernetes.workload[DEPLOYMENT_URL] = object;
  expect((await sync()).restarts).toBe(0);
});

test('before the chart is installed there is nothing to restart', async () => {
  delete world().kubernetes.workload[DEPLOYMENT_URL];
  const { result, error } = await sync();
  expect(error).toBeUndefined();
  expect(result.tokenSecret).toMatchObject({ changed: true, restarted: false });
});

test('a restart that failed fails the sync, and the next one makes up for it', async () => {
  await sync();
  replaceToken();
  world().kubernetes.forbidden = FORBIDDEN;
  const { error } = await sync();
  expect(error?.message).toContain('kubernetes: Deployment collate/hybrid-ingestion-runner may not be restarted, and its pods may still have the old token: the Role collate-credential-sync lacks the verbs get and patch on it');
  world().kubernetes.forbidden = undefined;
  expect((await sync()).restarts).toBe(1);
  expect((await sync()).restarts).toBe(0);
});

test('a token that could not be written restarts nothing', async () => {
  await sync();
  replaceToken();
  world().kubernetes.faults = [kubernetesError(422, 'Secret is invalid: data: Invalid value')];
  expect((await sync()).restarts).toBe(0);
});

test('a token that came back after another one restarts again', async () => {
  const { token } = world();
  await sync();
  replaceToken();
  await sync();
  world().aws.secrets[TOKEN_ARN] = { SecretString: token };
  expect((await sync()).restarts).toBe(1);
});

test('a token Secret that was deleted and written again does not restart pods that have the token', async () => {
  await sync();
  world().kubernetes.secrets = {};
  const { result, restarts } = await sync();
  expect([result.tokenSecret.changed, restarts]).toEqual([true, 0]);
});

describe('a token Secret that somebody else had changed', () => {
  const tamper = (changes: object) => world().kubernetes.tamper(TOKEN_SECRET, changes);
  const data = () => ({ token: Buffer.from(makeToken()).toString('base64') });
  const ofPods = () => world().kubernetes.workload[DEPLOYMENT_URL].spec.template.metadata.annotations ?? {};

  test('is repaired, and pods that may have started with the other token are restarted once', async () => {
    await sync();
    tamper({ data: data() });
    const { result, restarts } = await sync();
    expect([result.tokenSecret.changed, restarts, (await sync()).restarts]).toEqual([true, 1, 0]);
    expect(world().kubernetes.read(TOKEN_SECRET, 'token')).toBe(world().token);
    expect(ofPods()).toEqual({ [NOTE]: expect.stringMatching(/^[0-9a-f]{32}$/), 'kubectl.kubernetes.io/restartedAt': expect.stringMatching(/^\d{4}-.*Z$/) });
  });

  test('twice restarts them twice, and each time they are other pods', async () => {
    await sync();
    const seen = new Set([JSON.stringify(ofPods())]);
    for (let time = 0; time < 2; time++) {
      tamper({ data: data() });
      expect((await sync()).restarts).toBe(1);
      seen.add(JSON.stringify(ofPods()));
    }
    expect(seen.size).toBe(3);
  });

  test('in its annotations alone is repaired and restarts nothing', async () => {
    world().aws.secrets[TOKEN_ARN] = { SecretString: makeToken({ exp: 4_000_000_000 }) };
    await sync();
    const { annotations } = world().kubernetes.secrets[TOKEN_SECRET];
    tamper({ annotations: { ...annotations, 'cdk-collate-hybrid-runner/expires-at': 'never' } });
    expect((await sync()).restarts).toBe(0);
    expect(world().kubernetes.secrets[TOKEN_SECRET].annotations).toEqual(annotations);
  });

  test('to what it should be restarts nothing', async () => {
    await sync();
    tamper({});
    expect((await sync()).restarts).toBe(0);
  });
});
