import * as iam from 'aws-cdk-lib/aws-iam';

/**
 * Options of `IngestionIdentity.irsa`.
 */
export interface IrsaOptions {
  /**
   * The role of the ingestion pods. Its trust policy is yours: it must let the cluster's OpenID Connect provider in,
   * for the service account `ingestion` of the runner's namespace.
   *
   * @default - one is made when something is granted to it
   */
  readonly role?: iam.IRole;

  /**
   * Permissions boundary of the role that is made, in place of that of the stack or app.
   *
   * @default - that of the stack or app, if it has one
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;
}

/**
 * Options of `IngestionIdentity.podIdentity`.
 */
export interface PodIdentityOptions {
  /**
   * The role of the ingestion pods. Its trust policy is yours: it must let `pods.eks.amazonaws.com` in, for
   * `sts:AssumeRole` and `sts:TagSession`. The runner refuses one of another account: use that by
   * `IngestionIdentity.irsa`.
   *
   * @default - one is made when something is granted to it
   */
  readonly role?: iam.IRole;

  /**
   * Permissions boundary of the role that is made, in place of that of the stack or app.
   *
   * @default - that of the stack or app, if it has one
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;

  /**
   * Whether to install the EKS Pod Identity agent. Auto Mode has it built in, and installing it twice fails.
   *
   * @default false
   */
  readonly installAgent?: boolean;
}

/**
 * How the ingestion pods get their IAM role.
 */
export class IngestionIdentity {
  /**
   * EKS Pod Identity. It does not work on Fargate, and its agent must run on the nodes.
   *
   * Fails if both `role` and `permissionsBoundary` are given.
   */
  public static podIdentity(options: PodIdentityOptions = {}): IngestionIdentity {
    return new IngestionIdentity('pod-identity', options, options.installAgent ?? false);
  }

  /**
   * IAM roles for service accounts, by the cluster's OpenID Connect provider.
   *
   * Fails if both `role` and `permissionsBoundary` are given.
   */
  public static irsa(options: IrsaOptions = {}): IngestionIdentity {
    return new IngestionIdentity('irsa', options);
  }

  /** @internal */
  public readonly _kind: 'pod-identity' | 'irsa';
  /** @internal */
  public readonly _role?: iam.IRole;
  /** @internal */
  public readonly _permissionsBoundary?: iam.IManagedPolicy;
  /** @internal */
  public readonly _installAgent: boolean;

  private constructor(kind: IngestionIdentity['_kind'], { role, permissionsBoundary }: IrsaOptions, installAgent: boolean = false) {
    if (role && permissionsBoundary) {
      throw new Error('permissionsBoundary must not be given together with role, because then no role is made: set it on that role');
    }
    this._kind = kind;
    this._role = role;
    this._permissionsBoundary = permissionsBoundary;
    this._installAgent = installAgent;
  }
}
