import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import * as zlib from 'zlib';
import { App, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { ACCOUNT, CLUSTERS, REGION, addRunner } from '../helpers';
import { CHART_FOLDER } from '../helm/helm';
import { findCanaries } from '../security/canary';
import { PULL_SECRET, TOKEN_SECRET, decode } from './cluster';
import { ControlPlane } from './parts/control-plane';
import { Assembly } from './rehearsal/assembly';
import { Rehearsal } from './rehearsal/rehearsal';

const NAMESPACE = 'hybrid-ingestion-runner';
const CONNECTOR_SECRET = 'redshift-password';
/** Those that values are meant to be in, as their data. */
const OWN = [PULL_SECRET, TOKEN_SECRET, CONNECTOR_SECRET];

/** Every object of every kind that the API server lists, as JSON. */
async function listObjects(plane: ControlPlane): Promise<{ kind: string; metadata: { name: string }; data?: Record<string, string> }[]> {
  const { body: { groups } } = await plane.request('GET', '/apis');
  const versions = ['/api/v1', ...groups.map(({ preferredVersion }: any) => `/apis/${preferredVersion.groupVersion}`)];
  const lists = await Promise.all(versions.map(async (version) => {
    const { body: { resources } } = await plane.request('GET', version);
    const listed = resources.filter(({ name, verbs }: any) => verbs.includes('list') && !name.includes('/'));
    return Promise.all(listed.map(async ({ name, kind }: any) => ((await plane.request('GET', `${version}/${name}`)).body.items ?? []).map((item: object) => ({ ...item, kind }))));
  }));
  return lists.flat(2);
}

/** What an object says; of a release of Helm also what is packed in it. */
function textOf({ ...object }: Awaited<ReturnType<typeof listObjects>>[number]): string {
  const release = object.kind === 'Secret' && object.metadata.name.startsWith('sh.helm.release') && object.data?.release;
  return JSON.stringify(object) + (release ? zlib.gunzipSync(Buffer.from(decode(release), 'base64')).toString() : '');
}

test('no value of a secret is in a file of the assembly, a log, an answer, or an object of the cluster but the data of its Secret', async () => {
  const app = new App({ outdir: fs.mkdtempSync(path.join(os.tmpdir(), 'assembly-')) });
  const stack = new Stack(app, 'Stack', { env: { account: ACCOUNT, region: REGION } });
  addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack)).addConnectorSecret(CONNECTOR_SECRET, Secret.fromSecretNameV2(stack, 'Redshift', 'data/redshift'));
  const { directory } = app.synth();
  const rehearsal = await Rehearsal.start(new Assembly(directory), { charts: [CHART_FOLDER] });
  try {
    await rehearsal.deploy();
    await rehearsal.ask('status');
    const { plane } = await rehearsal.cluster('data');
    const objects = await listObjects(plane);
    const own = objects.filter(({ kind, metadata }) => kind === 'Secret' && OWN.includes(metadata.name));
    const { auth } = Object.values<any>(JSON.parse(decode(own.find(({ metadata }) => metadata.name === PULL_SECRET)!.data!['.dockerconfigjson'])).auths)[0];
    const canaries = { ...rehearsal.secretValues, 'auth': auth, 'password of the registry': decode(auth).split(':')[1], 'token for Kubernetes': 'k8s-aws-v1.aHR0cHM6' };
    expect(Object.keys(canaries)).toHaveLength(9);
    // The emulator makes the password of the account.
    const [account] = /^\d{12}/.exec(canaries['password of the registry'])!;

    const texts: Record<string, string> = {
      'the logs and answers': rehearsal.told,
      ...Object.fromEntries(objects.map((object) => [`${object.kind} ${object.metadata.name}`, textOf(own.includes(object) ? { ...object, data: {} } : object)])),
      ...Object.fromEntries(fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((file) => path.join(directory, file)).filter((file) => fs.statSync(file).isFile())
        .map((file) => [file, fs.readFileSync(file, 'latin1')])),
    };
    expect(texts['the logs and answers']).toContain('wrote the pull secret');
    expect(Object.keys(texts)).toEqual(expect.arrayContaining([`Namespace ${NAMESPACE}`, 'Deployment hybrid-ingestion-runner', expect.stringMatching(/^Secret sh\.helm\.release/), expect.stringMatching(/template\.json$/)]));
    const search = () => Object.entries(texts).flatMap(([where, text]) => findCanaries(text, canaries, [account]).map((name) => `${name} in ${where}`));
    expect(search()).toEqual([]);

    // The search would find them: each of the Secrets' data is one place too many.
    own.forEach((object) => { texts[`Secret ${object.metadata.name}`] = textOf(object); });
    expect(search()).toEqual(expect.arrayContaining([
      expect.stringMatching(/^value of .*collate\/token in Secret hybrid-runner-token$/),
      expect.stringMatching(/^value of .*data\/redshift in Secret redshift-password$/),
      `auth in Secret ${PULL_SECRET}`,
      `password of the registry in Secret ${PULL_SECRET}`,
    ]));
  } finally {
    await rehearsal.stop();
    fs.rmSync(directory, { recursive: true });
  }
});
