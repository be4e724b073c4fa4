import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { isInstanceOf } from './cluster-adapter';
import { stackSingleton } from './cluster-key';
import { isMap } from './merge';

/** What IAM takes in one managed policy, white space not counted. */
const LONGEST_POLICY = 6_144;
const EMPTY_POLICY = '{"Version":"2012-10-17","Statement":[]}';

/** Whom to grant what something in this stack needs: the role itself, or policies of this stack that are attached to it. */
export function granteeIn(scope: Construct, role: iam.IRole): iam.IRole | AttachedRights {
  return Stack.of(role) === Stack.of(scope) || isImmutable(role)
    ? role
    : stackSingleton(scope, `CollateRights-${role.node.addr.slice(-8)}`, (stack, id) => new AttachedRights(stack, id, role));
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
 * Rights of a role of another stack in policies of this one, so that the role's stack does not depend on this one.
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
  }

  /** How many managed policies the role has for it. */
  public get policyCount(): number {
    return this.policies.length;
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
  const join = value['Fn::Join'] as [string, unknown[]] | undefined;
  if (join) {
    return join[1].map(deployed).join(join[0]);
  }
  const [key] = Object.keys(value);
  return key === 'Ref' || key?.startsWith('Fn::') ? 'x'.repeat(String(value.Ref).startsWith('AWS::') ? 20 : 150) : value;
}
