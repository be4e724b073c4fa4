import { CfnJson, Token } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, IDependable } from 'constructs';
import { IngestionIdentity } from '../ingestion-identity';
import { AttachedRights, granteeIn } from './attached-rights';
import { clusterId, stackSingleton } from './cluster-key';
import { ClusterAdapter } from './cluster-adapter';
import { requireRoleOfAccount } from './environment';
import { makeRole } from './make-role';

/** The service account of the ingestion pods, as the chart makes it. */
export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Binds an IAM role to the service account of the ingestion pods, once something asks for the role.
 *
 * The chart depends on the `prerequisites`, and so on the role, its policies and the binding, whenever they are made.
 */
export class IngestionBinding extends Construct {
  /** What must be there before a pod can have the role: this, and what it was given or found. */
  public readonly prerequisites: IDependable[] = [this];
  private boundRole?: iam.IRole;

  constructor(
    scope: Construct,
    id: string,
    private readonly cluster: ClusterAdapter,
    private readonly identity: IngestionIdentity | undefined,
    private readonly serviceAccount: ServiceAccount,
  ) {
    super(scope, id);
    if (identity?._kind === 'pod-identity') {
      this.refuseFargate();
      requireRoleOfAccount(this, 'role of IngestionIdentity.podIdentity', identity._role, 'IngestionIdentity.irsa({ role })');
    }
    if (identity?._role) {
      this.boundRole = this.bind(identity._role);
      this.prerequisites.push(identity._role, this.principal);
    }
    if (identity?._installAgent) {
      this.installAgent();
    }
  }

  /** The role; made when it is first asked for. */
  public get role(): iam.IRole {
    return this.boundRole ??= this.bind(this.makeRole());
  }

  /** The role as what is granted something in this stack. */
  public get principal(): iam.IRole | AttachedRights {
    return granteeIn(this, this.role);
  }

  /** The role that the service account names, where it does. */
  public get annotatedRoleArn(): string | undefined {
    return this.usesIrsa ? this.boundRole?.roleArn : undefined;
  }

  /** Annotations that the chart puts on the service account. */
  public get annotations(): Record<string, string> | undefined {
    return this.annotatedRoleArn === undefined ? undefined : { 'eks.amazonaws.com/role-arn': this.annotatedRoleArn };
  }

  private get usesIrsa(): boolean {
    return this.identity?._kind === 'irsa';
  }

  private makeRole(): iam.IRole {
    return makeRole(this, 'Role', {
      description: `Ingestion pods of the Collate runner in namespace ${this.serviceAccount.namespace}`,
      assumedBy: this.usesIrsa ? this.tokenPrincipal() : new PodIdentityPrincipal(),
      permissionsBoundary: this.identity?._permissionsBoundary,
    });
  }

  private bind(role: iam.IRole): iam.IRole {
    if (!this.usesIrsa) {
      this.refuseFargate();
      new eks.CfnPodIdentityAssociation(this, 'Association', {
        clusterName: this.cluster.cluster.clusterName,
        namespace: this.serviceAccount.namespace,
        serviceAccount: this.serviceAccount.name,
        roleArn: role.roleArn,
      });
    }
    return role;
  }

  private tokenPrincipal(): iam.IPrincipal {
    const provider = this.cluster.openIdConnectProvider();
    const issuer = provider.openIdConnectProviderIssuer;
    const conditions = {
      [`${issuer}:aud`]: 'sts.amazonaws.com',
      [`${issuer}:sub`]: `system:serviceaccount:${this.serviceAccount.namespace}:${this.serviceAccount.name}`,
    };
    // CloudFormation takes no reference as a key, so an issuer that is not known yet goes through a custom resource.
    return new iam.OpenIdConnectPrincipal(provider, {
      StringEquals: Token.isUnresolved(issuer) ? new CfnJson(this, 'Condition', { value: conditions }) : conditions,
    });
  }

  private refuseFargate(): void {
    if (this.cluster.fargate) {
      throw new Error(`identity must not be IngestionIdentity.podIdentity() on Fargate cluster ${this.cluster.cluster.node.path}, where EKS Pod Identity does not work: use IngestionIdentity.irsa()`);
    }
  }

  private installAgent(): void {
    const agent = this.cluster.podIdentityAgent() ?? stackSingleton(this, `CollatePodIdentityAgent-${clusterId(this, this.cluster)}`, (stack, id) =>
      new eks.CfnAddon(stack, id, { clusterName: this.cluster.cluster.clusterName, addonName: 'eks-pod-identity-agent' }));
    this.prerequisites.push(agent);
  }
}

/** The service that assumes roles for pods, with both actions in one statement. */
class PodIdentityPrincipal extends iam.ServicePrincipal {
  constructor() {
    super('pods.eks.amazonaws.com');
  }

  public override addToAssumeRolePolicy(document: iam.PolicyDocument): void {
    document.addStatements(new iam.PolicyStatement({
      actions: ['sts:AssumeRole', 'sts:TagSession'],
      principals: [this],
    }));
  }
}

