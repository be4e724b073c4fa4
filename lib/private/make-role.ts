import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** Makes a role. Its permissions boundary holds also where the stack or app has one: of those that are applied, the closest wins. */
export function makeRole(scope: Construct, id: string, props: iam.RoleProps): iam.Role {
  const role = new iam.Role(scope, id, props);
  if (props.permissionsBoundary) {
    iam.PermissionsBoundary.of(role).apply(props.permissionsBoundary);
  }
  return role;
}
