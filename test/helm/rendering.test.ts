import { Duration } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ArgoWorkflows, HybridRunner, HybridRunnerProps, IngestionIdentity, RunnerCluster, RunnerImages, RunnerNamespace, SecretsStore } from '../../lib';
import { CLUSTERS, eksCluster } from '../helpers';
import { KubernetesObject, MAJORS, helmVersion, render } from './helm';
import { Release, Rendering } from './rendering';

const ROLE_ARN = 'arn:aws:iam::111122223333:role/ingestion';
const VENDOR_REGISTRY = '118146679784.dkr.ecr.eu-west-1.amazonaws.com';
const AFFINITY = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [] }] } } };
/** Every character that the library takes in an agent id. */
const AGENT_ID = 'a !#$%&\'()*+,-./0:;<=>?@[]^_`{|}~';

/** Objects that no choice makes: the chart's own credential renewal, and namespaces, which belong to the stack. */
const NEVER = ['CronJob', 'Job', 'Namespace'];
const OPTIONAL = ['PodDisruptionBudget', 'ServiceMonitor', 'PrometheusRule', 'GrafanaDashboard', 'ConfigMap'];

function givenRole(scope: Construct): iam.IRole {
  return iam.Role.fromRoleArn(scope, 'Role', ROLE_ARN);
}

interface Choice {
  readonly choice: string;
  readonly props: (scope: Construct) => Partial<HybridRunnerProps>;
  /** An imported one where nothing is said, which synthesizes fastest. */
  readonly cluster?: Parameters<typeof Release.of>[1];
  readonly check: (rendered: Rendering) => void;
}

