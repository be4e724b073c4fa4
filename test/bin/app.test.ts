import { Match } from 'aws-cdk-lib/assertions';
import { CHART, FIRST_SYNC, MANIFEST, ResourceGraph, chartValues, flatten, manifests, only, warnings } from '../helpers';
import { APPS, SynthesizedApp, synthesizeApp } from './helpers';

/** Without a VPC the runs are quick. */
const EXISTING = { clusterName: 'data' };

describe.each(Object.entries(APPS))('with %s and nothing set', (_, context) => {
  let synthesized: SynthesizedApp;
  beforeAll(async () => {
    synthesized = await synthesizeApp(context);
  });

  test('the template fits every account and region', () => {
    const { stack, template } = synthesized;
    expect(stack.environment).toBe('aws://unknown-account/unknown-region');
    expect(JSON.stringify(template.toJSON())).not.toMatch(/vpc-provider|availability-zones/);
  });

  test('the runner reports to a host that does not exist, and the app says so', () => {
    const { stack, template } = synthesized;
    expect(chartValues(template).config).toEqual(expect.objectContaining({ agentId: 'example-runner', serverHost: 'collate.example.com', secretsManager: 'managed-aws' }));
    expect(warnings(stack).filter((warning) => warning.includes('placeholder'))).toEqual([
      'agentId is the placeholder example-runner: set -c agentId=… before you deploy [ack: collate-hybrid-runner:placeholder:agentId]',
      'serverHost is the placeholder collate.example.com: set -c serverHost=… before you deploy [ack: collate-hybrid-runner:placeholder:serverHost]',
    ]);
  });

  test('the secrets are those of the guide', () => {
    const request = flatten(only(synthesized.template, FIRST_SYNC).Properties.Request);
    expect(request).toContain(':secret:collate/runner-token"');
    expect(request).toContain(':secret:collate/registry-keys"');
  });

  test('the outputs say what to do next', () => {
    const { template } = synthesized;
    template.hasOutput('AgentId', { Value: 'example-runner' });
    template.hasOutput('Namespace', { Value: 'hybrid-ingestion-runner' });
    template.hasOutput('ReleaseName', { Value: 'hybrid-ingestion-runner' });
    template.hasOutput('IngestionRoleArn', { Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('IngestionRole'), 'Arn'] } });
    template.hasOutput('SecretReferencePrefix', { Value: 'secret:/collate/hybrid-ingestion-runner/' });
    template.hasOutput('NextSteps', { Value: Match.stringLikeRegexp('example-runner is Active') });
    expect(flatten(template.findOutputs('RenewCommand').RenewCommand.Value)).toMatch(/^aws lambda invoke --region \S+ --function-name CollateCredentialSync\S+ /);
  });

  test('the function stands outside of the VPC', () => {
    const functions = Object.entries(synthesized.template.findResources('AWS::Lambda::Function')).filter(([id]) => id.startsWith('CollateCredentialSync'));
    expect(functions).toHaveLength(1);
    expect(functions[0][1].Properties).not.toHaveProperty('VpcConfig');
  });

  test('all that is applied to the cluster comes after the right to do so', () => {
    const graph = new ResourceGraph(synthesized.template);
    const admin = graph.ids('AWS::EKS::AccessEntry', 'AmazonEKSClusterAdminPolicy').filter((id) => !id.includes('mastersRole'));
    expect(admin).toHaveLength(1);
    const applied = [...graph.ids(MANIFEST), ...graph.ids(CHART)];
    expect(applied).toHaveLength(4);
    applied.forEach((id) => expect([...graph.waitsFor(id)]).toContain(admin[0]));
    expect(graph.cyclic).toEqual([]);
  });

  test('no role has a name, and no value of a secret stands in the template', () => {
    const { template } = synthesized;
    expect(Object.values(template.findResources('AWS::IAM::Role')).filter(({ Properties }) => Properties.RoleName)).toEqual([]);
    expect(JSON.stringify(template.toJSON())).not.toContain('{{resolve:secretsmanager');
  });

  test('a region that is set is that of the stack, and takes nothing away', async () => {
    const { stack, template } = await synthesizeApp({ ...context, region: 'eu-central-1' });
    const types = ({ Resources }: { [key: string]: any }) => Object.values<any>(Resources).map(({ Type }) => Type);
    expect(stack.environment).toBe('aws://unknown-account/eu-central-1');
    expect(types(template.toJSON())).toEqual(types(synthesized.template.toJSON()));
  });

  test.each(['us-gov-west-1', 'cn-northwest-1', 'eusc-de-east-1'])('the region %s of another partition is one, too', async (region) => {
    const { stack } = await synthesizeApp({ ...context, region });
    expect(stack.region).toBe(region);
  });

  test('an account that is set is that of the stack', async () => {
    const { stack } = await synthesizeApp({ ...context, account: '111122223333' });
    expect(stack.environment).toBe('aws://111122223333/unknown-region');
  });
});

test('a new cluster is one of Auto Mode with a public endpoint and Kubernetes 1.35', async () => {
  const { template, stack } = await synthesizeApp();
  const { Properties } = Object.values(template.findResources('AWS::EKS::Cluster'))[0];
  expect(Properties).toEqual(expect.objectContaining({
    Name: 'collate-hybrid-runner',
    Version: '1.35',
    ComputeConfig: expect.objectContaining({ Enabled: true, NodePools: ['system', 'general-purpose'] }),
    ResourcesVpcConfig: expect.objectContaining({ EndpointPublicAccess: true, EndpointPrivateAccess: true }),
  }));
  expect(stack.stackName).toBe('collate-hybrid-runner');
  template.resourceCountIs('AWS::EKS::Addon', 0);
});

