import * as blueprints from '@aws-quickstart/eks-blueprints';
import { Duration, RemovalPolicy, SecretValue, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ArgoWorkflows, ChartSource, FunctionPlacement, HybridRunner, HybridRunnerOptions, IngestionIdentity, RunnerCluster, RunnerImages, RunnerMonitoring, RunnerNamespace, SecretsStore } from '../../lib';
import * as entryPoint from '../../lib/blueprints';
import { HybridRunnerAddOn } from '../../lib/blueprints';
import { CHART, FIRST_SYNC, ResourceGraph, chartValues, manifests, only, warnings } from '../helpers';
import { PROVIDERS, REQUIRED, addOn, blueprint, importedBlueprint, makeApp, templateOf } from './helpers';

const TELL = { bind: () => ({ alarmActionArn: 'arn:aws:sns:eu-central-1:111122223333:alarms' }) };
const EXISTING_ARGO = ArgoWorkflows.existing({ endpoint: 'argo-workflows-server.argo-workflows.svc:2746' });

test('the entry point has exactly the add-on', () => {
  expect(Object.keys(entryPoint)).toEqual(['HybridRunnerAddOn']);
});

describe('options', () => {
  /** One of each, none at its default; the type has the compiler find an option that is missing here. */
  const options = (): Required<Omit<HybridRunnerOptions, 'chartSource' | 'namespace'>> & Pick<HybridRunnerOptions, 'chartSource' | 'namespace'> => ({
    agentId: 'finance',
    serverHost: 'finance.example.com',
    authTokenField: 'jwt',
    secretsStore: SecretsStore.awsSecretsManager({ pathPrefix: '/finance' }),
    identity: IngestionIdentity.podIdentity({ installAgent: true }),
    argoWorkflows: ArgoWorkflows.install({ namespace: 'argo' }),
    namespace: RunnerNamespace.create('finance', { removalPolicy: RemovalPolicy.DESTROY }),
    releaseName: 'finance',
    chartVersion: '1.12.14',
    chartSource: ChartSource.repository('https://charts.example.com'),
    renewalPeriod: Duration.hours(1),
    monitoring: RunnerMonitoring.of({ interval: Duration.minutes(15), dashboard: true, alarmActions: [TELL] }),
    renewOnSecretChange: true,
    replicas: 2,
    runnerResources: { requests: { cpu: '250m' } },
    ingestionResources: { limits: { memory: '8Gi' } },
    nodeSelector: { 'kubernetes.io/arch': 'amd64' },
    tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute', duration: Duration.minutes(3) }],
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
    podDisruptionBudget: { minAvailable: 1 },
    podAnnotations: { team: 'finance' },
    commonLabels: { team: 'finance' },
    ingestionEnvironment: { LOG_LEVEL: 'DEBUG' },
    ingestionWorkflowParams: { tolerations: [{ operator: 'Exists' }] },
    ingestionContainerParams: { env: [{ name: 'TEAM', value: 'finance' }] },
    serviceMonitor: { interval: Duration.minutes(1) },
    prometheusRules: { extraRules: [{ name: 'finance' }] },
    grafanaDashboard: { folderName: 'Finance' },
    values: { config: { reconnectDelaySeconds: '7' } },
    timeout: Duration.minutes(5),
    atomic: true,
    wait: false,
    reapply: '2026-11-25',
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const registry = { registryRegion: 'us-east-1', runnerTag: '1.12.14' };
  const clusterOptions = { accessEntry: false, functionPlacement: FunctionPlacement.outsideVpc() };

  test('all reach the runner: the template is that of a HybridRunner with the same options', async () => {
    const byHand: blueprints.ClusterAddOn = {
      id: 'ByHand',
      deploy(clusterInfo) {
        const scope = new Construct(clusterInfo.cluster.stack, 'HybridRunnerAddOn');
        return Promise.resolve(new HybridRunner(scope, 'Runner', {
          ...options(),
          cluster: RunnerCluster.fromEks(clusterInfo.cluster, clusterOptions),
          authToken: Secret.fromSecretNameV2(scope, 'AuthToken', 'collate/runner-token'),
          images: RunnerImages.fromCollateRegistry(Secret.fromSecretNameV2(scope, 'RegistryKeys', 'collate/registry-keys'), registry),
        }));
      },
    };
    const [ours, theirs] = [await templateOf(addOn({ ...options(), registry, clusterOptions })), await templateOf(byHand)];
    expect(ours.toJSON()).toEqual(theirs.toJSON());
    expect(chartValues(ours).image).toEqual({ repository: '118146679784.dkr.ecr.us-east-1.amazonaws.com/hybrid-ingestion-runner', tag: '1.12.14' });
    ours.resourceCountIs('AWS::EKS::AccessEntry', 0);
  });

  describe('make a difference each, so that the template above shows them', () => {
    let without: unknown;
    beforeAll(async () => {
      without = (await templateOf(addOn())).toJSON();
    });

    test.each(Object.keys(options()) as (keyof HybridRunnerOptions)[])('%s', async (name) => {
      expect((await templateOf(addOn({ [name]: options()[name] }))).toJSON()).not.toEqual(without);
    });
  });

  test('are neither kept nor changed', async () => {
    const given = { ...REQUIRED, ...options(), registry, clusterOptions };
    const values = { config: { reconnectDelaySeconds: '7' } };
    const one = new HybridRunnerAddOn({ ...given, values });
    values.config.reconnectDelaySeconds = '8';
    expect(chartValues(await templateOf(one)).config.reconnectDelaySeconds).toBe('7');
    expect(given).toEqual({ ...REQUIRED, ...options(), registry, clusterOptions });
  });

  test('serve more than one blueprint', async () => {
    const one = addOn();
    expect((await templateOf(one)).toJSON()).toEqual((await templateOf(one)).toJSON());
  });

  test('images of a registry of your own need no keys', async () => {
    const template = await templateOf(addOn({
      ecrCredentialsSecretName: undefined,
      images: RunnerImages.fromMirror({ runnerRepository: 'registry.example.com/runner', ingestionRepository: 'registry.example.com/ingestion' }),
    }));
    expect(chartValues(template).image).toEqual({ repository: 'registry.example.com/runner' });
    expect(JSON.stringify(only(template, FIRST_SYNC).Properties.Request)).not.toContain('pullSecret');
  });

  test('constructs among them stay what they are', async () => {
    const app = makeApp();
    const role = iam.Role.fromRoleArn(new Stack(app, 'Roles'), 'Role', 'arn:aws:iam::111122223333:role/ingestion');
    const stack = await importedBlueprint(app).addOns(addOn({ identity: IngestionIdentity.podIdentity({ role }) })).buildAsync(app, 'data');
    expect(only(Template.fromStack(stack), 'AWS::EKS::PodIdentityAssociation').Properties.RoleArn).toBe('arn:aws:iam::111122223333:role/ingestion');
  });

  test('a secret value among them is refused, although Blueprints copies it', async () => {
    const values = { extraEnvs: [{ name: 'PASSWORD', value: SecretValue.unsafePlainText('hunter2') }] };
    await expect(templateOf(addOn({ values }))).rejects.toThrow(/^values extraEnvs\.0\.value must not hold a secret value/);
  });

  test('an imported cluster is warned about unless its access is said', async () => {
    const warned = async (accessEntry?: boolean) => {
      const app = makeApp();
      const stack = await importedBlueprint(app).addOns(addOn({ clusterOptions: { accessEntry } })).buildAsync(app, 'data');
      return warnings(stack).filter((warning) => warning.includes('cdk-collate-hybrid-runner'));
    };
    expect(await warned()).toEqual([expect.stringContaining('accessEntry')]);
    expect(await warned(true)).toEqual([]);
  });
});

describe('bad input', () => {
  test.each<[string, Parameters<typeof addOn>[0], string]>([
    ['neither keys nor images', { ecrCredentialsSecretName: undefined }, 'ecrCredentialsSecretName must be given: the name of the secret with the keys of Collate\'s registry, or images for a registry of your own, such as RunnerImages.fromMirror'],
    ['keys and images', { images: RunnerImages.fromMirror({ runnerRepository: 'a.io/r', ingestionRepository: 'a.io/i' }) }, 'ecrCredentialsSecretName and images must not both be given: leave out ecrCredentialsSecretName for a registry of your own, images for Collate\'s'],
    ['registry and images', { ecrCredentialsSecretName: undefined, registry: {}, images: RunnerImages.fromMirror({ runnerRepository: 'a.io/r', ingestionRepository: 'a.io/i' }) }, 'registry and images must not both be given: registry is about Collate\'s registry, so give it with ecrCredentialsSecretName'],
    ['an empty id', { id: '' }, 'id must be letters, digits and hyphens, with a letter in front and no hyphen at the end, got ""'],
    ['an id that is no part of a namespace', { id: 'Finance/2' }, 'id must be letters, digits and hyphens, with a letter in front and no hyphen at the end, got "Finance/2"'],
    ['no name of the token', { authTokenSecretName: undefined }, 'authTokenSecretName must be the name of a secret in Secrets Manager, got undefined'],
    ['an empty name of the token', { authTokenSecretName: '' }, 'authTokenSecretName must be the name of a secret in Secrets Manager, of letters, digits and /_+=.@-, such as "collate/runner-token", never its value, got 0 characters that are not a secret name'],
    ['an ARN', { ecrCredentialsSecretName: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:keys-a1b2c3' }, 'ecrCredentialsSecretName must be the name of a secret in Secrets Manager, of letters, digits and /_+=.@-, such as "collate/runner-token", never its value, got an ARN'],
    ['the keys themselves', { ecrCredentialsSecretName: '{"secretAccessKey":"hunter2"}' }, 'ecrCredentialsSecretName must be the name of a secret in Secrets Manager, of letters, digits and /_+=.@-, such as "collate/runner-token", never its value, got 29 characters that are not a secret name'],
    ['the token itself', { authTokenSecretName: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl' }, 'authTokenSecretName must be the name of a secret in Secrets Manager, of letters, digits and /_+=.@-, such as "collate/runner-token", never its value, got 37 characters that are not a secret name'],
  ])('%s is refused where the add-on is made', (_, props, message) => {
    expect(() => addOn(props)).toThrow(new Error(message));
  });

  test('what the runner refuses fails build and buildAsync alike', async () => {
    const build = () => {
      const app = makeApp();
      return importedBlueprint(app).addOns(addOn({ serverHost: 'https://collate.example.com' })).build(app, 'data');
    };
    expect(build).toThrow('serverHost must be a host name without protocol, port or path, got "https://collate.example.com": use "collate.example.com"');
    await expect(templateOf(addOn({ serverHost: 'https://collate.example.com' }))).rejects.toThrow('serverHost must be');
  });
});

describe('ids', () => {
  test('with two there are two charts, each in a namespace of its own', async () => {
    const template = await templateOf(addOn(), addOn({ id: 'FinanceTeam', agentId: 'finance', argoWorkflows: EXISTING_ARGO }));
    const charts = Object.values(template.findResources(CHART));
    expect(charts.map(({ Properties }) => [Properties.Namespace, Properties.Release])).toEqual([
      ['hybrid-ingestion-runner', 'hybrid-ingestion-runner'],
      ['hybrid-ingestion-runner-finance-team', 'hybrid-ingestion-runner'],
    ]);
    expect(manifests(template).filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name).sort())
      .toEqual(['argo-workflows', 'hybrid-ingestion-runner', 'hybrid-ingestion-runner-finance-team']);
  });

  test('a namespace that is given stands', async () => {
    const template = await templateOf(addOn({ id: 'Finance', namespace: RunnerNamespace.existing('finance') }));
    expect(only(template, CHART).Properties.Namespace).toBe('finance');
  });

  test.each([[undefined, 'HybridRunnerAddOn'], ['Finance', 'Finance']])('the id %s twice is refused', async (id, taken) => {
    await expect(templateOf(addOn({ id }), addOn({ id, agentId: 'finance' })))
      .rejects.toThrow(new Error(`id "${taken}" is taken by another add-on of this blueprint: give each HybridRunnerAddOn an id of its own`));
  });

  test('two blueprints stand in one stack', async () => {
    const app = makeApp();
    const stack = new Stack(app, 'Stack');
    for (const [id, clusterName] of [['one', 'data'], ['two', 'finance']]) {
      const provider = new blueprints.ImportClusterProvider({ clusterName, version: blueprints.DEFAULT_VERSION, kubectlRoleArn: 'arn:aws:iam::111122223333:role/kubectl' });
      const built = new blueprints.EksBlueprintConstruct(stack, { id, clusterProvider: provider, addOns: [addOn()], version: 'auto', useDefaultSecretEncryption: false });
      await built.waitForAsyncTasks();
    }
    Template.fromStack(stack).resourceCountIs(CHART, 2);
  });
});

describe('partners', () => {
  /** An add-on of that name, made of one resource. */
  const partner = (id: string): blueprints.ClusterAddOn => ({
    id,
    deploy: (clusterInfo) => Promise.resolve(new iam.ManagedPolicy(clusterInfo.cluster.stack, id, {
      statements: [new iam.PolicyStatement({ actions: ['s3:ListAllMyBuckets'], resources: ['*'] })],
    })),
  });
  const waitsFor = (template: Template, text: string): boolean => {
    const graph = new ResourceGraph(template);
    return [...graph.waitsFor(graph.id(CHART))].some((id) => id.startsWith(text));
  };

  test.each([
    'VpcCniAddOn', 'KubeProxyAddOn', 'CoreDnsAddOn', 'EksPodIdentityAgentAddOn', 'KarpenterAddOn', 'KarpenterV1AddOn', 'AwsLoadBalancerControllerAddOn', 'GrafanaOperatorAddon',
  ])('the runner comes after %s', async (name) => {
    expect(name in blueprints).toBe(true);
    expect(waitsFor(await templateOf(partner(name), addOn()), name)).toBe(true);
  });

  test('other add-ons it leaves alone', async () => {
    expect(waitsFor(await templateOf(partner('MetricsServerAddOn'), addOn()), 'MetricsServerAddOn')).toBe(false);
  });

  test('Blueprints\' own agent is one, and no second one is made', async () => {
    const app = makeApp();
    const stack = await blueprint(PROVIDERS['the second generation']())
      .addOns(new blueprints.EksPodIdentityAgentAddOn('v1.3.10-eksbuild.2'), addOn({ secretsStore: SecretsStore.awsSecretsManager() }))
      .buildAsync(app, 'data');
    const graph = new ResourceGraph(Template.fromStack(stack));
    const agent = graph.id('AWS::EKS::Addon', 'eks-pod-identity-agent');
    expect([...graph.waitsFor(graph.id(CHART))]).toContain(agent);
    expect(graph.cyclic).toEqual([]);
  });

  test('the agent is not installed by both', async () => {
    await expect(templateOf(partner('EksPodIdentityAgentAddOn'), addOn({ identity: IngestionIdentity.podIdentity({ installAgent: true }) })))
      .rejects.toThrow(new Error('identity must not have installAgent beside EksPodIdentityAgentAddOn, which brings the Pod Identity agent: leave installAgent out'));
    const app = makeApp();
    await expect(blueprint(PROVIDERS['Auto Mode']()).addOns(addOn({ identity: IngestionIdentity.podIdentity({ installAgent: true }) })).buildAsync(app, 'data'))
      .rejects.toThrow(new Error('identity must not have installAgent beside Auto Mode, which brings the Pod Identity agent: leave installAgent out'));
  });

  test('a later add-on finds the runner by its id', async () => {
    const later: blueprints.ClusterAddOn = {
      id: 'Later',
      deploy: (clusterInfo) => clusterInfo.getScheduledAddOn('Finance')!.then((runner) => {
        (runner as HybridRunner).grantSecretRead(Secret.fromSecretNameV2(runner, 'Password', 'finance/password'));
        return runner;
      }),
    };
    expect(JSON.stringify(only(await templateOf(addOn({ id: 'Finance' }), later), 'AWS::EKS::PodIdentityAssociation').Properties.Namespace)).toContain('finance');
  });
});

describe('architectures', () => {
  test.each([blueprints.utils.ArchType.ARM, blueprints.utils.ArchType.X86])('%s is supported', (architecture) => {
    expect(blueprints.utils.isSupportedArchitecture('HybridRunnerAddOn', architecture)).toBe(true);
  });

  test('the Graviton builder takes the add-on', () => {
    expect(() => new blueprints.GravitonBuilder().addOns(addOn())).not.toThrow();
    expect(() => new blueprints.GravitonBuilder().addOns({ deploy: () => undefined })).toThrow('not supported on architecture arm');
  });
});
