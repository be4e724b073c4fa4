import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as eksv2 from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, IDependable } from 'constructs';
import { isElsewhere, placeName } from './environment';
import { isInstanceOf, readIfGiven } from './inspection';
import { requireApiServer } from './validation';

/** Kubernetes objects that the CDK's kubectl handler applies. */
export interface ManifestOptions {
  readonly manifest: Record<string, unknown>[];
  readonly removalPolicy?: RemovalPolicy;
  /** Whether objects that are there already are taken over when the manifest is made. */
  readonly overwrite?: boolean;
}

/** Both generations take the same options for a chart, apart from the cluster. */
export type ChartOptions = eks.HelmChartOptions;

/** How to reach the Kubernetes API server. */
export interface ApiServer {
  readonly endpoint: string;
  readonly certificateAuthority: string;
}

/** Where a function stands in a VPC. */
export interface VpcPlacement {
  readonly vpc: ec2.IVpc;
  readonly subnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/** How the cluster lets IAM principals in. */
export type ClusterAccess = 'entries' | 'aws-auth' | 'unknown';

/**
 * What this library needs of a cluster, whatever generation of the construct library it comes from, owned or imported.
 * Both generations differ in classes, not in behaviour: each difference stands in one adapter and nowhere else.
 */
export abstract class ClusterAdapter<C extends eks.ICluster | eksv2.ICluster = eks.ICluster | eksv2.ICluster> {
  /** Name of the class family, for error texts. */
  public abstract readonly generation: 'aws-eks' | 'aws-eks-v2';
  public abstract readonly access: ClusterAccess;
  public readonly owned: boolean;
  public readonly fargate: boolean;
  /** Minor version such as `1.33`, where it is known. */
  public readonly kubernetesVersion?: string;

  constructor(public readonly cluster: C) {
    const { grantAccess, version } = cluster as { grantAccess?: unknown; version?: eks.KubernetesVersion };
    this.owned = typeof grantAccess === 'function';
    this.fargate = ['aws-eks', 'aws-eks-v2'].some((module) => isInstanceOf(cluster, `aws-cdk-lib.${module}.FargateCluster`));
    this.kubernetesVersion = version?.version;
  }

  /** Fails unless manifests and charts can be applied to this cluster. */
  public abstract requireKubectl(): void;
  /** Fails unless a chart from an asset can be read by the kubectl handler. */
  public abstract requireChartAssets(): void;
  /** Where the kubectl handler stands; nothing if it stands outside of any VPC. */
  public abstract kubectlPlacement(scope: Construct): VpcPlacement | undefined;
  /** Lets a role in as member of a group by the aws-auth ConfigMap. */
  public abstract mapRole(scope: Construct, role: iam.IRole, group: string): IDependable;
  public abstract addManifest(scope: Construct, id: string, options: ManifestOptions): Construct;
  public abstract addChart(scope: Construct, id: string, options: ChartOptions): Construct;

  /** Fails for a cluster of this app elsewhere: its kubectl handler is there too, and cannot be called from the scope's stack. */
  public requireSamePlace(scope: Construct): void {
    const { env, node } = this.cluster;
    if (this.owned && isElsewhere(env, scope)) {
      const stack = Stack.of(scope);
      throw new Error(`cluster ${node.path} must be of ${placeName(stack)}, where stack ${stack.node.path} is, because CloudFormation calls no kubectl handler of another account or region, got ${placeName(env)}: put the runner into a stack of the cluster's account and region`);
    }
  }

  /** The address of the API server, where the cluster knows both parts of it. */
  public apiServer(): ApiServer | undefined {
    const endpoint = readIfGiven(() => this.cluster.clusterEndpoint);
    const certificateAuthority = readIfGiven(() => this.cluster.clusterCertificateAuthorityData);
    if (!endpoint || !certificateAuthority) {
      return undefined;
    }
    requireApiServer(this.cluster.node.path, endpoint, certificateAuthority);
    return { endpoint, certificateAuthority };
  }

  /** The provider of the tokens of service accounts, or a text that says that the import lacks it. */
  public openIdConnectProvider(): iam.IOpenIdConnectProvider {
    if (this.owned) {
      return this.cluster.openIdConnectProvider;
    }
    const provider = readIfGiven(() => this.cluster.openIdConnectProvider);
    if (!provider) {
      throw new Error(`IngestionIdentity.irsa() needs the cluster's OpenID Connect provider: import cluster ${this.cluster.node.path} with openIdConnectProvider (${this.generation}), or use IngestionIdentity.podIdentity()`);
    }
    return provider;
  }

  /** The Pod Identity agent as the cluster's own add-on, where the cluster can make one. */
  public podIdentityAgent(): IDependable | undefined {
    return this.cluster.eksPodIdentityAgent;
  }
}