test('two clusters have no stack in common, however alike their names are', async () => {
  const long = 'a'.repeat(99);
  const names = await Promise.all([`${long}1`, `${long}2`, 'a_b', 'a-b'].map(async (clusterName) => (await synthesizeApp({ clusterName })).stack.stackName));
  expect(names).toEqual([`collate-hybrid-runner-on-${long}1`, `collate-hybrid-runner-on-${long}2`, 'collate-hybrid-runner-on-a--b', 'collate-hybrid-runner-on-a-b']);
});

test('an existing cluster gets a stack of its own, which makes neither cluster nor network', async () => {
  const { template, stack } = await synthesizeApp({ clusterName: 'data_platform' });
  expect(stack.stackName).toBe('collate-hybrid-runner-on-data--platform');
  template.resourceCountIs('AWS::EKS::Cluster', 0);
  template.resourceCountIs('AWS::EC2::VPC', 0);
  template.allResourcesProperties('AWS::EKS::AccessEntry', { ClusterName: 'data_platform' });
});

test('an existing cluster is taken to have the Pod Identity agent where the ingestion needs it, with a warning until it is said', async () => {
  const set = { clusterName: 'data', clusterVersion: '1.33', agentId: 'aws-prod', serverHost: 'acme.getcollate.io' };
  const warned = async (context: Record<string, unknown>) => warnings((await synthesizeApp({ ...set, ...context })).stack);
  expect(await warned({})).toEqual(['cluster data is taken to have the EKS Pod Identity agent, which Auto Mode has built in: set -c installAgent=true if it has none, -c installAgent=false if it has [ack: collate-hybrid-runner:podIdentityAgentAssumed]']);
  expect(await warned({ installAgent: 'false' })).toEqual([]);
  expect(await warned({ secretsStore: 'kubernetes' })).toEqual([]);
});

test('an existing cluster is taken to have the default version, with a warning until it is said', async () => {
  const set = { clusterName: 'data', secretsStore: 'kubernetes', agentId: 'aws-prod', serverHost: 'acme.getcollate.io' };
  expect(warnings((await synthesizeApp(set)).stack)).toEqual(['cluster data is taken to run Kubernetes 1.35, whose kubectl and Helm the stack brings: set -c clusterVersion=… [ack: collate-hybrid-runner:clusterVersionAssumed]']);
  expect(warnings((await synthesizeApp({ ...set, clusterVersion: '1.33' })).stack)).toEqual([]);
});

describe('what is set', () => {
  test('reaches the runner', async () => {
    const { template, stack } = await synthesizeApp({
      ...EXISTING,
      agentId: 'aws-prod',
      serverHost: 'acme.getcollate.io',
      authTokenSecretName: 'prod/token',
      ecrCredentialsSecretName: 'prod/keys',
      authTokenField: 'jwt',
      pathPrefix: '/data',
      namespace: 'collate',
      argoWorkflows: 'argo.argo.svc:2746',
      chartVersion: '1.12.14',
      reapply: '2026-11-25',
      installAgent: true,
      clusterVersion: '1.34',
      stackName: 'runner',
    });
    const request = JSON.parse(flatten(only(template, FIRST_SYNC).Properties.Request));
    expect(request).toEqual(expect.objectContaining({ agentId: 'aws-prod', namespace: 'collate' }));
    expect(request.tokenSecret).toEqual(expect.objectContaining({ secretArn: expect.stringMatching(/:prod\/token$/), field: 'jwt' }));
    expect(request.pullSecret.credentialsSecretArn).toMatch(/:prod\/keys$/);
    expect(only(template, CHART).Properties).toEqual(expect.objectContaining({ Namespace: 'collate', Version: '1.12.14', Reapply: '2026-11-25' }));
    expect(chartValues(template).config).toEqual(expect.objectContaining({ serverHost: 'acme.getcollate.io', argoWorkflows: { endpoint: 'argo.argo.svc:2746' } }));
    template.hasOutput('SecretReferencePrefix', { Value: 'secret:/data/' });
    template.resourceCountIs('AWS::EKS::Addon', 1);
    expect(stack.stackName).toBe('runner');
    expect(warnings(stack)).toEqual([]);
  });

  test('secretsStore=kubernetes makes no role for the ingestion, and promises none', async () => {
    const { template } = await synthesizeApp({ ...EXISTING, secretsStore: 'kubernetes' });
    expect(chartValues(template).config.secretsManager).toBe('kubernetes');
    template.resourceCountIs('AWS::EKS::PodIdentityAssociation', 0);
    expect(Object.keys(template.findOutputs('*')).sort()).toEqual(['AgentId', 'Namespace', 'NextSteps', 'ReleaseName', 'RenewCommand', 'StatusCommand']);
  });

  test('argoWorkflows=none installs none', async () => {
    const { template } = await synthesizeApp({ ...EXISTING, argoWorkflows: 'none' });
    expect(chartValues(template).installArgoWorkflows).toBe(false);
    expect(manifests(template).filter(({ kind }) => kind === 'Namespace')).toHaveLength(1);
  });

  test('a new cluster takes its version and name', async () => {
    const { template } = await synthesizeApp({ clusterVersion: '1.34', stackName: 'data' });
    expect(Object.values(template.findResources('AWS::EKS::Cluster'))[0].Properties).toEqual(expect.objectContaining({ Name: 'data', Version: '1.34' }));
  });
});
