/*
 * Shows that what ships works: packs the package, compares what it holds with the pinned list, installs the tarball
 * into an empty project, loads both entry points and synthesizes a stack from each. With `--update` it only writes the
 * list anew. With REQUIRE_AUDIT=true it fails where the registry does not tell known vulnerabilities.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const MAXIMUM_BYTES = 3 * 1024 * 1024;
/** What ships. What is no longer meant to, or newly so, is written by `npm run api:update`, for review. */
const FILES = path.join(ROOT, 'api/package-files.txt');
const MATERIALS = ['lib/credential-sync', 'lib/cli.bundle'].map((folder) => path.join(ROOT, folder, 'bill-of-materials.cdx.json'));
const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
const { devDependencies, scripts, version } = manifest;
/** What npm installs with a package, or unpacks from it, unlike peers, which users choose. */
const BROUGHT = ['dependencies', 'optionalDependencies', 'bundledDependencies', 'bundleDependencies'];
const project = fs.mkdtempSync(path.join(os.tmpdir(), 'package-check-'));

function run(command, ...args) {
  return execFileSync(command, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function check(what, holds) {
  console.log(`${holds ? 'ok' : 'NOT OK'} - ${what}`);
  if (!holds) {
    process.exitCode = 1;
  }
}

/** A program of a user, as text, run in the empty project; it prints JSON. */
function program(source) {
  fs.writeFileSync(path.join(project, 'program.js'), source);
  return JSON.parse(run('node', 'program.js'));
}

const CLUSTER = `
const { App, Stack } = require('aws-cdk-lib');
const eks = require('aws-cdk-lib/aws-eks-v2');
const { Secret } = require('aws-cdk-lib/aws-secretsmanager');
const { HybridRunner, RunnerCluster, RunnerImages } = require('cdk-collate-hybrid-runner');
const stack = new Stack(new App(), 'Stack');
const cluster = eks.Cluster.fromClusterAttributes(stack, 'Cluster', {
  clusterName: 'data',
  kubectlProvider: eks.KubectlProvider.fromKubectlProviderAttributes(stack, 'Kubectl', { serviceToken: 'arn:aws:lambda:eu-central-1:111122223333:function:kubectl' }),
});
new HybridRunner(stack, 'Runner', {
  cluster: RunnerCluster.fromEksV2(cluster, { accessEntry: true }),
  agentId: 'aws-prod',
  serverHost: 'acme.getcollate.io',
  authToken: Secret.fromSecretNameV2(stack, 'Token', 'token'),
  images: RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(stack, 'Keys', 'keys')),
});
const { template } = stack.node.root.synth().getStackByName('Stack');
console.log(JSON.stringify(Object.values(template.Resources).map(({ Type }) => Type)));`;

const ADD_ON = `
const { App } = require('aws-cdk-lib');
const blueprints = require('@aws-quickstart/eks-blueprints');
const { HybridRunnerAddOn } = require('cdk-collate-hybrid-runner/blueprints');
blueprints.utils.logger.settings.minLevel = 6;
const addOn = new HybridRunnerAddOn({ agentId: 'aws-prod', serverHost: 'acme.getcollate.io', authTokenSecretName: 'token', ecrCredentialsSecretName: 'keys' });
const app = new App();
blueprints.EksBlueprint.builder().account('111122223333').region('eu-central-1').version('auto')
  .clusterProvider(new blueprints.AutomodeClusterProvider({ nodePools: ['system'] }))
  .addOns(addOn).buildAsync(app, 'blueprint').then(() => {
    const { template } = app.synth().getStackByName('blueprint');
    console.log(JSON.stringify(Object.values(template.Resources).map(({ Type }) => Type)));
  });`;

const EXPECTED = ['Custom::AWSCDK-EKS-HelmChart', 'Custom::CollateHybridRunnerFirstSync', 'AWS::Scheduler::Schedule'];

try {
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--json', '--pack-destination', project], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const files = packed.files.map((file) => file.path).sort();
  if (process.argv.includes('--update')) {
    fs.writeFileSync(FILES, `${files.join('\n')}\n`);
  } else {
    checkContent(packed, files);
    checkVulnerabilities();
    checkUse();
  }
} finally {
  fs.rmSync(project, { recursive: true, force: true });
}

function checkContent(packed, files) {
  console.log(`${packed.filename}: ${packed.size} bytes packed, ${packed.unpackedSize} unpacked, ${files.length} files`);
  check('the tarball is under 3 MB', packed.size < MAXIMUM_BYTES);
  const pinned = fs.readFileSync(FILES, 'utf8').split('\n').filter(Boolean);
  const difference = [...pinned.filter((file) => !files.includes(file)).map((file) => `- ${file}`), ...files.filter((file) => !pinned.includes(file)).map((file) => `+ ${file}`)];
  check(`the tarball holds the ${pinned.length} files of api/package-files.txt${difference.map((line) => `\n    ${line}`).join('')}`, difference.length === 0);
  check('the tarball holds no sources, maps, tests or snapshots', !files.some((file) => (/\.ts$/.test(file) && !file.endsWith('.d.ts')) || /\.map$|^test\/|^bin\/|handler\/|cli\//.test(file)));
  // A map in the file itself holds the sources, and one beside it is not there.
  const mapped = files.filter((file) => /\.(js|d\.ts)$/.test(file) && fs.readFileSync(path.join(ROOT, file), 'utf8').includes('sourceMappingURL'));
  check(`no file in the tarball has a source map, or points at one${mapped.map((file) => `: ${file} does`).join('')}`, mapped.length === 0);
  const brought = BROUGHT.filter((kind) => kind in manifest);
  check(`the package brings no other packages${brought.map((kind) => `: package.json has ${kind}, which must become devDependencies and be bundled, or peerDependencies`).join('')}`, brought.length === 0);
  check('the package has no script that runs when it is installed', !Object.keys(scripts).some((name) => /^(pre|post)?(install|prepare)$/.test(name)));
}

/** What a user does with the tarball: first the core alone, then with Blueprints. */
function checkUse() {
  fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify({ private: true }));
  const core = ['aws-cdk-lib', 'constructs'].map((name) => `${name}@${devDependencies[name]}`);
  run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', `./cdk-collate-hybrid-runner-${version}.tgz`, ...core);
  const running = Object.entries(JSON.parse(fs.readFileSync(path.join(project, 'node_modules/.package-lock.json'), 'utf8')).packages).filter(([, { hasInstallScript }]) => hasInstallScript).map(([name]) => name);
  check(`no package that is installed runs a script${running.map((name) => `: ${name} does`).join('')}`, running.length === 0);
  check('the core needs no Blueprints', !fs.existsSync(path.join(project, 'node_modules/@aws-quickstart')));
  check('the command line program runs without an AWS SDK of the user\'s', run('npx', '--no-install', 'cdk-collate-hybrid-runner', '--help').startsWith('Usage: cdk-collate-hybrid-runner'));
  const coreTypes = program(CLUSTER);
  check('the core synthesizes a runner', EXPECTED.every((type) => coreTypes.includes(type)));

  const blueprints = ['@aws-quickstart/eks-blueprints', 'aws-cdk'].map((name) => `${name}@${devDependencies[name]}`);
  run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', ...blueprints);
  const addOnTypes = program(ADD_ON);
  check('the add-on synthesizes a runner', EXPECTED.every((type) => addOnTypes.includes(type)));
}

/** Known vulnerabilities of what users get: the peers, and what is bundled into the handler and the command line program. */
function checkVulnerabilities() {
  const components = MATERIALS.flatMap((file) => JSON.parse(fs.readFileSync(file, 'utf8')).components);
  const shipped = new Set(['aws-cdk-lib', 'constructs', ...components.map(({ name }) => name)]);
  const { stdout } = spawnSync('npm', ['audit', '--json'], { cwd: ROOT, encoding: 'utf8' });
  const { vulnerabilities, message } = JSON.parse(stdout || '{}');
  if (!vulnerabilities) {
    // Some registries do not offer it; where one does, no answer is no proof.
    const required = process.env.REQUIRE_AUDIT === 'true';
    process.exitCode = required ? 1 : process.exitCode;
    console.log(`${required ? 'NOT OK' : 'skipped'} - known vulnerabilities: the registry does not answer (${message ?? 'no output'})`);
    return;
  }
  const found = Object.values(vulnerabilities).filter(({ name }) => shipped.has(name)).map(({ name, severity }) => `${name} (${severity})`);
  check(`npm knows no vulnerabilities of the ${shipped.size} packages that users get${found.length > 0 ? `: ${found.join(', ')}` : ''}`, found.length === 0);
}
