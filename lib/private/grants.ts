import { Aws, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IKey } from 'aws-cdk-lib/aws-kms';
import { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { IConstruct } from 'constructs';
import { keyItself } from './key-of-alias';
import { requireSecret } from './validation';

/*
 * The grants of secrets and keys themselves also write into the resource's policy. From another stack that makes both
 * stacks depend on each other, and an imported key has no policy to write to. So the right stands in the policy of the
 * grantee, which is enough within an account.
 */

/** Lets a grantee read a secret, and decrypt it if it has a key of its own. Fails if IAM would take its name for several. */
export function grantSecretRead(scope: IConstruct, grantee: iam.IGrantable, secret: ISecret): iam.Grant {
  requireSecret('secret', secret);
  refusePattern(secret);
  const grant = iam.Grant.addToPrincipal({
    grantee,
    actions: ['secretsmanager:GetSecretValue'],
    resourceArns: arnsInPolicies(scope, secret),
  });
  return secret.encryptionKey ? grant.combine(grantSecretDecrypt(scope, grantee, secret.encryptionKey, secret.env.region)) : grant;
}

/** Lets a grantee decrypt with a key, for Secrets Manager of a region alone: that of the stack, where no other is known. */
export function grantSecretDecrypt(scope: IConstruct, grantee: iam.IGrantable, key: IKey, secretRegion?: string): iam.Grant {
  const { region: stackRegion } = Stack.of(scope);
  const region = secretRegion === undefined || Token.isUnresolved(secretRegion) ? stackRegion : secretRegion;
  return iam.Grant.addToPrincipal({
    grantee,
    actions: ['kms:Decrypt'],
    resourceArns: [keyItself(key).keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.${Aws.URL_SUFFIX}` } },
  });
}

/**
 * Secrets Manager appends a hyphen and six characters to a name, which are not known where only the name is: as of a
 * secret that this app makes in another account or region, unless the CDK carries its ARN over.
 */
function arnsInPolicies(scope: IConstruct, secret: ISecret): string[] {
  const { secretFullArn, secretArn } = secret;
  const ofName = `${secretArn}-??????`;
  if (secretFullArn === undefined) {
    return [ofName];
  }
  return secret.node.defaultChild && Stack.of(secret).environment !== Stack.of(scope).environment ? [secretFullArn, ofName] : [secretFullArn];
}

function refusePattern({ secretArn, node }: ISecret): void {
  const pattern = /[*?]/;
  if (pattern.test(secretArn)) {
    const name = secretArn.split(':').slice(6).join(':');
    throw new Error(`secret ${node.path} must be referred to without * and ?, which IAM takes for any characters, got ${JSON.stringify(pattern.test(name) ? name : secretArn)}: refer to each secret by its own name, or let the ingestion read all below a path by SecretsStore.awsSecretsManager({ pathPrefix })`);
  }
}