const CHOICES: Choice[] = [
  {
    choice: 'the defaults',
    props: () => ({}),
    check: ({ environment, pod, container, deployment, identities, objects }) => {
      expect(environment).toEqual({
        AGENT_ID: 'aws-prod',
        AUTH_TOKEN: 'hybrid-runner-token/token',
        SERVER_URL: 'wss://acme.getcollate.io',
        SERVER_HOST_API_URL: 'https://acme.getcollate.io/api',
        SECRETS_MANAGER: 'kubernetes',
        INGESTION_IMAGE: `${VENDOR_REGISTRY}/collate-customers-ingestion-slim-eu-west-1:om-1.13.3-cl-1.13.3`,
        INGESTION_IMAGE_PULL_SECRETS: 'omd-registry-credentials',
        INGESTION_NAMESPACE: 'hybrid-ingestion-runner',
        INGESTION_SERVICE_ACCOUNT_NAME: 'ingestion',
        INGESTION_CPU_REQUEST: '1000m', INGESTION_MEMORY_REQUEST: '4096Mi', INGESTION_CPU_LIMIT: '1000m', INGESTION_MEMORY_LIMIT: '4096Mi',
        AUTOMATION_CPU_REQUEST: '200m', AUTOMATION_MEMORY_LIMIT: '512Mi',
        PIPELINE_SERVICE_CLIENT_ENDPOINT: 'http://argo-workflows-server.argo-workflows.svc:2746',
        ARGO_TOKEN: 'argowf-client-token/token',
      });
      expect(pod.spec.imagePullSecrets).toEqual([{ name: 'omd-registry-credentials' }]);
      expect(container).toMatchObject({
        image: `${VENDOR_REGISTRY}/hybrid-ingestion-runner:1.13.3`,
        resources: { requests: { cpu: '500m', memory: '500Mi' }, limits: { cpu: '1000m', memory: '1Gi' } },
      });
      expect(deployment.spec.replicas).toBe(1);
      expect(identities).toEqual(expect.arrayContaining([
        'Deployment argo-workflows/argo-workflows-server', 'Deployment argo-workflows/argo-workflows-workflow-controller',
      ]));
      expect(objects.filter(({ kind }) => OPTIONAL.includes(kind))).toEqual([]);
    },
  },
  {
    choice: 'other tags from the vendor\'s registry in another place',
    props: (scope) => ({ images: RunnerImages.fromCollateRegistry(secret(scope), { registryAccount: '222233334444', registryRegion: 'us-east-1', runnerTag: '1', ingestionTag: '2' }) }),
    check: ({ pod, container, environment }) => {
      expect([container.image, environment.INGESTION_IMAGE]).toEqual([
        expect.stringMatching(/^222233334444\.dkr\.ecr\.us-east-1\.amazonaws\.com\/.+:1$/), expect.stringMatching(/^222233334444\.dkr\.ecr\.us-east-1\.amazonaws\.com\/.+:2$/),
      ]);
      expect([pod.spec.imagePullSecrets, environment.INGESTION_IMAGE_PULL_SECRETS]).toEqual([[{ name: 'omd-registry-credentials' }], 'omd-registry-credentials']);
    },
  },
  {
    choice: 'images of a mirror',
    props: () => ({ images: RunnerImages.fromMirror({ runnerRepository: 'registry.acme.io/runner', ingestionRepository: 'registry.acme.io/ingestion', runnerTag: '1', ingestionTag: '2' }) }),
    check: ({ pod, container, environment }) => {
      expect([container.image, environment.INGESTION_IMAGE]).toEqual(['registry.acme.io/runner:1', 'registry.acme.io/ingestion:2']);
      expect(pod.spec).not.toHaveProperty('imagePullSecrets');
      expect(environment).not.toHaveProperty('INGESTION_IMAGE_PULL_SECRETS');
    },
  },
  {
    choice: 'images of a repository in the same app',
    props: (scope) => {
      const { repositoryUri } = new ecr.Repository(scope, 'Mirror');
      return { images: RunnerImages.fromMirror({ runnerRepository: repositoryUri, ingestionRepository: repositoryUri }) };
    },
    check: ({ pod, container }) => {
      expect(container.image.split(HybridRunner.CHART_VERSION)).toEqual([expect.stringMatching(/\/PropsMirror\w+:$/), '']);
      expect(pod.spec).not.toHaveProperty('imagePullSecrets');
    },
  },
  {
    choice: 'secrets of AWS',
    props: () => ({ secretsStore: SecretsStore.awsSecretsManager() }),
    check: ({ environment }) => expect(environment.SECRETS_MANAGER).toBe('managed-aws'),
  },
  {
    choice: 'IRSA with a given role',
    props: (scope) => ({ identity: IngestionIdentity.irsa({ role: givenRole(scope) }) }),
    check: (rendered) => {
      const account = rendered.one('ServiceAccount', 'ingestion');
      expect(account.metadata.annotations).toEqual({ 'eks.amazonaws.com/role-arn': ROLE_ARN });
      expect(account.automountServiceAccountToken).toBe(true);
    },
  },
  {
    choice: 'IRSA with a role that a grant makes, on a cluster of aws-eks',
    props: () => ({ identity: IngestionIdentity.irsa(), secretsStore: SecretsStore.awsSecretsManager() }),
    cluster: (stack) => RunnerCluster.fromEks(eksCluster(stack, { authenticationMode: eks.AuthenticationMode.API })),
    check: (rendered) => expect(rendered.one('ServiceAccount', 'ingestion').metadata.annotations).toEqual({ 'eks.amazonaws.com/role-arn': expect.stringMatching(/^RunnerIngestionRole\w+\.Arn$/) }),
  },
  {
    choice: 'IRSA on a cluster of aws-eks-v2',
    props: () => ({ identity: IngestionIdentity.irsa(), secretsStore: SecretsStore.awsSecretsManager() }),
    cluster: CLUSTERS['aws-eks-v2'],
    check: (rendered) => expect(rendered.one('ServiceAccount', 'ingestion').metadata.annotations).toEqual({ 'eks.amazonaws.com/role-arn': expect.stringMatching(/^RunnerIngestionRole\w+\.Arn$/) }),
  },
  {
    choice: 'IRSA without anything granted',
    props: () => ({ identity: IngestionIdentity.irsa() }),
    check: (rendered) => expect(rendered.one('ServiceAccount', 'ingestion').metadata.annotations).toBeUndefined(),
  },
  {
    choice: 'Pod Identity',
    props: (scope) => ({ identity: IngestionIdentity.podIdentity({ role: givenRole(scope), installAgent: true }) }),
    cluster: CLUSTERS['aws-eks-v2'],
    check: (rendered) => {
      expect(rendered.one('ServiceAccount', 'ingestion').metadata.annotations).toBeUndefined();
      expect(rendered.one('RoleBinding', 'ingestion').subjects).toEqual([{ kind: 'ServiceAccount', name: 'ingestion', namespace: 'hybrid-ingestion-runner' }]);
    },
  },
  {
    choice: 'Argo Workflows in a namespace of its own',
    props: () => ({ argoWorkflows: ArgoWorkflows.install({ namespace: 'argo' }) }),
    check: ({ environment, identities, deployments }) => {
      expect(environment.PIPELINE_SERVICE_CLIENT_ENDPOINT).toBe('http://argo-workflows-server.argo.svc:2746');
      expect(identities).toEqual(expect.arrayContaining(['Service argo/argo-workflows-server', 'Role hybrid-ingestion-runner/argowf-client']));
      expect(deployments).toHaveLength(3);
    },
  },
  {
    choice: 'Argo Workflows that is there',
    props: () => ({ argoWorkflows: ArgoWorkflows.existing({ endpoint: 'argo.tools.svc:2746' }) }),
    check: ({ environment, identities, deployments }) => {
      expect(environment).toMatchObject({ PIPELINE_SERVICE_CLIENT_ENDPOINT: 'argo.tools.svc:2746', ARGO_TOKEN: 'argowf-client-token/token' });
      expect(identities).toContain('Role hybrid-ingestion-runner/argowf-client');
      expect(deployments).toHaveLength(1);
    },
  },
  {
    choice: 'no Argo Workflows',
    props: () => ({ argoWorkflows: ArgoWorkflows.none() }),
    check: ({ environment, identities, deployments }) => {
      expect(environment.EXECUTOR_TYPE).toBe('simpleK8s');
      expect(Object.keys(environment).filter((name) => /ARGO|ENDPOINT/.test(name))).toEqual([]);
      expect(identities).toContain('Role hybrid-ingestion-runner/hybrid-runner');
      expect(deployments).toHaveLength(1);
    },
  },
  {
    choice: 'every pod setting',
    props: () => ({
      replicas: 2,
      runnerResources: { requests: { cpu: '1' }, limits: { memory: '2Gi' } },
      ingestionResources: { requests: { memory: '2Gi' }, limits: { cpu: '2' } },
      nodeSelector: { 'kubernetes.io/os': 'linux', 'acme.io/spot': 'true' },
      tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'data', effect: 'NoExecute', duration: Duration.minutes(5) }, { operator: 'Exists' }],
      affinity: AFFINITY,
      podDisruptionBudget: {},
      podAnnotations: { 'team.acme.io/name': 'data', 'team.acme.io/number': '1' },
      commonLabels: { team: 'data' },
      ingestionEnvironment: { HTTPS_PROXY: 'http://proxy.acme.io:3128', LOG_LEVEL: 'DEBUG', EMPTY: '' },
      ingestionWorkflowParams: { tolerations: [{ key: 'dedicated', operator: 'Exists' }] },
      ingestionContainerParams: { env: [{ name: 'A', value: 'b' }] },
      serviceMonitor: { interval: Duration.minutes(1), labels: { release: 'prometheus' }, annotations: { note: 'x' } },
      prometheusRules: { extraRules: [{ name: 'more', rules: [] }] },
      grafanaDashboard: { namespace: 'grafana', folderName: 'Data', instanceSelector: { grafana: 'main' }, labels: { kind: 'runner' }, allowCrossNamespaceImport: true },
    }),
    check: (rendered) => {
      const { deployment, pod, container, environment } = rendered;
      expect(deployment.spec.replicas).toBe(2);
      expect(deployment.metadata.labels).toMatchObject({ team: 'data' });
      expect(pod.metadata).toMatchObject({ annotations: { 'team.acme.io/name': 'data', 'team.acme.io/number': '1' }, labels: { team: 'data' } });
      expect(pod.spec).toMatchObject({
        nodeSelector: { 'kubernetes.io/os': 'linux', 'acme.io/spot': 'true' },
        tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'data', effect: 'NoExecute', tolerationSeconds: 300 }, { operator: 'Exists' }],
        affinity: AFFINITY,
      });
      expect(container.resources).toEqual({ requests: { cpu: '1' }, limits: { memory: '2Gi' } });
      expect(environment).toMatchObject({
        INGESTION_CPU_REQUEST: '1000m', INGESTION_MEMORY_REQUEST: '2Gi', INGESTION_CPU_LIMIT: '2', INGESTION_MEMORY_LIMIT: '4096Mi',
        INGESTION_EXTRA_ENVS: '[EMPTY:,HTTPS_PROXY:http://proxy.acme.io:3128,LOG_LEVEL:DEBUG]',
      });
      expect(rendered.one('ConfigMap', 'hybrid-ingestion-runner-ingestion-config').data).toEqual({
        'container-params.yaml': 'env:\n- name: A\n  value: b\n',
        'workflow-params.yaml': 'tolerations:\n- key: dedicated\n  operator: Exists\n',
      });
      expect(rendered.one('PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1 });
      expect(rendered.one('ServiceMonitor')).toMatchObject({ metadata: { labels: { release: 'prometheus', team: 'data' }, annotations: { note: 'x' } }, spec: { endpoints: [{ port: 'metrics-app', interval: '60s' }] } });
      expect(rendered.one('PrometheusRule')).toMatchObject({ spec: { groups: [{ name: 'connected' }, { name: 'more' }] } });
      expect(rendered.one('GrafanaDashboard')).toMatchObject({
        metadata: { namespace: 'grafana', labels: { kind: 'runner' } },
        spec: { folder: 'Data', allowCrossNamespaceImport: true },
      });
      // Helm merges maps, and a Grafana need not have the label of the chart's default too.
      expect(rendered.one('GrafanaDashboard')).toHaveProperty('spec.instanceSelector', { matchLabels: { grafana: 'main' } });
    },
  },
  {
    choice: 'options that say nothing more',
    props: () => ({ replicas: 0, runnerResources: {}, ingestionResources: {}, ingestionWorkflowParams: {}, ingestionEnvironment: {}, serviceMonitor: {}, prometheusRules: {}, grafanaDashboard: {} }),
    check: (rendered) => {
      expect(rendered.deployment.spec.replicas).toBe(0);
      expect(rendered.environment).toMatchObject({ INGESTION_CPU_REQUEST: '1000m', INGESTION_MEMORY_LIMIT: '4096Mi' });
      expect(rendered.environment).not.toHaveProperty('INGESTION_EXTRA_ENVS');
      expect(rendered.one('ConfigMap').data).toEqual({ 'container-params.yaml': '{}\n', 'workflow-params.yaml': '{}\n' });
      expect(rendered.one('ServiceMonitor').spec).toMatchObject({ endpoints: [{ interval: '30s' }] });
      expect(rendered.one('PrometheusRule').spec).toMatchObject({ groups: [{ name: 'connected' }] });
      expect(rendered.one('GrafanaDashboard').spec).toMatchObject({ folder: 'Hybrid Ingestion Runner', allowCrossNamespaceImport: false, instanceSelector: { matchLabels: { dashboards: 'grafana' } } });
    },
  },
  budget({ minAvailable: 1 }, { minAvailable: 1 }),
  budget({ minAvailable: 0 }, { minAvailable: 0 }),
  budget({ maxUnavailable: 2 }, { maxUnavailable: 2 }),
  budget({ maxUnavailable: 0 }, { maxUnavailable: 0 }),
  automount(false, 'false'),
  automount(true, 'true'),
  automount('false', 'false'),
  {
    choice: 'values beside the options',
    props: () => ({
      podAnnotations: { from: 'option', both: 'option' },
      runnerResources: { requests: { cpu: '1', memory: '1Gi' } },
      values: {
        image: { pullPolicy: 'Always' },
        config: {
          useSecureProtocols: false,
          reconnectDelaySeconds: '10',
          argoWorkflows: { backoffTime: '7' },
          ingestionPods: { additionalPipelineConfigs: '{"automation":{"priorityClassName":"high"}}', automationResources: { requests: { cpu: '1' } } },
        },
        podAnnotations: { from_values: 'values', both: 'values' },
        resources: { requests: { cpu: '2' } },
        deploymentAnnotations: { note: 'x' },
        podSecurityContext: { runAsNonRoot: true },
        securityContext: { readOnlyRootFilesystem: true },
        livenessProbe: { httpGet: { path: '/health', port: 'app' } },
        readinessProbe: { httpGet: { path: '/health', port: 'app' } },
        extraEnvs: [{ name: 'A', value: 'b' }],
        envFrom: [{ secretRef: { name: 'more' } }],
        volumes: [{ name: 'data', emptyDir: {} }],
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        argoWorkflows: { controller: { replicas: 2 } },
      },
    }),
    check: ({ environment, pod, container, deployment, deployments }) => {
      expect(environment).toMatchObject({
        SERVER_URL: 'ws://acme.getcollate.io', SERVER_HOST_API_URL: 'http://acme.getcollate.io/api', RECONNECT_DELAY_SECONDS: '10', ARGO_TEST_CONNECTION_BACKOFF_TIME: '7',
        ARGO_PIPELINE_TYPE_CONFIGS: '{"automation":{"priorityClassName":"high"}}', AUTOMATION_CPU_REQUEST: '1', AUTOMATION_MEMORY_LIMIT: '512Mi', A: 'b',
      });
      expect(deployment.metadata.annotations).toEqual({ note: 'x' });
      expect(pod.metadata.annotations).toEqual({ from: 'option', from_values: 'values', both: 'values' });
      expect(pod.spec).toMatchObject({ securityContext: { runAsNonRoot: true }, volumes: [{ name: 'data', emptyDir: {} }] });
      expect(container).toMatchObject({
        imagePullPolicy: 'Always',
        image: `${VENDOR_REGISTRY}/hybrid-ingestion-runner:1.13.3`,
        securityContext: { readOnlyRootFilesystem: true },
        livenessProbe: { httpGet: { path: '/health', port: 'app' } },
        readinessProbe: { httpGet: { path: '/health', port: 'app' } },
        envFrom: [{ secretRef: { name: 'more' } }],
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      });
      expect(container.resources).toEqual({ requests: { cpu: '2', memory: '1Gi' } });
      expect(deployments.map(({ metadata, spec }) => [metadata.name, spec.replicas])).toContainEqual(['argo-workflows-workflow-controller', 2]);
    },
  },
  {
    choice: 'the keys that the chart documents and does not read',
    props: () => ({ values: { config: { ingestionPods: { autoMountSAToken: 'false' }, argoWorkflows: { backOffTime: '7' } } } }),
    check: ({ environment }) => expect(Object.keys(environment).filter((name) => /AUTOMOUNT|BACKOFF/.test(name))).toEqual([]),
  },
  {
    choice: 'null for a default of the chart or of this library',
    props: () => ({ values: { resources: null, config: { ingestionPods: { resources: { limits: { cpu: null } } } } } }),
    check: ({ container, environment }) => {
      expect(container).not.toHaveProperty('resources');
      expect(environment).not.toHaveProperty('INGESTION_CPU_LIMIT');
      expect(environment.INGESTION_MEMORY_LIMIT).toBe('4096Mi');
    },
  },
  {
    choice: 'an agent id with every character that is allowed',
    props: () => ({ agentId: AGENT_ID }),
    check: ({ environment }) => expect(environment.AGENT_ID).toBe(AGENT_ID),
  },
  {
    choice: 'the longest release name in another namespace',
    props: () => ({ releaseName: 'a'.repeat(22), namespace: RunnerNamespace.create('collate'), ingestionWorkflowParams: {} }),
    check: ({ objects, environment }) => {
      expect(Math.max(...objects.map(({ metadata }) => metadata.name.length))).toBe(63);
      expect(environment.INGESTION_NAMESPACE).toBe('collate');
    },
  },
];

