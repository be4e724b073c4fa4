import { ClusterAddOn, ClusterInfo, utils } from '@aws-quickstart/eks-blueprints';
import { ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { CollateRegistryOptions, HybridRunner, HybridRunnerOptions, RunnerCluster, RunnerClusterOptions, RunnerImages, RunnerNamespace } from '..';
import { requireAddOnId, requireImageSource, requireSecretName } from './validation';

/** Id of an add-on that was given none: the name of its class, by which Blueprints finds every add-on. */
const DEFAULT_ID = 'HybridRunnerAddOn';

/** Installs the Pod Identity agent, and so must not meet `installAgent`. */
const AGENT_ADD_ON = 'EksPodIdentityAgentAddOn';

/**
 * Add-ons that the runner comes after where they stand before it in the blueprint: without them pods do not start, find
 * no name, get no credentials, or their objects are refused.
 */
const PARTNERS = [
  'VpcCniAddOn',
  'KubeProxyAddOn',
  'CoreDnsAddOn',
  AGENT_ADD_ON,
  'KarpenterAddOn',
  'KarpenterV1AddOn',
  // Its webhook refuses every new Service until its own pods are ready.
  'AwsLoadBalancerControllerAddOn',
  // Brings the definition of GrafanaDashboard.
  'GrafanaOperatorAddon',
];

/**
 * Properties of `HybridRunnerAddOn`: the options of `HybridRunner` by the same names, and secrets by name.
 */
export interface HybridRunnerAddOnProps extends HybridRunnerOptions {
  /**
   * Id of the add-on, which a second runner on the same cluster needs. Construct ids are made from it, so it is fixed
   * once deployed; with an id of its own a runner also has a namespace of its own.
   *
   * @default 'HybridRunnerAddOn'
   */
  readonly id?: string;

  /** Name in Secrets Manager of the secret with the runner's JWT: the whole secret string, or the field `authTokenField` of a JSON one. */
  readonly authTokenSecretName: string;

  /**
   * Name in Secrets Manager of the secret with the keys of Collate's registry: JSON with the fields `accessKeyId` and
   * `secretAccessKey`. Give either this or `images`.
   *
   * @default - none, which needs `images`
   */
  readonly ecrCredentialsSecretName?: string;

  /**
   * Which registry of Collate the keys are for, and which images it gives. Only with `ecrCredentialsSecretName`.
   *
   * @default - the registry that every customer gets keys for, and the chart's image tags
   */
  readonly registry?: CollateRegistryOptions;

  /**
   * Where the images come from, if not from Collate's registry: `RunnerImages.fromMirror`.
   *
   * @default - Collate's registry, which needs `ecrCredentialsSecretName`
   */
  readonly images?: RunnerImages;

  /**
   * The Kubernetes namespace. One runner per namespace.
   *
   * @default RunnerNamespace.create('hybrid-ingestion-runner'), with an `id` such as `Finance`
   * RunnerNamespace.create('hybrid-ingestion-runner-finance')
   */
  readonly namespace?: RunnerNamespace;

  /**
   * How the credential sync gets into the cluster: its access entry and its place in the network.
   *
   * @default - those of `RunnerClusterOptions`
   */
  readonly clusterOptions?: RunnerClusterOptions;
}

/**
 * The Collate Hybrid Ingestion Runner as an add-on of EKS Blueprints, for every cluster provider.
 */
export class HybridRunnerAddOn implements ClusterAddOn {
  /** Id of the add-on, by which other add-ons find it. */
  public readonly id: string;

  private readonly props: HybridRunnerAddOnProps;

  /**
   * Fails if the id or a secret's name is malformed, or if not exactly one of `ecrCredentialsSecretName` and `images`
   * is given.
   */
  constructor(props: HybridRunnerAddOnProps) {
    this.id = requireAddOnId(props.id ?? DEFAULT_ID);
    requireSecretName('authTokenSecretName', props.authTokenSecretName);
    requireImageSource(props);
    this.props = utils.cloneDeep(props);
  }

  /**
   * Adds the runner to the cluster's scope, and returns it.
   *
   * Throws rather than rejects, because Blueprints reports a rejected add-on outside of `build` and `buildAsync`.
   */
  public deploy(clusterInfo: ClusterInfo): Promise<Construct> {
    if (clusterInfo.getScheduledAddOn(this.id)) {
      throw new Error(`id ${JSON.stringify(this.id)} is taken by another add-on of this blueprint: give each HybridRunnerAddOn an id of its own`);
    }
    const runner = this.addRunner(clusterInfo);
    const partners = PARTNERS.map((name) => clusterInfo.getScheduledAddOn(name)).filter((partner) => partner !== undefined);
    return Promise.all(partners).then((constructs) => {
      runner.node.addDependency(...constructs);
      return runner;
    });
  }

  private addRunner(clusterInfo: ClusterInfo): HybridRunner {
    const { id: _, authTokenSecretName, ecrCredentialsSecretName, registry, images, clusterOptions, ...options } = this.props;
    if (options.identity?._installAgent) {
      refuseSecondAgent(clusterInfo);
    }
    // In the cluster's own scope, because a stack may hold more than one blueprint.
    const scope = new Construct(clusterInfo.cluster.node.scope ?? clusterInfo.cluster.stack, this.id);
    const secret = (id: string, name: string): ISecret => Secret.fromSecretNameV2(scope, id, name);
    const kubernetesVersion = clusterInfo.version.version;
    const runner = new HybridRunner(scope, 'Runner', {
      ...options,
      namespace: options.namespace ?? this.defaultNamespace(),
      cluster: clusterInfo.clusterv2
        ? RunnerCluster.fromEksV2(clusterInfo.clusterv2, { kubernetesVersion, ...clusterOptions })
        : RunnerCluster.fromEks(clusterInfo.cluster, { kubernetesVersion, ...clusterOptions }),
      authToken: secret('AuthToken', authTokenSecretName),
      images: images ?? RunnerImages.fromCollateRegistry(secret('RegistryKeys', ecrCredentialsSecretName!), registry),
    });
    const { nodeGroups = [], autoscalingGroups = [], fargateProfiles = [] } = clusterInfo;
    runner.node.addDependency(...nodeGroups, ...autoscalingGroups, ...fargateProfiles);
    return runner;
  }

  private defaultNamespace(): RunnerNamespace | undefined {
    if (this.id === DEFAULT_ID) {
      return undefined;
    }
    const words = this.id.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
    return RunnerNamespace.create(`hybrid-ingestion-runner-${words}`);
  }
}

function refuseSecondAgent(clusterInfo: ClusterInfo): void {
  const other = clusterInfo.getScheduledAddOn(AGENT_ADD_ON) ? AGENT_ADD_ON : clusterInfo.autoMode && 'Auto Mode';
  if (other) {
    throw new Error(`identity must not have installAgent beside ${other}, which brings the Pod Identity agent: leave installAgent out`);
  }
}

// A call, because the decorator is of the legacy kind, which jsii's compiler does not take. The add-on is of no
// architecture: that of the images is for `nodeSelector`.
utils.supportsALL(HybridRunnerAddOn);
