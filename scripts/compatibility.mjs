/*
 * Runs what ships with what it is said to work with: the oldest and the newest CDK, without and with all recommended
 * feature flags, and every way that a program may load it. Fails if the table in the README says otherwise; with `--write` it is put there.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { differences, withTable } from './compatibility-table.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const README = path.join(ROOT, 'README.md');
const { peerDependencies, devDependencies, name } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
const BLUEPRINTS = '@aws-quickstart/eks-blueprints';
const STACKS = ['OwnedCluster', 'ImportedCluster', 'OlderGeneration'];

/** Ways to load an entry point and to find its types, each a program. */
const LOADERS = {
  'CommonJS `require`': ({ entry, symbol }) => ({ file: 'program.cjs', source: `const { ${symbol} } = require('${entry}');\nif (typeof ${symbol} !== 'function') process.exit(1);\n` }),
  'ES `import`': ({ entry, symbol }) => ({ file: 'program.mjs', source: `import { ${symbol} } from '${entry}';\nif (typeof ${symbol} !== 'function') process.exit(1);\n` }),
  'TypeScript, `node16`, CommonJS': typed('cts', 'node16', 'node16'),
  'TypeScript, `node16`, ES modules': typed('mts', 'node16', 'node16'),
  'TypeScript, `bundler`': typed('ts', 'esnext', 'bundler'),
  'TypeScript, `node10`': typed('ts', 'commonjs', 'node10', ['--ignoreDeprecations', '6.0']),
};

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'compatibility-'));
try {
  const rows = [...matrix(), ...packageLints()];
  const failures = rows.filter(({ problem }) => problem);
  const table = rows.map(({ what, results }) => `| ${[what, ...results].join(' | ')} |`);
  const header = `| | \`${name}\` | \`${name}/blueprints\` |\n|---|---|---|`;
  const text = `Run with Node ${process.versions.node.split('.')[0]}:\n\n${header}\n${table.join('\n')}\n`;
  console.log(text);
  failures.forEach(({ what, problem }) => console.error(`${what}:\n${problem}\n`));
  console.log(`${rows.length - failures.length} passed, ${failures.length} failed`);
  process.exitCode = failures.length > 0 ? 1 : 0;
  if (process.argv.includes('--write')) {
    fs.writeFileSync(README, withTable(fs.readFileSync(README, 'utf8'), text));
  } else {
    const different = differences(fs.readFileSync(README, 'utf8'), text, Object.keys(peerDependencies).map(floor));
    console.log(`${different.length === 0 ? 'ok' : 'NOT OK'} - the table in README.md is what came out`);
    if (different.length > 0) {
      console.log(`    ${different.join('\n    ')}\n    → npm run compatibility:update, and review what changed`);
      process.exitCode = 1;
    }
  }
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

function matrix() {
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const tarball = path.join(folder, packed.filename);
  const oldest = floor('aws-cdk-lib');
  const newest = newestVersion('aws-cdk-lib');
  const pairs = [oldest, newest].flatMap((cdk) => [floor('constructs'), newestVersion('constructs')].map((constructs) => [cdk, constructs]));
  const rows = pairs.map(([cdk, constructs], index) => {
    const withBlueprints = takenByBlueprints(cdk, constructs);
    const project = install(`project-${index}`, [tarball, `aws-cdk-lib@${cdk}`, `constructs@${constructs}`,
      ...withBlueprints ? [`${BLUEPRINTS}@${devDependencies[BLUEPRINTS]}`, `aws-cdk@${devDependencies['aws-cdk']}`] : []]);
    const versions = `\`aws-cdk-lib\` ${cdk}, \`constructs\` ${constructs}`;
    const flags = JSON.parse(fs.readFileSync(path.join(project, 'node_modules/aws-cdk-lib/recommended-feature-flags.json'), 'utf8'));
    const compiled = prepare(project);
    const synthesized = Object.entries({ 'no feature flags': {}, [`all ${Object.keys(flags).length} recommended feature flags`]: flags })
      .map(([which, context]) => row(`${versions}, ${which}`, [() => compiled ?? synthesize(project, context), withBlueprints && (() => synthesizeBlueprint(project, context))]));
    const loaded = !withBlueprints ? [] : Object.entries(LOADERS)
      .map(([how, loader]) => row(how, [() => load(project, loader, name, 'HybridRunner'), () => load(project, loader, `${name}/blueprints`, 'HybridRunnerAddOn')]));
    return { synthesized, loaded };
  });
  return [...rows.flatMap(({ synthesized }) => synthesized), ...rows.flatMap(({ loaded }) => loaded)];
}

/** A row of the table: each check returns what went wrong, if anything. */
function row(what, checks) {
  const results = checks.map((check) => check ? check() ?? '' : undefined);
  const problem = results.filter(Boolean).join('\n');
  return { what, results: results.map((result) => result === undefined ? 'not possible¹' : result === '' ? 'yes' : '**no**'), problem };
}

/** The example with every choice, type-checked against the versions of the project. */
function prepare(project) {
  fs.cpSync(path.join(ROOT, 'examples/chart'), path.join(path.dirname(project), 'chart'), { recursive: true });
  fs.copyFileSync(path.join(ROOT, 'examples/typescript/every-choice.ts'), path.join(project, 'every-choice.cts'));
  return compile(project, ['every-choice.cts', '--module', 'node16']);
}

function synthesize(project, context) {
  const output = path.join(project, 'cdk.out');
  fs.rmSync(output, { recursive: true, force: true });
  return run(project, process.execPath, ['every-choice.cjs'], { CDK_OUTDIR: output, CDK_CONTEXT_JSON: JSON.stringify(context) })
    ?? missing(STACKS.map((stack) => path.join(output, `${stack}.template.json`)));
}

function synthesizeBlueprint(project, context) {
  const output = path.join(project, 'cdk.out.blueprint');
  fs.rmSync(output, { recursive: true, force: true });
  fs.writeFileSync(path.join(project, 'blueprint.cjs'), `
const { App } = require('aws-cdk-lib');
const blueprints = require('${BLUEPRINTS}');
const { HybridRunnerAddOn } = require('${name}/blueprints');
const app = new App({ autoSynth: false });
blueprints.EksBlueprint.builder().account('111122223333').region('eu-central-1').version('auto')
  .clusterProvider(new blueprints.AutomodeClusterProvider({ nodePools: ['system'] }))
  .addOns(new HybridRunnerAddOn({ agentId: 'aws-prod', serverHost: 'acme.getcollate.io', authTokenSecretName: 'token', ecrCredentialsSecretName: 'keys' }))
  .buildAsync(app, 'blueprint').then(() => app.synth());\n`);
  return run(project, process.execPath, ['blueprint.cjs'], { CDK_OUTDIR: output, CDK_CONTEXT_JSON: JSON.stringify(context) })
    ?? missing([path.join(output, 'blueprint.template.json')]);
}

function missing(files) {
  const absent = files.filter((file) => !fs.existsSync(file) || !fs.readFileSync(file, 'utf8').includes('Custom::CollateHybridRunnerFirstSync'));
  return absent.length > 0 ? `no runner in ${absent.join(', ')}` : undefined;
}

function load(project, loader, entry, symbol) {
  const { file, source, compilerOptions } = loader({ entry, symbol });
  fs.writeFileSync(path.join(project, file), source);
  return compilerOptions ? compile(project, [file, '--noEmit', ...compilerOptions]) : run(project, process.execPath, [file]);
}

/** A program that does not compile unless the types are found, and are those of the entry point. */
function typed(extension, module, moduleResolution, more = []) {
  return ({ entry, symbol }) => ({
    file: `program-${moduleResolution}.${extension}`,
    source: `import { ${symbol} } from '${entry}';\ntype Parameters = ConstructorParameters<typeof ${symbol}>;\n// @ts-expect-error: nothing else is an argument\nexport const wrong: Parameters = 1;\n`,
    compilerOptions: ['--module', module, '--moduleResolution', moduleResolution, ...more],
  });
}

function compile(project, parameters) {
  return run(project, path.join(ROOT, 'node_modules/.bin/tsc'), ['--target', 'es2022', '--strict', '--skipLibCheck', '--types', 'node', '--typeRoots', path.join(ROOT, 'node_modules/@types'), ...parameters]);
}

/** What publint and arethetypeswrong find in the package, beside files that only jsii and tools read. */
function packageLints() {
  const bin = (tool) => path.join(ROOT, 'node_modules/.bin', tool);
  const files = ['./package.json', './.jsii', './.warnings.jsii.js'];
  const attw = () => run(ROOT, bin('attw'), ['--pack', '.', '--exclude-entrypoints', ...files]);
  const lints = { 'publint, strict': () => run(ROOT, bin('publint'), ['--strict']), 'arethetypeswrong': attw };
  return Object.entries(lints).map(([tool, check]) => {
    const { results, problem } = row(tool, [check]);
    return { what: tool, results: [results[0], results[0]], problem };
  });
}

function install(folderName, packages) {
  const project = path.join(folder, folderName);
  fs.mkdirSync(project);
  fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify({ private: true }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--save-exact', ...packages], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
  return project;
}

/** Blueprints has one version of the CDK, and brings constructs of its own if it does not take the program's. */
function takenByBlueprints(cdk, constructs) {
  const { dependencies, peerDependencies: peers } = JSON.parse(fs.readFileSync(path.join(ROOT, 'node_modules', BLUEPRINTS, 'package.json'), 'utf8'));
  const [least, given] = [dependencies.constructs.replace(/^\^/, ''), constructs].map((version) => version.split('.').map(Number));
  return cdk === peers['aws-cdk-lib'] && given[0] === least[0] && (given[1] > least[1] || (given[1] === least[1] && given[2] >= least[2]));
}

function floor(dependency) {
  return peerDependencies[dependency].replace(/^\^/, '');
}

function newestVersion(dependency) {
  return execFileSync('npm', ['view', `${dependency}@${peerDependencies[dependency]}`, 'version', '--json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .match(/"[^"]+"/g).at(-1).slice(1, -1);
}

/** Nothing if the program succeeds, else what it printed. */
function run(cwd, command, parameters, environment = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, JSII_DEPRECATED: 'quiet', ...environment },
  });
  return status === 0 ? undefined : `${command} ${parameters.join(' ')}: ${error ?? `${stdout}${stderr}`.slice(-2000)}`;
}