function secret(scope: Construct): Parameters<typeof RunnerImages.fromCollateRegistry>[0] {
  return Secret.fromSecretNameV2(scope, 'Keys', 'collate/registry-keys');
}

function budget(podDisruptionBudget: HybridRunnerProps['podDisruptionBudget'], expected: Record<string, number>): Choice {
  return {
    choice: `a budget of ${JSON.stringify(podDisruptionBudget)}, without the chart's own number beside it`,
    props: () => ({ podDisruptionBudget }),
    check: (rendered) => expect(rendered.one('PodDisruptionBudget').spec).toEqual({ selector: { matchLabels: expect.anything() }, ...expected }),
  };
}

function automount(automountSAToken: boolean | string, text: string): Choice {
  return {
    choice: `automountSAToken ${JSON.stringify(automountSAToken)}`,
    props: () => ({ values: { config: { ingestionPods: { automountSAToken } } } }),
    check: ({ environment }) => expect(environment.INGESTION_AUTOMOUNT_SA_TOKEN).toBe(text),
  };
}

test('the layers bring one Helm of each major version', () => {
  expect(MAJORS.map(helmVersion)).toEqual([expect.stringMatching(/^v3\./), expect.stringMatching(/^v4\./)]);
});

describe.each(MAJORS)('%s with the chart\'s own values', (major) => {
  test('makes what the tests below look for in vain', () => {
    const rendered = new Rendering('ns', render(major, 'runner', 'ns', { installArgoWorkflows: true, createArgoWorkflowsNamespace: true, config: { authToken: 'in clear text' } }));
    expect(rendered.identities).toEqual(expect.arrayContaining(['CronJob ns/ecr-registry-helper', 'Namespace ns/argo-workflows']));
    expect(rendered.environment).toMatchObject({ AUTH_TOKEN: 'in clear text', INGESTION_IMAGE_PULL_SECRETS: 'omd-registry-credentials' });
    expect(rendered.pod.spec.imagePullSecrets).toEqual([{ name: 'omd-registry-credentials' }]);
  });

  test('drops a boolean false of automountSAToken, and refuses a budget with two numbers', () => {
    const rendered = new Rendering('ns', render(major, 'runner', 'ns', { config: { ingestionPods: { automountSAToken: false } } }));
    expect(rendered.environment).not.toHaveProperty('INGESTION_AUTOMOUNT_SA_TOKEN');
    expect(() => render(major, 'runner', 'ns', { podDisruptionBudget: { enabled: true, minAvailable: 1 } })).toThrow('podDisruptionBudget takes one of minAvailable and maxUnavailable');
  });
});

