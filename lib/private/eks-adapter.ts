import * as eks from 'aws-cdk-lib/aws-eks';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, IDependable } from 'constructs';
import { ChartOptions, ClusterAccess, ClusterAdapter, ManifestOptions, VpcPlacement } from './cluster-adapter';
import { readIfGiven } from './inspection';

/** A cluster of `aws-cdk-lib/aws-eks`. */
export class EksAdapter extends ClusterAdapter<eks.ICluster> {
  public readonly generation = 'aws-eks';

  public get access(): ClusterAccess {
    return this.owned ? accessOf((this.cluster as eks.Cluster).authenticationMode) : 'unknown';
  }

  public requireKubectl(): void {
    const { cluster } = this;
    if (this.owned || cluster.kubectlProvider) {
      return;
    }
    if (!cluster.kubectlRole) {
      throw new Error(`imported cluster ${cluster.node.path} lacks kubectlRoleArn, the role that may change Kubernetes objects: give it to Cluster.fromClusterAttributes, or give kubectlProvider`);
    }
    if (!cluster.kubectlLayer) {
      throw new Error(`imported cluster ${cluster.node.path} lacks kubectlLayer, which brings helm and kubectl: give Cluster.fromClusterAttributes a layer of the cluster's Kubernetes version, such as KubectlV35Layer of @aws-cdk/lambda-layer-kubectl-v35, or give kubectlProvider`);
    }
    if (cluster.kubectlPrivateSubnets && !cluster.kubectlSecurityGroup) {
      throw new Error(`imported cluster ${cluster.node.path} lacks kubectlSecurityGroupId, which kubectlPrivateSubnetIds need: give both to Cluster.fromClusterAttributes`);
    }
    if (cluster.kubectlPrivateSubnets && !readIfGiven(() => cluster.vpc)) {
      throw new Error(`imported cluster ${cluster.node.path} lacks vpc, which kubectlPrivateSubnetIds need: give both to Cluster.fromClusterAttributes`);
    }
  }

  public requireChartAssets(): void {
    // The handler's role is always known to this generation.
  }

  public kubectlPlacement(): VpcPlacement | undefined {
    const subnets = this.cluster.kubectlPrivateSubnets;
    const securityGroup = this.cluster.kubectlSecurityGroup;
    if (!subnets || subnets.length === 0) {
      return undefined;
    }
    return { vpc: this.cluster.vpc, subnets: { subnets }, securityGroups: securityGroup && [securityGroup] };
  }

  public mapRole(scope: Construct, role: iam.IRole, group: string): IDependable {
    const { awsAuth } = this.cluster as eks.Cluster;
    // By its name, because the ConfigMap knows a role only without its path.
    // https://github.com/kubernetes-sigs/aws-iam-authenticator/issues/268
    awsAuth.addRoleMapping(iam.Role.fromRoleName(scope, 'MappedRole', role.roleName, { mutable: false }), { groups: [group] });
    return awsAuth;
  }

  public addManifest(scope: Construct, id: string, options: ManifestOptions): Construct {
    return new eks.KubernetesManifest(scope, id, { cluster: this.cluster, prune: false, ...options });
  }

  public addChart(scope: Construct, id: string, options: ChartOptions): Construct {
    return new eks.HelmChart(scope, id, { cluster: this.cluster, ...options });
  }
}

/** A cluster that does not say its mode gets the ConfigMap from CloudFormation. */
function accessOf(mode: eks.AuthenticationMode | undefined): ClusterAccess {
  return mode === eks.AuthenticationMode.API || mode === eks.AuthenticationMode.API_AND_CONFIG_MAP ? 'entries' : 'aws-auth';
}
