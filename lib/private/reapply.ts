import { CfnResource } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { FIRST_SYNC_RESOURCE_TYPE } from '../credential-sync/contract';

/**
 * Has CloudFormation apply again what stands in the cluster, when the value changes. Without it a deployment of an equal
 * template does nothing, whatever became of the objects since.
 */
export function reapply(scope: IConstruct, value: string): void {
  scope.node.findAll()
    .filter((construct): construct is CfnResource => CfnResource.isCfnResource(construct) && standsInCluster(construct))
    .forEach((resource) => resource.addPropertyOverride('Reapply', value));
}

function standsInCluster({ cfnResourceType }: CfnResource): boolean {
  return cfnResourceType.startsWith('Custom::AWSCDK-EKS-') || cfnResourceType === FIRST_SYNC_RESOURCE_TYPE;
}
