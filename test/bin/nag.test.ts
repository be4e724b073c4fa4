import { App } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addBlueprint } from '../../bin/blueprint';
import { readContext } from '../../bin/context';
import { makeApp, synthesizeApp } from './helpers';

/** What AwsSolutions finds below the runner and its credential sync; the cluster is that of Blueprints and the CDK. */
function findings(app: App): string[] {
  const { violations } = new AwsSolutionsChecks().validateScope(app);
  return violations.flatMap(({ ruleName, violatingResources }) => violatingResources
    .map(({ constructPath }) => constructPath ?? '')
    .filter((path) => /^[^/]+\/(HybridRunnerAddOn|Runner|CollateCredentialSync-[^/]+)\//.test(path))
    .map((path) => `${ruleName} ${path}`));
}

test.each([
  {},
  { region: 'eu-central-1' },
  { account: '111122223333', region: 'eu-central-1', clusterName: 'data' },
  { clusterName: 'data', pathPrefix: '/data' },
  { clusterName: 'data', secretsStore: 'kubernetes' },
])('with %j AwsSolutions finds nothing', async (context) => {
  expect(findings((await synthesizeApp(context)).app)).toEqual([]);
});

test('what is acknowledged is found otherwise, and is all there is', async () => {
  const app = makeApp();
  await addBlueprint(app, readContext(app));
  expect(findings(app)).toEqual([
    'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:/collate/hybrid-ingestion-runner/*] collate-hybrid-runner/HybridRunnerAddOn/Runner/Ingestion/Role/DefaultPolicy/Resource',
  ]);
});

test('what is not acknowledged is still found', async () => {
  const { app, runner } = await synthesizeApp();
  runner.ingestionRole.addToPrincipalPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }));
  expect(findings(app)).toEqual([expect.stringMatching(/^AwsSolutions-IAM5\[Resource::\*\] .*\/Ingestion\/Role\//)]);
});
