/*
 * The gates of the public API, after `npm run build`:
 *
 *   node scripts/api.mjs check    fails if the API is not as it is written down, not documented, or breaks programs
 *   node scripts/api.mjs update   writes down the API as it is, for review: API.md and api/public-names.txt
 *   node scripts/api.mjs release  makes the API as it is the one that later versions must not break
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { undocumented } from './documentation.mjs';
import { publicNames } from './public-names.mjs';
import { breakingNames } from './released-names.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const REFERENCE = path.join(ROOT, 'API.md');
const NAMES = path.join(ROOT, 'api/public-names.txt');
const RELEASED = path.join(ROOT, 'api/released.json');
const RELEASED_NAMES = path.join(ROOT, 'api/released-names.txt');
/** Keys of what may break programs, each with its reason in a comment before it. */
const INTENDED = path.join(ROOT, 'api/intended-changes.txt');

/** Why a rule of awslint does not hold here. */
const EXCEPTIONS = {
  'prefer-ref-interface': 'secrets, keys, roles and queues (deadLetterQueue) are granted and read from, which needs more than the ARN that an IxxxRef has',
};

const COMMANDS = { check, update, release };
const command = COMMANDS[process.argv[2]];
if (!command) {
  console.error(`usage: node scripts/api.mjs ${Object.keys(COMMANDS).join('|')}`);
  process.exit(2);
}
command();

function check() {
  report('API.md is up to date', compare(REFERENCE, reference()), 'npm run api:update, and review what changed');
  report('the public names are those of api/public-names.txt', compare(NAMES, publicNames(ROOT)), 'npm run api:update, and review what changed');
  report('everything public is documented, with its default and unit', undocumented(ROOT), 'write the docstring');
  report(`awslint finds nothing, but for ${Object.keys(EXCEPTIONS).join(', ')}: ${Object.values(EXCEPTIONS).join(', ')}`, lint(), 'correct it, or give the reason in scripts/api.mjs');
  report('no program written for the last release breaks', breakingChanges(), 'undo the change, or add its key to api/intended-changes.txt with the reason, which makes the next version a major one, before 1.0.0 a minor one');
}

function update() {
  fs.writeFileSync(REFERENCE, reference());
  fs.writeFileSync(NAMES, publicNames(ROOT));
}

function release() {
  // Without what says nothing of the API, so that the changes of this file can be read.
  const { readme, dependencyClosure, metadata, fingerprint, ...assembly } = assemblyOf(ROOT);
  const withoutPlaces = (key, value) => ['locationInModule', 'symbolId', 'docs'].includes(key) ? undefined : value;
  fs.writeFileSync(RELEASED, `${JSON.stringify({ ...assembly, fingerprint: '' }, withoutPlaces, 1)}\n`);
  fs.writeFileSync(RELEASED_NAMES, publicNames(ROOT));
  fs.writeFileSync(INTENDED, '# Changes since the last release that break programs, on purpose: the key that check:api prints, after a line that says why.\n');
}

function report(what, problems, remedy) {
  console.log(`${problems.length === 0 ? 'ok' : 'NOT OK'} - ${what}`);
  if (problems.length > 0) {
    problems.slice(0, 40).forEach((problem) => console.log(`    ${problem}`));
    console.log(`    → ${remedy}`);
    process.exitCode = 1;
  }
}

/** Lines that only one of the two has. */
function compare(file, actual) {
  const [written, current] = [fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '', actual].map((text) => text.split('\n'));
  if (written.join('\n') === current.join('\n')) {
    return [];
  }
  const lines = (one, other, sign) => one.filter((line) => line.trim() && !other.includes(line)).map((line) => `${sign} ${line}`);
  const changed = [...lines(written, current, '-'), ...lines(current, written, '+')];
  return changed.length > 0 ? changed : ['the order of the lines changed'];
}

function reference() {
  return inTemporaryFolder((folder) => {
    const file = path.join(folder, 'API.md');
    run('jsii-docgen', ['--output', file]);
    return fs.readFileSync(file, 'utf8');
  });
}

function lint() {
  const exceptions = Object.keys(EXCEPTIONS).flatMap((rule) => ['--exclude', `${rule}:*`]);
  const { status, output } = run('awslint', ['--no-compile', ...exceptions], { AWSLINT_BASE_CONSTRUCT: 'true' });
  const found = output.split('\n').filter((line) => /^(error|warning):/.test(line));
  // A linter that fails without a finding did not lint.
  return status !== 0 && found.length === 0 ? [`awslint ended with status ${status}`, ...output.split('\n').filter(Boolean)] : found;
}

function breakingChanges() {
  return inTemporaryFolder((folder) => {
    const released = JSON.parse(fs.readFileSync(RELEASED, 'utf8'));
    fs.writeFileSync(path.join(folder, '.jsii'), JSON.stringify({ ...released, dependencyClosure: assemblyOf(ROOT).dependencyClosure }));
    fs.copyFileSync(path.join(ROOT, 'package.json'), path.join(folder, 'package.json'));
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    const { status, output } = run('jsii-diff', ['--keys', '--ignore-file', INTENDED, folder, ROOT]);
    const intended = fs.readFileSync(INTENDED, 'utf8').split('\n').map((key) => `[${key.trim()}]`);
    const others = [...breakingInGo(released.types, assemblyOf(ROOT).types), ...breakingNames(fs.readFileSync(RELEASED_NAMES, 'utf8'), publicNames(ROOT))];
    return [...status === 0 ? [] : output.split('\n').filter(Boolean), ...others.filter((problem) => !intended.some((key) => problem.endsWith(key)))];
  });
}

/** Go has no optional parameters: one more breaks every program that calls the function, which jsii-diff lets pass. */
function breakingInGo(before, after) {
  const functions = ({ methods = [], initializer }) => [...methods, ...initializer ? [{ ...initializer, name: 'new' }] : []];
  return Object.keys(before).filter((type) => type in after).flatMap((type) => functions(before[type]).flatMap(({ name, parameters = [] }) => {
    const key = `parameters-in-go:${type}.${name}`;
    const now = functions(after[type]).find((candidate) => candidate.name === name)?.parameters ?? [];
    return now.length > parameters.length ? [`${type}.${name} has ${now.length} parameters in place of ${parameters.length}, all of which Go programs must give [${key}]`] : [];
  }));
}

function assemblyOf(folder) {
  return JSON.parse(fs.readFileSync(path.join(folder, '.jsii'), 'utf8'));
}

function run(tool, parameters, environment = {}) {
  const { status, stdout, stderr, error } = spawnSync(path.join(ROOT, 'node_modules/.bin', tool), parameters, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION: '1', ...environment },
  });
  if (error) {
    throw error;
  }
  return { status, output: `${stdout}${stderr}`.split('\n').filter((line) => !/^!!/.test(line)).join('\n') };
}

function inTemporaryFolder(use) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'public-api-'));
  try {
    return use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
