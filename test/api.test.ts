import * as fs from 'fs';
import * as path from 'path';
import * as library from '../lib';

const ROOT = path.join(__dirname, '..');

function readJson(file: string): any {
  return JSON.parse(fs.readFileSync(path.join(ROOT, file), 'utf8'));
}

/** Users' programs are written against these names. Taking one away needs a major version. */
const TYPES = [
  'ArgoWorkflows',
  'AwsSecretsManagerOptions',
  'ChartAssetOptions',
  'ChartSource',
  'CollateRegistryOptions',
  'ConnectorSecretOptions',
  'ContainerResources',
  'CreateNamespaceOptions',
  'CredentialSync',
  'CredentialSyncProps',
  'ExistingArgoWorkflowsOptions',
  'FunctionPlacement',
  'GrafanaDashboardOptions',
  'HybridRunner',
  'HybridRunnerOptions',
  'HybridRunnerProps',
  'InVpcOptions',
  'IngestionIdentity',
  'InstallArgoWorkflowsOptions',
  'IrsaOptions',
  'MirrorOptions',
  'PodDisruptionBudgetOptions',
  'PodIdentityOptions',
  'PrometheusRulesOptions',
  'ResourceQuantities',
  'RunnerCluster',
  'RunnerClusterOptions',
  'RunnerImages',
  'RunnerMonitoring',
  'RunnerMonitoringOptions',
  'RunnerNamespace',
  'SecretsStore',
  'ServiceMonitorOptions',
  'Toleration',
];

describe('the assembly', () => {
  const assembly = readJson('.jsii');

  test('holds exactly the public types', () => {
    expect(Object.values<any>(assembly.types).map(({ name }) => name).sort()).toEqual(TYPES);
  });

  test('is what JavaScript gets', () => {
    expect(Object.keys(library).sort()).toEqual(TYPES.filter((name) => !/(Options|Props|Resources|Quantities|Toleration)$/.test(name)));
  });

  test('documents every type and member, and says the default of every option', () => {
    const undocumented: string[] = [];
    for (const type of Object.values<any>(assembly.types)) {
      const note = (name: string, what: string) => undocumented.push(`${type.name}.${name}: ${what}`);
      if (!type.docs?.summary) { note('', 'summary'); }
      for (const member of [...type.properties ?? [], ...type.methods ?? []]) {
        if (!member.docs?.summary && !member.overrides) { note(member.name, 'summary'); }
        if (type.datatype && member.optional && !member.docs?.default) { note(member.name, '@default'); }
      }
    }
    expect(undocumented).toEqual([]);
  });

  test('needs nothing but the CDK', () => {
    expect(Object.keys(assembly.dependencies).sort()).toEqual(['aws-cdk-lib', 'constructs']);
    expect(assembly.bundled ?? {}).toEqual({});
  });
});

describe('the package', () => {
  const manifest = readJson('package.json');

  test('names its languages once: .jsiirc.json says what jsii reads', () => {
    expect(readJson('.jsiirc.json')).toEqual({ targets: manifest.jsii.targets });
    expect(manifest.jsii.targets).toEqual({
      python: { distName: 'cdk_collate_hybrid_runner', module: 'cdk_collate_hybrid_runner' },
      // Maven Central gives out io.github.X to the GitHub account X; a Java package has no hyphens.
      java: { package: 'io.github.cdkcollate.hybridrunner', maven: { groupId: 'io.github.cdk-collate', artifactId: 'hybridrunner' } },
      dotnet: { namespace: 'CdkCollate.HybridRunner', packageId: 'CdkCollate.HybridRunner' },
      go: { moduleName: 'github.com/cdk-collate/cdk-collate-hybrid-runner-go' },
    });
  });

  test('has no dependency at run time beyond its peers', () => {
    const kinds = Object.keys(manifest).filter((key) => /dependencies/i.test(key));
    expect(kinds).toEqual(['peerDependencies', 'devDependencies']);
    expect(manifest.peerDependencies).toEqual({ 'aws-cdk-lib': '^2.261.0', 'constructs': '^10.5.1' });
    expect(Object.keys(manifest.exports)).toEqual(['.', './blueprints', './package.json', './.jsii', './.warnings.jsii.js']);
  });

  test('runs nothing when it is installed', () => {
    expect(Object.keys(manifest.scripts).filter((name) => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([]);
  });
});
