import { App, Duration, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { KubectlProvider } from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import * as crypto from 'crypto';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { ArgoWorkflows, ChartSource, HybridRunner, IngestionIdentity, RunnerCluster, RunnerImages, RunnerNamespace, SecretsStore } from '../lib';
import { CHART, CLUSTERS, FIRST_SYNC, MANIFEST, addRunner, another, chartValues, eksCluster, eksV2Cluster, flatten, importedEksV2Cluster, makeStack, manifestOf, manifests, only, registryKeys, synthesize, warnings } from './helpers';

const CLUSTER = 'imported aws-eks-v2';

test('options of a cluster that change afterwards make no difference', () => {
  const stack = makeStack();
  const options = { accessEntry: false };
  const cluster = RunnerCluster.fromEksV2(importedEksV2Cluster(stack), options);
  options.accessEntry = true;
  addRunner(stack, cluster);
  Template.fromStack(stack).resourceCountIs('AWS::EKS::AccessEntry', 0);
});

test('what the CLI has yet to look up is taken, because synthesis is done again with it', () => {
  const stack = makeStack({ env: { account: '111122223333', region: 'eu-central-1' } });
  const lookUp = (name: string) => StringParameter.valueFromLookup(stack, `/collate/${name}`);
  addRunner(stack, CLUSTERS[CLUSTER](stack), {
    agentId: lookUp('agent'),
    serverHost: lookUp('host'),
    namespace: RunnerNamespace.create(lookUp('namespace')),
    releaseName: lookUp('release'),
    chartVersion: lookUp('version'),
    argoWorkflows: ArgoWorkflows.existing({ endpoint: lookUp('argo') }),
    images: RunnerImages.fromCollateRegistry(registryKeys(stack), { runnerTag: lookUp('tag') }),
  });
  expect(only(Template.fromStack(stack), CHART).Properties.Namespace).toBe('dummy-value-for-/collate/namespace');
});

describe('with no more than what is required', () => {
  const stack = makeStack();
  const runner = addRunner(stack, CLUSTERS[CLUSTER](stack));
  const template = Template.fromStack(stack);

  test('the release is the pinned chart of the vendor, waited for, and not rolled back', () => {
    expect(only(template, CHART).Properties).toEqual(expect.objectContaining({
      Release: 'hybrid-ingestion-runner',
      Namespace: 'hybrid-ingestion-runner',
      Chart: 'hybrid-ingestion-runner',
      Repository: 'https://open-metadata.github.io/hybrid-ingestion-runner-helm-chart',
      Version: HybridRunner.CHART_VERSION,
      Timeout: '600s',
      Wait: true,
    }));
    expect(Object.keys(only(template, CHART).Properties)).toEqual(expect.not.arrayContaining(['Atomic', 'CreateNamespace', 'SkipCrds', 'ChartAssetURL']));
    expect(HybridRunner.CHART_VERSION).toBe('1.13.3');
  });

  test('both namespaces are made and outlive the stack', () => {
    expect(manifests(template).filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)).toEqual(['hybrid-ingestion-runner', 'argo-workflows']);
    const namespaces = Object.values(template.findResources(MANIFEST)).filter(({ Properties }) => Properties.Manifest.includes('"Namespace"'));
    expect(namespaces.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['Retain', 'Retain']);
  });

  test('the values hold what the chart needs, and no more', () => {
    expect(chartValues(template)).toEqual({
      image: { repository: '118146679784.dkr.ecr.eu-west-1.amazonaws.com/hybrid-ingestion-runner' },
      imagePullSecrets: [{ name: 'omd-registry-credentials' }],
      resources: { requests: { cpu: '500m', memory: '500Mi' }, limits: { cpu: '1000m', memory: '1Gi' } },
      config: {
        agentId: 'aws-prod',
        serverHost: 'acme.getcollate.io',
        authToken: '',
        authTokenSecret: { name: 'hybrid-runner-token', key: 'token' },
        secretsManager: 'kubernetes',
        ingestionPods: {
          repository: '118146679784.dkr.ecr.eu-west-1.amazonaws.com/collate-customers-ingestion-slim-eu-west-1',
          imagePullSecrets: 'omd-registry-credentials',
          serviceAccount: { create: true, name: 'ingestion' },
        },
        argoWorkflows: { endpoint: '' },
      },
      installArgoWorkflows: true,
      createArgoWorkflowsNamespace: false,
      argoWorkflows: { namespaceOverride: 'argo-workflows' },
      ecrRegistryHelper: { enabled: false },
    });
  });

  test('the ingestion pods get no role, because nothing is granted to them', () => {
    template.resourceCountIs('AWS::EKS::PodIdentityAssociation', 0);
    template.resourcePropertiesCountIs('AWS::IAM::Role', Match.objectLike({ Description: Match.stringLikeRegexp('Ingestion') }), 0);
    template.resourceCountIs('AWS::EKS::Addon', 0);
  });

  test('the members say what was made', () => {
    expect([runner.namespaceName, runner.releaseName, runner.serviceAccountName]).toEqual(['hybrid-ingestion-runner', 'hybrid-ingestion-runner', 'ingestion']);
  });

  test('there is nothing to warn of', () => {
    expect(warnings(stack)).toEqual([]);
  });
});

