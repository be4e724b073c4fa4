import { App } from 'aws-cdk-lib';
import { requireSecretName } from '../lib/blueprints/validation';

/** What the runner is called and where it reports to, until you say so: nothing that exists, so that no token goes astray. */
const PLACEHOLDERS = { agentId: 'example-runner', serverHost: 'collate.example.com' } as const;

/** Values of an account's default setup, for what only seldom differs. */
const DEFAULTS = {
  authTokenSecretName: 'collate/runner-token',
  ecrCredentialsSecretName: 'collate/registry-keys',
  secretsStore: 'aws',
  pathPrefix: '/collate/hybrid-ingestion-runner',
  argoWorkflows: 'install',
  clusterVersion: '1.35',
  stackName: 'collate-hybrid-runner',
} as const;

/** What may be set without having a default. */
const OPTIONAL = ['authTokenField', 'namespace', 'chartVersion', 'reapply', 'clusterName', 'installAgent', 'account', 'region'] as const;

const NAMES = [...Object.keys(PLACEHOLDERS), ...Object.keys(DEFAULTS), ...OPTIONAL] as ContextName[];

type Required = keyof typeof PLACEHOLDERS | keyof typeof DEFAULTS;
type Optional = typeof OPTIONAL[number];
type ContextName = Required | Optional;

/** Form of the values that this app uses itself; the library checks the others. */
const FORMS: Partial<Record<ContextName, { readonly pattern: RegExp; readonly text: string }>> = {
  secretsStore: { pattern: /^(aws|kubernetes)$/, text: 'aws or kubernetes' },
  argoWorkflows: { pattern: /^(install|none|\S+:\d+)$/, text: 'install, none, or host:port of an Argo Workflows that is there' },
  clusterVersion: { pattern: /^1\.(29|3[0-6])$/, text: 'a Kubernetes version from 1.29 to 1.36, for which there is a kubectl' },
  stackName: { pattern: /^[A-Za-z][-A-Za-z0-9]{0,127}$/, text: '1 to 128 letters, digits and hyphens, with a letter in front' },
  clusterName: { pattern: /^[A-Za-z0-9][-_A-Za-z0-9]{0,99}$/, text: 'the name of an EKS cluster' },
  installAgent: { pattern: /^(true|false)$/, text: 'true or false' },
  account: { pattern: /^\d{12}$/, text: 'an AWS account of 12 digits' },
  region: { pattern: /^[a-z]{2,4}(-[a-z]+)+-\d$/, text: 'an AWS region such as eu-central-1' },
};

/** What was set with `-c`, in `cdk.json`, or not at all. */
export type RunnerContext = Readonly<Record<Required, string> & Partial<Record<Optional, string>>> & {
  /** Names of the values that must be set before the runner can work. */
  readonly placeholders: readonly (keyof typeof PLACEHOLDERS)[];
  /** Whether nobody said which Kubernetes version the cluster has. */
  readonly clusterVersionAssumed: boolean;
};

/** Reads and checks the context. Fails with one sentence that names the value. */
export function readContext(app: App): RunnerContext {
  refuseMisspelt(Object.keys(app.node.getAllContext()));
  const given = Object.fromEntries(NAMES.map((name) => [name, readValue(app, name)])
    .filter(([, value]) => value !== undefined)) as Partial<Record<ContextName, string>>;
  const context = {
    ...PLACEHOLDERS,
    ...DEFAULTS,
    // Stacks may have no underscore, and "a_b" and "a-b" are two clusters.
    ...given.clusterName && { stackName: `${DEFAULTS.stackName}-on-${given.clusterName.replace(/_/g, '--')}` },
    ...given,
    placeholders: (Object.keys(PLACEHOLDERS) as (keyof typeof PLACEHOLDERS)[]).filter((name) => !(name in given)),
    clusterVersionAssumed: given.clusterVersion === undefined,
  };
  refusePairs(given, context);
  (['authTokenSecretName', 'ecrCredentialsSecretName'] as const).forEach((name) => requireSecretName(name, context[name]));
  return context;
}

function readValue(app: App, name: ContextName): string | undefined {
  const value: unknown = app.node.tryGetContext(name);
  if (value === undefined || value === null) {
    return undefined;
  }
  const text = typeof value === 'boolean' ? String(value) : value;
  if (typeof text !== 'string' || text.trim() === '') {
    // What was given may be a secret set under the wrong name, so only its kind is told.
    throw new Error(`context value ${name} must be a text that is not empty, got ${typeof text === 'string' ? 'an empty one' : `a value of type ${typeof text}`}: set -c ${name}=…`);
  }
  const form = FORMS[name];
  if (form && !form.pattern.test(text)) {
    throw new Error(`context value ${name} must be ${form.text}, got ${JSON.stringify(text)}`);
  }
  return text;
}

function refusePairs(given: Partial<Record<ContextName, string>>, { secretsStore }: RunnerContext): void {
  if (given.pathPrefix && secretsStore !== 'aws') {
    throw new Error('context value pathPrefix needs secretsStore=aws: Kubernetes Secrets have no path');
  }
  if (given.installAgent === 'true' && !given.clusterName) {
    throw new Error('context value installAgent needs clusterName: the new cluster runs in Auto Mode, which has the Pod Identity agent built in');
  }
}

/** The CDK puts values of its own into the context, so only what looks like one of ours is refused. */
function refuseMisspelt(keys: string[]): void {
  for (const key of keys.filter((candidate) => !NAMES.includes(candidate as ContextName))) {
    const meant = NAMES.find((name) => distance(key.toLowerCase(), name.toLowerCase()) <= 2);
    if (meant) {
      throw new Error(`context value ${key} is not known: did you mean ${meant}?`);
    }
  }
}

/** Number of letters to insert, delete or replace to make one text of the other. */
function distance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries()) {
      current.push(Math.min(current[column] + 1, previous[column + 1] + 1, previous[column] + (letter === other ? 0 : 1)));
    }
    previous = current;
  }
  return previous[to.length];
}
