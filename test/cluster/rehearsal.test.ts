import { spawn } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { App, CfnCondition, CfnOutput, CfnResource, Fn, Stack, Token } from 'aws-cdk-lib';
import * as eksv2 from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { RunnerCluster, RunnerNamespace } from '../../lib';
import { ACCOUNT, CHART, CLUSTERS, FIRST_SYNC, REGION, addRunner, eksV2Cluster } from '../helpers';
import { CHART_FOLDER } from '../helm/helm';
import { assemblyOf, assemblyOfStack, synthesized } from './assemblies';
import { definitionOf } from './definitions';
import { Assembly } from './rehearsal/assembly';
import { Rehearsal, RehearsalOptions } from './rehearsal/rehearsal';
import { Refusal } from './rehearsal/stack';

const ROOT = path.join(__dirname, '../..');

describe('rehearses', () => {
  let rehearsal: Rehearsal | undefined;
  afterEach(() => rehearsal?.stop());

  async function steps(assembly: Assembly, options: RehearsalOptions = {}): Promise<string[]> {
    rehearsal = await Rehearsal.start(assembly, { charts: [CHART_FOLDER], ...options });
    await rehearsal.deploy();
    return rehearsal.steps.map(({ outcome, type }) => `${outcome} ${type}`);
  }

  const done = expect.arrayContaining([`created ${FIRST_SYNC}`, `created ${CHART}`, 'ran AWS::Scheduler::Schedule']);

  test('stacks that read outputs of others, and a dual-stack network', async () => {
    const env = { account: ACCOUNT, region: REGION };
    expect(await steps(synthesized((app) => {
      app.node.setContext('@aws-cdk/core:defaultCrossStackReferences', 'weak');
      const secrets = new Stack(app, 'Secrets', { env });
      const clusters = new Stack(app, 'Clusters', { env });
      const cluster = eksV2Cluster(clusters, { ipFamily: eksv2.IpFamily.IP_V6 });
      addRunner(new Stack(app, 'Runners', { env }), RunnerCluster.fromEksV2(cluster), { authToken: new Secret(secrets, 'Token') });
    }))).toEqual(done);
  });

  test('another partition', async () => {
    expect(await steps(synthesized((app) => {
      const stack = new Stack(app, 'Stack', { env: { account: ACCOUNT, region: 'cn-north-1' } });
      addRunner(stack, CLUSTERS['aws-eks-v2'](stack));
    }))).toEqual(done);
  });

  test('a namespace and a kind that the cluster has before', async () => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'prerequisites-')), 'objects.json');
    fs.writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'collate' } }, definitionOf('monitoring.coreos.com', 'v1', 'ServiceMonitor')] }));
    const existing = assemblyOf(() => ({ namespace: RunnerNamespace.existing('collate'), serviceMonitor: {} }));
    expect(await steps(existing, { prerequisites: file })).toEqual(done);
  });

  test('an administrator whose role has a path', async () => {
    expect(await steps(assemblyOfStack((stack) => {
      const kubectlProvider = eksv2.KubectlProvider.fromKubectlProviderAttributes(stack, 'KubectlProvider', {
        serviceToken: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:kubectl`,
        role: iam.Role.fromRoleArn(stack, 'KubectlProviderRole', `arn:aws:iam::${ACCOUNT}:role/operations/kubectl-handler`),
      });
      const cluster = eksv2.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'data', kubectlProvider });
      addRunner(stack, RunnerCluster.fromEksV2(cluster, { accessEntry: true }));
    }))).toEqual(done);
  });
});

describe('reports as refused', () => {
  /** What is refused of a stack that has a queue, and something else. */
  async function refused(build: (stack: Stack) => void): Promise<string[]> {
    const rehearsal = await Rehearsal.start(synthesized((app) => {
      const stack = new Stack(app, 'Stack');
      new Queue(stack, 'Queue');
      build(stack);
    }));
    try {
      await rehearsal.deploy().catch((error) => expect(error).toBeInstanceOf(Refusal));
      return rehearsal.refused.map(({ type, name, reason }) => `${type} ${name}: ${reason}`);
    } finally {
      await rehearsal.stop();
    }
  }

  const UNKNOWN = Token.asAny({ 'Fn::Unknown': [] });

  test('an output with a function that it does not know', async () => {
    expect(await refused((stack) => new CfnOutput(stack, 'Output', { value: Token.asString(UNKNOWN) }))).toEqual(['Output Stack/Output: the rehearsal does not know Fn::Unknown']);
  });

  test('a condition with a function that it does not know', async () => {
    expect(await refused((stack) => {
      new CfnResource(stack, 'Resource', { type: 'AWS::Test::Resource' }).cfnOptions.condition = new CfnCondition(stack, 'Condition', { expression: Fn.conditionEquals(UNKNOWN, '1') });
    })).toEqual(['Condition Stack/Condition: the rehearsal does not know Fn::Unknown']);
  });

  test('no count of a list', async () => {
    expect(await refused((stack) => new CfnOutput(stack, 'Output', { value: Token.asString(Fn.len(['1', '2'])) }))).toEqual([]);
  });
});

describe('npm run rehearse', () => {
  interface Ending {
    readonly code: number | null;
    readonly output: string;
    readonly errors: string;
    /** The folders that it works in when it is interrupted. */
    readonly folders: string[];
  }

  const listFolders = () => fs.readdirSync(temporary).filter((name) => name.startsWith('rehearsal-'));

  /** Runs the program, and interrupts it once it has printed a text, or, where that is empty, once it has a folder. */
  function rehearse(words: string[], interruptAt?: string): Promise<Ending> {
    const child = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, 'rehearsal/main.ts'), ...words], { cwd: ROOT, env: { ...process.env, TMPDIR: temporary } });
    let [output, errors, folders] = ['', '', [] as string[]];
    const timer = setInterval(() => {
      if (interruptAt !== undefined && output.includes(interruptAt) && listFolders().length > 0) {
        interruptAt = undefined;
        folders = listFolders();
        child.kill('SIGTERM');
      }
    }, 5);
    child.stdout.setEncoding('utf8').on('data', (text: string) => { output += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { errors += text; });
    return new Promise((resolve) => child.once('close', (code) => {
      clearInterval(timer);
      resolve({ code, output, errors, folders });
    }));
  }

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'words-'));
  const temporary = path.join(folder, 'tmp');
  fs.mkdirSync(temporary);
  const { directory } = (() => {
    const app = new App({ outdir: path.join(folder, 'cdk.out') });
    const stack = new Stack(app, 'Stack');
    addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack));
    return app.synth();
  })();

  test.each([
    ['no assembly', [folder], `${folder} is no assembly: name the folder that cdk synth writes, cdk.out where nothing else is said\n`],
    ['no prerequisites', [directory, '--prerequisites', path.join(folder, 'objects.yaml')], `${path.join(folder, 'objects.yaml')} is not there: name a file of Kubernetes objects\n`],
    ['no chart', [directory, '--chart', folder], `${folder} is no chart, because it holds no Chart.yaml: name the folder that helm pull --untar writes\n`],
  ])('says in one sentence that a folder holds %s', async (_, words, errors) => {
    expect(await rehearse(words)).toEqual({ code: 2, output: '', errors, folders: [] });
    expect(listFolders()).toEqual([]);
  });

  test('names its option for what the cluster has before where a namespace is missing', async () => {
    const app = new App({ outdir: path.join(folder, 'existing.out') });
    const stack = new Stack(app, 'Stack');
    addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { namespace: RunnerNamespace.existing('collate') });
    const { code, output } = await rehearse([app.synth().directory, '--chart', CHART_FOLDER]);
    expect(output).toMatch(/namespaces "collate" not found.*--prerequisites FILE/s);
    expect(output).toMatch(/, 1 refused\n$/);
    expect(code).toBe(1);
  });

  test('leaves no files when it is interrupted as soon as it has a folder', async () => {
    const { code, output, folders } = await rehearse([directory, '--chart', CHART_FOLDER], '');
    expect(output).toBe('');
    expect(code).toBe(130);
    expect(folders).toHaveLength(1);
    expect(listFolders()).toEqual([]);
  });

  test('leaves nothing running and no files when it is interrupted', async () => {
    const { code, output, folders } = await rehearse([directory, '--chart', CHART_FOLDER], 'AWS::EKS::AccessEntry');
    expect(output).toContain('created    AWS::EKS::AccessEntry');
    expect(output).not.toContain('refused');
    expect(code).toBe(130);
    expect(folders).toHaveLength(1);
    expect(listFolders()).toEqual([]);
  });
});
