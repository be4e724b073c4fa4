import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, CfnDynamicReference, CfnDynamicReferenceService, CfnParameter, Duration, RemovalPolicy, SecretValue, Stack, StackProps } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as eksv2 from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ArgoWorkflows, ChartSource, CredentialSync, HybridRunnerProps, IngestionIdentity, RunnerCluster, RunnerImages, RunnerNamespace, SecretsStore } from '../lib';
import { ACCOUNT, CHART, CLUSTERS, MANIFEST, REGION, addRunner, another, eksCluster, eksV2Cluster, failureOf, flatten, importedEksCluster, importedEksV2Cluster, makeStack, only, registryKeys, synthesize, tokenSecret, warnings } from './helpers';

function expectFailure(props: Partial<HybridRunnerProps>, message: string) {
  expect(failureOf(props)).toThrow(new Error(message));
}

describe('agentId', () => {
  const rule = 'agentId must be at most 128 printable ASCII characters without " and \\, without a space at either end and without a colon in front, got ';

  test.each(['', '   '])('%j is refused as empty', (agentId) => {
    expectFailure({ agentId }, 'agentId must not be empty: use the name of the runner in Collate, under Settings > Preferences > Ingestion Runners');
  });

  test.each(['a"b', 'a\\b', ' a', 'a ', 'a\nb', ':a', 'Zürich', 'a'.repeat(129)])('%j is refused', (agentId) => {
    expectFailure({ agentId }, rule + JSON.stringify(agentId));
  });

  test.each(['a', 'Production (EU) <1>', 'it\'s', 'a:b', 'a'.repeat(128)])('%j is taken', (agentId) => {
    expect(failureOf({ agentId })).not.toThrow();
  });
});

describe('serverHost', () => {
  test.each([
    ['https://acme.getcollate.io', ': use "acme.getcollate.io"'],
    ['acme.getcollate.io/api', ': use "acme.getcollate.io"'],
    ['acme.getcollate.io:443', ': use "acme.getcollate.io"'],
    ['wss://acme.getcollate.io:443/x?y', ': use "acme.getcollate.io"'],
    [' acme.getcollate.io', ': use "acme.getcollate.io"'],
    ['acme getcollate.io', ', such as "acme.getcollate.io"'],
    ['', ', such as "acme.getcollate.io"'],
    ['1https://b', ': use "1https"'],
    ['-acme.io', ', such as "acme.getcollate.io"'],
    ['acme..io', ', such as "acme.getcollate.io"'],
    [`${'a'.repeat(64)}.io`, ', such as "acme.getcollate.io"'],
  ])('%j is refused', (serverHost, fix) => {
    expectFailure({ serverHost }, `serverHost must be a host name without protocol, port or path, got ${JSON.stringify(serverHost)}${fix}`);
  });

  test.each(['acme.getcollate.io', 'collate', `${'a'.repeat(63)}.io`])('%j is taken', (serverHost) => {
    expect(failureOf({ serverHost })).not.toThrow();
  });
});

describe('the API server of an imported cluster', () => {
  const importing = (clusterEndpoint: string, clusterCertificateAuthorityData: string) => () => {
    const stack = makeStack();
    addRunner(stack, RunnerCluster.fromEksV2(importedEksV2Cluster(stack, { clusterEndpoint, clusterCertificateAuthorityData }), { accessEntry: true }));
  };

  test.each(['api.example.com', 'http://api.example.com', 'https://', 'https://rancher.example.com/k8s/clusters/c-1', 'https://a b', 'see https://api.example.com'])('at %j is refused', (endpoint) => {
    expect(importing(endpoint, 'Q0E=')).toThrow(new Error(`clusterEndpoint of cluster Stack/Cluster must be the URL of its API server without a path, such as "https://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com", got ${JSON.stringify(endpoint)}`));
  });

  test.each(['-----BEGIN CERTIFICATE-----\nQ0E=\n-----END CERTIFICATE-----\n', '"Q0E="', 'Q0E=!'])('with the certificate %j, which is not encoded, is refused', (certificate) => {
    expect(importing('https://api.example.com', certificate)).toThrow(new Error('clusterCertificateAuthorityData of cluster Stack/Cluster must be base64, as EKS gives it: encode the certificate'));
  });

  test.each(['Q0E=', 'Q0FD', 'Q0FD\nQ0E=\n'])('with the certificate %j is taken', (certificate) => {
    expect(importing('https://api.example.com', certificate)).not.toThrow();
  });

  test.each(['https://api.example.com', 'https://api.example.com/', 'https://[2001:db8::1]:6443', 'dummy-value-for-/endpoint', new CfnParameter(new Stack(), 'Endpoint').valueAsString])('at %s is taken', (endpoint) => {
    expect(importing(endpoint, 'Q0E=')).not.toThrow();
  });
});

describe('literals', () => {
  const message = (prop: string) => `${prop} must be a literal string, got a token: pass the value itself, not a CloudFormation parameter or reference`;
  const token = () => new CfnParameter(new Stack(), 'Parameter').valueAsString;

  test.each([
    ['agentId', () => ({ agentId: token() })],
    ['serverHost', () => ({ serverHost: token() })],
    ['namespace', () => ({ namespace: RunnerNamespace.create(token()) })],
    ['namespace', () => ({ namespace: RunnerNamespace.existing(token()) })],
    ['releaseName', () => ({ releaseName: token() })],
    ['chartVersion', () => ({ chartVersion: token() })],
    ['argoWorkflows.namespace', () => ({ argoWorkflows: ArgoWorkflows.install({ namespace: token() }) })],
    ['argoWorkflows.endpoint', () => ({ argoWorkflows: ArgoWorkflows.existing({ endpoint: token() }) })],
    ['pathPrefix', () => ({ secretsStore: SecretsStore.awsSecretsManager({ pathPrefix: token() }) })],
  ])('%s must be one', (prop, props) => {
    expect(() => failureOf(props())()).toThrow(new Error(message(prop)));
  });

  test('renewalPeriod must be one', () => {
    const stack = makeStack();
    const renewalPeriod = Duration.minutes(new CfnParameter(stack, 'Minutes', { type: 'Number' }).valueAsNumber);
    expect(() => addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { renewalPeriod })).toThrow(
      new Error('renewalPeriod must be a literal duration, got a token'));
  });
});

describe('a reference that CloudFormation resolves, given as text', () => {
  const reference = 'x{{resolve:secretsmanager:collate/token:SecretString:canary}}';
  const message = (prop: string) => `${prop} must not hold a {{resolve:...}} reference, which CloudFormation would resolve in clear text, or not at all: pass the value itself`;

  test.each<[string, () => unknown]>([
    ['agentId', failureOf({ agentId: reference })],
    ['serverHost', failureOf({ serverHost: reference })],
    ['authTokenField', failureOf({ authTokenField: reference })],
    ['releaseName', failureOf({ releaseName: reference })],
    ['field', () => {
      const stack = makeStack();
      addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack)).addConnectorSecret('a', tokenSecret(stack), { field: reference });
    }],
    ['namespace', () => RunnerNamespace.create(reference)],
    ['pathPrefix', () => SecretsStore.awsSecretsManager({ pathPrefix: reference })],
    ['runnerRepository', () => RunnerImages.fromMirror({ runnerRepository: reference, ingestionRepository: 'r/i' })],
    ['ingestionRepository', () => RunnerImages.fromMirror({ runnerRepository: 'r/i', ingestionRepository: reference })],
    ['runnerTag', () => RunnerImages.fromMirror({ runnerRepository: 'r/i', ingestionRepository: 'r/i', runnerTag: reference })],
    ['ingestionTag', () => RunnerImages.fromMirror({ runnerRepository: 'r/i', ingestionRepository: 'r/i', ingestionTag: reference })],
    ['chartSource', () => ChartSource.repository(`https://charts.example.com/${reference}`)],
    ['chartSource', () => ChartSource.oci(`oci://charts.example.com/${reference}`)],
  ])('is refused in %s', (prop, fail) => {
    expect(fail).toThrow(new Error(message(prop)));
  });

  test.each(['secretsmanager:password', 'ssm:name', 'ssm-secure:name:1'])('is refused whatever it refers to: %s', (what) => {
    expect(failureOf({ agentId: `{{resolve:${what}}}` })).toThrow(new Error(message('agentId')));
  });

  test.each(['runnerRepository', 'ingestionRepository', 'runnerTag', 'ingestionTag'])('is refused in %s also as a token or a secret value', (prop) => {
    const values = [SecretValue.secretsManager('password').unsafeUnwrap(), new CfnDynamicReference(CfnDynamicReferenceService.SSM, 'tag').toString()];
    for (const value of values) {
      const images = RunnerImages.fromMirror({ runnerRepository: 'r/i', ingestionRepository: 'r/i', [prop]: `a${value}` });
      expectFailure({ images }, `${prop} must not hold a secret value or a {{resolve:...}} reference, which would stand readable in the template, the logs and the release: pass the value itself, or a CloudFormation parameter`);
    }
  });
});

