import { HybridRunnerOptions } from '../hybrid-runner-props';
import { isDnsSubdomain, isKnownLater } from './validation';

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const NAME = /^[A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?$/;
const NAME_LENGTH = 63;
const NAME_RULE = `at most ${NAME_LENGTH} letters, digits, hyphens, underscores and dots, with a letter or digit at both ends`;

type Labels = { [key: string]: string } | undefined;

/** Fails for labels, and keys of annotations, that Kubernetes would refuse when the release goes in, or that nothing can have. */
export function refuseUnfitLabels(options: HybridRunnerOptions): void {
  const { serviceMonitor, grafanaDashboard } = options;
  requireLabels('commonLabels', options.commonLabels);
  requireLabels('nodeSelector', options.nodeSelector);
  requireLabels('serviceMonitor.labels', serviceMonitor?.labels);
  requireLabels('grafanaDashboard.labels', grafanaDashboard?.labels);
  requireLabels('grafanaDashboard.instanceSelector', grafanaDashboard?.instanceSelector);
  requireAnnotations('podAnnotations', options.podAnnotations);
  requireAnnotations('serviceMonitor.annotations', serviceMonitor?.annotations);
  options.tolerations?.forEach(({ key, value }, index) => requireTaint(`tolerations[${index}]`, key, value));
}

function requireLabels(prop: string, labels: Labels): void {
  Object.entries(labels ?? {}).forEach(([key, value]) => {
    requireLabelKey(`${prop} keys`, key);
    requireLabelValue(`${prop} ${key}`, value);
  });
}

/** Their values may be any text. */
function requireAnnotations(prop: string, annotations: Labels): void {
  Object.keys(annotations ?? {}).forEach((key) => requireAnnotationKey(`${prop} keys`, key));
}

/** A taint is written as a label is. An empty key is one that is left out. */
function requireTaint(prop: string, key: string | undefined, value: string | undefined): void {
  if (key) {
    requireLabelKey(`${prop}.key`, key);
  }
  requireLabelValue(`${prop}.value`, value);
}

export function requireLabelKey(prop: string, key: string): void {
  requireKey(prop, key, key, 'a domain in lower case');
}

/** In lower case, as apimachinery's ValidateAnnotations reads it. */
export function requireAnnotationKey(prop: string, key: string): void {
  requireKey(prop, key, key.toLowerCase(), 'a domain');
}

function requireKey(prop: string, key: string, read: string, domain: string): void {
  const [name, prefix, ...more] = read.split('/').reverse();
  const fits = isName(name) && (prefix === undefined || isDnsSubdomain(prefix)) && more.length === 0;
  if (!fits && !isKnownLater(key)) {
    throw new Error(`${prop} must be ${NAME_RULE}, alone or after ${domain} of at most 253 characters and a slash, got ${JSON.stringify(key)}: write it like "team" or "acme.io/team"`);
  }
}

export function requireLabelValue(prop: string, value: unknown): void {
  if ((value ?? '') !== '' && !isName(value) && !isKnownLater(value)) {
    throw new Error(`${prop} must be empty or ${NAME_RULE}, got ${JSON.stringify(value)}: write it like "data-team"`);
  }
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length <= NAME_LENGTH && NAME.test(value);
}
