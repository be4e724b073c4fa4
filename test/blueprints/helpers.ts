import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import * as blueprints from '@aws-quickstart/eks-blueprints';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as eksv2 from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { HybridRunnerAddOn, HybridRunnerAddOnProps } from '../../lib/blueprints';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

const VERSION = eks.KubernetesVersion.V1_35;

/** No more than what is required. */
export const REQUIRED: HybridRunnerAddOnProps = {
  agentId: 'aws-prod',
  serverHost: 'collate.example.com',
  authTokenSecretName: 'collate/runner-token',
  ecrCredentialsSecretName: 'collate/registry-keys',
};

// One folder for all apps of a test file: the kubectl layers are copied into it once.
const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'collate-hybrid-runner-test-'));
afterAll(() => fs.rmSync(outdir, { recursive: true, force: true }));

export function makeApp(): App {
  return new App({ outdir });
}

export function addOn(props: Partial<HybridRunnerAddOnProps> = {}): HybridRunnerAddOn {
  return new HybridRunnerAddOn({ ...REQUIRED, ...props });
}

/** The cluster providers, by what they make. */
export const PROVIDERS: Record<string, () => blueprints.ClusterProvider | undefined> = {
  'the default provider': () => undefined,
  'a managed node group': () => new blueprints.MngClusterProvider({ version: VERSION }),
  'a managed node group and access entries': () => new blueprints.GenericClusterProvider({
    version: VERSION,
    authenticationMode: eks.AuthenticationMode.API,
    managedNodeGroups: [{ id: 'nodes' }],
  }),
  'the second generation': () => new blueprints.GenericClusterProviderV2({
    version: VERSION as unknown as eksv2.KubernetesVersion,
    defaultCapacityType: eksv2.DefaultCapacityType.NODEGROUP,
    managedNodeGroups: [{ id: 'nodes' }],
  }),
  'Auto Mode': () => new blueprints.AutomodeClusterProvider({ version: VERSION as unknown as eksv2.KubernetesVersion, nodePools: ['system', 'general-purpose'] }),
  'an imported cluster': () => new blueprints.ImportClusterProvider({
    clusterName: 'data',
    version: VERSION,
    kubectlRoleArn: `arn:aws:iam::${ACCOUNT}:role/kubectl`,
  }),
};

/**
 * A blueprint on an imported cluster, without a VPC and a key of its own. Its kubectl handler is imported too, which
 * spares each test the copy of the layers.
 */
export function importedBlueprint(app: App): blueprints.BlueprintBuilder {
  const network = new Stack(app, 'Network');
  const vpc = ec2.Vpc.fromVpcAttributes(network, 'Vpc', { vpcId: 'vpc-11111111', availabilityZones: [`${REGION}a`] });
  const provider = new blueprints.ImportClusterProvider({
    clusterName: 'data',
    version: VERSION,
    kubectlRoleArn: `arn:aws:iam::${ACCOUNT}:role/kubectl`,
    kubectlLayer: lambda.LayerVersion.fromLayerVersionArn(network, 'Layer', `arn:aws:lambda:${REGION}:${ACCOUNT}:layer:kubectl:1`),
    kubectlProvider: eks.KubectlProvider.fromKubectlProviderAttributes(network, 'Kubectl', {
      functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:kubectl`,
      kubectlRoleArn: `arn:aws:iam::${ACCOUNT}:role/kubectl`,
      handlerRole: iam.Role.fromRoleArn(network, 'Handler', `arn:aws:iam::${ACCOUNT}:role/kubectl-handler`),
    }),
  });
  return blueprint(provider)
    .resourceProvider(blueprints.GlobalResources.Vpc, new blueprints.DirectVpcProvider(vpc))
    .useDefaultSecretEncryption(false);
}

export function blueprint(provider?: blueprints.ClusterProvider): blueprints.BlueprintBuilder {
  const builder = blueprints.EksBlueprint.builder().version('auto').account(ACCOUNT).region(REGION);
  return provider ? builder.clusterProvider(provider) : builder;
}

/** The template of a blueprint on the imported cluster with these add-ons. */
export async function templateOf(...addOns: blueprints.ClusterAddOn[]): Promise<Template> {
  const app = makeApp();
  return Template.fromStack(await importedBlueprint(app).addOns(...addOns).buildAsync(app, 'data'));
}