describe('values', () => {
  const remedy = ' must not hold a secret value or a {{resolve:...}} reference, which would stand readable in the template, the logs and the release: put the secret into Secrets Manager and let the ingestion read it by SecretsStore.awsSecretsManager(), or name a Kubernetes Secret with envFrom';
  const secret = SecretValue.secretsManager('password');

  test.each<[string, unknown]>([
    ['a SecretValue', secret],
    ['the text of a SecretValue', `jdbc:${secret.toString()}`],
    ['an unwrapped SecretValue', secret.unsafeUnwrap()],
    ['a plain text SecretValue', SecretValue.unsafePlainText('hunter2')],
    ['a literal reference', '{{resolve:secretsmanager:password}}'],
  ])('%s is refused, with the usage check on and off', (_, value) => {
    for (const check of [true, false]) {
      const stack = makeStack();
      stack.node.setContext('@aws-cdk/core:checkSecretUsage', check);
      const add = () => addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { values: { extraEnvs: [{ name: 'PASSWORD', value }] } });
      expect(add).toThrow(new Error(`values extraEnvs.0.value${remedy}`));
    }
  });

  test.each<[string, Partial<HybridRunnerProps>]>([
    ['ingestionEnvironment', { ingestionEnvironment: { PASSWORD: secret.unsafeUnwrap() } }],
    ['podAnnotations', { podAnnotations: { password: secret.unsafeUnwrap() } }],
    ['ingestionContainerParams', { ingestionContainerParams: { env: [{ name: 'PASSWORD', value: secret.unsafeUnwrap() }] } }],
    ['ingestionWorkflowParams', { ingestionWorkflowParams: { password: secret } }],
  ])('a secret in %s is refused too', (prop, props) => {
    expectFailure(props, prop + remedy);
  });

  test('a secret as a key is refused too', () => {
    expectFailure({ values: { podLabels: { [secret.unsafeUnwrap()]: 'a' } } }, `values podLabels.${secret.unsafeUnwrap()}${remedy}`);
  });

  test('a dotted key is a warning', () => {
    const stack = makeStack();
    addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { values: { 'serviceAccount.create': false }, nodeSelector: { 'kubernetes.io/os': 'linux' } });
    expect(warnings(stack)).toEqual(['values "serviceAccount.create" has a dot in its name and does nothing: write nested maps instead [ack: cdk-collate-hybrid-runner:dottedKey:serviceAccount.create]']);
  });

  test.each([
    ['config.ingestionPods.autoMountSAToken', 'config.ingestionPods.automountSAToken', { config: { ingestionPods: { autoMountSAToken: 'false' } } }],
    ['config.argoWorkflows.backOffTime', 'config.argoWorkflows.backoffTime', { config: { argoWorkflows: { backOffTime: '5' } } }],
  ])('%s, which the chart documents and never reads, is a warning', (dead, live, values) => {
    const stack = makeStack();
    addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { values });
    expect(warnings(stack)).toEqual([`values ${dead} does nothing, although the chart documents it: its templates read ${live} [ack: cdk-collate-hybrid-runner:deadKey:${dead}]`]);
  });

  test('customConfig together with volumeMounts is refused, which the chart cannot render', () => {
    const message = 'values volumeMounts must not be given with ingestionWorkflowParams, ingestionContainerParams or customConfig: the chart renders no valid Deployment of both. Mount the volume in the ingestion pods by ingestionContainerParams, or leave the parameters out';
    const volumeMounts = [{ name: 'data', mountPath: '/data' }];
    expectFailure({ ingestionWorkflowParams: {}, values: { volumeMounts } }, message);
    expectFailure({ values: { volumeMounts, config: { ingestionPods: { customConfig: { enabled: true } } } } }, message);
    expectFailure({ ingestionWorkflowParams: {}, values: { volumeMounts: { name: 'data' } } }, message);
    [[], null, undefined].forEach((none) => expect(failureOf({ ingestionWorkflowParams: {}, values: { volumeMounts: none } })).not.toThrow());
    expect(failureOf({ values: { volumeMounts } })).not.toThrow();
  });
});

describe('a secret that is known by its name alone', () => {
  const warned = (make: (stack: Stack) => ISecret) => {
    const stack = makeStack();
    addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { authToken: make(stack) });
    return warnings(stack).filter((text) => text.includes('known by its name'));
  };

  test.each(['collate/runner-secret', 'a-ABC123'])('is warned of as %s, which ends as an ARN does', (name) => {
    expect(warned((stack) => Secret.fromSecretNameV2(stack, 'S', name))).toEqual([expect.stringContaining(`secret Stack/S is known by its name ${JSON.stringify(name)} alone, whose hyphen and six characters at the end Secrets Manager takes for the end of an ARN: refer to it by its complete ARN, as by Secret.fromSecretCompleteArn, or give it another name`)]);
  });

  test.each(['collate/runner-token', 'collate/runner-secrets', 'secret', 'a-abc_12'])('is fine as %s', (name) => {
    expect(warned((stack) => Secret.fromSecretNameV2(stack, 'S', name))).toEqual([]);
  });

  test('is fine by its complete ARN, and where the stack makes it', () => {
    expect(warned((stack) => Secret.fromSecretCompleteArn(stack, 'S', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:runner-secret-AbCdEf'))).toEqual([]);
    expect(warned((stack) => new Secret(stack, 'S', { secretName: 'runner-secret' }))).toEqual([]);
  });
});

describe('a namespace', () => {
  const refusal = (prop: string, name: string) => `${prop} must not be one that every cluster has, which no stack may make or delete, got ${JSON.stringify(name)}: use another one`;

  test.each(['default', 'kube-system', 'kube-public', 'kube-node-lease'])('%s is not made', (name) => {
    expectFailure({ namespace: RunnerNamespace.create(name) }, refusal('namespace', name));
    expectFailure({ argoWorkflows: ArgoWorkflows.install({ namespace: name }) }, refusal('argoWorkflows.namespace', name));
  });

  test.each(['default', 'kube-system'])('%s is used where it is', (name) => {
    expect(failureOf({ namespace: RunnerNamespace.existing(name), argoWorkflows: ArgoWorkflows.install({ namespace: name }) })).not.toThrow();
  });

  test.each(['default-2', 'kube', 'kubernetes'])('%s is made', (name) => {
    expect(failureOf({ namespace: RunnerNamespace.create(name) })).not.toThrow();
  });
});

describe('removalPolicy', () => {
  const message = (prop: string, got: string) => new Error(`${prop} must be RemovalPolicy.DESTROY, RemovalPolicy.RETAIN or RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, got ${JSON.stringify(got)}: CloudFormation takes no snapshots of what is in a cluster, so retain what you must keep`);

  test.each([RemovalPolicy.SNAPSHOT, 'keep' as RemovalPolicy])('%s is refused, of the release and of the namespace', (removalPolicy) => {
    expect(failureOf({ removalPolicy })).toThrow(message('removalPolicy', removalPolicy));
    expect(() => RunnerNamespace.create('collate', { removalPolicy })).toThrow(message('namespace.removalPolicy', removalPolicy));
  });

  test.each([[RemovalPolicy.DESTROY, 'Delete', 'Delete'], [RemovalPolicy.RETAIN, 'Retain', 'Retain'], [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, 'RetainExceptOnCreate', 'Retain']])('%s is taken', (removalPolicy, DeletionPolicy, UpdateReplacePolicy) => {
    const template = synthesize({ removalPolicy, namespace: RunnerNamespace.create('collate', { removalPolicy }), argoWorkflows: ArgoWorkflows.none() });
    template.hasResource(CHART, { DeletionPolicy, UpdateReplacePolicy });
    template.hasResource(MANIFEST, { Properties: { Manifest: Match.stringLikeRegexp('"kind":"Namespace"') }, DeletionPolicy, UpdateReplacePolicy });
  });
});

describe('chartVersion', () => {
  test.each(['1.10.3', '1.9.99', '0.11.0', '1.10.4-rc.1'])('%s is refused as too old', (chartVersion) => {
    expectFailure({ chartVersion }, `chartVersion must be 1.10.4 or newer, got ${chartVersion}: older charts have other values`);
  });

  test.each(['1.13', 'v1.13.3', 'latest', '', '^1.13.0', '1.13.03'])('%j is refused as not a version', (chartVersion) => {
    expectFailure({ chartVersion }, `chartVersion must be a semantic version such as "1.13.3", got ${JSON.stringify(chartVersion)}`);
  });

  test.each(['1.10.4', '1.13.3', '2.0.0', '1.14.0-rc.1'])('%s is taken', (chartVersion) => {
    expect(failureOf({ chartVersion })).not.toThrow();
  });

  const inConfig = (config: unknown) => ({ values: { config } });
  test.each<[string, string, string, Partial<HybridRunnerProps>]>([
    ['grafanaDashboard', '1.11.6', '1.11.7', { grafanaDashboard: {} }],
    ['podDisruptionBudget', '1.11.12', '1.11.13', { podDisruptionBudget: {} }],
    ['commonLabels', '1.12.0', '1.12.1', { commonLabels: { team: 'data' } }],
    ['podAnnotations', '1.12.0', '1.12.1', { podAnnotations: { team: 'data' } }],
    ['ingestionWorkflowParams', '1.12.4', '1.12.5', { ingestionWorkflowParams: {} }],
    ['ingestionContainerParams', '1.12.4', '1.12.5', { ingestionContainerParams: {} }],
    ['values deploymentAnnotations', '1.12.0', '1.12.1', { values: { deploymentAnnotations: { a: 'b' } } }],
    ['values config.useSecureProtocols', '1.11.3', '1.11.4', inConfig({ useSecureProtocols: false })],
    ['values config.ingestionPods.additionalPipelineConfigs', '1.11.13', '1.11.14', inConfig({ ingestionPods: { additionalPipelineConfigs: '{}' } })],
    ['values config.ingestionPods.customConfig', '1.12.4', '1.12.5', inConfig({ ingestionPods: { customConfig: { enabled: true } } })],
  ])('%s is refused with %s and taken with %s', (name, before, since, props) => {
    expectFailure({ ...props, chartVersion: before }, `${name} needs chart version ${since} or newer, got ${before}: raise chartVersion or leave it out`);
    expect(failureOf({ ...props, chartVersion: since })).not.toThrow();
  });
});

describe('durations', () => {
  const least = Duration.minutes(15);
  const most = Duration.hours(4);
  const late = 'a registry token lives 12 hours, and after one failed run the next must still be in time';

  test.each([[Duration.minutes(14), '14 minutes'], [Duration.minutes(241), '4 hours 1 minute'], [Duration.hours(12), '12 hours'], [Duration.seconds(0), '0 seconds']])('a renewalPeriod of %s is refused', (renewalPeriod, text) => {
    expectFailure({ renewalPeriod }, `renewalPeriod must be 15 minutes to 4 hours (${late}), got ${text}`);
  });

  test.each([[60, 'number'], ['PT1H', 'string']])('a renewalPeriod of %j is refused', (value, kind) => {
    expectFailure({ renewalPeriod: value as never }, `renewalPeriod must be a Duration, such as Duration.hours(2), got ${kind}`);
  });

  test('a renewalPeriod of broken minutes is refused', () => {
    expectFailure({ renewalPeriod: Duration.seconds(5401) }, 'renewalPeriod must be whole minutes, got 5401 seconds');
  });

  test.each([[least, 'rate(15 minutes)'], [most, 'rate(4 hours)'], [Duration.minutes(90), 'rate(90 minutes)']])('a renewalPeriod of %s is taken', (renewalPeriod, ScheduleExpression) => {
    synthesize({ renewalPeriod }).hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression });
  });

  test.each([
    ['14 minutes', { timeout: Duration.minutes(14) }, '1 minute to 13 minutes (the function that runs Helm ends after 15 minutes)'],
    ['59 seconds', { timeout: Duration.seconds(59) }, '1 minute to 13 minutes (the function that runs Helm ends after 15 minutes)'],
    ['7 minutes', { timeout: Duration.minutes(7), atomic: true }, '1 minute to 6 minutes (with atomic a rollback takes as long again, and the function that runs Helm ends after 15 minutes)'],
  ])('a timeout of %s is refused', (text, props, rule) => {
    expectFailure(props, `timeout must be ${rule}, got ${text}`);
  });

  test.each([
    [{ timeout: Duration.minutes(13) }, '780s'], [{ timeout: Duration.minutes(1) }, '60s'],
    [{ timeout: Duration.minutes(6), atomic: true }, '360s'], [{ atomic: true }, '360s'], [{}, '600s'],
  ])('with %o Helm gets %s', (props, Timeout) => {
    synthesize(props).hasResourceProperties('Custom::AWSCDK-EKS-HelmChart', { Timeout });
  });
});

