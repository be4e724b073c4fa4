import { Duration, Lazy } from 'aws-cdk-lib';
import { HybridRunnerOptions, RunnerImages } from '../../lib';
import { ChartNames, optionValues, ownedValues, propOf, spellOutAutomount } from '../../lib/private/chart-values';
import { Values, merge } from '../../lib/private/merge';

const REQUIRED: HybridRunnerOptions = { agentId: 'aws-prod', serverHost: 'acme.getcollate.io' };

/** The values that an option comes to, without those of the others. */
const valuesOf = (options: Partial<HybridRunnerOptions>): Values => merge(optionValues({ ...REQUIRED, ...options }));
const refusalOf = (options: Partial<HybridRunnerOptions>) => () => optionValues({ ...REQUIRED, ...options });

test('what is left out is left to the chart, but for the resources of the runner, for which it has none', () => {
  expect(valuesOf({})).toEqual({
    resources: { requests: { cpu: '500m', memory: '500Mi' }, limits: { cpu: '1000m', memory: '1Gi' } },
    config: { ingestionPods: {} },
  });
});

describe('an option reaches the key that the chart reads', () => {
  test.each<[Partial<HybridRunnerOptions>, Values]>([
    [{ replicas: 0 }, { replicaCount: 0 }],
    [{ nodeSelector: { a: 'b' } }, { nodeSelector: { a: 'b' } }],
    [{ affinity: { nodeAffinity: {} } }, { affinity: { nodeAffinity: {} } }],
    [{ podAnnotations: { a: 'b' } }, { podAnnotations: { a: 'b' } }],
    [{ commonLabels: { a: 'b' } }, { commonLabels: { a: 'b' } }],
    [{ tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', duration: Duration.minutes(3) }] }, { tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 180 }] }],
    [{ podDisruptionBudget: {} }, { podDisruptionBudget: { enabled: true, maxUnavailable: 1 } }],
    [{ podDisruptionBudget: { maxUnavailable: 0 } }, { podDisruptionBudget: { enabled: true, maxUnavailable: 0 } }],
    [{ podDisruptionBudget: { minAvailable: 0 } }, { podDisruptionBudget: { enabled: true, minAvailable: 0, maxUnavailable: null } }],
    [{ serviceMonitor: {} }, { serviceMonitor: { enabled: true } }],
    [{ serviceMonitor: { interval: Duration.minutes(1), labels: { a: 'b' }, annotations: { c: 'd' } } }, { serviceMonitor: { enabled: true, interval: '60s', labels: { a: 'b' }, annotations: { c: 'd' } } }],
    [{ prometheusRules: {} }, { prometheusRules: { enabled: true } }],
    [{ prometheusRules: { extraRules: [{ alert: 'a' }] } }, { prometheusRules: { enabled: true, extraRules: [{ alert: 'a' }] } }],
    [{ grafanaDashboard: {} }, { grafanaDashboard: { enabled: true } }],
    [{ grafanaDashboard: { folderName: 'a', instanceSelector: { b: 'c' } } }, { grafanaDashboard: { enabled: true, folderName: 'a', instanceSelector: { dashboards: null, b: 'c' } } }],
    [{ runnerResources: { limits: { cpu: '1' } } }, { resources: { limits: { cpu: '1' } } }],
    [{ ingestionResources: { requests: { memory: '1Gi' } } }, { config: { ingestionPods: { resources: { requests: { memory: '1Gi' } } } } }],
    [{ ingestionEnvironment: { b: '1', A: 'x y', _9: '' } }, { config: { ingestionPods: { extraEnvs: ['A:x y', '_9:', 'b:1'] } } }],
    [{ ingestionWorkflowParams: { a: 1 } }, { config: { ingestionPods: { customConfig: { enabled: true, workflowParams: { a: 1 } } } } }],
    [{ ingestionContainerParams: { a: 1 } }, { config: { ingestionPods: { customConfig: { enabled: true, containerParams: { a: 1 } } } } }],
  ])('%j', (options, values) => {
    const { resources, ...others } = valuesOf({});
    expect(valuesOf(options)).toEqual({ ...others, ...'runnerResources' in options ? {} : { resources }, ...values });
  });
});

describe('requests', () => {
  test.each([
    ['1', '1'], ['700m', '0.7'], ['0.1000000000001', '200m'], ['1005M', '1.005G'], ['1.005G', '1005M'], ['1000m', '1'], ['1', '1000m'], ['999m', '1'], ['0.5', '500m'], ['1023', '1Ki'], ['1024', '1Ki'], ['1k', '1Ki'], ['1024Ki', '1Mi'], ['1M', '1Mi'], ['1024Mi', '1Gi'], ['1G', '1Gi'], ['1023Gi', '1Ti'], ['1000T', '1P'], ['1023Ti', '1Pi'], ['1000P', '1E'], ['1Pi', '1Ei'],
  ])('of %s are within a limit of %s', (request, limit) => {
    expect(refusalOf({ runnerResources: { requests: { memory: request }, limits: { memory: limit } } })).not.toThrow();
  });

  test.each([
    ['2', '1'], ['0.002', '1m'], ['1.0001Ki', '1024'], ['9007199254740993', '9007199254740992'], ['1001m', '1'], ['1.5', '1'], ['1Ki', '1k'], ['1025', '1Ki'], ['1Mi', '1M'], ['1Mi', '1023Ki'], ['1Gi', '1023Mi'], ['1Ti', '1023Gi'], ['1P', '999T'], ['1Pi', '1023Ti'], ['1E', '999P'], ['1Ei', '1023Pi'],
  ])('of %s are not within a limit of %s', (request, limit) => {
    for (const unit of ['cpu', 'memory']) {
      for (const prop of ['runnerResources', 'ingestionResources']) {
        expect(refusalOf({ [prop]: { requests: { [unit]: request }, limits: { [unit]: limit } } })).toThrow(new Error(`${prop}.requests.${unit} must not be above ${prop}.limits.${unit}, got ${request} above ${limit}: raise the limit too`));
      }
    }
  });

  test.each<Partial<HybridRunnerOptions>>([
    { runnerResources: { requests: { memory: '9Gi' } } },
    { runnerResources: { limits: { memory: '1' } } },
    { ingestionResources: { requests: { cpu: '1', memory: '4Gi' } } },
  ])('are within a limit that is left out, unless the chart has a less one: %j', (options) => {
    expect(refusalOf(options)).not.toThrow();
  });

  test.each<[string, Partial<HybridRunnerOptions>]>([
    ['ingestionResources.requests.memory must not be above ingestionResources.limits.memory, got 4097Mi above 4096Mi', { ingestionResources: { requests: { memory: '4097Mi' } } }],
    ['ingestionResources.requests.cpu must not be above ingestionResources.limits.cpu, got 1000m above 999m', { ingestionResources: { limits: { cpu: '999m' } } }],
  ])('are compared with what the chart has: %s', (message, options) => {
    expect(refusalOf(options)).toThrow(new Error(`${message}: raise the limit too`));
  });

  test.each(['runnerResources.limits.cpu', 'ingestionResources.requests.memory'])('and limits are quantities: %s', (name) => {
    const [prop, kind, unit] = name.split('.');
    expect(refusalOf({ [prop]: { [kind]: { [unit]: 'half' } } })).toThrow(`${name} must be a quantity`);
  });
});

describe('a variable of the ingestion pods', () => {
  test.each(['a', '_', 'A9_z'])('may be called %s', (name) => {
    expect(refusalOf({ ingestionEnvironment: { [name]: 'x' } })).not.toThrow();
  });

  test.each(['', '9', 'a-b', 'a.b', ' a', 'a ', 'é'])('may not be called %j', (name) => {
    expect(refusalOf({ ingestionEnvironment: { [name]: 'x' } })).toThrow(`ingestionEnvironment names must be letters, digits and underscores, not starting with a digit, got ${JSON.stringify(name)}`);
  });

  test.each(['', 'x"y:z {}', '~', '\u00a0', '漢', Lazy.string({ produce: () => 'a,b' })])('may hold %j', (value) => {
    expect(valuesOf({ ingestionEnvironment: { A: value } })).toMatchObject({ config: { ingestionPods: { extraEnvs: [`A:${value}`] } } });
  });

  test.each([',', '\'', '[', ']', '\n', '\u0000', '\u001f', '\u007f', '\u009f', '\u2028', '\u2029'])('may not hold %j', (character) => {
    expect(refusalOf({ ingestionEnvironment: { A: `x${character}y` } })).toThrow('ingestionEnvironment A must not hold a comma, a single quote, a bracket or a control character, which the chart cannot pass on: set it by ingestionContainerParams.env');
  });
});

test.each<[Partial<HybridRunnerOptions>, string]>([
  [{ podDisruptionBudget: { minAvailable: 1, maxUnavailable: 0 } }, 'podDisruptionBudget must not have both minAvailable and maxUnavailable, got 1 and 0: Kubernetes takes one of them'],
  [{ podDisruptionBudget: { minAvailable: -1 } }, 'podDisruptionBudget.minAvailable must be a whole number of 0 or more, got -1: leave it out for a maxUnavailable of 1'],
  [{ podDisruptionBudget: { maxUnavailable: 0.5 } }, 'podDisruptionBudget.maxUnavailable must be a whole number of 0 or more, got 0.5: leave it out for a maxUnavailable of 1'],
  [{ replicas: -1 }, 'replicas must be a whole number of 0 or more, got -1: leave it out for 1'],
])('%j is refused', (options, message) => {
  expect(refusalOf(options)).toThrow(new Error(message));
});

describe('what the library sets', () => {
  const images = RunnerImages.fromMirror({ runnerRepository: 'r.io/runner', runnerTag: '1', ingestionRepository: 'r.io/ingestion', ingestionTag: '2' });
  const names: ChartNames = { tokenSecretName: 'token', tokenSecretKey: 'jwt', serviceAccountName: 'ingestion', secretsManager: 'kubernetes', serviceAccountAnnotations: { a: 'b' } };
  const least = {
    image: { repository: 'r.io/runner', tag: '1' },
    imagePullSecrets: [],
    config: {
      agentId: 'aws-prod',
      serverHost: 'acme.getcollate.io',
      authToken: '',
      authTokenSecret: { name: 'token', key: 'jwt' },
      secretsManager: 'kubernetes',
      ingestionPods: { repository: 'r.io/ingestion', tag: '2', imagePullSecrets: '', serviceAccount: { create: true, name: 'ingestion', annotations: { a: 'b' } } },
      argoWorkflows: { endpoint: '' },
    },
    installArgoWorkflows: false,
    createArgoWorkflowsNamespace: false,
    ecrRegistryHelper: { enabled: false },
  };

  test('leaves out what there is not', () => {
    expect(merge(ownedValues(REQUIRED, images, names))).toEqual(least);
  });

  test('names what there is', () => {
    expect(ownedValues(REQUIRED, images, { ...names, pullSecretName: 'pull', argoNamespace: 'argo', argoEndpoint: 'argo:2746' })).toEqual(merge(least, {
      imagePullSecrets: [{ name: 'pull' }],
      config: { ingestionPods: { imagePullSecrets: 'pull' }, argoWorkflows: { endpoint: 'argo:2746' } },
      installArgoWorkflows: true,
      argoWorkflows: { namespaceOverride: 'argo' },
    }));
  });
});

test.each([[true, 'true'], [false, 'false']])('automountSAToken as %s reaches the chart as a word', (given, word) => {
  expect(spellOutAutomount({ config: { ingestionPods: { automountSAToken: given } } })).toEqual({ config: { ingestionPods: { automountSAToken: word } } });
});

test.each([[{}], [{ config: { ingestionPods: { automountSAToken: 'false' } } }]])('nothing else is spelt out: %j', (values) => {
  expect(spellOutAutomount(values)).toEqual({});
});

test.each([
  ['config.ingestionPods.extraEnvs.0', 'ingestionEnvironment'],
  ['config.ingestionPods.resources.limits.cpu', 'ingestionResources'],
  ['config.ingestionPods.customConfig.workflowParams.a', 'ingestionWorkflowParams'],
  ['config.ingestionPods.customConfig.containerParams.a', 'ingestionContainerParams'],
  ['config.ingestionPods.other', 'config.ingestionPods.other'],
  ['resources.limits.cpu', 'runnerResources'],
  ['podAnnotations.a', 'podAnnotations'],
  ['other.ingestionPods.resources', 'other'],
  ['config.other.resources', 'config'],
])('%s comes from the property %s', (path, prop) => {
  expect(propOf(path.split('.'))).toBe(prop);
});
