/*
 * Prints figures and ratios: what a runner adds to a stack and to synthesis, beside the same written by hand, what the
 * package takes to import, and what the handler's bundle weighs and takes to load. Nothing fails on a clock.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const BUNDLE = path.join(ROOT, 'lib/credential-sync/handler.bundle/index.js');
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 20);
const require = createRequire(import.meta.url);
const { App, Stack } = require('aws-cdk-lib');
const eks = require('aws-cdk-lib/aws-eks-v2');
const { Secret } = require('aws-cdk-lib/aws-secretsmanager');
const { KubectlV35Layer } = require('@aws-cdk/lambda-layer-kubectl-v35');
const { ArgoWorkflows, HybridRunner, RunnerCluster, RunnerImages, RunnerMonitoring, RunnerNamespace, SecretsStore } = require('../lib/index.js');

const eksL1 = require('aws-cdk-lib/aws-eks');
const iam = require('aws-cdk-lib/aws-iam');

/** A stack with a cluster, and on it so many runners as a way of making them makes. */
function synthesize(way, runners) {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const cluster = new eks.Cluster(stack, 'Cluster', {
    version: eks.KubernetesVersion.of('1.35'),
    kubectlProviderOptions: { kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer') },
  });
  for (let number = 0; number < runners; number++) {
    WAYS[way](stack, cluster, number);
  }
  const { template } = app.synth().getStackByName('Stack');
  return { resources: Object.keys(template.Resources).length, bytes: JSON.stringify(template).length };
}

const WAYS = {
  /** What a user writes without this library, as far as the vendor's chart goes: a release, and a role for its pods. */
  byHand(stack, cluster, number) {
    const namespace = `runner-${number}`;
    const role = new iam.Role(stack, `Role${number}`, {
      assumedBy: new iam.SessionTagsPrincipal(new iam.ServicePrincipal('pods.eks.amazonaws.com')),
    });
    role.addToPolicy(new iam.PolicyStatement({
      actions: ['secretsmanager:GetSecretValue'],
      resources: [stack.formatArn({ service: 'secretsmanager', resource: 'secret', resourceName: '/collate/hybrid-ingestion-runner/*', arnFormat: 'arn:aws:service:region:account:resource:resourceName' })],
    }));
    new eksL1.CfnPodIdentityAssociation(stack, `Association${number}`, { clusterName: cluster.clusterName, namespace, serviceAccount: 'ingestion', roleArn: role.roleArn });
    new eks.HelmChart(stack, `Chart${number}`, {
      cluster,
      namespace,
      release: 'hybrid-ingestion-runner',
      repository: 'https://open-metadata.github.io/hybrid-ingestion-runner-helm-chart',
      chart: 'hybrid-ingestion-runner',
      version: HybridRunner.CHART_VERSION,
      values: {
        config: {
          agentId: `agent-${number}`,
          serverHost: 'acme.getcollate.io',
          authTokenSecret: { name: 'token', key: 'token' },
          secretsManager: 'managed-aws',
          argoWorkflows: { endpoint: 'argo-workflows-server.argo-workflows.svc:2746' },
        },
      },
    });
  },
  /** Without alarms: also the namespace, the pull secret, the token and their renewal. */
  unmonitored: (stack, cluster, number) => addRunner(stack, cluster, number, { monitoring: RunnerMonitoring.none() }),
  /** The same, and as by hand a role of the pods that reads secrets. */
  withRole: (stack, cluster, number) => addRunner(stack, cluster, number, { monitoring: RunnerMonitoring.none(), secretsStore: SecretsStore.awsSecretsManager() }),
  /** No more than what is required: also alarms and reports of the status. */
  defaults: (stack, cluster, number) => addRunner(stack, cluster, number),
};

function addRunner(stack, cluster, number, options = {}) {
  new HybridRunner(stack, `Runner${number}`, {
    cluster: RunnerCluster.fromEksV2(cluster),
    agentId: `agent-${number}`,
    serverHost: 'acme.getcollate.io',
    authToken: Secret.fromSecretNameV2(stack, `Token${number}`, `token-${number}`),
    images: RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, `Keys${number}`, 'keys')),
    namespace: RunnerNamespace.create(`runner-${number}`),
    argoWorkflows: ArgoWorkflows.existing({ endpoint: 'argo-workflows-server.argo-workflows.svc:2746' }),
    ...options,
  });
}

const median = (values) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)];

