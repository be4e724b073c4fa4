/*
 * What changes for this library between two versions of the chart, each given as an unpacked folder:
 *
 *   npm run build && node scripts/move-chart.mjs OLD NEW [--write]
 *
 * Fails if the new chart does not read a value that this library sets. With --write the pinned version becomes the new
 * chart's, in the library and in what repeats it.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const PIN = 'lib/runner-chart.ts';
/** What repeats the pinned version, and only it. */
const REPETITIONS = ['test/choices.test.ts', 'test/helm/rendering.test.ts', 'test/chart/Chart.yaml', 'test/chart/values.yaml', 'README.md'];
const require = createRequire(import.meta.url);

const [before, after] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
if (!before || !after) {
  console.error('usage: node scripts/move-chart.mjs OLD NEW [--write], each the folder of an unpacked chart');
  process.exit(2);
}
const [old, current] = [before, after].map(readChart);
console.log(`${old.name} ${old.version} → ${current.version}`);
list('New values', [...current.defaults].filter(([key]) => !old.defaults.has(key)).map(([key, value]) => `${key}: ${value}`));
list('Values that are gone', [...old.defaults].filter(([key]) => !current.defaults.has(key)).map(([key]) => key));
list('Other defaults', [...current.defaults].filter(([key, value]) => old.defaults.has(key) && old.defaults.get(key) !== value).map(([key, value]) => `${key}: ${old.defaults.get(key)} → ${value}`));
list('Read by templates only now', [...current.read].filter((key) => !old.read.has(key)));
list('No longer read by templates', [...old.read].filter((key) => !current.read.has(key)));
list('New templates', current.templates.filter((file) => !old.templates.includes(file)));
list('Templates that are gone', old.templates.filter((file) => !current.templates.includes(file)));

const ours = ownKeys();
const lost = ours.filter((key) => !isRead(current, key));
list(`Not read by ${current.version}, though this library sets it`, lost);
console.log(`${ours.length - lost.length} of ${ours.length} values that this library sets are read`);
if (lost.length > 0) {
  process.exitCode = 1;
} else if (process.argv.includes('--write')) {
  write();
}

/** Defaults by key, the keys that templates read, and what the chart hands to charts in it. */
function readChart(folder) {
  const { name, version, dependencies = [] } = parse(fs.readFileSync(path.join(folder, 'Chart.yaml'), 'utf8'));
  const templates = fs.readdirSync(path.join(folder, 'templates'), { recursive: true }).filter((file) => /\.(yaml|yml|tpl|txt)$/.test(file)).sort();
  const text = templates.map((file) => withoutVariables(fs.readFileSync(path.join(folder, 'templates', file), 'utf8'))).join('\n');
  const conditions = dependencies.flatMap(({ condition = '' }) => condition.split(',').map((key) => key.trim())).filter(Boolean);
  return {
    name,
    version,
    templates,
    defaults: new Map(leaves(parse(fs.readFileSync(path.join(folder, 'values.yaml'), 'utf8'))).map(([key, value]) => [key, JSON.stringify(value)])),
    read: new Set([...[...text.matchAll(/\.Values((?:\.[A-Za-z_]\w*)+)/g)].map(([, key]) => key.slice(1)).sort(), ...conditions]),
    charts: dependencies.map((dependency) => dependency.alias ?? dependency.name),
  };
}

/** A template's variables for parts of the values, `$config := .Values.config`, in their long form. */
function withoutVariables(template) {
  const assignment = /\{\{-?\s*\$(\w+)\s*:?=\s*(\.Values(?:\.\w+)+)\s*-?\}\}/g;
  return [...template.matchAll(assignment)].reduce((text, [, variable, place]) => text.replace(new RegExp(`\\$${variable}\\b`, 'g'), place), template.replace(assignment, ''));
}

function isRead({ read, charts }, key) {
  return charts.includes(key.split('.')[0]) || [...read].some((reference) => key === reference || key.startsWith(`${reference}.`) || reference.startsWith(`${key}.`));
}

/** The keys that options of this library become. */
function ownKeys() {
  const { RunnerImages } = require(path.join(ROOT, 'lib/index.js'));
  const { optionValues, ownedValues } = require(path.join(ROOT, 'lib/private/chart-values.js'));
  const map = { key: 'value' };
  const resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } };
  const options = {
    agentId: 'agent', serverHost: 'host', replicas: 1, runnerResources: resources, ingestionResources: resources, nodeSelector: map,
    tolerations: [map], affinity: map, podAnnotations: map, commonLabels: map, podDisruptionBudget: { maxUnavailable: 1 },
    serviceMonitor: { labels: map, annotations: map }, prometheusRules: { extraRules: [map] },
    grafanaDashboard: { namespace: 'namespace', folderName: 'folder', instanceSelector: map, labels: map, allowCrossNamespaceImport: true },
    ingestionEnvironment: map, ingestionWorkflowParams: map, ingestionContainerParams: map,
  };
  const images = RunnerImages.fromMirror({ runnerRepository: 'example.com/one', ingestionRepository: 'example.com/two', runnerTag: '1', ingestionTag: '2' });
  const names = { pullSecretName: 'pull', tokenSecretName: 'token', tokenSecretKey: 'key', serviceAccountName: 'ingestion', secretsManager: 'kubernetes', serviceAccountAnnotations: map, argoNamespace: 'argo', argoEndpoint: '' };
  const keys = [optionValues(options), ownedValues(options, images, names)].flatMap((values) => leaves(values)).map(([key]) => key.replace(/\.key$/, (end) => key.endsWith('authTokenSecret.key') ? end : ''));
  return [...new Set(keys)].sort();
}

/** Every value that is not a map with something in it, with its path. */
function leaves(value, key = '') {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap && Object.keys(value).length > 0
    ? Object.entries(value).flatMap(([name, item]) => leaves(item, key ? `${key}.${name}` : name))
    : value === undefined ? [] : [[key, value]];
}

function write() {
  const pin = fs.readFileSync(path.join(ROOT, PIN), 'utf8');
  const place = /(static readonly VERSION = ')([^']+)(')/;
  const [, , version] = place.exec(pin);
  fs.writeFileSync(path.join(ROOT, PIN), pin.replace(place, `$1${current.version}$3`));
  for (const file of REPETITIONS) {
    const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
    fs.writeFileSync(path.join(ROOT, file), text.replaceAll(version, current.version));
  }
  console.log(`pinned ${current.version} in place of ${version}: review what changed in ${[PIN, ...REPETITIONS].join(', ')}`);
}

function list(heading, items) {
  if (items.length > 0) {
    console.log(`\n${heading}:\n${items.map((item) => `  ${item}`).join('\n')}`);
  }
}
