import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ArgoWorkflows, HybridRunnerProps, IngestionIdentity, RunnerImages, RunnerNamespace, SecretsStore } from '../../lib';
import { CHART, CLUSTERS, addRunner, chartValues, makeStack, only } from '../helpers';
import { HELM_LAYERS, HelmMajor, helmVersion, render } from './helm';

const MAJORS = Object.keys(HELM_LAYERS) as HelmMajor[];

/** What Helm makes of a runner. */
class Rendering {
  public static of(major: HelmMajor, props: Partial<HybridRunnerProps>): Rendering {
    const stack = makeStack();
    addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), props);
    const template = Template.fromStack(stack);
    const { Release, Namespace } = only(template, CHART).Properties;
    return new Rendering(render(major, Release, Namespace, chartValues(template)));
  }

  constructor(public readonly objects: any[]) {}

  public all(kind: string): any[] {
    return this.objects.filter((object) => object.kind === kind);
  }

  public one(kind: string, name?: string): any {
    const found = this.all(kind).filter(({ metadata }) => name === undefined || metadata.name === name);
    expect(found).toHaveLength(1);
    return found[0];
  }

  public get pod(): any {
    return this.all('Deployment').find(({ metadata }) => metadata.name.includes('hybrid-ingestion-runner')).spec.template;
  }

  public get container(): any {
    return this.pod.spec.containers[0];
  }

  /** The runner's environment; a reference to a Secret is written `name/key`. */
  public get environment(): Record<string, string | undefined> {
    return Object.fromEntries(this.container.env.map(({ name, value, valueFrom }: any) => [name, valueFrom ? `${valueFrom.secretKeyRef.name}/${valueFrom.secretKeyRef.key}` : value]));
  }
}

test('the layers bring one Helm of each major version', () => {
  expect(MAJORS.map(helmVersion)).toEqual([expect.stringMatching(/^v3\./), expect.stringMatching(/^v4\./)]);
});