test.each(['', ' ', 20261125, null])('reapply %j is refused', (reapply) => {
  expectFailure({ reapply: reapply as string }, `reapply must be a text, such as a date, got ${JSON.stringify(reapply)}: leave it out to apply only what changes`);
});

test.each(['{{resolve:ssm:name}}', SecretValue.secretsManager('password').unsafeUnwrap()])('reapply is refused with a secret: %s', (reapply) => {
  expectFailure({ reapply }, 'reapply must not hold a secret value or a {{resolve:...}} reference, which would stand readable in the template, the logs and the release: pass a text, such as a date');
});

describe('names', () => {
  const namespaceRule = (name: string) => `namespace must be 2 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends, got ${JSON.stringify(name)}`;

  test.each(['', 'a', 'Collate', 'a_b', 'a.b', '-a', 'a-', 'a'.repeat(64)])('namespace %j is refused', (name) => {
    expect(() => RunnerNamespace.create(name)).toThrow(new Error(namespaceRule(name)));
    expect(() => RunnerNamespace.existing(name)).toThrow(new Error(namespaceRule(name)));
  });

  test.each(['2024', '111122223333', '1e3', '1e-3', '0x1f', '0o17', '0b1', 'true', 'null', 'on'])('namespace and releaseName %j are refused, which YAML takes for no text', (name) => {
    const rule = (prop: string) => `${prop} must not be a number, a truth value or null to YAML, because the chart writes it without quotes, got "${name}": add a word to it`;
    expect(() => RunnerNamespace.create(name)).toThrow(new Error(rule('namespace')));
    expect(() => RunnerNamespace.existing(name)).toThrow(new Error(rule('namespace')));
    expectFailure({ releaseName: name }, rule('releaseName'));
  });

  test.each(['2024-01-01', '12e', 'e3', '0x', 'trues', 'n1', '1-2'])('namespace and releaseName %j are taken', (name) => {
    expect(failureOf({ namespace: RunnerNamespace.create(name), releaseName: name })).not.toThrow();
  });

  test.each(['a1', 'a'.repeat(63)])('namespace %j is taken', (name) => {
    expect(failureOf({ namespace: RunnerNamespace.create(name) })).not.toThrow();
  });

  test.each(['', 'Collate', 'a_b', 'a.b', '-a', 'a-'])('releaseName %j is refused', (releaseName) => {
    expectFailure({ releaseName }, `releaseName must be lower-case letters, digits and hyphens, with a letter or digit at both ends, got ${JSON.stringify(releaseName)}`);
  });

  test.each([
    ['a'.repeat(23), 22],
    [`hybrid-ingestion-runner-${'a'.repeat(23)}`, 46],
  ])('releaseName %j is refused as too long', (releaseName, longest) => {
    expectFailure({ releaseName }, `releaseName must have at most ${longest} characters, so that the names the chart derives from it stay within 63, got ${JSON.stringify(releaseName)} with ${releaseName.length}`);
    expect(failureOf({ releaseName: releaseName.slice(0, -1) })).not.toThrow();
  });
});

describe('Argo Workflows', () => {
  test.each(['argo', 'argo:', ':2746', 'argo:http', 'argo:0', 'argo:65536', 'http://argo', 'argo:2746/path'])('endpoint %j is refused', (endpoint) => {
    expect(() => ArgoWorkflows.existing({ endpoint })).toThrow(new Error(`argoWorkflows.endpoint must be host:port, such as "argo-workflows-server.argo.svc:2746", got ${JSON.stringify(endpoint)}`));
  });

  test.each(['argo:1', 'argo.svc:65535', 'https://argo.example.com:443'])('endpoint %j is taken', (endpoint) => {
    expect(failureOf({ argoWorkflows: ArgoWorkflows.existing({ endpoint }) })).not.toThrow();
  });
});