describe('RunnerImages', () => {
  test('of the vendor take another account, region and tags', () => {
    const stack = makeStack();
    const keys = secretsmanager.Secret.fromSecretNameV2(stack, 'Keys', 'keys');
    addRunner(stack, CLUSTERS[CLUSTER](stack), {
      images: RunnerImages.fromCollateRegistry(keys, { registryAccount: '999988887777', registryRegion: 'cn-north-1', runnerTag: '1.13.4', ingestionTag: 'om-1.13.4-cl-1.13.4' }),
    });
    const template = Template.fromStack(stack);
    const host = '999988887777.dkr.ecr.cn-north-1.amazonaws.com.cn';
    expect(chartValues(template)).toMatchObject({
      image: { repository: `${host}/hybrid-ingestion-runner`, tag: '1.13.4' },
      config: { ingestionPods: { repository: `${host}/collate-customers-ingestion-slim-cn-north-1`, tag: 'om-1.13.4-cl-1.13.4' } },
    });
    expect(JSON.parse(flatten(only(template, FIRST_SYNC).Properties.Request)).pullSecret).toMatchObject({
      registryAccount: '999988887777', registryRegion: 'cn-north-1', registryHost: host,
    });
  });

  test('of a mirror need no keys, no pull secret, and no right to write one', () => {
    const template = synthesize({ images: RunnerImages.fromMirror({ runnerRepository: 'registry.acme.io/runner', ingestionRepository: 'registry.acme.io/ingestion', runnerTag: '1' }) });
    const values = chartValues(template);
    expect(values.image).toEqual({ repository: 'registry.acme.io/runner', tag: '1' });
    expect(values.imagePullSecrets).toEqual([]);
    expect(values.config.ingestionPods).toMatchObject({ repository: 'registry.acme.io/ingestion', imagePullSecrets: '' });
    expect(manifestOf(template, 'Role', 'collate-credential-sync').rules[0].resourceNames).toEqual(['hybrid-runner-token']);
    expect(JSON.parse(flatten(only(template, FIRST_SYNC).Properties.Request))).not.toHaveProperty('pullSecret');
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).not.toContain('registry-keys');
  });
});

