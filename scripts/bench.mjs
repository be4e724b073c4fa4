/*
 * Prints figures and ratios: what a runner adds to a stack, what it adds to synthesis, and what the handler's bundle
 * weighs and takes to load. Nothing fails on a clock.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const BUNDLE = path.join(ROOT, 'lib/credential-sync/handler.bundle/index.js');
const ROUNDS = 20;
const require = createRequire(import.meta.url);
const { App, Stack } = require('aws-cdk-lib');
const eks = require('aws-cdk-lib/aws-eks-v2');
const { Secret } = require('aws-cdk-lib/aws-secretsmanager');
const { KubectlV35Layer } = require('@aws-cdk/lambda-layer-kubectl-v35');
const { ArgoWorkflows, HybridRunner, RunnerCluster, RunnerImages, RunnerNamespace } = require('../lib/index.js');

function synthesize(runners) {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const cluster = new eks.Cluster(stack, 'Cluster', {
    version: eks.KubernetesVersion.of('1.35'),
    kubectlProviderOptions: { kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer') },
  });
  for (let number = 0; number < runners; number++) {
    new HybridRunner(stack, `Runner${number}`, {
      cluster: RunnerCluster.fromEksV2(cluster),
      agentId: `agent-${number}`,
      serverHost: 'acme.getcollate.io',
      authToken: Secret.fromSecretNameV2(stack, `Token${number}`, `token-${number}`),
      images: RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, `Keys${number}`, 'keys')),
      namespace: RunnerNamespace.create(`runner-${number}`),
      argoWorkflows: number === 0 ? undefined : ArgoWorkflows.existing({ endpoint: 'argo-workflows-server.argo-workflows.svc:2746' }),
    });
  }
  const { template } = app.synth().getStackByName('Stack');
  return { resources: Object.keys(template.Resources).length, bytes: JSON.stringify(template).length };
}

const median = (values) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)];

function time(work) {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

console.log('What a runner adds to a stack');
let before = synthesize(0);
console.log(`  cluster alone     ${before.resources} resources, ${before.bytes} bytes`);
for (let runners = 1; runners <= 3; runners++) {
  const after = synthesize(runners);
  console.log(`  runner ${runners}          +${after.resources - before.resources} resources, +${after.bytes - before.bytes} bytes`);
  before = after;
}

console.log(`\nSynthesis of a stack with a cluster, median of ${ROUNDS}, taken in turns`);
const times = { 0: [], 1: [], 3: [] };
for (let round = 0; round < ROUNDS; round++) {
  Object.keys(times).forEach((runners) => times[runners].push(time(() => synthesize(Number(runners)))));
}
const bare = median(times[0]);
Object.entries(times).forEach(([runners, values]) => console.log(`  ${runners} runners         ${median(values).toFixed(0)} ms, ${(median(values) / bare).toFixed(2)} times the cluster alone`));

console.log(`\nThe handler's bundle, loaded in a new process of the runtime's Node, median of ${ROUNDS}, taken in turns`);
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
const load = (file) => Number(execFileSync(node, ['-e', `const start = process.hrtime.bigint(); require(${JSON.stringify(file)}); console.log(Number(process.hrtime.bigint() - start) / 1e6)`], { encoding: 'utf8' }));
const loads = { handler: [], clients: [] };
for (let round = 0; round < ROUNDS; round++) {
  loads.handler.push(load(BUNDLE));
  loads.clients.push(load(clients));
}
console.log(`  handler           ${fs.statSync(BUNDLE).size} bytes, ${median(loads.handler).toFixed(0)} ms`);
console.log(`  its AWS clients   ${fs.statSync(clients).size} bytes, ${median(loads.clients).toFixed(0)} ms (the same commands, without the handler)`);
console.log(`  ratio             ${(median(loads.handler) / median(loads.clients)).toFixed(2)}`);
