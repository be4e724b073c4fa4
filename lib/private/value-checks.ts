import { SecretValue, Stack, Token, Tokenization } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Values, forEachLeaf, isMap, valueAt } from './merge';
import { isBefore } from './validation';
import { warn } from './warnings';

/** Keys of the chart that only this library sets, each with the property to use instead. */
const OWNED_KEYS: { path: string[]; prop: string }[] = [
  ...owned('images', 'image.repository', 'image.tag', 'imagePullSecrets', 'ecrRegistryHelper'),
  ...owned('images', 'config.ingestionPods.repository', 'config.ingestionPods.tag', 'config.ingestionPods.imagePullSecrets'),
  ...owned('releaseName', 'nameOverride', 'fullnameOverride'),
  ...owned('namespace', 'namespaceOverride', 'config.ingestionPods.namespace'),
  ...owned('agentId', 'config.agentId'),
  ...owned('replicas', 'replicaCount'),
  ...owned('serverHost', 'config.serverHost'),
  ...owned('authToken', 'config.authToken', 'config.authTokenSecret'),
  ...owned('secretsStore', 'config.secretsManager'),
  ...owned('identity', 'config.ingestionPods.serviceAccount.create', 'config.ingestionPods.serviceAccount.name'),
  { prop: 'identity', path: ['config', 'ingestionPods', 'serviceAccount', 'annotations', 'eks.amazonaws.com/role-arn'] },
  ...owned('argoWorkflows', 'config.argoWorkflows.endpoint', 'installArgoWorkflows', 'createArgoWorkflowsNamespace'),
  ...owned('argoWorkflows', 'argoWorkflows.fullnameOverride', 'argoWorkflows.namespaceOverride', 'argoWorkflows.controller.name'),
  ...owned('argoWorkflows', 'argoWorkflows.server.enabled', 'argoWorkflows.server.name', 'argoWorkflows.server.servicePort'),
];

function owned(prop: string, ...keys: string[]): { path: string[]; prop: string }[] {
  return keys.map((key) => ({ path: key.split('.'), prop }));
}

/** First chart version that reads a key, and the property that sets it where there is one. */
const KNOWN_SINCE: { path: string; version: string; prop?: string }[] = [
  { path: 'config.useSecureProtocols', version: '1.11.4' },
  { path: 'grafanaDashboard', version: '1.11.7', prop: 'grafanaDashboard' },
  { path: 'podDisruptionBudget', version: '1.11.13', prop: 'podDisruptionBudget' },
  { path: 'config.ingestionPods.additionalPipelineConfigs', version: '1.11.14' },
  { path: 'commonLabels', version: '1.12.1', prop: 'commonLabels' },
  { path: 'deploymentAnnotations', version: '1.12.1' },
  { path: 'podAnnotations', version: '1.12.1', prop: 'podAnnotations' },
  { path: 'config.ingestionPods.customConfig.workflowParams', version: '1.12.5', prop: 'ingestionWorkflowParams' },
  { path: 'config.ingestionPods.customConfig.containerParams', version: '1.12.5', prop: 'ingestionContainerParams' },
  { path: 'config.ingestionPods.customConfig', version: '1.12.5' },
];

/** Keys that the chart's default values document and its templates do not read, with the ones they do read. */
const MISSPELT_KEYS: Record<string, string> = {
  'config.ingestionPods.autoMountSAToken': 'config.ingestionPods.automountSAToken',
  'config.argoWorkflows.backOffTime': 'config.argoWorkflows.backoffTime',
};

/** Fails if `values` sets a key that this library sets, or replaces a map that holds one. */
export function refuseOwnedKeys(values: Values): void {
  for (const { path, prop } of OWNED_KEYS) {
    for (let length = 1; length <= path.length; length++) {
      const value = valueAt(values, path.slice(0, length));
      if (value === undefined || (length < path.length && isMap(value))) {
        continue;
      }
      throw new Error(`values must not set ${path.slice(0, length).join('.')}, which belongs to this library: use the property ${prop}`);
    }
  }
}

/** Fails unless `values` is a map whose keys can be looked at. */
export function requireMap(values: unknown): void {
  if (!isMap(values)) {
    throw new Error(`values must be a map of the chart's values, got ${kindOf(values)}: write a plain object`);
  }
}

/** Fails if something is neither of JSON nor a token: no check sees into it, and it reaches Helm as something else, or not at all. */
export function refuseObjects(values: Values, names: (path: string[]) => string): void {
  forEachLeaf(values, (leaf, path) => {
    const plain = ['string', 'boolean', 'undefined'].includes(typeof leaf) || leaf === null || Number.isFinite(leaf);
    if (!plain && !isToken(leaf)) {
      throw new Error(`${names(path)} must be made of maps, lists, strings, numbers, booleans, null and tokens, got ${kindOf(leaf)}: write plain objects`);
    }
  });
}

