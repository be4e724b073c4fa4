import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as eksv2 from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, IDependable } from 'constructs';

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
export interface ClusterAdapter {
  readonly cluster: eks.ICluster | eksv2.ICluster;
  /** Name of the class family, for error texts. */
  readonly generation: 'aws-eks' | 'aws-eks-v2';
  readonly owned: boolean;
  readonly fargate: boolean;
  readonly access: ClusterAccess;
  /** Minor version such as `1.33`, where it is known. */
  readonly kubernetesVersion?: string;
  /** Fails unless manifests and charts can be applied to this cluster. */
  requireKubectl(): void;
  /** Fails unless a chart from an asset can be read by the kubectl handler. */
  requireChartAssets(): void;
  /** The address of the API server, where the cluster knows it. */
  apiServer(): ApiServer | undefined;
  /** Where the kubectl handler stands; nothing if it stands outside of any VPC. */
  kubectlPlacement(scope: Construct): VpcPlacement | undefined;
  openIdConnectProvider(): iam.IOpenIdConnectProvider;
  /** Lets a role in as member of a group by the aws-auth ConfigMap. */
  mapRole(scope: Construct, role: iam.IRole, group: string): IDependable;
  /** The Pod Identity agent as the cluster's own add-on, where the cluster can make one. */
  podIdentityAgent(): IDependable | undefined;
  addManifest(scope: Construct, id: string, options: ManifestOptions): Construct;
  addChart(scope: Construct, id: string, options: ChartOptions): Construct;
}

/** Reads a property that imported clusters refuse by throwing when they were not given it. */
export function readIfGiven<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** The API server's address, if the cluster has both parts of it. */
export function readApiServer(cluster: eks.ICluster | eksv2.ICluster): ApiServer | undefined {
  const endpoint = readIfGiven(() => cluster.clusterEndpoint);
  const certificateAuthority = readIfGiven(() => cluster.clusterCertificateAuthorityData);
  return endpoint && certificateAuthority ? { endpoint, certificateAuthority } : undefined;
}

/** The provider of an imported cluster's service-account tokens, or a text that says that the import lacks it. */
export function importedOpenIdConnectProvider(cluster: eks.ICluster | eksv2.ICluster, generation: string): iam.IOpenIdConnectProvider {
  const provider = readIfGiven(() => cluster.openIdConnectProvider);
  if (!provider) {
    throw new Error(`IngestionIdentity.irsa() needs the cluster's OpenID Connect provider: import cluster ${cluster.node.path} with openIdConnectProvider (${generation}), or use IngestionIdentity.podIdentity()`);
  }
  return provider;
}

/** Whether the object is of a class of the CDK or of a class derived from it, also when two copies of the CDK are loaded. */
export function isInstanceOf(object: object, propertyInjectionId: string): boolean {
  for (let type = object.constructor; typeof type === 'function'; type = Object.getPrototypeOf(type)) {
    if ((type as { PROPERTY_INJECTION_ID?: string }).PROPERTY_INJECTION_ID === propertyInjectionId) {
      return true;
    }
  }
  return false;
}
