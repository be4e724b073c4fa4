import { IAlias, IKey } from 'aws-cdk-lib/aws-kms';
import { readIfGiven } from './inspection';

/**
 * The key itself, also of an alias, which passes for a key: a policy that names an alias is about the alias alone.
 * Fails for an alias of whose key nothing is known.
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
 */
export function keyItself(key: IKey): IKey {
  if (!('aliasTargetKey' in key)) {
    return key;
  }
  const target = readIfGiven(() => (key as IAlias).aliasTargetKey);
  if (!target) {
    throw new Error(`alias ${key.node.path} does not tell its key, which policies must name: refer to the key itself, as by Key.fromKeyArn`);
  }
  return keyItself(target);
}
