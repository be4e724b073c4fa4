import { PULL_SECRET, useCluster } from './cluster';

const RENEWALS = 1_000;

const cluster = useCluster();

interface Reads {
  readonly reads: number;
  readonly missing: number;
  /** Milliseconds. */
  readonly longestGap: number;
  readonly identities: number;
  readonly requests: number;
}

/** Renews again and again while a reader polls the pull secret, as a kubelet does that pulls an image. */
async function readWhile(namespace: string, renew: () => Promise<void>): Promise<Reads> {
  const { plane } = cluster();
  const url = `/api/v1/namespaces/${namespace}/secrets/${PULL_SECRET}`;
  const identities = new Set<string>();
  let [reads, missing, longestGap, missingSince, renewing] = [0, 0, 0, 0, true];
  const reader = (async () => {
    while (renewing) {
      const { status, body } = await plane.request('GET', url);
      reads++;
      if (status === 200) {
        identities.add(body.metadata.uid);
        longestGap = missingSince ? Math.max(longestGap, performance.now() - missingSince) : longestGap;
        missingSince = 0;
      } else {
        missing++;
        missingSince ||= performance.now();
      }
    }
  })();
  const before = await plane.requestCount('secrets', 'PATCH|POST|DELETE');
  for (let renewal = 0; renewal < RENEWALS; renewal++) {
    await renew();
  }
  const requests = await plane.requestCount('secrets', 'PATCH|POST|DELETE') - before;
  renewing = false;
  await reader;
  return { reads, missing, longestGap, identities: identities.size, requests: requests / RENEWALS };
}

function print(what: string, { reads, missing, longestGap, identities, requests }: Reads): void {
  process.stdout.write(`  ${what.padEnd(34)} ${(100 * missing / reads).toFixed(1).padStart(5)} % of ${reads} reads without a secret, longest gap ${longestGap.toFixed(1)} ms, ${identities} UIDs, ${requests.toFixed(1)} writes per renewal\n`);
}

test(`${RENEWALS} renewals under a reader`, async () => {
  const { plane } = cluster();
  const [ours, theirs] = [await cluster().makeNamespace(), await cluster().makeNamespace()];
  await cluster().sync(ours);
  const { type, data } = await cluster().secret(ours, PULL_SECRET);
  const create = () => plane.request('POST', `/api/v1/namespaces/${theirs}/secrets`, { metadata: { name: PULL_SECRET }, type, data });
  await create();

  const applied = await readWhile(ours, async () => {
    const { error } = await cluster().sync(ours);
    if (error) {
      throw new Error(error.message);
    }
  });
  const replaced = await readWhile(theirs, async () => {
    await plane.request('DELETE', `/api/v1/namespaces/${theirs}/secrets/${PULL_SECRET}`);
    await create();
  });
  process.stdout.write(`\n${RENEWALS} renewals while a reader polls the pull secret:\n`);
  print('this library (both Secrets)', applied);
  print('delete, then create', replaced);
  expect(applied).toMatchObject({ missing: 0, identities: 1 });
});
