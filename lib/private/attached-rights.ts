import { Aspects, CfnResource, Stack, Stage, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, IConstruct } from 'constructs';
import { stackSingleton } from './cluster-key';
import { isInstanceOf } from './inspection';
import { isMap } from './merge';
import { warn } from './warnings';

/** What IAM takes in one managed policy, white space not counted. */
const LONGEST_POLICY = 6_144;
const EMPTY_POLICY = '{"Version":"2012-10-17","Statement":[]}';

/** What IAM attaches to a role, unless the account's quota is raised. */
const MOST_POLICIES = 10;

/**
 * Whom to grant what something in this stack needs: the role itself, or policies of this stack that are attached to it.
 * Those of a role of this stack the CDK splits itself, those of an imported one it does not.
 */
export function granteeIn(scope: Construct, role: iam.IRole): iam.IRole | AttachedRights {
  return isImmutable(role) || Stack.of(role) === Stack.of(scope) && !isImported(role)
    ? role
    : stackSingleton(scope, `CollateRights-${roleId(role)}`, (stack, id) => new AttachedRights(stack, id, role));
}

/** What tells roles apart, fit for construct ids: two imports of one role are the same. */
function roleId(role: iam.IRole): string {
  return isImported(role) && !Token.isUnresolved(role.roleName) ? role.roleName : role.node.addr.slice(-8);
}

/** Whether the CDK leaves a role's policies as they are. */
export function isImmutable(role: iam.IRole): boolean {
  return isInstanceOf(role, 'aws-cdk-lib.aws-iam.ImmutableRole');
}

/** Whether a role is not of this app, and its policies may be added to. */
export function isImported(role: iam.IRole): boolean {
  return isInstanceOf(role, 'aws-cdk-lib.aws-iam.ImportedRole');
}

/**
 * Rights of a role that is imported or of another stack in policies of this one, so that the role's stack does not depend
 * on this one.
 *
 * The policies are managed ones, because all inline policies of a role share 10,240 characters.
 */
export class AttachedRights extends Construct implements iam.IPrincipal {
  public readonly grantPrincipal: iam.IPrincipal = this;
  public readonly assumeRoleAction: string;
  public readonly policyFragment: iam.PrincipalPolicyFragment;
  public readonly principalAccount?: string;
  private readonly policies: iam.ManagedPolicy[] = [];
  private spare = 0;

  constructor(scope: Construct, id: string, private readonly role: iam.IRole) {
    super(scope, id);
    this.assumeRoleAction = role.assumeRoleAction;
    this.policyFragment = role.policyFragment;
    this.principalAccount = role.principalAccount;
    Aspects.of(this).add({ visit: (node) => node === this && this.warnOfManyPolicies() });
  }

  public addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    const length = deployedLength(Stack.of(this).resolve(statement.toStatementJson())) + ','.length;
    if (length > this.spare) {
      this.policies.push(new iam.ManagedPolicy(this, `Policy${this.policies.length + 1}`, { roles: [this.role] }));
      this.spare = LONGEST_POLICY - EMPTY_POLICY.length;
    }
    this.spare -= length;
    const policy = this.policies[this.policies.length - 1];
    policy.addStatements(statement);
    return { statementAdded: true, policyDependable: policy };
  }

  /** Once for a role: of what it gets in all stacks of its account. */
  private warnOfManyPolicies(): void {
    const all = (Stage.of(this) ?? this.node.root).node.findAll().filter((node) => node instanceof AttachedRights).filter((other) => this.isOfSameRole(other));
    const count = all.reduce((sum, { policies }) => sum + policies.length, ownPolicyCount(this.role));
    if (all[0] === this && count > MOST_POLICIES) {
      warn(this, 'manyManagedPolicies', `role ${this.role.node.path} gets ${count} managed policies in this app, and IAM takes ${MOST_POLICIES} unless the account has a higher quota: raise it, or divide the runners among several roles`);
    }
  }

  private isOfSameRole(other: AttachedRights): boolean {
    return roleId(other.role) === roleId(this.role) && Stack.of(other).account === Stack.of(this).account;
  }
}

/** How many managed policies a role has where it is made. */
function ownPolicyCount({ node, stack }: iam.IRole): number {
  const arns: unknown[] | undefined = isCfnRole(node.defaultChild) ? stack.resolve(node.defaultChild.managedPolicyArns) : undefined;
  return arns?.length ?? 0;
}

function isCfnRole(node: IConstruct | undefined): node is iam.CfnRole {
  return CfnResource.isCfnResource(node) && node.cfnResourceType === iam.CfnRole.CFN_RESOURCE_TYPE_NAME;
}

/** At least as long as what CloudFormation makes of a statement. */
function deployedLength(statement: unknown): number {
  return JSON.stringify(statement, (_, value: unknown) => deployed(value)).length;
}

/** A reference becomes an ARN, reckoned as long as the CDK does; no pseudo parameter is longer than a region. */
function deployed(value: unknown): unknown {
  if (!isMap(value)) {
    return value;
  }
  const [delimiter, parts] = value['Fn::Join'] as [string, unknown] | undefined ?? [];
  // A list may be known at deployment only.
  if (Array.isArray(parts)) {
    return parts.map(deployed).join(delimiter);
  }
  const [key] = Object.keys(value);
  return key === 'Ref' || key?.startsWith('Fn::') ? 'x'.repeat(String(value.Ref).startsWith('AWS::') ? 20 : 150) : value;
}
