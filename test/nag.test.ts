import { App, Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { FunctionPlacement, HybridRunnerProps, IngestionIdentity, RunnerCluster, RunnerImages, SecretsStore } from '../lib';
import { addRunner, eksV2Cluster, registryKeys, tokenSecret } from './helpers';

/** What AwsSolutions finds below a runner and its credential sync; findings of the cluster itself are not ours. */
function findings(props: (stack: Stack) => Partial<HybridRunnerProps>, makeCluster: (stack: Stack) => RunnerCluster): string[] {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  addRunner(stack, makeCluster(stack), props(stack));
  const { violations } = new AwsSolutionsChecks().validateScope(app);
  return violations.flatMap(({ ruleName, violatingResources }) => violatingResources
    .map(({ constructPath }) => constructPath ?? '')
    .filter((path) => /^Stack\/(Runner|CollateCredentialSync)/.test(path))
    .map((path) => `${ruleName} ${path}`));
}

const outside = (stack: Stack) => RunnerCluster.fromEksV2(eksV2Cluster(stack), { functionPlacement: FunctionPlacement.outsideVpc() });

test.each<[string, (stack: Stack) => Partial<HybridRunnerProps>]>([
  ['the defaults', () => ({})],
  ['a mirror', () => ({ images: RunnerImages.fromMirror({ runnerRepository: 'registry/runner', ingestionRepository: 'registry/ingestion' }) })],
  ['secrets granted one by one', (stack) => ({ secretsStore: SecretsStore.awsSecretsManager({ secrets: [tokenSecret(stack), registryKeys(stack)] }) })],
  ['IRSA', (stack) => ({ identity: IngestionIdentity.irsa(), secretsStore: SecretsStore.awsSecretsManager({ secrets: [tokenSecret(stack)] }) })],
])('with %s AwsSolutions finds nothing', (_, props) => {
  expect(findings(props, outside)).toEqual([]);
});

test('a path prefix is found, because it is one', () => {
  expect(findings(() => ({ secretsStore: SecretsStore.awsSecretsManager() }), outside)).toEqual([
    expect.stringMatching(/^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:secretsmanager:.*\/collate\/hybrid-ingestion-runner\/\*\] Stack\/Runner\/Ingestion\/Role\/DefaultPolicy\/Resource$/),
  ]);
});

test('a function in a VPC is found for the AWS-managed policy that lets it have a network interface', () => {
  expect(findings(() => ({}), (stack) => RunnerCluster.fromEksV2(eksV2Cluster(stack)))).toEqual([
    expect.stringMatching(/^AwsSolutions-IAM4\[Policy::arn:<AWS::Partition>:iam::aws:policy\/service-role\/AWSLambdaENIManagementAccess\] Stack\/CollateCredentialSync/),
  ]);
});
