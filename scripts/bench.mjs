/*
 * Prints figures and ratios: what a runner adds to a stack and to synthesis, beside the same written by hand, what the
 * package takes to import, and what the handler's bundle weighs and takes to load. Nothing fails on a clock.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { SAME_BY_HAND, synthesize, WAYS } from './synthesis-ways.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const BUNDLE = path.join(ROOT, 'lib/credential-sync/handler.bundle/index.js');
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 20);
const median = (values) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)];

/** Milliseconds of CPU, which a busy machine changes least. */
function time(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const COUNTS = [1, 10, 40];
const LABELS = { byHand: 'by hand', unmonitored: 'unmonitored', withRole: 'with a role', defaults: 'defaults' };
const OURS = Object.keys(SAME_BY_HAND);

console.log('What runners add to a stack with a cluster');
const alone = synthesize(WAYS.byHand, 0);
console.log(`  cluster alone     ${alone.resources} resources, ${alone.bytes} bytes`);
for (const [way, label] of Object.entries(LABELS)) {
  let [before, counted] = [alone, 0];
  for (const runners of [1, 2, ...COUNTS.slice(1)]) {
    const after = synthesize(WAYS[way], runners);
    console.log(`  ${label.padEnd(12)} ${String(runners).padStart(3)}  ${after.resources} resources, each new one +${((after.resources - before.resources) / (runners - counted)).toFixed(1)} and +${Math.round((after.bytes - before.bytes) / (runners - counted))} bytes`);
    [before, counted] = [after, runners];
  }
}

console.log(`\nSynthesis of a stack with a cluster, CPU time, median of ${ROUNDS}, taken in turns in one process`);
const subjects = { bare: () => synthesize(WAYS.byHand, 0) };
for (const runners of COUNTS) {
  Object.entries(WAYS).forEach(([name, way]) => subjects[`${name} ${runners}`] = () => synthesize(way, runners));
  Object.entries(SAME_BY_HAND).forEach(([name, way]) => subjects[`same as ${name} ${runners}`] = () => synthesize(way, runners));
}
const timeOf = (subject) => {
  let directory;
  const taken = time(() => { directory = subject().directory; });
  // Copies of the layers by the gigabyte would make the later ones slower.
  fs.rmSync(directory, { recursive: true });
  return taken;
};
// The first of all also loads the CDK.
Object.values(subjects).forEach(timeOf);
const times = {};
for (let round = 0; round < ROUNDS; round++) {
  Object.entries(subjects).forEach(([name, subject]) => (times[name] ??= []).push(timeOf(subject)));
}
const took = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
const figure = (value, runners) => `${value.toFixed(0)} ms (each ${((value - took.bare) / runners).toFixed(1)})`;
console.log(`  cluster alone             ${took.bare.toFixed(0)} ms`);
for (const runners of COUNTS) {
  const hand = took[`byHand ${runners}`];
  console.log(`  ${String(runners).padStart(2)} by hand                ${figure(hand, runners)}`);
  for (const way of OURS) {
    const [ours, same] = [took[`${way} ${runners}`], took[`same as ${way} ${runners}`]];
    console.log(`  ${String(runners).padStart(2)} ${LABELS[way].padEnd(22)} ${figure(ours, runners)}, the same by hand ${figure(same, runners)}: ratio ${(ours / same).toFixed(2)}; to release and role by hand ${(ours / hand).toFixed(2)}`);
  }
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
