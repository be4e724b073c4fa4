import { Token } from 'aws-cdk-lib';
import type { HybridRunnerAddOnProps } from './hybrid-runner-add-on';

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
const SECRET_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;

/** Header, payload and signature of a JWT, all of which fit the name of a secret. */
const JWT = /^eyJ[^.]*\.[^.]*\.[^.]*$/;

/** Requires an id that a construct and a namespace can be named after. */
export function requireAddOnId(id: string): string {
  if (!/^[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?$/.test(id)) {
    throw new Error(`id must be letters, digits and hyphens, with a letter in front and no hyphen at the end, got ${JSON.stringify(id)}`);
  }
  return id;
}

/** Requires the name of a secret. What was given is not repeated, because it may be the secret itself. */
export function requireSecretName(prop: string, name: string): void {
  if (typeof name !== 'string') {
    throw new Error(`${prop} must be the name of a secret in Secrets Manager, got ${typeof name}`);
  }
  if (!Token.isUnresolved(name) && (!SECRET_NAME.test(name) || JWT.test(name))) {
    const hint = name.startsWith('arn:') ? 'an ARN' : `${name.length} characters that are not a secret name`;
    throw new Error(`${prop} must be the name of a secret in Secrets Manager, of letters, digits and /_+=.@-, such as "collate/runner-token", never its value, got ${hint}`);
  }
}

/** Requires either the keys of Collate's registry or other images. */
export function requireImageSource({ ecrCredentialsSecretName, images, registry }: HybridRunnerAddOnProps): void {
  if (ecrCredentialsSecretName === undefined && !images) {
    throw new Error('ecrCredentialsSecretName must be given: the name of the secret with the keys of Collate\'s registry, or images for a registry of your own, such as RunnerImages.fromMirror');
  }
  if (ecrCredentialsSecretName !== undefined && images) {
    throw new Error('ecrCredentialsSecretName and images must not both be given: leave out ecrCredentialsSecretName for a registry of your own, images for Collate\'s');
  }
  if (registry && images) {
    throw new Error('registry and images must not both be given: registry is about Collate\'s registry, so give it with ecrCredentialsSecretName');
  }
  if (ecrCredentialsSecretName !== undefined) {
    requireSecretName('ecrCredentialsSecretName', ecrCredentialsSecretName);
  }
}
