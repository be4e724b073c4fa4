import { Token } from 'aws-cdk-lib';
import { HybridRunnerOptions } from '../hybrid-runner-props';
import { ContainerResources, GrafanaDashboardOptions, PodDisruptionBudgetOptions, ResourceQuantities, ServiceMonitorOptions } from '../pod-settings';
import { RunnerImages } from '../runner-images';
import { Values, valueAt } from './merge';
import { tolerationValues } from './tolerations';
import { requireQuantity, requireWholeNumber } from './validation';

/** What the runner pod gets where nothing is said; the chart sets nothing for it. */
const RUNNER_RESOURCES: ContainerResources = {
  requests: { cpu: '500m', memory: '500Mi' },
  limits: { cpu: '1000m', memory: '1Gi' },
};

/** The chart's default for ingestion pods, with which Helm merges ours. */
const INGESTION_RESOURCES: ContainerResources = {
  requests: { cpu: '1000m', memory: '4096Mi' },
  limits: { cpu: '1000m', memory: '4096Mi' },
};

/** What cannot stand in a list in brackets between single quotes in YAML: control characters of ASCII and of Latin-1 too. */
const UNQUOTABLE = /[,'[\]\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Names that tie the chart to what stands around it. */
export interface ChartNames {
  /** Kubernetes Secret with the registry's credentials, if images need one. */
  readonly pullSecretName?: string;
  readonly tokenSecretName: string;
  readonly tokenSecretKey: string;
  readonly serviceAccountName: string;
  readonly secretsManager: string;
  /** Annotations of the ingestion service account; a lazy value. */
  readonly serviceAccountAnnotations: unknown;
  readonly argoNamespace?: string;
  readonly argoEndpoint?: string;
}

/** The values that make the chart this library's: the user's `values` never change one of them. */
export function ownedValues(options: HybridRunnerOptions, images: RunnerImages, names: ChartNames): Values {
  return {
    image: { repository: images._runner.repository, tag: images._runner.tag },
    imagePullSecrets: names.pullSecretName ? [{ name: names.pullSecretName }] : [],
    config: {
      agentId: options.agentId,
      serverHost: options.serverHost,
      authToken: '',
      authTokenSecret: { name: names.tokenSecretName, key: names.tokenSecretKey },
      secretsManager: names.secretsManager,
      ingestionPods: {
        repository: images._ingestion.repository,
        tag: images._ingestion.tag,
        // The chart wants one comma-separated string here, and a list for the runner.
        imagePullSecrets: names.pullSecretName ?? '',
        // The chart drops the account's role and binding with `create: false`, so it makes the account.
        serviceAccount: { create: true, name: names.serviceAccountName, annotations: names.serviceAccountAnnotations },
      },
      argoWorkflows: { endpoint: names.argoEndpoint ?? '' },
    },
    installArgoWorkflows: names.argoNamespace !== undefined,
    createArgoWorkflowsNamespace: false,
    argoWorkflows: names.argoNamespace === undefined ? undefined : { namespaceOverride: names.argoNamespace },
    ecrRegistryHelper: { enabled: false },
  };
}

/** The values of the options that pass through to the chart, in the keys its templates read. */
export function optionValues(options: HybridRunnerOptions): Values {
  return {
    replicaCount: requireWholeNumber('replicas', options.replicas, 0, 'for 1'),
    resources: resources('runnerResources', options.runnerResources ?? RUNNER_RESOURCES),
    nodeSelector: options.nodeSelector,
    tolerations: options.tolerations && tolerationValues(options.tolerations),
    affinity: options.affinity,
    podAnnotations: options.podAnnotations,
    commonLabels: options.commonLabels,
    podDisruptionBudget: options.podDisruptionBudget && podDisruptionBudget(options.podDisruptionBudget),
    serviceMonitor: options.serviceMonitor && serviceMonitor(options.serviceMonitor),
    prometheusRules: options.prometheusRules && { enabled: true, ...options.prometheusRules },
    grafanaDashboard: options.grafanaDashboard && grafanaDashboard(options.grafanaDashboard),
    config: {
      ingestionPods: {
        resources: options.ingestionResources && resources('ingestionResources', options.ingestionResources, INGESTION_RESOURCES),
        extraEnvs: options.ingestionEnvironment && environment(options.ingestionEnvironment),
        customConfig: (options.ingestionWorkflowParams || options.ingestionContainerParams) && {
          enabled: true,
          workflowParams: options.ingestionWorkflowParams,
          containerParams: options.ingestionContainerParams,
        },
      },
    },
  };
}

/** The chart drops a boolean `false` for this key, and takes the word. */
export function spellOutAutomount(values: Values): Values {
  const path = ['config', 'ingestionPods', 'automountSAToken'];
  return typeof valueAt(values, path) === 'boolean' ? { config: { ingestionPods: { automountSAToken: String(valueAt(values, path)) } } } : {};
}

/** The name of the property that a path of `optionValues` came from, for error texts. */
export function propOf(path: string[]): string {
  const [first, second, third, fourth] = path;
  if (first === 'config' && second === 'ingestionPods') {
    const custom = fourth === 'workflowParams' ? 'ingestionWorkflowParams' : 'ingestionContainerParams';
    return ({ extraEnvs: 'ingestionEnvironment', resources: 'ingestionResources', customConfig: custom } as Record<string, string>)[third] ?? path.join('.');
  }
  return first === 'resources' ? 'runnerResources' : first;
}

function resources(prop: string, given: ContainerResources, defaults: ContainerResources = {}): Values {
  for (const unit of ['cpu', 'memory'] as const) {
    const request = quantity(`${prop}.requests.${unit}`, given.requests?.[unit] ?? defaults.requests?.[unit]);
    const limit = quantity(`${prop}.limits.${unit}`, given.limits?.[unit] ?? defaults.limits?.[unit]);
    if (request && limit && amount(request) > amount(limit)) {
      throw new Error(`${prop}.requests.${unit} must not be above ${prop}.limits.${unit}, got ${request} above ${limit}: raise the limit too`);
    }
  }
  const plain = ({ cpu, memory }: ResourceQuantities = {}) => ({ cpu, memory });
  return { requests: given.requests && plain(given.requests), limits: given.limits && plain(given.limits) };
}

function quantity(prop: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : requireQuantity(prop, value);
}

/** Each a thousand times the one before it, or 1,024 times. */
const SUFFIXES = ['m', '', 'k', 'M', 'G', 'T', 'P', 'E'];
/** Of a fraction; Kubernetes counts in billionths. */
const DECIMALS = 9;

/** In whole numbers, because 1005M would be above 1.005G otherwise. */
function amount(value: string): bigint {
  const [, whole, fraction = '', suffix] = /^(\d+)(?:\.(\d+))?(.*)$/.exec(value)!;
  const digits = BigInt(whole + fraction.padEnd(DECIMALS, '0').slice(0, DECIMALS));
  const power = SUFFIXES.indexOf(suffix.replace('i', '').replace('K', 'k'));
  return digits * (suffix.endsWith('i') ? 1000n * 1024n ** BigInt(power - 1) : 1000n ** BigInt(power));
}

function podDisruptionBudget(options: PodDisruptionBudgetOptions): Values {
  const { minAvailable, maxUnavailable } = options;
  for (const [name, value] of Object.entries({ minAvailable, maxUnavailable })) {
    requireWholeNumber(`podDisruptionBudget.${name}`, value, 0, 'for a maxUnavailable of 1');
  }
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    throw new Error(`podDisruptionBudget must not have both minAvailable and maxUnavailable, got ${minAvailable} and ${maxUnavailable}: Kubernetes takes one of them`);
  }
  // The chart's default of maxUnavailable would stand beside minAvailable; null takes it away.
  return minAvailable === undefined ? { enabled: true, maxUnavailable: maxUnavailable ?? 1 } : { enabled: true, minAvailable, maxUnavailable: null };
}

function serviceMonitor({ interval, labels, annotations }: ServiceMonitorOptions): Values {
  return { enabled: true, interval: interval && `${interval.toSeconds()}s`, labels, annotations };
}

/** The chart's default selector would stand beside the one given, so its label is taken away by null. */
function grafanaDashboard({ instanceSelector, ...rest }: GrafanaDashboardOptions): Values {
  return { enabled: true, ...rest, instanceSelector: instanceSelector && { dashboards: null, ...instanceSelector } };
}

/** The chart joins the entries with commas inside brackets and single quotes. In the order of the names, see `inOrder`. */
function environment(variables: { [key: string]: string }): string[] {
  return Object.entries(variables).sort(([one], [two]) => one < two ? -1 : 1).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new Error(`ingestionEnvironment names must be letters, digits and underscores, not starting with a digit, got ${JSON.stringify(name)}`);
    }
    if (!Token.isUnresolved(value) && UNQUOTABLE.test(value)) {
      throw new Error(`ingestionEnvironment ${name} must not hold a comma, a single quote, a bracket or a control character, which the chart cannot pass on: set it by ingestionContainerParams.env`);
    }
    return `${name}:${value}`;
  });
}
