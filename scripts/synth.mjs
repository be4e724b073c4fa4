// Synthesizes the app and says what came of it and how to deploy it. What stands behind `--` goes to the app:
// npm run synth -- -c agentId=aws-prod
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { deploymentOrder, describe, flatten } from './template.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const CLI = path.join(path.dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk');

/** What the app's own failures begin with. */
const FAILURE = 'collate-hybrid-runner: ';

/** Most that CloudFormation takes. */
const LARGEST_TEMPLATE = 1_000_000;
const MOST_RESOURCES = 500;

const given = process.argv.slice(2);
synthesize();
const stacks = readStacks(path.resolve(ROOT, outputFolder()));
stacks.forEach(printStack);
printDeployment(stacks[0]);

function synthesize() {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [CLI, 'synth', '--quiet', ...given], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CDK_DISABLE_VERSION_CHECK: 'true' },
  });
  if (status !== 0) {
    const sentence = stderr?.split('\n').find((line) => line.startsWith(FAILURE));
    console.error(sentence ?? `${stdout ?? ''}${stderr ?? error}`);
    process.exit(1);
  }
}

function outputFolder() {
  const at = given.findIndex((argument) => /^(-o|--output)(=|$)/.test(argument));
  return at < 0 ? 'cdk.out' : given[at].split('=')[1] ?? given[at + 1];
}

function readStacks(folder) {
  const read = (file) => JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'));
  return Object.entries(read('manifest.json').artifacts)
    .filter(([, { type }]) => type === 'aws:cloudformation:stack')
    .map(([id, { properties, metadata, additionalMetadataFile, displayName = id }]) => {
      const file = path.join(folder, properties.templateFile);
      const entries = Object.values({ ...metadata, ...additionalMetadataFile && read(additionalMetadataFile) }).flat();
      return {
        name: displayName,
        file: path.relative(process.cwd(), file),
        size: fs.statSync(file).size,
        template: read(properties.templateFile),
        warnings: entries.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => data),
      };
    });
}

function printStack({ name, file, size, template, warnings }) {
  const resources = Object.entries(template.Resources);
  const steps = deploymentOrder(template).map((id) => describe(template.Resources[id])).filter(Boolean);
  console.log(`\nStack ${name}: ${resources.length} resources of at most ${MOST_RESOURCES}, ${Math.ceil(size / 1000)} kB of at most ${LARGEST_TEMPLATE / 1000}`);
  console.log(`Template: ${file}\n`);
  console.log('In the order of their deployment:');
  steps.forEach((step, index) => console.log(`${String(index + 1).padStart(4)}  ${step}`));
  console.log(`\nAll by service: ${countByService(resources).map(([service, count]) => `${service} ${count}`).join(', ')}`);
  warnings.filter((warning) => !placeholder(warning)).forEach((warning) => console.log(`\nWarning: ${warning.replace(/ \[ack: .*\]$/, '')}`));
}

function countByService(resources) {
  const counts = new Map();
  for (const [, { Type }] of resources) {
    const service = Type.startsWith('AWS::') ? Type.split('::')[1] : 'custom';
    counts.set(service, (counts.get(service) ?? 0) + 1);
  }
  return [...counts].sort(([, left], [, right]) => right - left);
}

/** Name and value of the context value that the warning says is a placeholder. */
function placeholder(warning) {
  const [, value, name] = /is the placeholder (\S+): .*:placeholder:(\w+)\]/.exec(warning) ?? [];
  return name && { name, value };
}

function printDeployment({ template, warnings }) {
  const sync = Object.values(template.Resources).find(({ Type }) => Type === 'Custom::CollateHybridRunnerFirstSync');
  const request = JSON.parse(flatten(sync.Properties.Request));
  const { field } = request.tokenSecret;
  const secretName = (arn) => arn.split(':secret:')[1];
  const missing = warnings.map(placeholder).filter(Boolean);
  const settings = [...given, ...missing.flatMap(({ name }) => ['-c', `${name}=…`])].map(quote).join(' ');
  const steps = [
    ...missing.length > 0 ? [[
      'Add a runner in Collate, under Settings > Preferences > Ingestion Runners, and set what is only a placeholder so far:',
      ...missing.map(({ name, value }) => `${name} (now ${value})`),
    ]] : [],
    [
      'Put the token and the registry keys into Secrets Manager, in the region of the deployment, from files:',
      `aws secretsmanager create-secret --name ${secretName(request.tokenSecret.secretArn)} --secret-string file://token.txt`,
      `aws secretsmanager create-secret --name ${secretName(request.pullSecret.credentialsSecretArn)} --secret-string file://keys.json`,
      `token.txt holds ${field ? `{"${field}": "…"}` : 'the token alone'}, keys.json {"accessKeyId": "…", "secretAccessKey": "…"}. Then delete both files.`,
    ],
    ['Prepare the account and region, once:', 'npx cdk bootstrap'],
    ['Deploy:', `npx cdk deploy ${settings}`.trim()],
  ];
  console.log('\nTo deploy, with AWS credentials:');
  steps.forEach((step, index) => console.log(`${String(index + 1).padStart(4)}  ${[step].flat().join('\n        ')}`));
}

function quote(argument) {
  return /^[\w@%+=:,./…-]+$/.test(argument) ? argument : `'${argument.replaceAll('\'', '\'\\\'\'')}'`;
}
