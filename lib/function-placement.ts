import * as ec2 from 'aws-cdk-lib/aws-ec2';

/**
 * Options of `FunctionPlacement.inVpc`.
 */
export interface InVpcOptions {
  /**
   * The VPC. From it the function must reach the Kubernetes API server and, by NAT or VPC endpoints, Secrets Manager,
   * the registry's region of ECR, and S3, where CloudFormation waits for the answer of the first sync; also EKS, if the
   * cluster is imported without its endpoint and certificate authority.
   */
  readonly vpc: ec2.IVpc;

  /**
   * Subnets of the function.
   *
   * @default - the private subnets of the VPC
   */
  readonly subnets?: ec2.SubnetSelection;

  /**
   * Security groups of the function.
   *
   * @default - one is made, and the cluster's security groups let it in on port 443
   */
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/**
 * Where the function that writes the pull secret runs.
 *
 * It needs a way to the Kubernetes API server: the public endpoint, or a place in the VPC.
 */
export class FunctionPlacement {
  /**
   * Beside the function that runs kubectl for the CDK: in the same subnets and security groups, or outside of any VPC.
   * Of an imported `kubectlProvider` nobody knows where it is, and the function is outside of any VPC.
   */
  public static likeKubectl(): FunctionPlacement {
    return new FunctionPlacement('like-kubectl');
  }

  /** Outside of any VPC: it starts and deletes faster, and needs the cluster's public endpoint. */
  public static outsideVpc(): FunctionPlacement {
    return new FunctionPlacement('outside-vpc');
  }

  /** In a VPC of your choice. */
  public static inVpc(options: InVpcOptions): FunctionPlacement {
    return new FunctionPlacement('in-vpc', { ...options, securityGroups: options.securityGroups && [...options.securityGroups] });
  }

  /** @internal */
  public readonly _kind: 'like-kubectl' | 'outside-vpc' | 'in-vpc';
  /** @internal */
  public readonly _inVpc?: InVpcOptions;

  private constructor(kind: FunctionPlacement['_kind'], inVpc?: InVpcOptions) {
    this._kind = kind;
    this._inVpc = inVpc;
  }

  /**
   * Whether it is the same place, but for subnets and security groups.
   *
   * @internal
   */
  public _isSame(other: FunctionPlacement): boolean {
    return this._kind === other._kind && this._inVpc?.vpc.vpcId === other._inVpc?.vpc.vpcId;
  }
}
