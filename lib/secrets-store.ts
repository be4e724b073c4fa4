import { Arn, ArnFormat, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IKey } from 'aws-cdk-lib/aws-kms';
import { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { isElsewhere, placeName } from './private/environment';
import { grantSecretDecrypt, grantSecretRead } from './private/grants';
import { requireLiteral } from './private/validation';

/** The path the vendor's documentation uses. */
const PATH_PREFIX = '/collate/hybrid-ingestion-runner';

/**
 * Options of `SecretsStore.awsSecretsManager`.
 */
export interface AwsSecretsManagerOptions {
  /**
   * The ingestion pods may read every secret whose name starts with this path and a slash, in the stack's account and
   * region, unless `secrets` is given.
   *
   * @default '/collate/hybrid-ingestion-runner'
   */
  readonly pathPrefix?: string;

  /**
   * The ingestion pods may read exactly these secrets and those of `grantSecretRead`, and none by `pathPrefix`.
   *
   * @default - all below `pathPrefix`
   */
  readonly secrets?: ISecret[];

  /**
   * Customer-managed keys that encrypt secrets below `pathPrefix`. The key of a secret in `secrets` is found by itself.
   *
   * @default - the secrets are encrypted with the AWS-managed key
   */
  readonly encryptionKeys?: IKey[];
}

/**
 * Where the ingestion pods find the passwords of your data sources.
 */
export class SecretsStore {
  /** Kubernetes Secrets in the runner's namespace: each of type Opaque with one key, `value`. */
  public static kubernetes(): SecretsStore {
    return new SecretsStore('kubernetes');
  }

  /**
   * AWS Secrets Manager: each secret is plain text, without quotes.
   *
   * Fails if `pathPrefix` is not a path, or if `secrets` is empty.
   */
  public static awsSecretsManager(options: AwsSecretsManagerOptions = {}): SecretsStore {
    if (options.secrets?.length === 0) {
      throw new Error('secrets must not be empty: leave it out to grant all secrets below pathPrefix');
    }
    const pathPrefix = requirePathPrefix(options.pathPrefix ?? PATH_PREFIX);
    return new SecretsStore('managed-aws', options.secrets ? undefined : pathPrefix, [...options.secrets ?? []], [...options.encryptionKeys ?? []]);
  }

  /** The chart's word for the store. @internal */
  public readonly _kind: 'kubernetes' | 'managed-aws';
  private readonly secrets: ISecret[];
  private readonly encryptionKeys: IKey[];

  private constructor(kind: SecretsStore['_kind'], private readonly pathPrefix?: string, secrets: ISecret[] = [], encryptionKeys: IKey[] = []) {
    this._kind = kind;
    this.secrets = secrets;
    this.encryptionKeys = encryptionKeys;
  }

  /**
   * Grants what the store holds.
   *
   * @internal
   */
  public _grantRead(scope: Construct, grantee: iam.IGrantable): void {
    this.secrets.forEach((secret) => grantSecretRead(scope, grantee, secret));
    if (this.pathPrefix) {
      iam.Grant.addToPrincipal({
        grantee,
        actions: ['secretsmanager:GetSecretValue'],
        resourceArns: [Arn.format({
          service: 'secretsmanager',
          resource: 'secret',
          resourceName: `${this.pathPrefix}/*`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }, Stack.of(scope))],
      });
    }
    this.encryptionKeys.forEach((key) => grantSecretDecrypt(scope, grantee, key));
  }

  /**
   * What stands in a connection form of Collate for a secret, which with Kubernetes has a name of its own there.
   *
   * @internal
   */
  public _reference(scope: Construct, secret: ISecret, kubernetesName?: string): string {
    if (this._kind === 'managed-aws') {
      requireKnownName(secret);
      requireSamePlace(scope, secret);
      return `secret:${secret.secretName}`;
    }
    if (kubernetesName === undefined) {
      throw new Error(`secretReference needs a secret that addConnectorSecret put into Kubernetes, and ${secret.node.path} was not: add it, or with a Secret that you made yourself write "secret:" and its name`);
    }
    return `secret:${kubernetesName}`;
  }
}

/** Of an ARN that is a token, the CDK takes the six characters at its end for a part of the name. */
function requireKnownName(secret: ISecret): void {
  const imported = secret.node.defaultChild === undefined;
  if (imported && secret.secretFullArn !== undefined && Token.isUnresolved(secret.secretName)) {
    throw new Error(`secretReference needs the name of secret ${secret.node.path}, and its ARN is known at deployment only: import it by Secret.fromSecretNameV2`);
  }
}

/** The ingestion asks for the name, in its own account and region; it cannot be told an ARN, which has "secret:" in it, too. */
function requireSamePlace(scope: Construct, { env, node }: ISecret): void {
  if (isElsewhere(env, scope)) {
    throw new Error(`secretReference needs a secret of ${placeName(Stack.of(scope))}, where the ingestion looks for its name, and ${node.path} is of ${placeName(env)}: copy or replicate it there and refer to that one by Secret.fromSecretNameV2, or use SecretsStore.kubernetes() and addConnectorSecret`);
  }
}

function requirePathPrefix(value: string): string {
  requireLiteral('pathPrefix', value);
  // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html: letters, digits and /_+=.@-
  if (!/^[A-Za-z0-9_+=.@/-]+$/.test(value) || /^\/*$/.test(value) || value.endsWith('/')) {
    throw new Error(`pathPrefix must be the first part of secret names, of letters, digits and /_+=.@-, without a slash at the end, got ${JSON.stringify(value)}`);
  }
  return value;
}
