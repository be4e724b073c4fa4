import { App, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LambdaAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Function } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { RunnerMonitoring, SecretsStore } from '../lib';
import { ACCOUNT, CLUSTERS, REGION, addRunner, another } from './helpers';

/** What the CDK calls after places in the app, and a policy that may be replaced at any time. */
const OTHERS = /^Told|^CollateRights/;

/** Logical ids of a stack with a cluster and a runner, and of one with a runner that shares its function. */
function logicalIds(scope: Construct, [one, two]: [string, string]): string[][] {
  const env = { account: ACCOUNT, region: REGION };
  const [first, second] = [new Stack(scope, one, { stackName: 'one', env }), new Stack(scope, two, { stackName: 'two', env })];
  const cluster = CLUSTERS['aws-eks-v2'](first);
  const options = (stack: Stack) => ({
    renewOnSecretChange: true,
    secretsStore: SecretsStore.awsSecretsManager(),
    monitoring: RunnerMonitoring.of({ dashboard: true, alarmActions: [new LambdaAction(Function.fromFunctionArn(stack, 'Told', `arn:aws:lambda:${REGION}:${ACCOUNT}:function:told`), { useUniquePermissionId: true })] }),
  });
  const { credentialSync } = addRunner(first, cluster, options(first));
  addRunner(second, cluster, { ...options(second), ...another(2), credentialSync });
  return [first, second].map((stack) => Object.keys(Template.fromStack(stack).toJSON().Resources).filter((id) => !OTHERS.test(id)).sort());
}

test('are the same in a Stage, and whatever the stacks are called in the app', () => {
  const ids = logicalIds(new App(), ['One', 'Two']);
  expect(logicalIds(new Stage(new App(), 'Prod'), ['One', 'Two'])).toEqual(ids);
  expect(logicalIds(new App(), ['First', 'Second'])).toEqual(ids);
});

test('and so is the group in the cluster', () => {
  const groupIn = (scope: Construct) => {
    const stack = new Stack(scope, scope.node.path || 'One', { stackName: 'one' });
    return addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack)).credentialSync.kubernetesGroup;
  };
  expect(groupIn(new Stage(new App(), 'Prod'))).toBe(groupIn(new App()));
});