describe('two runners on one cluster', () => {
  function addTwo(second: Partial<HybridRunnerProps>, clusters: (stack: Stack) => RunnerCluster[] = (stack) => Array(2).fill(CLUSTERS['imported aws-eks-v2'](stack))) {
    const stack = makeStack();
    const [one, two] = clusters(stack);
    addRunner(stack, one);
    return () => addRunner(stack, two, { ...another(2), ...second }, 'Second');
  }

  test('with one agent id are refused', () => {
    expect(addTwo({ agentId: 'aws-prod' })).toThrow(new Error('agentId "aws-prod" is taken by Stack/Runner on the same cluster: make another runner in Collate and use its name'));
  });

  test('in one namespace are refused', () => {
    expect(addTwo({ namespace: undefined })).toThrow(new Error('namespace "hybrid-ingestion-runner" is taken by Stack/Runner on the same cluster: the chart\'s names are fixed inside a namespace, so use another one, such as RunnerNamespace.create("hybrid-ingestion-runner-2")'));
  });

  test('are told, if their stacks have no env, that these count as of one account and region', () => {
    const app = new App();
    const [one, two] = ['Dev', 'Prod'].map((id) => new Stack(app, id));
    const clusters = [one, two].map((stack) => CLUSTERS['imported aws-eks-v2'](stack));
    addRunner(one, clusters[0]);
    expect(() => addRunner(two, clusters[1], { agentId: 'aws-prod-2' })).toThrow(new Error('namespace "hybrid-ingestion-runner" is taken by Dev/Runner on the same cluster (stacks without env count as of one account and region): the chart\'s names are fixed inside a namespace, so use another one, such as RunnerNamespace.create("hybrid-ingestion-runner-2")'));
  });

  test('of which one was taken out of the app again count as one', () => {
    const stack = makeStack();
    const cluster = CLUSTERS['imported aws-eks-v2'](stack);
    const scopes = ['One', 'Two'].map((id) => new Construct(stack, id));
    scopes.forEach((scope, index) => addRunner(scope, cluster, index === 0 ? {} : another(2)));
    scopes[0].node.tryRemoveChild('Runner');
    stack.node.tryRemoveChild('Two');
    expect(() => addRunner(stack, cluster)).not.toThrow();
    expect(() => addRunner(stack, cluster, another(2), 'Second')).not.toThrow();
    expect(() => addRunner(stack, cluster, another(2), 'Third')).toThrow(new Error('agentId "aws-prod-2" is taken by Stack/Second on the same cluster: make another runner in Collate and use its name'));
  });

  test('both installing Argo Workflows are refused', () => {
    expect(addTwo({ argoWorkflows: undefined })).toThrow(new Error('argoWorkflows must not be ArgoWorkflows.install() for two runners of a cluster, and Stack/Runner installs it: use ArgoWorkflows.existing({ endpoint: \'argo-workflows-server.argo-workflows.svc:2746\' })'));
  });

  test('of which one makes the namespace that the other makes for Argo Workflows are refused', () => {
    expect(addTwo({ namespace: RunnerNamespace.create('argo-workflows') })).toThrow(new Error('namespace "argo-workflows" is made by Stack/Runner on the same cluster: use another one'));
    expect(() => {
      const stack = makeStack();
      const cluster = CLUSTERS['imported aws-eks-v2'](stack);
      addRunner(stack, cluster, { namespace: RunnerNamespace.create('argo-workflows'), argoWorkflows: ArgoWorkflows.none() });
      addRunner(stack, cluster, { ...another(2), argoWorkflows: ArgoWorkflows.install() }, 'Second');
    }).toThrow(new Error('argoWorkflows.namespace "argo-workflows" is made by Stack/Runner on the same cluster: use another one'));
  });

  test('of which one uses the namespace that the other makes for Argo Workflows are taken', () => {
    expect(addTwo({ namespace: RunnerNamespace.existing('argo-workflows') })).not.toThrow();
  });

  test('that differ in all three are taken', () => {
    expect(addTwo({})).not.toThrow();
  });

  test('on clusters of one name in two imports count as one cluster', () => {
    const imports = (stack: Stack) => [1, 2].map((number) => RunnerCluster.fromEks(importedEksCluster(new Stack(stack, `Import${number}`)), { accessEntry: true }));
    expect(addTwo({ agentId: 'aws-prod' }, imports)).toThrow(/^agentId "aws-prod" is taken by/);
  });

  test('on two clusters may share all three', () => {
    const clusters = (stack: Stack) => ['one', 'two'].map((clusterName) => RunnerCluster.fromEksV2(importedEksV2Cluster(new Stack(stack, clusterName), { clusterName }), { accessEntry: true }));
    expect(addTwo({ agentId: 'aws-prod', namespace: undefined, argoWorkflows: undefined }, clusters)).not.toThrow();
  });
});

