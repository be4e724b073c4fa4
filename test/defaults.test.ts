import * as fs from 'fs';
import * as path from 'path';
import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CredentialSync, IngestionIdentity, RunnerMonitoring, SecretsStore } from '../lib';
import { CHART, CLUSTERS, addRunner, chartValues, flatten, makeStack, only, renewalSchedule, synthesize } from './helpers';

/** What the docstrings say after `@default`, where leaving an option out and giving its default must be the same. */
describe('what is left out', () => {
  test('is not rolled back', () => {
    expect(only(synthesize(), CHART).Properties.Atomic).toBeUndefined();
    expect(only(synthesize({ atomic: true }), CHART).Properties.Atomic).toBe(true);
  });

  test('has six minutes with a rollback, which takes as long again', () => {
    expect(only(synthesize({ atomic: true }), CHART).Properties.Timeout).toBe('360s');
  });

  test('is renewed every two hours', () => {
    expect(renewalSchedule(synthesize()).ScheduleExpression).toBe('rate(2 hours)');
  });

  test('are the secrets below the path of the vendor\'s documentation', () => {
    const [policy] = Object.values(synthesize({ secretsStore: SecretsStore.awsSecretsManager() }).findResources('AWS::IAM::Policy')).filter((found) => JSON.stringify(found).includes('IngestionRole'));
    expect(policy.Properties.PolicyDocument.Statement.map(({ Resource }: any) => flatten(Resource))).toEqual([
      'arn:AWS::Partition:secretsmanager:AWS::Region:AWS::AccountId:secret:/collate/hybrid-ingestion-runner/*',
    ]);
  });

  test('goes with the stack', () => {
    expect(only(synthesize(), CHART).DeletionPolicy).toBe('Delete');
  });

  test('lets one pod be away', () => {
    expect(chartValues(synthesize({ podDisruptionBudget: {} })).podDisruptionBudget).toEqual({ enabled: true, maxUnavailable: 1 });
  });

  test('installs no Pod Identity agent, which Auto Mode has built in', () => {
    synthesize({ identity: IngestionIdentity.podIdentity(), secretsStore: SecretsStore.awsSecretsManager() }).resourceCountIs('AWS::EKS::Addon', 0);
  });

  test.each(['Atomic', 'CreateNamespace', 'SkipCrds', 'ChartAssetURL'])('does not appear as %s', (property) => {
    expect(only(synthesize(), CHART).Properties).not.toHaveProperty(property);
  });

  test('is not there where the option is not given', () => {
    const values = chartValues(synthesize());
    expect(['nodeSelector', 'tolerations', 'affinity', 'podAnnotations', 'commonLabels', 'podDisruptionBudget', 'serviceMonitor', 'prometheusRules', 'grafanaDashboard', 'replicaCount'].filter((key) => key in values)).toEqual([]);
  });

  test('places the function outside of a VPC where kubectl runs outside of one', () => {
    const stack: Stack = makeStack();
    addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack));
    const functions = Object.values<any>(Template.fromStack(stack).findResources('AWS::Lambda::Function')).filter(({ Properties }) => /Collate/.test(Properties.Description ?? ''));
    expect(functions.map(({ Properties }) => Properties.VpcConfig)).toEqual([undefined]);
  });
});

test.each<[string, string, (value: any) => Template]>([
  ['HybridRunnerOptions', 'renewalPeriod', (renewalPeriod) => synthesize({ renewalPeriod })],
  ['RunnerMonitoringOptions', 'interval', (interval) => synthesize({ monitoring: RunnerMonitoring.of({ interval }) })],
  ['CredentialSyncProps', 'logRetention', (logRetention) => {
    const stack = makeStack();
    new CredentialSync(stack, 'CredentialSync', { cluster: CLUSTERS['imported aws-eks-v2'](stack), logRetention });
    return Template.fromStack(stack);
  }],
])('%s.%s is what its docstring says where it is left out', (type, option, make) => {
  const { types } = JSON.parse(fs.readFileSync(path.join(__dirname, '../.jsii'), 'utf8'));
  const { docs } = types[`cdk-collate-hybrid-runner.${type}`].properties.find(({ name }: any) => name === option);
  const documented = new Function('Duration', 'RetentionDays', `return ${docs.default};`)(Duration, RetentionDays);
  expect(make(documented).toJSON()).toEqual(make(undefined).toJSON());
});