function kindOf(value: unknown): string {
  if (typeof value === 'number') {
    return String(value);
  }
  if (typeof value !== 'object' || value === null) {
    return value === null ? 'null' : `a ${typeof value}`;
  }
  if (isToken(value)) {
    return 'a token';
  }
  // In a bundle classes may have no names.
  return Array.isArray(value) ? 'a list' : `an instance of ${value.constructor.name || 'a class'}`;
}

/** A stack, too, has a method by which the CDK knows tokens. */
function isToken(value: unknown): boolean {
  return Token.isUnresolved(value) && !Construct.isConstruct(value);
}

const READ_BY_INGESTION = 'put the secret into Secrets Manager and let the ingestion read it by SecretsStore.awsSecretsManager(), or name a Kubernetes Secret with envFrom';

/** Fails if a value holds a secret, or a reference that would reach the pod as text, because CloudFormation does not resolve it there. */
export function refuseSecrets(scope: Construct, values: Values, names: (path: string[]) => string, remedy: string = READ_BY_INGESTION): void {
  forEachLeaf(values, (leaf, path) => {
    if (holdsSecret(scope, leaf)) {
      throw new Error(`${names(path)} must not hold a secret value or a {{resolve:...}} reference, which would stand readable in the template, the logs and the release: ${remedy}`);
    }
  });
}

function holdsSecret(scope: Construct, leaf: unknown): boolean {
  if (SecretValue.isSecretValue(leaf)) {
    return true;
  }
  if (typeof leaf === 'string' && Tokenization.reverseString(leaf).tokens.some((token) => SecretValue.isSecretValue(token))) {
    return true;
  }
  const resolved = Token.isUnresolved(leaf) ? JSON.stringify(Stack.of(scope).resolve(leaf)) : leaf;
  return typeof resolved === 'string' && resolved.includes('{{resolve:');
}

/** Fails if a key is set that the chart version does not read yet. */
export function refuseUnknownKeys(values: Values, chartVersion: string): void {
  for (const { path, version, prop } of KNOWN_SINCE) {
    if (isBefore(chartVersion, version) && valueAt(values, path.split('.')) !== undefined) {
      throw new Error(`${prop ?? `values ${path}`} needs chart version ${version} or newer, got ${chartVersion}: raise chartVersion or leave it out`);
    }
  }
}

/**
 * Fails if a text holds a character that does not survive the way to Helm: the kubectl handler writes those beyond
 * U+FFFF as two escapes, which Helm's YAML does not put together again, and Helm writes some control characters in a
 * way that it does not read.
 */
export function refuseLostCharacters(values: Values, names: (path: string[]) => string): void {
  forEachLeaf(values, (leaf, path) => {
    if (typeof leaf === 'string' && /[\u007f-\u009f\ud800-\udfff\ufffe\uffff]/.test(leaf)) {
      throw new Error(`${names(path)} must not hold an emoji or another character beyond U+FFFD, nor one from U+007F to U+009F, which do not reach the cluster whole`);
    }
  });
}

/** Labels that the chart selects its pods by. */
const SELECTOR_LABELS = ['app.kubernetes.io/name', 'app.kubernetes.io/instance'];

/** Fails if a common label takes the place of one that the chart selects its pods by, which Kubernetes then refuses. */
export function refuseSelectorLabels(values: Values): void {
  for (const label of SELECTOR_LABELS) {
    if (valueAt(values, ['commonLabels', label]) !== undefined) {
      throw new Error(`commonLabels must not set ${label}, by which the chart selects its pods: use another key`);
    }
  }
}

/** Fails if two keys are set that the chart cannot render together. */
export function refuseBrokenPairs(values: Values): void {
  const customConfig = valueAt(values, ['config', 'ingestionPods', 'customConfig']);
  const volumeMounts = values.volumeMounts;
  const mounts = Array.isArray(volumeMounts) ? volumeMounts.length > 0 : volumeMounts !== undefined && volumeMounts !== null;
  if (isMap(customConfig) && customConfig.enabled && mounts) {
    throw new Error('values volumeMounts must not be given with ingestionWorkflowParams, ingestionContainerParams or customConfig: the chart renders no valid Deployment of both. Mount the volume in the ingestion pods by ingestionContainerParams, or leave the parameters out');
  }
}

/** Warns of keys that are legal and do nothing. */
export function warnOfDeadKeys(scope: Construct, values: Values): void {
  Object.keys(values).filter((key) => key.includes('.')).forEach((key) => {
    warn(scope, `dottedKey:${key}`, `values ${JSON.stringify(key)} has a dot in its name and does nothing: write nested maps instead`);
  });
  for (const [dead, live] of Object.entries(MISSPELT_KEYS)) {
    if (valueAt(values, dead.split('.')) !== undefined) {
      warn(scope, `deadKey:${dead}`, `values ${dead} does nothing, although the chart documents it: its templates read ${live}`);
    }
  }
}