describe('clusters', () => {
  test.each<[string, (stack: Stack) => unknown]>([
    ['imported cluster Stack/Cluster lacks kubectlRoleArn, the role that may change Kubernetes objects: give it to Cluster.fromClusterAttributes, or give kubectlProvider',
      (stack) => RunnerCluster.fromEks(importedEksCluster(stack, { kubectlRoleArn: undefined }))],
    ['imported cluster Stack/Cluster lacks kubectlLayer, which brings helm and kubectl: give Cluster.fromClusterAttributes a layer of the cluster\'s Kubernetes version, such as KubectlV35Layer of @aws-cdk/lambda-layer-kubectl-v35, or give kubectlProvider',
      (stack) => RunnerCluster.fromEks(importedEksCluster(stack, { kubectlLayer: undefined }))],
    ['imported cluster Stack/Cluster lacks kubectlSecurityGroupId, which kubectlPrivateSubnetIds need: give both to Cluster.fromClusterAttributes',
      (stack) => RunnerCluster.fromEks(importedEksCluster(stack, { kubectlPrivateSubnetIds: ['subnet-1'] }))],
    ['imported cluster Stack/Cluster lacks vpc, which kubectlPrivateSubnetIds need: give both to Cluster.fromClusterAttributes',
      (stack) => RunnerCluster.fromEks(importedEksCluster(stack, { kubectlPrivateSubnetIds: ['subnet-1'], kubectlSecurityGroupId: 'sg-1' }))],
    ['imported cluster Stack/Cluster lacks kubectlProvider, which brings helm and kubectl: give Cluster.fromClusterAttributes a kubectlProvider, from KubectlProvider.fromKubectlProviderAttributes (kubectlProviderOptions alone is ignored on imports)',
      (stack) => RunnerCluster.fromEksV2(importedEksV2Cluster(stack, { kubectlProvider: undefined }))],
    ['imported cluster Stack/Cluster lacks vpc, in which its kubectlProvider runs: give vpc to Cluster.fromClusterAttributes', (stack) => {
      const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a'], privateSubnetIds: ['subnet-1'] });
      const kubectlProvider = new eksv2.KubectlProvider(stack, 'Kubectl', {
        cluster: eksv2.Cluster.fromClusterAttributes(stack, 'ByName', { clusterName: 'data', vpc, clusterSecurityGroupId: 'sg-1' }), kubectlLayer: new KubectlV35Layer(stack, 'Layer'), privateSubnets: vpc.privateSubnets,
      });
      return RunnerCluster.fromEksV2(importedEksV2Cluster(stack, { kubectlProvider }));
    }],
    ['cluster Stack/Cluster lacks kubectlProviderOptions, which bring helm and kubectl: give the cluster kubectlProviderOptions with the kubectlLayer of its Kubernetes version, such as KubectlV35Layer of @aws-cdk/lambda-layer-kubectl-v35',
      (stack) => RunnerCluster.fromEksV2(eksV2Cluster(stack, { kubectlProviderOptions: undefined }))],
    ['cluster Stack/Cluster must run Kubernetes 1.28 or newer, got 1.27: upgrade the cluster first',
      (stack) => RunnerCluster.fromEks(eksCluster(stack, { version: eks.KubernetesVersion.V1_27 }))],
    ['cluster Stack/Cluster must run Kubernetes 1.28 or newer, got 1.27: upgrade the cluster first',
      (stack) => RunnerCluster.fromEksV2(eksV2Cluster(stack, { version: eksv2.KubernetesVersion.of('1.27') }))],
    ['cluster Stack/Cluster must run Kubernetes 1.28 or newer, got 1.27: upgrade the cluster first',
      (stack) => RunnerCluster.fromEks(importedEksCluster(stack), { kubernetesVersion: '1.27' })],
    ['kubernetesVersion must be a minor version such as "1.33", got "v1.33"',
      (stack) => RunnerCluster.fromEksV2(importedEksV2Cluster(stack), { kubernetesVersion: 'v1.33' })],
    ['accessEntry must not be true for cluster Stack/Cluster, whose authentication mode is CONFIG_MAP: set authenticationMode to API_AND_CONFIG_MAP on the cluster, or leave accessEntry out to use the aws-auth ConfigMap',
      (stack) => RunnerCluster.fromEks(eksCluster(stack), { accessEntry: true })],
  ])('%s', (message, makeCluster) => {
    expect(() => makeCluster(makeStack())).toThrow(new Error(message));
  });

  test('Kubernetes 1.28 is taken', () => {
    expect(() => RunnerCluster.fromEksV2(importedEksV2Cluster(makeStack()), { kubernetesVersion: '1.28' })).not.toThrow();
    expect(() => RunnerCluster.fromEks(eksCluster(makeStack(), { version: eks.KubernetesVersion.V1_28 }))).not.toThrow();
  });

  test('the aws-auth ConfigMap of a cluster in another stack cannot take the function, and the error says what can', () => {
    const stack = makeStack();
    const cluster = RunnerCluster.fromEks(eksCluster(new Stack(stack, 'Other')));
    expect(() => addRunner(stack, cluster)).toThrow(new Error('cluster Stack/Other/Cluster has authentication mode CONFIG_MAP, and its aws-auth ConfigMap takes only roles of its own stack: set authenticationMode to API_AND_CONFIG_MAP on the cluster, put the runner into stack Stack/Other, or say accessEntry: false and map the role to the group collate-credential-sync-ce8eec89 yourself'));
  });

  test.each<[string, (stack: Stack) => RunnerCluster]>([
    ['aws-eks', (stack) => RunnerCluster.fromEks(eksCluster(stack))],
    ['aws-eks-v2', (stack) => RunnerCluster.fromEksV2(eksV2Cluster(stack))],
  ])('IRSA works on an owned cluster of %s without more', (_, makeCluster) => {
    const stack = makeStack();
    addRunner(stack, makeCluster(stack), { identity: IngestionIdentity.irsa() }).grantSecretRead(tokenSecret(stack));
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('IRSA on an import without provider names the attribute', () => {
    const stack = makeStack();
    const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { identity: IngestionIdentity.irsa() });
    expect(() => runner.ingestionRole).toThrow(new Error('IngestionIdentity.irsa() needs the cluster\'s OpenID Connect provider: import cluster Stack/Cluster with openIdConnectProvider (aws-eks-v2), or use IngestionIdentity.podIdentity()'));
  });

  describe.each<[string, (stack: Stack) => RunnerCluster]>([
    ['aws-eks', (stack) => RunnerCluster.fromEks(new eks.FargateCluster(stack, 'Cluster', { version: eks.KubernetesVersion.V1_33, kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer') }))],
    ['aws-eks-v2', (stack) => RunnerCluster.fromEksV2(new eksv2.FargateCluster(stack, 'Cluster', { version: eksv2.KubernetesVersion.V1_33, kubectlProviderOptions: { kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer') } }))],
  ])('Fargate of %s', (_, makeCluster) => {
    const message = 'identity must not be IngestionIdentity.podIdentity() on Fargate cluster Stack/Cluster, where EKS Pod Identity does not work: use IngestionIdentity.irsa()';

    test('refuses Pod Identity, chosen or needed', () => {
      const stack = makeStack();
      const cluster = makeCluster(stack);
      expect(() => addRunner(stack, cluster, { identity: IngestionIdentity.podIdentity() })).toThrow(new Error(message));
      expect(() => addRunner(stack, cluster, { secretsStore: SecretsStore.awsSecretsManager() }, 'Second')).toThrow(new Error(message));
    });

    test('takes IRSA, and a runner without a role', () => {
      const stack = makeStack();
      const cluster = makeCluster(stack);
      addRunner(stack, cluster, { identity: IngestionIdentity.irsa(), secretsStore: SecretsStore.awsSecretsManager() });
      expect(() => addRunner(stack, cluster, another(2), 'Second')).not.toThrow();
    });
  });
});

describe('a cluster of another stack', () => {
  const home = { account: ACCOUNT, region: REGION };
  const kinds: [string, (stack: Stack) => RunnerCluster][] = [
    ['aws-eks', (stack) => RunnerCluster.fromEks(eksCluster(stack, { authenticationMode: eks.AuthenticationMode.API }))],
    ['aws-eks-v2', (stack) => RunnerCluster.fromEksV2(eksV2Cluster(stack))],
  ];

  function use(makeCluster: (stack: Stack) => RunnerCluster, { theirs = home, own = home }: Record<'theirs' | 'own', StackProps['env']>, how: (stack: Stack, cluster: RunnerCluster) => unknown = addRunner) {
    const stack = makeStack({ env: own, crossRegionReferences: true });
    const cluster = makeCluster(new Stack(stack.node.root, 'Clusters', { env: theirs, crossRegionReferences: true }));
    return () => how(stack, cluster);
  }

  describe.each(kinds)('made by %s', (_, makeCluster) => {
    const message = (theirs: string, own: string) => `cluster Clusters/Cluster must be of ${own}, where stack Stack is, because CloudFormation calls no kubectl handler of another account or region, got ${theirs}: put the runner into a stack of the cluster's account and region`;

    test.each<[string, string, StackProps['env'], StackProps['env']]>([
      [`account ${ACCOUNT} in us-east-1`, `account ${ACCOUNT} in ${REGION}`, { account: ACCOUNT, region: 'us-east-1' }, home],
      [`account 444455556666 in ${REGION}`, `account ${ACCOUNT} in ${REGION}`, { account: '444455556666', region: REGION }, home],
      ['region us-east-1', `account ${ACCOUNT} in ${REGION}`, { region: 'us-east-1' }, home],
      ['account 444455556666 in us-east-1', `account ${ACCOUNT}`, { account: '444455556666', region: 'us-east-1' }, { account: ACCOUNT }],
    ])('is refused with %s for %s', (there, here, theirs, own) => {
      expect(use(makeCluster, { theirs, own })).toThrow(new Error(message(there, here)));
      expect(use(makeCluster, { theirs, own }, (stack, cluster) => new CredentialSync(stack, 'CredentialSync', { cluster }))).toThrow(new Error(message(there, here)));
    });

    test.each<[string, StackProps['env'], StackProps['env']]>([
      ['of the same account and region', home, home],
      ['of an account and a region that are not known', {}, home],
      ['where those of the runner are not known', home, {}],
    ])('is taken %s', (_case, theirs, own) => {
      expect(use(makeCluster, { theirs, own })).not.toThrow();
    });
  });

  test('is taken as an import, which says itself where its kubectl handler is', () => {
    expect(use(CLUSTERS['imported aws-eks-v2'], { theirs: { account: ACCOUNT, region: 'us-east-1' }, own: home })).not.toThrow();
  });
});

describe('a role of another account', () => {
  const arn = (account: string) => `arn:aws:iam::${account}:role/data`;
  const message = (prop: string, otherwise: string) => `${prop} must be of account ${ACCOUNT}, because IAM passes no role to a service of another account, got Stack/Theirs of account 444455556666: use one of account ${ACCOUNT}, or ${otherwise}`;

  function use(roleArn: string, how: (stack: Stack, cluster: RunnerCluster, role: iam.IRole) => unknown, options: iam.FromRoleArnOptions = {}, env: StackProps['env'] = { account: ACCOUNT, region: REGION }) {
    const stack = makeStack({ env });
    const openIdConnectProvider = iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, 'Provider', `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.example.com`);
    const cluster = RunnerCluster.fromEksV2(importedEksV2Cluster(stack, { openIdConnectProvider }), { accessEntry: true });
    return () => how(stack, cluster, iam.Role.fromRoleArn(stack, 'Theirs', roleArn, options));
  }

  describe.each<[string, string, (stack: Stack, cluster: RunnerCluster, role: iam.IRole) => unknown]>([
    ['role', 'leave it out', (stack, cluster, role) => new CredentialSync(stack, 'CredentialSync', { cluster, role })],
    ['schedulerRole', 'leave it out', (stack, cluster, schedulerRole) => new CredentialSync(stack, 'CredentialSync', { cluster, schedulerRole })],
    ['role of IngestionIdentity.podIdentity', 'IngestionIdentity.irsa({ role })', (stack, cluster, role) => addRunner(stack, cluster, { identity: IngestionIdentity.podIdentity({ role }) })],
  ])('as %s', (prop, otherwise, how) => {
    test.each([{}, { mutable: false }])('is refused, imported with %o', (options) => {
      expect(use(arn('444455556666'), how, options)).toThrow(new Error(message(prop, otherwise)));
    });

    test('is taken where one of the accounts is not known', () => {
      const { valueAsString } = new CfnParameter(new Stack(), 'Arn');
      [use(valueAsString, how), use(arn('444455556666'), how, {}, {})].forEach((add) => expect(add).not.toThrow());
    });

    test('is taken where it is the stack\'s after all', () => {
      expect(use(arn(ACCOUNT), how)).not.toThrow();
    });
  });

  test('is refused before its stack is', () => {
    const stack = makeStack({ env: { account: ACCOUNT, region: REGION } });
    const theirs = new Stack(stack.node.root, 'Other', { env: { account: '444455556666', region: REGION } });
    const role = new iam.Role(theirs, 'Role', { roleName: 'data', assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const add = () => new CredentialSync(stack, 'CredentialSync', { cluster: CLUSTERS['imported aws-eks-v2'](stack), role });
    expect(add).toThrow(/^role must be of account 111122223333, .*, got Other\/Role of account 444455556666: /);
  });

  test('is taken for IRSA, which asks no service to assume it', () => {
    expect(use(arn('444455556666'), (stack, cluster, role) => addRunner(stack, cluster, { identity: IngestionIdentity.irsa({ role }) }))).not.toThrow();
  });
});

describe('images', () => {
  test.each<[string, () => unknown]>([
    ['registryAccount must be an AWS account of 12 digits, got "1181466797"', () => RunnerImages.fromCollateRegistry(registryKeys(makeStack()), { registryAccount: '1181466797' })],
    ['registryRegion must be an AWS region such as "eu-west-1", got "europe"', () => RunnerImages.fromCollateRegistry(registryKeys(makeStack()), { registryRegion: 'europe' })],
    ['runnerTag must be an image tag, got "a b"', () => RunnerImages.fromCollateRegistry(registryKeys(makeStack()), { runnerTag: 'a b' })],
    ['runnerRepository must be a repository such as "123456789012.dkr.ecr.us-east-1.amazonaws.com/collate/runner", without protocol, tag or digest, got "registry/runner:1.0"', () => RunnerImages.fromMirror({ runnerRepository: 'registry/runner:1.0', ingestionRepository: 'registry/ingestion' })],
    ['ingestionRepository must be a repository such as "123456789012.dkr.ecr.us-east-1.amazonaws.com/collate/runner", without protocol, tag or digest, got "https://registry/ingestion"', () => RunnerImages.fromMirror({ runnerRepository: 'registry/runner', ingestionRepository: 'https://registry/ingestion' })],
    ['ingestionTag must be an image tag, got ""', () => RunnerImages.fromMirror({ runnerRepository: 'registry:5000/runner', ingestionRepository: 'registry/ingestion', ingestionTag: '' })],
  ])('%s', (message, make) => {
    expect(make).toThrow(new Error(message));
  });
});

describe('secrets', () => {
  test('given as text are refused without being repeated', () => {
    expectFailure({ authToken: 'eyJ.canary.x' as never }, 'authToken must be a Secrets Manager secret, got a string: use Secret.fromSecretNameV2 to refer to one by name');
    expect(() => RunnerImages.fromCollateRegistry('canary' as never)).toThrow(new Error('credentials must be a Secrets Manager secret, got a string: use Secret.fromSecretNameV2 to refer to one by name'));
  });

  describe.each<[string, unknown]>([['null', null], ['undefined', undefined]])('that are %s are refused', (kind, secret) => {
    const message = (prop: string) => new Error(`${prop} must be a Secrets Manager secret, got ${kind}: use Secret.fromSecretNameV2 to refer to one by name`);
    const runner = (secretsStore?: SecretsStore) => {
      const stack = makeStack();
      return addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { secretsStore });
    };

    test.each<[string, () => unknown, string]>([
      ['authToken', failureOf({ authToken: secret as never }), 'authToken'],
      ['credentials', () => RunnerImages.fromCollateRegistry(secret as never), 'credentials'],
      ['addConnectorSecret', () => runner().addConnectorSecret('x', secret as never), 'secret'],
      ['secretReference', () => runner().secretReference(secret as never), 'secret'],
      ['secretReference with Secrets Manager', () => runner(SecretsStore.awsSecretsManager()).secretReference(secret as never), 'secret'],
      ['grantSecretRead', () => runner().grantSecretRead(secret as never), 'secret'],
      ['secrets', () => runner(SecretsStore.awsSecretsManager({ secrets: [secret as never] })), 'secret'],
    ])('%s', (_, fail, prop) => {
      expect(fail).toThrow(message(prop));
    });
  });

  test('authTokenField must name a field', () => {
    expectFailure({ authTokenField: ' ' }, 'authTokenField must name a field of the token secret, got " ": leave it out if the whole secret is the token');
  });

  test.each<[string, () => unknown]>([
    ['secrets must not be empty: leave it out to grant all secrets below pathPrefix', () => SecretsStore.awsSecretsManager({ secrets: [] })],
    ['pathPrefix must be the first part of secret names, of letters, digits and /_+=.@-, without a slash at the end, got "/a/"', () => SecretsStore.awsSecretsManager({ pathPrefix: '/a/' })],
    ['pathPrefix must be the first part of secret names, of letters, digits and /_+=.@-, without a slash at the end, got "*"', () => SecretsStore.awsSecretsManager({ pathPrefix: '*' })],
    ['pathPrefix must be the first part of secret names, of letters, digits and /_+=.@-, without a slash at the end, got ""', () => SecretsStore.awsSecretsManager({ pathPrefix: '' })],
  ])('%s', (message, make) => {
    expect(make).toThrow(new Error(message));
  });

  test('a reference to a secret that is not in Kubernetes is refused where the store is there', () => {
    const stack = makeStack();
    const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack));
    expect(() => runner.secretReference(tokenSecret(stack))).toThrow(new Error('secretReference needs a secret that addConnectorSecret put into Kubernetes, and Stack/Token was not: add it, or with a Secret that you made yourself write "secret:" and its name'));
  });

  test('a reference to a secret of Secrets Manager whose name nobody knows is refused', () => {
    const stack = makeStack();
    const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { secretsStore: SecretsStore.awsSecretsManager() });
    const arn = new CfnParameter(stack, 'Arn').valueAsString;
    expect(() => runner.secretReference(Secret.fromSecretCompleteArn(stack, 'Complete', arn)))
      .toThrow(new Error('secretReference needs the name of secret Stack/Complete, and its ARN is known at deployment only: import it by Secret.fromSecretNameV2'));
    for (const secret of [Secret.fromSecretNameV2(stack, 'Named', arn), Secret.fromSecretPartialArn(stack, 'Partial', arn), new Secret(stack, 'Own')]) {
      expect(runner.secretReference(secret)).toMatch(/^secret:/);
    }
  });

  test.each(['us-east-1:111122223333', 'eu-central-1:444455556666'])('a reference to a secret of %s is refused, because the ingestion looks for it by its name at home', (place) => {
    const stack = makeStack({ env: { account: ACCOUNT, region: REGION } });
    const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { secretsStore: SecretsStore.awsSecretsManager() });
    const secret = Secret.fromSecretCompleteArn(stack, 'Elsewhere', `arn:aws:secretsmanager:${place}:secret:data/redshift-AbCdEf`);
    expect(() => runner.secretReference(secret)).toThrow(new Error(`secretReference needs a secret of account ${ACCOUNT} in ${REGION}, where the ingestion looks for its name, and Stack/Elsewhere is of account ${place.split(':')[1]} in ${place.split(':')[0]}: copy or replicate it there and refer to that one by Secret.fromSecretNameV2, or use SecretsStore.kubernetes() and addConnectorSecret`));
  });

  test('a connector secret that is refused leaves its name to the next one', () => {
    const stack = makeStack();
    const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { renewOnSecretChange: true });
    const several = Secret.fromSecretNameV2(stack, 'Several', 'data*');
    expect(() => runner.addConnectorSecret('redshift', several)).toThrow(/must be referred to without \* and \?/);
    expect(runner.addConnectorSecret('redshift', registryKeys(stack))).toBe('secret:redshift');
    expect(() => runner.secretReference(several)).toThrow(/needs a secret that addConnectorSecret put into Kubernetes/);
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('data*');
  });

  const notAName = (name: string) => `name must be the name of a Kubernetes Secret, of lower-case letters, digits, hyphens and dots, with a letter or digit at both ends, got ${JSON.stringify(name)}`;
  const taken = (name: string) => `name ${JSON.stringify(name)} is taken by another Secret in the runner's namespace: use another one`;
  test.each([
    ['Redshift', notAName('Redshift')],
    ['a_b', notAName('a_b')],
    ['-a', notAName('-a')],
    ['a..b', notAName('a..b')],
    ['', notAName('')],
    ['hybrid-runner-token', taken('hybrid-runner-token')],
    ['omd-registry-credentials', taken('omd-registry-credentials')],
    ['argowf-client-token', taken('argowf-client-token')],
    ['sh.helm.release.v1.x.v1', taken('sh.helm.release.v1.x.v1')],
    ['added-before', taken('added-before')],
  ])('a connector secret named %j is refused', (name, message) => {
    const stack = makeStack();
    const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack));
    runner.addConnectorSecret('added-before', registryKeys(stack));
    expect(() => runner.addConnectorSecret(name, tokenSecret(stack))).toThrow(new Error(message));
  });

  test('a connector secret in a field without a name is refused', () => {
    const stack = makeStack();
    const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack));
    expect(() => runner.addConnectorSecret('a', tokenSecret(stack), { field: ' ' })).toThrow(new Error('field must name a field of the connector\'s secret, got " ": leave it out if the whole secret is the value'));
  });

  test('a connector secret is refused where the ingestion reads Secrets Manager itself', () => {
    const stack = makeStack();
    const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { secretsStore: SecretsStore.awsSecretsManager() });
    expect(() => runner.addConnectorSecret('a', tokenSecret(stack))).toThrow(new Error('addConnectorSecret needs SecretsStore.kubernetes(): with SecretsStore.awsSecretsManager() the ingestion reads the secret itself, once grantSecretRead lets it'));
  });

  test('a secret that was added twice has no one reference', () => {
    const stack = makeStack();
    const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack));
    const secret = tokenSecret(stack);
    ['user', 'password'].forEach((field) => runner.addConnectorSecret(`redshift-${field}`, secret, { field }));
    expect(() => runner.secretReference(secret)).toThrow(new Error('secret Stack/Token was added as redshift-user and redshift-password: use what addConnectorSecret returned for each'));
  });
});