describe.each(MAJORS)('with %s', (major) => {
  const rendering = (props: Partial<HybridRunnerProps> = {}) => Rendering.of(major, props);

  test('the defaults come out whole', () => {
    const rendered = rendering();
    expect(rendered.environment).toEqual({
      AGENT_ID: 'aws-prod',
      AUTH_TOKEN: 'hybrid-runner-token/token',
      SERVER_URL: 'wss://acme.getcollate.io',
      SERVER_HOST_API_URL: 'https://acme.getcollate.io/api',
      SECRETS_MANAGER: 'kubernetes',
      INGESTION_IMAGE: '118146679784.dkr.ecr.eu-west-1.amazonaws.com/collate-customers-ingestion-slim-eu-west-1:om-1.13.3-cl-1.13.3',
      INGESTION_IMAGE_PULL_SECRETS: 'omd-registry-credentials',
      INGESTION_NAMESPACE: 'hybrid-ingestion-runner',
      INGESTION_SERVICE_ACCOUNT_NAME: 'ingestion',
      INGESTION_CPU_REQUEST: '1000m', INGESTION_MEMORY_REQUEST: '4096Mi', INGESTION_CPU_LIMIT: '1000m', INGESTION_MEMORY_LIMIT: '4096Mi',
      PIPELINE_SERVICE_CLIENT_ENDPOINT: 'http://argo-workflows-server.argo-workflows.svc:2746',
    });
    expect(rendered.pod.spec.imagePullSecrets).toEqual([{ name: 'omd-registry-credentials' }]);
    expect(rendered.container).toMatchObject({
      image: '118146679784.dkr.ecr.eu-west-1.amazonaws.com/hybrid-ingestion-runner:1.13.3',
      resources: { requests: { cpu: '500m', memory: '500Mi' }, limits: { cpu: '1000m', memory: '1Gi' } },
    });
    expect(rendered.all('Deployment').map(({ metadata }) => [metadata.namespace, metadata.name])).toEqual(expect.arrayContaining([
      ['argo-workflows', 'argo-workflows-server'], ['argo-workflows', 'argo-workflows-workflow-controller'],
    ]));
    for (const kind of ['CronJob', 'Namespace', 'PodDisruptionBudget', 'ServiceMonitor', 'PrometheusRule', 'GrafanaDashboard', 'ConfigMap']) {
      expect(rendered.all(kind)).toEqual([]);
    }
  });

  test('images of a mirror need no pull secret, for the runner and for the ingestion pods', () => {
    const { pod, container, environment } = rendering({ images: RunnerImages.fromMirror({ runnerRepository: 'registry.acme.io/runner', ingestionRepository: 'registry.acme.io/ingestion', runnerTag: '1', ingestionTag: '2' }) });
    expect([container.image, environment.INGESTION_IMAGE]).toEqual(['registry.acme.io/runner:1', 'registry.acme.io/ingestion:2']);
    expect(pod.spec).not.toHaveProperty('imagePullSecrets');
    expect(environment).not.toHaveProperty('INGESTION_IMAGE_PULL_SECRETS');
  });

  test('Secrets Manager is told to the runner', () => {
    expect(rendering({ secretsStore: SecretsStore.awsSecretsManager() }).environment.SECRETS_MANAGER).toBe('managed-aws');
  });

  test.each(['irsa', 'podIdentity'] as const)('with %s the ingestion account keeps its role, and is annotated only for IRSA', (kind) => {
    const role = iam.Role.fromRoleArn(makeStack(), 'Role', 'arn:aws:iam::111122223333:role/ingestion');
    const rendered = rendering({ identity: IngestionIdentity[kind]({ role }) });
    expect(rendered.one('ServiceAccount', 'ingestion').metadata.annotations).toEqual(kind === 'irsa' ? { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/ingestion' } : undefined);
    expect(rendered.one('ServiceAccount', 'ingestion').automountServiceAccountToken).toBe(true);
    expect(rendered.one('RoleBinding', 'ingestion').subjects).toEqual([{ kind: 'ServiceAccount', name: 'ingestion', namespace: 'hybrid-ingestion-runner' }]);
  });

  test.each<[string, ArgoWorkflows, Record<string, string | undefined>, number]>([
    ['install', ArgoWorkflows.install({ namespace: 'argo' }), { PIPELINE_SERVICE_CLIENT_ENDPOINT: 'http://argo-workflows-server.argo.svc:2746', EXECUTOR_TYPE: undefined }, 3],
    ['existing', ArgoWorkflows.existing({ endpoint: 'argo.tools.svc:2746' }), { PIPELINE_SERVICE_CLIENT_ENDPOINT: 'argo.tools.svc:2746', EXECUTOR_TYPE: undefined }, 1],
    ['none', ArgoWorkflows.none(), { PIPELINE_SERVICE_CLIENT_ENDPOINT: undefined, EXECUTOR_TYPE: 'simpleK8s' }, 1],
  ])('Argo Workflows: %s', (_, argoWorkflows, expected, deployments) => {
    const rendered = rendering({ argoWorkflows });
    const { PIPELINE_SERVICE_CLIENT_ENDPOINT, EXECUTOR_TYPE } = rendered.environment;
    expect({ PIPELINE_SERVICE_CLIENT_ENDPOINT, EXECUTOR_TYPE }).toEqual(expected);
    expect(rendered.all('Deployment')).toHaveLength(deployments);
  });

  test('every pod setting reaches its field', () => {
    const rendered = rendering({
      replicas: 2,
      runnerResources: { requests: { cpu: '1' }, limits: { memory: '2Gi' } },
      ingestionResources: { requests: { memory: '2Gi' }, limits: { cpu: '2' } },
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'data', effect: 'NoExecute', duration: Duration.minutes(5) }],
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
      podDisruptionBudget: {},
      podAnnotations: { 'team.acme.io/name': 'data' },
      commonLabels: { team: 'data' },
      ingestionEnvironment: { HTTPS_PROXY: 'http://proxy.acme.io:3128', LOG_LEVEL: 'DEBUG' },
      ingestionWorkflowParams: { tolerations: [{ key: 'dedicated', operator: 'Exists' }] },
      ingestionContainerParams: { env: [{ name: 'A', value: 'b' }] },
      serviceMonitor: { interval: Duration.minutes(1), labels: { release: 'prometheus' } },
      prometheusRules: { extraRules: [{ name: 'more', rules: [] }] },
      grafanaDashboard: { namespace: 'grafana', folderName: 'Data', instanceSelector: { grafana: 'main' }, allowCrossNamespaceImport: true },
    });
    const deployment = rendered.one('Deployment', 'hybrid-ingestion-runner');
    expect(deployment.spec.replicas).toBe(2);
    expect(deployment.metadata.labels.team).toBe('data');
    expect(rendered.pod.metadata).toMatchObject({ annotations: { 'team.acme.io/name': 'data' }, labels: { team: 'data' } });
    expect(rendered.pod.spec).toMatchObject({
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'data', effect: 'NoExecute', tolerationSeconds: 300 }],
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
    });
    expect(rendered.container.resources).toEqual({ requests: { cpu: '1' }, limits: { memory: '2Gi' } });
    expect(rendered.environment).toMatchObject({
      INGESTION_CPU_REQUEST: '1000m', INGESTION_MEMORY_REQUEST: '2Gi', INGESTION_CPU_LIMIT: '2', INGESTION_MEMORY_LIMIT: '4096Mi',
      INGESTION_EXTRA_ENVS: '[HTTPS_PROXY:http://proxy.acme.io:3128,LOG_LEVEL:DEBUG]',
    });
    expect(rendered.one('ConfigMap', 'hybrid-ingestion-runner-ingestion-config').data).toEqual({
      'container-params.yaml': expect.stringContaining('name: A'),
      'workflow-params.yaml': expect.stringContaining('operator: Exists'),
    });
    expect(rendered.one('PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1 });
    expect(rendered.one('ServiceMonitor')).toMatchObject({ metadata: { labels: { release: 'prometheus' } }, spec: { endpoints: [{ interval: '60s' }] } });
    expect(rendered.one('PrometheusRule').spec.groups.map(({ name }: any) => name)).toEqual(['connected', 'more']);
    expect(rendered.one('GrafanaDashboard')).toMatchObject({ metadata: { namespace: 'grafana' }, spec: { folder: 'Data', allowCrossNamespaceImport: true, instanceSelector: { matchLabels: { grafana: 'main' } } } });
  });

  test('a budget of pods that must stay does not keep the chart\'s default beside it', () => {
    const { spec } = rendering({ podDisruptionBudget: { minAvailable: 1 } }).one('PodDisruptionBudget');
    expect(spec.minAvailable).toBe(1);
    expect(spec).not.toHaveProperty('maxUnavailable');
  });

  test.each([[false, 'false'], [true, 'true'], ['false', 'false']])('automountSAToken %j in values reaches the runner as text', (automountSAToken, text) => {
    expect(rendering({ values: { config: { ingestionPods: { automountSAToken } } } }).environment.INGESTION_AUTOMOUNT_SA_TOKEN).toBe(text);
  });

  test('other values reach the chart', () => {
    const rendered = rendering({
      values: {
        config: { useSecureProtocols: false, reconnectDelaySeconds: '10', argoWorkflows: { backoffTime: '7' } },
        podSecurityContext: { runAsNonRoot: true },
        extraEnvs: [{ name: 'A', value: 'b' }],
        volumes: [{ name: 'data', emptyDir: {} }],
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      },
    });
    expect(rendered.environment).toMatchObject({ SERVER_URL: 'ws://acme.getcollate.io', RECONNECT_DELAY_SECONDS: '10', ARGO_TEST_CONNECTION_BACKOFF_TIME: '7', A: 'b' });
    expect(rendered.pod.spec).toMatchObject({ securityContext: { runAsNonRoot: true }, volumes: [{ name: 'data', emptyDir: {} }] });
    expect(rendered.container.volumeMounts).toEqual([{ name: 'data', mountPath: '/data' }]);
  });

  test('an agent id with every character that is allowed arrives as it is', () => {
    const agentId = 'a !#$%&\'()*+,-./0:;<=>?@[]^_`{|}~';
    expect(rendering({ agentId }).environment.AGENT_ID).toBe(agentId);
  });

  test('the longest release name gives names that Kubernetes takes', () => {
    const rendered = rendering({ releaseName: 'a'.repeat(22), namespace: RunnerNamespace.create('collate'), ingestionWorkflowParams: {} });
    expect(Math.max(...rendered.objects.map(({ metadata }) => metadata.name.length))).toBe(63);
  });
});
