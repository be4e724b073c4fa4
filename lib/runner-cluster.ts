import * as eks from 'aws-cdk-lib/aws-eks';
import * as eksv2 from 'aws-cdk-lib/aws-eks-v2';
import { FunctionPlacement } from './function-placement';
import { ClusterAdapter } from './private/cluster-adapter';
import { EksAdapter } from './private/eks-adapter';
import { EksV2Adapter } from './private/eks-v2-adapter';
import { isBefore, requireCluster, requireFromFactory } from './private/validation';

/** Oldest Kubernetes the chart's vendor supports. */
const OLDEST_KUBERNETES = '1.28';

/**
 * Options of a cluster. Runners that share a function must agree: later ones repeat the first one's `accessEntry` and
 * `functionPlacement`, or leave them out. Subnets and security groups are those of the first. What only the first one
 * says goes with it when it is removed.
 */
export interface RunnerClusterOptions {
  /**
   * Whether an EKS access entry lets the function that writes the pull secret into the cluster.
   *
   * `true` needs a cluster in authentication mode `API` or `API_AND_CONFIG_MAP`.
   * With `false` nothing is made: map `runner.credentialSync.role` to the Kubernetes group
   * `runner.credentialSync.kubernetesGroup` yourself before the first sync runs.
   *
   * @default - what a cluster of this app is made for: an access entry, or a line in the `aws-auth` ConfigMap for a
   * cluster of `aws-eks` whose authentication mode is `CONFIG_MAP` or not set. An imported cluster is taken to have
   * access entries, with a warning
   */
  readonly accessEntry?: boolean;

  /**
   * Kubernetes version of an imported cluster, such as `1.33`, so that one that is too old is found at synthesis.
   *
   * @default - that of a cluster of this app; not known of an imported one
   */
  readonly kubernetesVersion?: string;

  /**
   * Where the function that writes the pull secret runs.
   *
   * @default FunctionPlacement.likeKubectl()
   */
  readonly functionPlacement?: FunctionPlacement;
}

/**
 * The EKS cluster of a runner: of either generation of the construct library, made in this app or imported.
 */
export class RunnerCluster {
  /**
   * A cluster of `aws-cdk-lib/aws-eks`.
   *
   * An imported one needs `kubectlRoleArn` and `kubectlLayer` (or `kubectlProvider`), and `openIdConnectProvider` for
   * `IngestionIdentity.irsa()`. With `clusterEndpoint` and `clusterCertificateAuthorityData` the function needs no
   * `eks:DescribeCluster`.
   *
   * Fails if the cluster lacks what is needed, or is older than Kubernetes 1.28.
   */
  public static fromEks(cluster: eks.ICluster, options: RunnerClusterOptions = {}): RunnerCluster {
    return new RunnerCluster(adapt(cluster), options);
  }

  /**
   * A cluster of `aws-cdk-lib/aws-eks-v2`.
   *
   * An owned one needs `kubectlProviderOptions`, an imported one `kubectlProvider`, and `openIdConnectProvider` for
   * `IngestionIdentity.irsa()`. With `clusterEndpoint` and `clusterCertificateAuthorityData` the function needs no
   * `eks:DescribeCluster`.
   *
   * Fails if the cluster lacks what is needed, or is older than Kubernetes 1.28.
   */
  public static fromEksV2(cluster: eksv2.ICluster, options: RunnerClusterOptions = {}): RunnerCluster {
    return new RunnerCluster(adapt(cluster), options);
  }

  /** Name of the cluster. */
  public readonly clusterName: string;

  /** @internal */
  public readonly _adapter: ClusterAdapter;
  /** @internal */
  public readonly _options: RunnerClusterOptions;

  private constructor(adapter: ClusterAdapter, options: RunnerClusterOptions) {
    const { cluster } = adapter;
    const kubernetesVersion = adapter.kubernetesVersion ?? requireKubernetesVersion(options.kubernetesVersion);
    if (kubernetesVersion && isBefore(`${kubernetesVersion}.0`, `${OLDEST_KUBERNETES}.0`)) {
      throw new Error(`cluster ${cluster.node.path} must run Kubernetes ${OLDEST_KUBERNETES} or newer, got ${kubernetesVersion}: upgrade the cluster first`);
    }
    adapter.requireKubectl();
    if (options.functionPlacement !== undefined) {
      requireFromFactory('functionPlacement', options.functionPlacement, '_isSame', 'FunctionPlacement.likeKubectl(), FunctionPlacement.outsideVpc() or FunctionPlacement.inVpc(…)');
    }
    if (options.accessEntry && adapter.access === 'aws-auth') {
      throw new Error(`accessEntry must not be true for cluster ${cluster.node.path}, whose authentication mode is CONFIG_MAP: set authenticationMode to API_AND_CONFIG_MAP on the cluster, or leave accessEntry out to use the aws-auth ConfigMap`);
    }
    this.clusterName = cluster.clusterName;
    this._adapter = adapter;
    this._options = { ...options };
  }
}

function requireKubernetesVersion(version: string | undefined): string | undefined {
  if (version !== undefined && !/^\d+\.\d+$/.test(version)) {
    throw new Error(`kubernetesVersion must be a minor version such as "1.33", got ${JSON.stringify(version)}`);
  }
  return version;
}

/** Tells the generations apart by what a cluster has, because their TypeScript types accept each other's objects. */
function adapt(cluster: eks.ICluster | eksv2.ICluster): ClusterAdapter {
  requireCluster(cluster);
  return 'kubectlRole' in cluster ? new EksAdapter(cluster) : new EksV2Adapter(cluster as eksv2.ICluster);
}
