import { ResourceEnvironment, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import { IRole } from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';

/** Whether something is known to be of another account or region than the stack of the scope. */
export function isElsewhere({ account, region }: ResourceEnvironment, scope: IConstruct): boolean {
  const stack = Stack.of(scope);
  return differ(account, stack.account) || differ(region, stack.region);
}

/** Names what is known of an account and a region. */
export function placeName({ account, region }: ResourceEnvironment): string {
  if (Token.isUnresolved(account)) {
    return `region ${region}`;
  }
  return Token.isUnresolved(region) ? `account ${account}` : `account ${account} in ${region}`;
}

/** Fails for a role that no service here may have. The CDK takes it, and drops what is granted to it. */
export function requireRoleOfAccount(scope: IConstruct, prop: string, role: IRole | undefined, otherwise: string): void {
  const { account } = Stack.of(scope);
  if (role && differ(role.env.account, account)) {
    throw new Error(`${prop} must be of account ${account}, because IAM passes no role to a service of another account, got ${role.node.path} of account ${role.env.account}: use one of account ${account}, or ${otherwise}`);
  }
}

/** Not where one is known at deployment only. */
function differ(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}