describe('SecretsStore', () => {
  test('awsSecretsManager() lets the pods read what is below the vendor\'s path, and nothing else', () => {
    const template = synthesize({ secretsStore: SecretsStore.awsSecretsManager() });
    expect(ingestionStatements(template)).toEqual([{
      Action: 'secretsmanager:GetSecretValue',
      Effect: 'Allow',
      Resource: 'arn:AWS::Partition:secretsmanager:AWS::Region:AWS::AccountId:secret:/collate/hybrid-ingestion-runner/*',
    }]);
    expect(chartValues(template).config.secretsManager).toBe('managed-aws');
  });

  test('with secrets exactly those are granted, and no path', () => {
    const stack = makeStack();
    const secrets = [
      secretsmanager.Secret.fromSecretNameV2(stack, 'Redshift', 'redshift'),
      secretsmanager.Secret.fromSecretCompleteArn(stack, 'Mysql', 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:mysql-AbCdEf'),
    ];
    addRunner(stack, CLUSTERS[CLUSTER](stack), { secretsStore: SecretsStore.awsSecretsManager({ secrets, pathPrefix: '/data' }) });
    expect(ingestionStatements(Template.fromStack(stack)).map(({ Resource }) => Resource)).toEqual([
      'arn:AWS::Partition:secretsmanager:AWS::Region:AWS::AccountId:secret:redshift-??????',
      'arn:aws:secretsmanager:eu-central-1:111122223333:secret:mysql-AbCdEf',
    ]);
  });

  test('with keys the pods may decrypt with them, through Secrets Manager alone', () => {
    const stack = makeStack();
    const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:111122223333:key/1');
    addRunner(stack, CLUSTERS[CLUSTER](stack), { secretsStore: SecretsStore.awsSecretsManager({ pathPrefix: 'team/data', encryptionKeys: [key] }) });
    const statements = ingestionStatements(Template.fromStack(stack));
    expect(statements[0].Resource).toMatch(/:secret:team\/data\/\*$/);
    expect(statements[1]).toEqual({
      Action: 'kms:Decrypt',
      Effect: 'Allow',
      Resource: 'arn:aws:kms:eu-central-1:111122223333:key/1',
      Condition: { StringEquals: { 'kms:ViaService': expect.anything() } },
    });
  });

  test('lists of secrets and keys that change afterwards make no difference', () => {
    const stack = makeStack();
    const secrets = [secretsmanager.Secret.fromSecretNameV2(stack, 'Redshift', 'redshift')];
    const encryptionKeys = [kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:111122223333:key/1')];
    const secretsStore = SecretsStore.awsSecretsManager({ secrets, encryptionKeys });
    secrets.pop();
    encryptionKeys.pop();
    addRunner(stack, CLUSTERS[CLUSTER](stack), { secretsStore });
    expect(ingestionStatements(Template.fromStack(stack)).map(({ Action }) => Action)).toEqual(['secretsmanager:GetSecretValue', 'kms:Decrypt']);
  });

  test('secretReference gives the text for Collate, grantSecretRead the right', () => {
    const stack = makeStack();
    const runner = addRunner(stack, CLUSTERS[CLUSTER](stack), { secretsStore: SecretsStore.awsSecretsManager() });
    const secret = secretsmanager.Secret.fromSecretNameV2(stack, 'Redshift', '/collate/hybrid-ingestion-runner/redshift-password');
    expect(runner.secretReference(secret)).toBe('secret:/collate/hybrid-ingestion-runner/redshift-password');
    runner.grantSecretRead(secret).assertSuccess();
    expect(JSON.stringify(ingestionStatements(Template.fromStack(stack)))).toContain('redshift-password-??????');
  });
});

describe('IngestionIdentity', () => {
  test('podIdentity() trusts the pods service in one statement, bound to the account of the chart', () => {
    const template = synthesize({ secretsStore: SecretsStore.awsSecretsManager() });
    const { AssumeRolePolicyDocument } = ingestionRole(template);
    expect(AssumeRolePolicyDocument.Statement).toEqual([{
      Action: ['sts:AssumeRole', 'sts:TagSession'], Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' },
    }]);
    expect(only(template, 'AWS::EKS::PodIdentityAssociation').Properties).toMatchObject({
      ClusterName: 'data', Namespace: 'hybrid-ingestion-runner', ServiceAccount: 'ingestion',
    });
    expect(chartValues(template).config.ingestionPods.serviceAccount).toEqual({ create: true, name: 'ingestion' });
  });

  test('irsa() with an issuer known at synthesis has it in the condition', () => {
    const stack = makeStack();
    const openIdConnectProvider = iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, 'Provider', 'arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/ABC');
    const cluster = RunnerCluster.fromEksV2(importedEksV2Cluster(stack, { openIdConnectProvider }), { accessEntry: true });
    addRunner(stack, cluster, { secretsStore: SecretsStore.awsSecretsManager(), identity: IngestionIdentity.irsa() });
    const template = Template.fromStack(stack);
    expect(ingestionRole(template).AssumeRolePolicyDocument.Statement).toEqual([{
      Action: 'sts:AssumeRoleWithWebIdentity',
      Effect: 'Allow',
      Principal: { Federated: 'arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/ABC' },
      Condition: {
        StringEquals: {
          'oidc.example.com/id/ABC:aud': 'sts.amazonaws.com',
          'oidc.example.com/id/ABC:sub': 'system:serviceaccount:hybrid-ingestion-runner:ingestion',
        },
      },
    }]);
    template.resourceCountIs('AWS::EKS::PodIdentityAssociation', 0);
    expect(chartValues(template).config.ingestionPods.serviceAccount.annotations).toEqual({ 'eks.amazonaws.com/role-arn': expect.stringMatching(/Role.*\.Arn$/) });
  });

  test('irsa() with an issuer known at deployment has it through a custom resource', () => {
    const stack = makeStack();
    addRunner(stack, RunnerCluster.fromEksV2(eksV2Cluster(stack)), { secretsStore: SecretsStore.awsSecretsManager(), identity: IngestionIdentity.irsa() });
    const template = Template.fromStack(stack);
    const [statement] = ingestionRole(template).AssumeRolePolicyDocument.Statement;
    expect(statement.Condition.StringEquals).toEqual({ 'Fn::GetAtt': [expect.stringContaining('Condition'), 'Value'] });
    expect(flatten(only(template, 'Custom::AWSCDKCfnJson').Properties.Value)).toMatch(/:aud":"sts\.amazonaws\.com","[^"]+:sub":"system:serviceaccount:hybrid-ingestion-runner:ingestion"/);
  });

  test.each([
    ['irsa', (role: iam.IRole) => IngestionIdentity.irsa({ role }), 0],
    ['podIdentity', (role: iam.IRole) => IngestionIdentity.podIdentity({ role }), 1],
  ])('%s with a given role makes none, and binds that one', (kind, identity, associations) => {
    const stack = makeStack();
    const role = iam.Role.fromRoleArn(stack, 'Given', 'arn:aws:iam::111122223333:role/ingestion');
    const runner = addRunner(stack, CLUSTERS[CLUSTER](stack), { identity: identity(role), secretsStore: SecretsStore.awsSecretsManager() });
    const template = Template.fromStack(stack);
    expect(runner.ingestionRole).toBe(role);
    template.resourceCountIs('AWS::EKS::PodIdentityAssociation', associations);
    template.resourcePropertiesCountIs('AWS::IAM::Role', Match.objectLike({ Description: Match.stringLikeRegexp('Ingestion') }), 0);
    template.hasResourceProperties('AWS::IAM::ManagedPolicy', { Roles: ['ingestion'] });
    expect(chartValues(template).config.ingestionPods.serviceAccount.annotations).toEqual(
      kind === 'irsa' ? { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/ingestion' } : undefined);
  });

  test('the role is made when it is first asked for, and once', () => {
    const stack = makeStack();
    const runner = addRunner(stack, CLUSTERS[CLUSTER](stack));
    expect(runner.ingestionRole).toBe(runner.ingestionRole);
    expect(runner.grantPrincipal).toBe(runner.ingestionRole.grantPrincipal);
    Template.fromStack(stack).resourceCountIs('AWS::EKS::PodIdentityAssociation', 1);
  });

  test.each(['aws-eks with access entries', 'aws-eks-v2', CLUSTER])('installAgent adds the agent once, for two runners on %s', (name) => {
    const stack = makeStack();
    const cluster = CLUSTERS[name](stack);
    addRunner(stack, cluster, { identity: IngestionIdentity.podIdentity({ installAgent: true }) });
    addRunner(stack, cluster, { ...another(2), identity: IngestionIdentity.podIdentity({ installAgent: true }) }, 'Second');
    expect(only(Template.fromStack(stack), 'AWS::EKS::Addon').Properties.AddonName).toBe('eks-pod-identity-agent');
  });
});

describe('ArgoWorkflows', () => {
  test('install() with a namespace puts it there', () => {
    const template = synthesize({ argoWorkflows: ArgoWorkflows.install({ namespace: 'argo' }) });
    expect(manifests(template).filter(({ kind }) => kind === 'Namespace')[1].metadata.name).toBe('argo');
    expect(chartValues(template)).toMatchObject({ installArgoWorkflows: true, argoWorkflows: { namespaceOverride: 'argo' } });
  });

  test('install() into the runner\'s own namespace makes it once', () => {
    const template = synthesize({ argoWorkflows: ArgoWorkflows.install({ namespace: 'collate' }), namespace: RunnerNamespace.create('collate') });
    expect(manifests(template).filter(({ kind }) => kind === 'Namespace')).toHaveLength(1);
  });

  test.each([
    ['existing', ArgoWorkflows.existing({ endpoint: 'argo.argo.svc:2746' }), 'argo.argo.svc:2746'],
    ['none', ArgoWorkflows.none(), ''],
  ])('%s installs nothing', (_, argoWorkflows, endpoint) => {
    const template = synthesize({ argoWorkflows });
    const values = chartValues(template);
    expect(values).toMatchObject({ installArgoWorkflows: false, config: { argoWorkflows: { endpoint } } });
    expect(values).not.toHaveProperty('argoWorkflows');
    expect(manifests(template).filter(({ kind }) => kind === 'Namespace')).toHaveLength(1);
  });
});

describe('RunnerNamespace', () => {
  test('create() with DESTROY deletes both namespaces with the stack', () => {
    const template = synthesize({ namespace: RunnerNamespace.create('collate', { removalPolicy: RemovalPolicy.DESTROY }) });
    const policies = Object.values(template.findResources(MANIFEST)).filter(({ Properties }) => Properties.Manifest.includes('"Namespace"')).map(({ DeletionPolicy }) => DeletionPolicy);
    expect(policies).toEqual(['Delete', 'Delete']);
  });

  test.each<[RemovalPolicy, boolean | undefined, string]>([
    [RemovalPolicy.RETAIN, true, 'so that a stack can be deployed again over the namespaces that an earlier one left'],
    [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, undefined, 'so that a failed first deployment deletes none of somebody else\'s'],
    [RemovalPolicy.DESTROY, undefined, 'so that nobody else\'s namespace is deleted with the stack'],
  ])('create() with %s takes over namespaces that are there: %s, %s', (removalPolicy, overwrite) => {
    const template = synthesize({ namespace: RunnerNamespace.create('collate', { removalPolicy }) });
    const namespaces = Object.values(template.findResources(MANIFEST)).filter(({ Properties }) => Properties.Manifest.includes('"Namespace"'));
    expect(namespaces.map(({ Properties }) => Properties.Overwrite)).toEqual([overwrite, overwrite]);
  });

  test('existing() makes none, and everything goes there', () => {
    const template = synthesize({ namespace: RunnerNamespace.existing('collate'), argoWorkflows: ArgoWorkflows.none() });
    expect(manifests(template).map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([['Role', 'collate'], ['RoleBinding', 'collate']]);
    expect(only(template, CHART).Properties.Namespace).toBe('collate');
    expect(JSON.parse(flatten(only(template, FIRST_SYNC).Properties.Request)).namespace).toBe('collate');
  });
});

describe('ChartSource', () => {
  test('repository() takes another repository', () => {
    expect(only(synthesize({ chartSource: ChartSource.repository('https://charts.acme.io') }), CHART).Properties).toMatchObject({
      Repository: 'https://charts.acme.io', Version: '1.13.3', Chart: 'hybrid-ingestion-runner',
    });
  });

  test('oci() always has a version', () => {
    expect(only(synthesize({ chartSource: ChartSource.oci('oci://111122223333.dkr.ecr.us-east-1.amazonaws.com/hybrid-ingestion-runner'), chartVersion: '1.12.14' }), CHART).Properties).toMatchObject({
      Repository: 'oci://111122223333.dkr.ecr.us-east-1.amazonaws.com/hybrid-ingestion-runner', Version: '1.12.14',
    });
  });

  test.each(['imported aws-eks', 'imported aws-eks-v2', 'aws-eks-v2'])('asset() brings the chart itself to %s', (cluster) => {
    const stack = makeStack();
    const asset = new Asset(stack, 'Chart', { path: path.join(__dirname, 'chart') });
    addRunner(stack, CLUSTERS[cluster](stack), { chartSource: ChartSource.asset(asset) });
    const properties = only(Template.fromStack(stack), CHART).Properties;
    expect(flatten(properties.ChartAssetURL['Fn::Sub'] ?? properties.ChartAssetURL)).toMatch(/^s3:\/\//);
    expect(Object.keys(properties)).toEqual(expect.not.arrayContaining(['Repository', 'Chart', 'Version']));
  });

  test('asset() needs a kubectl provider whose role is known', () => {
    const stack = makeStack();
    const asset = new Asset(stack, 'Chart', { path: path.join(__dirname, 'chart') });

    const kubectlProvider = KubectlProvider.fromKubectlProviderAttributes(stack, 'Roleless', { serviceToken: 'arn:aws:lambda:eu-central-1:111122223333:function:kubectl' });
    const cluster = RunnerCluster.fromEksV2(importedEksV2Cluster(stack, { kubectlProvider }), { accessEntry: true });
    expect(() => addRunner(stack, cluster, { chartSource: ChartSource.asset(asset) })).toThrow(new Error('the kubectlProvider of cluster Stack/Cluster lacks role, which must be allowed to read the chart of ChartSource.asset(): give role to KubectlProvider.fromKubectlProviderAttributes'));
  });

  describe('asset with a digest', () => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'chart-')), 'chart.tgz');
    fs.writeFileSync(file, 'a chart');
    const digest = crypto.createHash('sha256').update('a chart').digest('hex');
    const asset = (at: string) => new Asset(makeStack(), 'Chart', { path: at });

    test('is taken if it is the file\'s', () => {
      expect(() => ChartSource.asset(asset(file), { digest })).not.toThrow();
    });

    test('is taken in a Stage, whose assets are those of the app', () => {
      const stack = new Stack(new Stage(new App(), 'Prod'), 'Stack');
      expect(() => ChartSource.asset(new Asset(stack, 'Chart', { path: file }), { digest })).not.toThrow();
    });

    test.each([
      ['of another file', file, '0'.repeat(64), `digest must be that of the chart in asset Stack/Chart, got ${'0'.repeat(64)}, and the file has ${digest}: check where the file comes from`],
      ['in upper case', file, digest.toUpperCase(), `digest must be a SHA-256 of 64 hexadecimal digits in lower case, got "${digest.toUpperCase()}"`],
      ['with a prefix', file, `sha256:${digest}`, `digest must be a SHA-256 of 64 hexadecimal digits in lower case, got "sha256:${digest}"`],
      ['of a folder', path.dirname(file), digest, 'digest needs a packaged chart, and the asset Stack/Chart is a folder: package it with helm package, or leave digest out'],
    ])('%s is refused', (_, at, given, message) => {
      expect(() => ChartSource.asset(asset(at), { digest: given })).toThrow(new Error(message));
    });
  });
});

describe('the release', () => {
  test('takes the name, wait, atomic and removal policy it is given', () => {
    const template = synthesize({ releaseName: 'collate', wait: false, atomic: true, timeout: Duration.minutes(5), removalPolicy: RemovalPolicy.RETAIN });
    expect(only(template, CHART)).toMatchObject({ DeletionPolicy: 'Retain', Properties: { Release: 'collate', Atomic: true, Timeout: '300s' } });
    expect(only(template, CHART).Properties).not.toHaveProperty('Wait');
  });

  test.each(Object.keys(CLUSTERS))('on %s is applied again with all that stands in the cluster, and with nothing else, when reapply changes', (name) => {
    const templateOf = (reapply?: string) => {
      const stack = makeStack();
      const runner = addRunner(stack, CLUSTERS[name](stack), { reapply, identity: IngestionIdentity.podIdentity(), secretsStore: SecretsStore.awsSecretsManager() });
      runner.grantSecretRead(secretsmanager.Secret.fromSecretNameV2(stack, 'Password', 'password'));
      return Template.fromStack(stack).toJSON().Resources;
    };
    const [before, after] = [templateOf(), templateOf('2026-11-25')];
    const changed = Object.keys(after).filter((id) => JSON.stringify(after[id]) !== JSON.stringify(before[id]));
    expect(changed.map((id) => after[id].Type).sort()).toEqual([CHART, MANIFEST, MANIFEST, MANIFEST, FIRST_SYNC]);
    expect(changed.map((id) => after[id].Properties.Reapply)).toEqual(Array(5).fill('2026-11-25'));
  });

  test('merges values last, keeps what it was given untouched, and leaves lists whole', () => {
    const values = Object.freeze({ resources: Object.freeze({ limits: Object.freeze({ memory: '2Gi' }) }), tolerations: Object.freeze([{ operator: 'Exists' }]), podLabels: null });
    const template = synthesize({ values, tolerations: [{ key: 'a' }, { key: 'b' }], replicas: 2 });
    expect(chartValues(template)).toMatchObject({
      replicaCount: 2,
      resources: { requests: { cpu: '500m', memory: '500Mi' }, limits: { cpu: '1000m', memory: '2Gi' } },
      tolerations: [{ operator: 'Exists' }],
      podLabels: null,
    });
  });

  test('keeps the places of a list in which something is null, or undefined as other languages have it', () => {
    expect(chartValues(synthesize({ values: { sidecars: ['a', undefined, null, { name: null }, 'b'], podLabels: { a: null } } }))).toMatchObject({
      sidecars: ['a', null, null, { name: null }, 'b'], podLabels: { a: null },
    });
  });

  test('takes a reference to a resource in a value, which CloudFormation fills in', () => {
    const stack = makeStack();
    const key = new kms.Key(stack, 'Key');
    addRunner(stack, CLUSTERS[CLUSTER](stack), { ingestionEnvironment: { KEY: key.keyArn } });
    expect(chartValues(Template.fromStack(stack)).config.ingestionPods.extraEnvs).toEqual([expect.stringMatching(/^KEY:Key.*\.Arn$/)]);
  });
});

test('an imported cluster is taken to have access entries, with a warning that says how to be sure', () => {
  const stack = makeStack();
  addRunner(stack, RunnerCluster.fromEksV2(importedEksV2Cluster(stack)));
  expect(warnings(stack)).toEqual([expect.stringMatching(/imported cluster Stack\/Cluster is taken to have authentication mode API or API_AND_CONFIG_MAP: say accessEntry: true if it has, or accessEntry: false to map the role to the group collate-credential-sync-[0-9a-f]{8} yourself/)]);
  Template.fromStack(stack).resourceCountIs('AWS::EKS::AccessEntry', 1);
});

test('a cluster passed to the factory of the other generation is still treated as what it is', () => {
  const app = new App();
  const one = new Stack(app, 'One');
  const two = new Stack(app, 'Two');
  addRunner(one, RunnerCluster.fromEks(eksV2Cluster(one) as never));
  addRunner(two, RunnerCluster.fromEksV2(eksCluster(two) as never));
  expect(only(Template.fromStack(one), CHART).Properties).not.toHaveProperty('RoleArn');
  expect(only(Template.fromStack(two), CHART).Properties).toHaveProperty('RoleArn');
});

test('the order of what maps hold does not change the template', () => {
  const [forwards, backwards] = [(map: object) => map, (map: object) => Object.fromEntries(Object.entries(map).reverse())].map((order) => synthesize({
    ingestionEnvironment: order({ ONE: '1', TWO: '2' }) as Record<string, string>,
    nodeSelector: order({ disk: 'ssd', zone: 'a' }) as Record<string, string>,
    values: order({ podSecurityContext: order({ runAsUser: 1, runAsGroup: 2 }), sidecars: [order({ name: 'one', image: 'two' })] }) as Record<string, unknown>,
  }));
  expect(only(forwards, CHART).Properties.Values).toBe(only(backwards, CHART).Properties.Values);
  expect(chartValues(forwards).config.ingestionPods.extraEnvs).toEqual(['ONE:1', 'TWO:2']);
});

function ingestionRole(template: Template): any {
  const roles = Object.values(template.findResources('AWS::IAM::Role')).filter(({ Properties }) => /^Ingestion/.test(Properties.Description ?? ''));
  expect(roles).toHaveLength(1);
  return roles[0].Properties;
}

function ingestionStatements(template: Template): any[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) => /Ingestion/.test(Properties.PolicyName));
  expect(policies).toHaveLength(1);
  return policies[0].Properties.PolicyDocument.Statement.map((statement: any) => ({ ...statement, Resource: flatten(statement.Resource) }));
}
