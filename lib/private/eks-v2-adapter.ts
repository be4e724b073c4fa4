import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eksv2 from 'aws-cdk-lib/aws-eks-v2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, IDependable } from 'constructs';
import { ChartOptions, ClusterAccess, ClusterAdapter, ManifestOptions, VpcPlacement } from './cluster-adapter';
import { readIfGiven } from './inspection';

/** A cluster of `aws-cdk-lib/aws-eks-v2`. */
export class EksV2Adapter extends ClusterAdapter<eksv2.ICluster> {
  public readonly generation = 'aws-eks-v2';

  /** Clusters of this generation are always in mode API; an imported one may be of any. */
  public get access(): ClusterAccess {
    return this.owned ? 'entries' : 'unknown';
  }

  /** This generation keeps the handler's subnets to itself, so they are read off the function it made. */
  private get handler(): lambda.Function | undefined {
    return this.cluster.kubectlProvider?.node.tryFindChild('Handler') as lambda.Function | undefined;
  }

  public requireKubectl(): void {
    if (this.cluster.kubectlProvider) {
      if (this.handler?.isBoundToVpc && !readIfGiven(() => this.cluster.vpc)) {
        throw new Error(`imported cluster ${this.cluster.node.path} lacks vpc, in which its kubectlProvider runs: give vpc to Cluster.fromClusterAttributes`);
      }
      return;
    }
    throw new Error(this.owned
      ? `cluster ${this.cluster.node.path} lacks kubectlProviderOptions, which bring helm and kubectl: give the cluster kubectlProviderOptions with the kubectlLayer of its Kubernetes version, such as KubectlV35Layer of @aws-cdk/lambda-layer-kubectl-v35`
      : `imported cluster ${this.cluster.node.path} lacks kubectlProvider, which brings helm and kubectl: give Cluster.fromClusterAttributes a kubectlProvider, from KubectlProvider.fromKubectlProviderAttributes (kubectlProviderOptions alone is ignored on imports)`);
  }

  public requireChartAssets(): void {
    if (!this.cluster.kubectlProvider?.role) {
      throw new Error(`the kubectlProvider of cluster ${this.cluster.node.path} lacks role, which must be allowed to read the chart of ChartSource.asset(): give role to KubectlProvider.fromKubectlProviderAttributes`);
    }
  }

  public kubectlPlacement(scope: Construct): VpcPlacement | undefined {
    const { handler } = this;
    if (!handler?.isBoundToVpc) {
      return undefined;
    }
    const { vpcConfig } = handler.node.defaultChild as lambda.CfnFunction;
    const { subnetIds = [] } = vpcConfig as lambda.CfnFunction.VpcConfigProperty;
    const { vpc } = this.cluster;
    const known = [...vpc.privateSubnets, ...vpc.isolatedSubnets, ...vpc.publicSubnets];
    return {
      vpc,
      subnets: {
        subnets: subnetIds.map((subnetId, index) =>
          known.find((subnet) => subnet.subnetId === subnetId) ?? ec2.Subnet.fromSubnetId(scope, `Subnet${index + 1}`, subnetId)),
      },
      securityGroups: handler.connections.securityGroups,
    };
  }

  public mapRole(): IDependable {
    throw new Error(`cluster ${this.cluster.node.path} has no aws-auth ConfigMap: clusters of aws-eks-v2 use access entries`);
  }

  public addManifest(scope: Construct, id: string, options: ManifestOptions): Construct {
    return new eksv2.KubernetesManifest(scope, id, { cluster: this.cluster, prune: false, ...options });
  }

  public addChart(scope: Construct, id: string, options: ChartOptions): Construct {
    return new eksv2.HelmChart(scope, id, { cluster: this.cluster, ...options });
  }
}
