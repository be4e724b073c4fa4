/*
 * Prints the longest chain of resources that a deployment goes through: up to the Helm release, and after it.
 *
 *   node scripts/deploy-path.mjs [template.json]
 *
 * Without a template: those of a runner on a cluster that is there already, of one with its cluster, and of both by hand.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { longestChain, needlessDependencies } from './template.mjs';

const require = createRequire(import.meta.url);
const CHART = 'Custom::AWSCDK-EKS-HelmChart';

const [, , file] = process.argv;
const templates = file ? { [file]: JSON.parse(fs.readFileSync(file, 'utf8')) } : await defaultTemplates();
Object.entries(templates).forEach(([name, template]) => print(name, template));

function print(name, template) {
  const idsOf = (type) => Object.keys(template.Resources).filter((id) => template.Resources[id].Type === type);
  const line = (id, index) => console.log(`${String(index + 1).padStart(4)}  ${template.Resources[id].Type}  ${id}`);
  for (const chart of idsOf(CHART)) {
    const before = longestChain(template, chart);
    const [after] = Object.keys(template.Resources)
      .map((id) => longestChain(template, id))
      .filter((chain) => chain.includes(chart))
      .map((chain) => chain.slice(chain.indexOf(chart) + 1))
      .sort((one, other) => other.length - one.length);
    console.log(`${name}: ${before.length} resources up to the Helm release ${template.Resources[chart].Properties.Release}, ${after.length} after it`);
    [...before, ...after].forEach(line);
  }
  const needless = Object.keys(template.Resources).flatMap((id) => needlessDependencies(template, id).map((target) => `${id} on ${target}`));
  console.log(`      of ${Object.keys(template.Resources).length} resources; dependencies that other ones imply: ${needless.length || 'none'}${needless.map((one) => `\n      ${one}`).join('')}\n`);
}

/** Only runners and what is around them, in a stack of each kind, and what the vendor's chart takes when written by hand. */
async function defaultTemplates() {
  const { App, Stack } = require('aws-cdk-lib');
  const eks = require('aws-cdk-lib/aws-eks-v2');
  const { Secret } = require('aws-cdk-lib/aws-secretsmanager');
  const { HybridRunner, RunnerCluster, RunnerImages } = require('../lib/index.js');
  const { WAYS, addCluster } = await import('./synthesis-ways.mjs');
  const app = new App();
  const makeCluster = {
    'Existing cluster': (stack) => eks.Cluster.fromClusterAttributes(stack, 'Cluster', {
      clusterName: 'data',
      kubectlProvider: eks.KubectlProvider.fromKubectlProviderAttributes(stack, 'Kubectl', { serviceToken: 'arn:aws:lambda:eu-central-1:111122223333:function:kubectl' }),
    }),
    'New cluster': addCluster,
  };
  const makeRunner = {
    '': (stack, cluster) => new HybridRunner(stack, 'Runner', {
      cluster: RunnerCluster.fromEksV2(cluster, cluster instanceof eks.Cluster ? {} : { accessEntry: true }),
      agentId: 'aws-prod',
      serverHost: 'acme.getcollate.io',
      authToken: Secret.fromSecretNameV2(stack, 'Token', 'collate/token'),
      images: RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, 'Keys', 'collate/registry-keys')),
    }),
    ', by hand': (stack, cluster) => WAYS.byHand(stack, cluster, 0),
  };
  const stacks = Object.entries(makeRunner).flatMap(([way, addRunner]) => Object.entries(makeCluster).map(([kind, make]) => {
    const name = `${kind}${way}`;
    const stack = new Stack(app, name.replaceAll(/\W+/g, '-'));
    addRunner(stack, make(stack));
    return [name, stack];
  }));
  const assembly = app.synth();
  return Object.fromEntries(stacks.map(([name, stack]) => [name, assembly.getStackByName(stack.stackName).template]));
}