describe('a secret whose name the policies of IAM would take as a pattern', () => {
  const message = (path: string, name: string) => new Error(`secret ${path} must be referred to without * and ?, which IAM takes for any characters, got ${JSON.stringify(name)}: refer to each secret by its own name, or let the ingestion read all below a path by SecretsStore.awsSecretsManager({ pathPrefix })`);
  const add = (make: (stack: Stack) => Partial<HybridRunnerProps>) => () => {
    const stack = makeStack();
    return addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), make(stack));
  };

  test.each(['data/*', 'toke?', '*'])('%s is refused, wherever it is read', (name) => {
    const secret = (stack: Stack) => Secret.fromSecretNameV2(stack, 'Odd', name);
    expect(add((stack) => ({ authToken: secret(stack) }))).toThrow(message('Stack/Odd', name));
    expect(add((stack) => ({ images: RunnerImages.fromCollateRegistry(secret(stack)) }))).toThrow(message('Stack/Odd', name));
    expect(add((stack) => ({ secretsStore: SecretsStore.awsSecretsManager({ secrets: [secret(stack)] }) }))).toThrow(message('Stack/Odd', name));
    const runner = add(() => ({}))();
    expect(() => runner.addConnectorSecret('odd', secret(Stack.of(runner)))).toThrow(message('Stack/Odd', name));
    expect(() => runner.grantSecretRead(Secret.fromSecretNameV2(runner, 'Another', name))).toThrow(message('Stack/Runner/Another', name));
  });

  test('is refused in an ARN, too', () => {
    const arn = (name: string) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}`;
    expect(add((stack) => ({ authToken: Secret.fromSecretCompleteArn(stack, 'Odd', arn('data/*-AbCdEf')) }))).toThrow(message('Stack/Odd', 'data/*-AbCdEf'));
    expect(add((stack) => ({ authToken: Secret.fromSecretPartialArn(stack, 'Odd', arn('data/*')) }))).toThrow(message('Stack/Odd', 'data/*'));
    const everywhere = 'arn:aws:secretsmanager:*:111122223333:secret:token';
    expect(add((stack) => ({ authToken: Secret.fromSecretPartialArn(stack, 'Odd', everywhere) }))).toThrow(message('Stack/Odd', everywhere));
  });

  test('is taken with every other character, and where it is not known yet', () => {
    expect(add((stack) => ({ authToken: Secret.fromSecretNameV2(stack, 'Odd', 'aZ0/_+=.@-') }))).not.toThrow();
    expect(add((stack) => ({ authToken: Secret.fromSecretNameV2(stack, 'Odd', new CfnParameter(stack, 'Name').valueAsString) }))).not.toThrow();
    expect(add((stack) => ({ authToken: new Secret(stack, 'Own') }))).not.toThrow();
  });
});

describe('what has a factory', () => {
  test.each<[string, Partial<HybridRunnerProps>]>([
    ['images must be made by RunnerImages.fromCollateRegistry(…) or RunnerImages.fromMirror(…), got undefined', { images: undefined }],
    ['cluster must be made by RunnerCluster.fromEks(cluster) or RunnerCluster.fromEksV2(cluster), got undefined', { cluster: undefined }],
    ['cluster must be made by RunnerCluster.fromEks(cluster) or RunnerCluster.fromEksV2(cluster), got null', { cluster: null as never }],
    ['cluster must be made by RunnerCluster.fromEks(cluster) or RunnerCluster.fromEksV2(cluster), got another object', { cluster: makeStack() as never }],
    // TypeScript takes empty objects for these three.
    ['monitoring must be made by RunnerMonitoring.of(…) or RunnerMonitoring.none(), got another object', { monitoring: {} as never }],
    ['argoWorkflows must be made by ArgoWorkflows.install(…), ArgoWorkflows.existing(…) or ArgoWorkflows.none(), got another object', { argoWorkflows: {} as never }],
    ['chartSource must be made by ChartSource.repository(…), ChartSource.oci(…) or ChartSource.asset(…), got another object', { chartSource: {} as never }],
    ['namespace must be made by RunnerNamespace.create(…) or RunnerNamespace.existing(…), got string', { namespace: 'collate' as never }],
    ['secretsStore must be made by SecretsStore.kubernetes() or SecretsStore.awsSecretsManager(…), got string', { secretsStore: 'aws' as never }],
    ['identity must be made by IngestionIdentity.podIdentity(…) or IngestionIdentity.irsa(…), got string', { identity: 'irsa' as never }],
    ['credentialSync must be made by new CredentialSync(…), got another object', { credentialSync: {} as never }],
  ])('%s', (message, props) => {
    expectFailure(props, message);
  });

  test('includes the place of the function', () => {
    const cluster = importedEksV2Cluster(makeStack());
    expect(() => RunnerCluster.fromEksV2(cluster, { functionPlacement: {} as never })).toThrow(new Error('functionPlacement must be made by FunctionPlacement.likeKubectl(), FunctionPlacement.outsideVpc() or FunctionPlacement.inVpc(…), got another object'));
  });
});

test.each([undefined, null, 'data'])('a cluster that is %j is refused', (cluster) => {
  const error = new Error(`cluster must be an EKS cluster of the CDK, got ${cluster === undefined || cluster === null ? cluster : 'a string'}: use what new Cluster or Cluster.fromClusterAttributes gave`);
  expect(() => RunnerCluster.fromEks(cluster as never)).toThrow(error);
  expect(() => RunnerCluster.fromEksV2(cluster as never)).toThrow(error);
});

describe('pod settings', () => {
  test.each<[string, Partial<HybridRunnerProps>]>([
    ['replicas must be a whole number of 0 or more, got -1: leave it out for 1', { replicas: -1 }],
    ['replicas must be a whole number of 0 or more, got \'2\': leave it out for 1', { replicas: '2' as never }],
    ['replicas must be a whole number of 0 or more, got 1.5: leave it out for 1', { replicas: 1.5 }],
    ['runnerResources.requests.cpu must be a quantity such as "500m" or "1Gi", without sign or exponent, got "half"', { runnerResources: { requests: { cpu: 'half' } } }],
    ['runnerResources.requests.memory must not be above runnerResources.limits.memory, got 2Gi above 1024Mi: raise the limit too', { runnerResources: { requests: { memory: '2Gi' }, limits: { memory: '1024Mi' } } }],
    ['ingestionResources.requests.memory must not be above ingestionResources.limits.memory, got 8Gi above 4096Mi: raise the limit too', { ingestionResources: { requests: { memory: '8Gi' } } }],
    ['podDisruptionBudget must not have both minAvailable and maxUnavailable, got 1 and 0: Kubernetes takes one of them', { podDisruptionBudget: { minAvailable: 1, maxUnavailable: 0 } }],
    ['podDisruptionBudget.maxUnavailable must be a whole number of 0 or more, got -1: leave it out for a maxUnavailable of 1', { podDisruptionBudget: { maxUnavailable: -1 } }],
    ['podDisruptionBudget.minAvailable must be a whole number of 0 or more, got 1.5: leave it out for a maxUnavailable of 1', { podDisruptionBudget: { minAvailable: 1.5 } }],
    ['tolerations[1].operator must be one of Equal, Exists, got "Equals": leave it out for Equal', { tolerations: [{ operator: 'Exists' }, { key: 'dedicated', operator: 'Equals' }] }],
    ['tolerations[0].effect must be one of NoSchedule, PreferNoSchedule, NoExecute, got "noExecute": leave it out for all effects', { tolerations: [{ key: 'dedicated', effect: 'noExecute' }] }],
    ['tolerations[0].key must be given with the operator Equal: name the taint\'s key, or tolerate every taint with the operator Exists', { tolerations: [{ value: 'data' }] }],
    ['tolerations[0].value must not be given with the operator Exists, got "data": leave one of them out', { tolerations: [{ key: 'dedicated', operator: 'Exists', value: 'data' }] }],
    ['tolerations[0].duration must not be given without the effect NoExecute, which alone makes a pod leave: set that effect, or leave the duration out', { tolerations: [{ key: 'dedicated', duration: Duration.minutes(1), effect: 'NoSchedule' }] }],
    ['commonLabels must not set app.kubernetes.io/name, by which the chart selects its pods: use another key', { commonLabels: { 'app.kubernetes.io/name': 'x' } }],
    ['commonLabels must not set app.kubernetes.io/instance, by which the chart selects its pods: use another key', { values: { commonLabels: { 'app.kubernetes.io/instance': 'x' } } }],
    ['grafanaDashboard must not hold an emoji or another character beyond U+FFFD, nor one from U+007F to U+009F, which do not reach the cluster whole', { grafanaDashboard: { folderName: '📊' } }],
    ['values deploymentAnnotations.note must not hold an emoji or another character beyond U+FFFD, nor one from U+007F to U+009F, which do not reach the cluster whole', { values: { deploymentAnnotations: { note: '📊' } } }],
    ['ingestionEnvironment names must be letters, digits and underscores, not starting with a digit, got "1A"', { ingestionEnvironment: { '1A': 'x' } }],
    ['ingestionEnvironment A must not hold a comma, a single quote, a bracket or a control character, which the chart cannot pass on: set it by ingestionContainerParams.env', { ingestionEnvironment: { A: 'x,y' } }],
  ])('%s', (message, props) => {
    expectFailure(props, message);
  });
});

describe('labels', () => {
  const rule = 'at most 63 letters, digits, hyphens, underscores and dots, with a letter or digit at both ends';
  const valueMessage = (prop: string, got: unknown) => `${prop} must be empty or ${rule}, got ${JSON.stringify(got)}: write it like "data-team"`;
  const keyMessage = (prop: string, domain: string, got: string) => `${prop} must be ${rule}, alone or after ${domain} of at most 253 characters and a slash, got ${JSON.stringify(got)}: write it like "team" or "acme.io/team"`;
  const longestDomain = `${'a'.repeat(63)}.`.repeat(3) + 'a'.repeat(61);
  const badNames = ['', '-a', 'a-', '_a', 'a.', 'data team', 'a:b', 'ä', 'a\n', 'a'.repeat(64)];
  const goodNames = ['a', '0', 'A-b_c.D', 'a..b', 'a'.repeat(63)];
  const badKeys = [...badNames, ...badNames.map((name) => `acme.io/${name}`), '/a', 'a/b/c', 'acme..io/a', '-acme.io/a', 'acme_io/a', `${longestDomain}a/a`];
  const goodKeys = [...goodNames, ...goodNames.map((name) => `acme.io/${name}`), 'a/a', `${longestDomain}/a`];
  const tokens = () => [new CfnParameter(new Stack(), 'Label').valueAsString].flatMap((token) => [token, `data team ${token}`]);

  type Labels = Record<string, string>;
  const labelled: [string, (labels: Labels) => Partial<HybridRunnerProps>][] = [
    ['commonLabels', (commonLabels) => ({ commonLabels })],
    ['nodeSelector', (nodeSelector) => ({ nodeSelector })],
    ['serviceMonitor.labels', (labels) => ({ serviceMonitor: { labels } })],
    ['grafanaDashboard.labels', (labels) => ({ grafanaDashboard: { labels } })],
    ['grafanaDashboard.instanceSelector', (instanceSelector) => ({ grafanaDashboard: { instanceSelector } })],
  ];
  const annotated: [string, (annotations: Labels) => Partial<HybridRunnerProps>][] = [
    ['podAnnotations', (podAnnotations) => ({ podAnnotations })],
    ['serviceMonitor.annotations', (annotations) => ({ serviceMonitor: { annotations } })],
  ];

  test.each(badNames.filter((name) => name !== ''))('are refused with value %j', (value) => {
    expectFailure({ commonLabels: { 'acme.io/team': value } }, valueMessage('commonLabels acme.io/team', value));
    expectFailure({ tolerations: [{ operator: 'Exists' }, { key: 'dedicated', value }] }, valueMessage('tolerations[1].value', value));
  });

  test.each([1, true, ['data']])('are refused with value %j, which is no text', (value) => {
    expectFailure({ commonLabels: { team: value as never } }, valueMessage('commonLabels team', value));
  });

  test.each(badKeys)('are refused with key %j', (key) => {
    expectFailure({ commonLabels: { [key]: 'data' } }, keyMessage('commonLabels keys', 'a domain in lower case', key));
    expectFailure({ podAnnotations: { [key]: 'data' } }, keyMessage('podAnnotations keys', 'a domain', key));
  });

  test.each(badKeys.filter((key) => key !== ''))('are refused as key %j of a taint', (key) => {
    expectFailure({ tolerations: [{ key, operator: 'Exists' }] }, keyMessage('tolerations[0].key', 'a domain in lower case', key));
  });

  test('are refused with a domain in upper case, which annotations may have', () => {
    expectFailure({ commonLabels: { 'Acme.io/Team': 'data' } }, keyMessage('commonLabels keys', 'a domain in lower case', 'Acme.io/Team'));
    expect(failureOf({ podAnnotations: { 'Acme.io/Team': 'data' } })).not.toThrow();
  });

  test.each(labelled)('are refused in %s', (prop, props) => {
    expectFailure(props({ 'data team': 'a' }), keyMessage(`${prop} keys`, 'a domain in lower case', 'data team'));
    expectFailure(props({ a: 'b', team: 'data team' }), valueMessage(`${prop} team`, 'data team'));
  });

  test.each(annotated)('are what %s have as keys, with any text as value', (prop, props) => {
    expectFailure(props({ 'data team': 'a' }), keyMessage(`${prop} keys`, 'a domain', 'data team'));
    expect(failureOf(props({ team: 'The data team, floor 3: {"a": 1}' }))).not.toThrow();
  });

  test('are taken with all that Kubernetes takes', () => {
    const labels = Object.fromEntries([...goodKeys.map((key) => [key, 'data']), ...['', ...goodNames].map((value, index) => [`value-${index}`, value])]) as Labels;
    [...labelled, ...annotated].forEach(([, props]) => expect(failureOf(props(labels))).not.toThrow());
    expect(failureOf({ tolerations: [...goodKeys.map((key) => ({ key })), ...['', ...goodNames].map((value) => ({ key: 'a', value }))] })).not.toThrow();
  });

  test('are taken where they are known later', () => {
    for (const later of [...tokens(), 'dummy-value-for-/data/team']) {
      [...labelled, ...annotated].forEach(([, props]) => expect(failureOf(props({ [later]: 'data', team: later }))).not.toThrow());
      expect(failureOf({ tolerations: [{ key: later, value: later }] })).not.toThrow();
    }
  });

  test('are not looked at in values', () => {
    expect(failureOf({ values: { commonLabels: { 'data team': 'data team' } } })).not.toThrow();
  });

  test('are not repeated where they hold a secret', () => {
    expect(failureOf({ commonLabels: { team: '{{resolve:secretsmanager:canary}}' } })).toThrow(/^commonLabels must not hold a secret value [^]*$/);
    expect(failureOf({ tolerations: [{ key: 'a', value: '{{resolve:secretsmanager:canary}}' }] })).toThrow(/^tolerations must not hold a secret value [^]*$/);
  });
});

test('numbers may be known at deployment only', () => {
  const stack = makeStack();
  const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
  const cluster = CLUSTERS['imported aws-eks-v2'](stack);
  const credentialSync = new CredentialSync(stack, 'CredentialSync', { cluster, reservedConcurrentExecutions: number });
  addRunner(stack, cluster, { credentialSync, replicas: number, podDisruptionBudget: { maxUnavailable: number } });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: { Ref: 'Number' } });
  const text = flatten(only(template, CHART).Properties.Values);
  expect(text).toContain('"replicaCount":Number');
  expect(text).toContain('"maxUnavailable":Number');
});

describe('chart source', () => {
  test.each<[string, () => unknown]>([
    ['chartSource must be a URL such as "https://charts.example.com", got "charts.example.com"', () => ChartSource.repository('charts.example.com')],
    ['chartSource must be a URL such as "oci://123456789012.dkr.ecr.us-east-1.amazonaws.com/hybrid-ingestion-runner", got "https://charts.example.com"', () => ChartSource.oci('https://charts.example.com')],
    ...['https://user:canary@charts.example.com', 'user:canary@charts.example.com', 'https:/user:canary@charts.example.com', 'HTTPS://user:canary@charts.example.com'].map((url): [string, () => unknown] => [
      'chartSource must not hold a user name or password: they would stand readable in the template', () => ChartSource.repository(url),
    ]),
    ...['https://charts.example.com/stable?token=canary', 'charts.example.com?canary', 'https://charts.example.com#canary'].map((url): [string, () => unknown] => [
      'chartSource must not have a query or fragment: a token there would stand readable in the template', () => ChartSource.repository(url),
    ]),
    ['chartSource must not have a query or fragment: a token there would stand readable in the template', () => ChartSource.oci('oci://charts.example.com/runner?token=canary')],
  ])('%s', (message, make) => {
    expect(make).toThrow(new Error(message));
  });

  test.each([
    () => ChartSource.repository('https://charts.example.com:8443/a/@scope/b'),
    () => ChartSource.oci('oci://charts.example.com/runner@sha256:0a'),
  ])('%s is taken', (make) => {
    expect(make).not.toThrow();
  });
});