/** Milliseconds of CPU, which a busy machine changes least. */
function time(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const COUNTS = [1, 10, 40];

console.log('What runners add to a stack with a cluster');
const alone = synthesize('byHand', 0);
console.log(`  cluster alone     ${alone.resources} resources, ${alone.bytes} bytes`);
for (const [label, way] of [['by hand', 'byHand'], ['unmonitored', 'unmonitored'], ['with a role', 'withRole'], ['defaults', 'defaults']]) {
  let [before, counted] = [alone, 0];
  for (const runners of [1, 2, ...COUNTS.slice(1)]) {
    const after = synthesize(way, runners);
    console.log(`  ${label.padEnd(12)} ${String(runners).padStart(3)}  ${after.resources} resources, each new one +${((after.resources - before.resources) / (runners - counted)).toFixed(1)} and +${Math.round((after.bytes - before.bytes) / (runners - counted))} bytes`);
    [before, counted] = [after, runners];
  }
}

console.log(`\nSynthesis of a stack with a cluster, CPU time, median of ${ROUNDS}, taken in turns in one process`);
// The first of all also loads the CDK.
COUNTS.forEach((runners) => Object.keys(WAYS).forEach((way) => synthesize(way, runners)));
const times = { bare: [] };
for (let round = 0; round < ROUNDS; round++) {
  times.bare.push(time(() => synthesize('byHand', 0)));
  for (const runners of COUNTS) {
    for (const way of Object.keys(WAYS)) {
      (times[`${way} ${runners}`] ??= []).push(time(() => synthesize(way, runners)));
    }
  }
}
const bare = median(times.bare);
console.log(`  cluster alone     ${bare.toFixed(0)} ms`);
for (const runners of COUNTS) {
  const [hand, ...ours] = Object.keys(WAYS).map((way) => median(times[`${way} ${runners}`]));
  const ratios = ours.map((value, index) => `${Object.keys(WAYS)[index + 1]} ${value.toFixed(0)} ms (ratio ${(value / hand).toFixed(2)})`).join(', ');
  console.log(`  ${String(runners).padStart(2)} runners        by hand ${hand.toFixed(0)} ms, ${ratios}; over the cluster alone, each: ${[hand, ...ours].map((value) => ((value - bare) / runners).toFixed(1)).join(', ')} ms`);
}

console.log(`\nImport of the package in a new process that has synthesized a cluster, CPU time, median of ${ROUNDS}`);
const importTime = () => Number(execFileSync(process.execPath, ['-e', `
  const { App, Stack } = require('aws-cdk-lib');
  const eks = require('aws-cdk-lib/aws-eks-v2');
  const { KubectlV35Layer } = require('@aws-cdk/lambda-layer-kubectl-v35');
  const app = new App();
  const stack = new Stack(app, 'Stack');
  new eks.Cluster(stack, 'Cluster', { version: eks.KubernetesVersion.of('1.35'), kubectlProviderOptions: { kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer') } });
  app.synth();
  const before = process.cpuUsage();
  require('./lib/index.js');
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1000);`], { cwd: ROOT, encoding: 'utf8' }));
console.log(`  ${median(Array.from({ length: ROUNDS }, importTime)).toFixed(0)} ms`);

console.log(`\nThe handler's bundle, loaded in a new process of the runtime's Node, CPU time, median of ${ROUNDS}, taken in turns`);
const clients = path.join(ROOT, 'node_modules/.cache/bench/clients.js');
await build({
  stdin: {
    contents: `
      export { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
      export { EKSClient, DescribeClusterCommand } from '@aws-sdk/client-eks';
      export { SecretsManagerClient, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';`,
    resolveDir: ROOT,
  },
  outfile: clients, bundle: true, platform: 'node', format: 'cjs', target: 'node24', mainFields: ['module', 'main'], minify: true, logLevel: 'error',
});
const node = path.join(ROOT, 'node_modules/node/bin/node');
const load = (file) => Number(execFileSync(node, ['-e', `const before = process.cpuUsage(); require(${JSON.stringify(file)}); const { user, system } = process.cpuUsage(before); console.log((user + system) / 1000)`], { encoding: 'utf8' }));
const loads = { handler: [], clients: [] };
for (let round = 0; round < ROUNDS; round++) {
  loads.handler.push(load(BUNDLE));
  loads.clients.push(load(clients));
}
console.log(`  handler           ${fs.statSync(BUNDLE).size} bytes, ${median(loads.handler).toFixed(0)} ms`);
console.log(`  its AWS clients   ${fs.statSync(clients).size} bytes, ${median(loads.clients).toFixed(0)} ms (the same commands, without the handler)`);
console.log(`  ratio             ${(median(loads.handler) / median(loads.clients)).toFixed(2)}`);
