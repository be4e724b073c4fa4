import { Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IKey, ViaServicePrincipal } from 'aws-cdk-lib/aws-kms';
import { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { IConstruct } from 'constructs';

/** Lets a grantee read a secret, and decrypt it if it has a key of its own. */
export function grantSecretRead(scope: IConstruct, grantee: iam.IGrantable, secret: ISecret): iam.Grant {
  const grant = secret.grantRead(grantee);
  if (secret.encryptionKey) {
    grantSecretDecrypt(scope, grantee, secret.encryptionKey);
  }
  return grant;
}

/**
 * Lets a grantee decrypt with a key, for Secrets Manager alone.
 *
 * A secret's own grant writes into the policy of the key, and an imported key has none to write to: so the grantee
 * gets a statement as well.
 */
export function grantSecretDecrypt(scope: IConstruct, grantee: iam.IGrantable, key: IKey): void {
  const { region } = Stack.of(scope);
  key.grantDecrypt(new ViaServicePrincipal(`secretsmanager.${region}.amazonaws.com`, grantee.grantPrincipal));
  iam.Grant.addToPrincipal({
    grantee,
    actions: ['kms:Decrypt'],
    resourceArns: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.${Aws.URL_SUFFIX}` } },
  });
}