describe.each(MAJORS)('%s with values as the kubectl handler writes them', (major) => {
  test.each(['é 漢', 'a\nb', 'a\tb', '\u0007', '{{ .Values }}', 'true', '1', ''])('takes %j', (given) => {
    expect(new Rendering('ns', render(major, 'runner', 'ns', { podAnnotations: { given } })).pod.metadata.annotations).toEqual({ given });
  });

  // Helm's toYaml gives nothing for a map that holds one of these, and says nothing.
  test.each(['\u0080', '\u009f', '\ufffe', '\uffff'])('loses the whole map around %j', (given) => {
    const rendered = new Rendering('ns', render(major, 'runner', 'ns', { podAnnotations: { given, other: 'x' } }));
    expect(rendered.pod.metadata.annotations).toBeNull();
  });

  test('makes a space of a line break that is none in ASCII', () => {
    const rendered = new Rendering('ns', render(major, 'runner', 'ns', { podAnnotations: { given: 'a\u0085b' } }));
    expect(rendered.pod.metadata.annotations).toEqual({ given: 'a b' });
  });

  // The handler writes the first as two surrogates, and the second as it is.
  test.each([['📊', 'found invalid Unicode character escape code'], ['\u007f', 'control characters are not allowed']])('takes no %j', (given, message) => {
    expect(() => render(major, 'runner', 'ns', { podAnnotations: { given } })).toThrow(message);
  });
});

describe.each(CHOICES)('$choice', ({ props, cluster, check }) => {
  let release: Release;
  beforeAll(() => {
    release = Release.of(props, cluster);
  });

  test.each(MAJORS)('%s renders it', (major) => check(release.rendered(major)));

  test.each(MAJORS)('%s renders no secret and nothing that renews one', (major) => {
    const { objects, environment, pod } = release.rendered(major);
    expect(release.values).toMatchObject({ config: { authToken: '' }, ecrRegistryHelper: { enabled: false } });
    expect(environment.AUTH_TOKEN).toBe('hybrid-runner-token/token');
    expect(objects.filter(({ kind }) => NEVER.includes(kind))).toEqual([]);
    // Kubernetes fills the tokens of service accounts itself.
    expect(objects.filter((object) => object.kind === 'Secret' && ('data' in object || 'stringData' in object || object.type !== 'kubernetes.io/service-account-token'))).toEqual([]);
    expect(JSON.stringify([release.values, objects])).not.toContain('{{resolve:');
    expect((pod.spec.imagePullSecrets ?? []).map(({ name }) => name).join(',')).toBe(environment.INGESTION_IMAGE_PULL_SECRETS ?? '');
  });

  test.each(MAJORS)('%s renders objects that fit together', (major) => {
    const rendered = release.rendered(major);
    expect(rendered.identities).toEqual([...new Set(rendered.identities)]);
    expect(rendered.container.env.map(({ name }) => name)).toEqual(Object.keys(rendered.environment));
    for (const { metadata, spec } of rendered.deployments) {
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
      expect(rendered.identities).toContain(`ServiceAccount ${metadata.namespace ?? release.namespace}/${spec.template.spec.serviceAccountName}`);
    }
    const { ports, selector } = rendered.one('Service', rendered.deployment.metadata.name).spec as ServiceSpec;
    expect(rendered.pod.metadata.labels).toMatchObject(selector);
    expect(ports.map(({ name, port, targetPort }) => [name, port, rendered.container.ports.find((candidate) => candidate.name === targetPort)?.containerPort]))
      .toEqual([['app', 8585, 8585], ['metrics-app', 8989, 8989]]);
    for (const { subjects, roleRef } of rendered.all('RoleBinding') as RoleBinding[]) {
      expect(rendered.identities).toContain(`Role ${release.namespace}/${roleRef.name}`);
      subjects.forEach(({ namespace, name }) => expect(rendered.identities).toContain(`ServiceAccount ${namespace}/${name}`));
    }
  });

  test('both majors render the same', () => {
    expect(release.rendered('Helm 4').objects).toEqual(release.rendered('Helm 3').objects);
  });
});

interface ServiceSpec {
  readonly selector: Record<string, string>;
  readonly ports: { readonly name: string; readonly port: number; readonly targetPort: string }[];
}

interface RoleBinding extends KubernetesObject {
  readonly roleRef: { readonly name: string };
  readonly subjects: { readonly name: string; readonly namespace: string }[];
}
