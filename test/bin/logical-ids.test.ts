import { Template } from 'aws-cdk-lib/assertions';
import { APPS, synthesizeApp } from './helpers';

/*
 * Logical ids are part of the public contract: under another id CloudFormation makes a resource anew and deletes the
 * old one, which for a Helm release is an uninstallation. So a change here needs a major version.
 */
const IDS: Record<keyof typeof APPS, Record<string, string[]>> = {
  'a new cluster': {
    'Custom::AWSCDK-EKS-KubernetesResource': [
      'HybridRunnerAddOnRunnerNamespacesRunnerBB8CA6A0',
      'HybridRunnerAddOnRunnerNamespacesArgo7C5C6522',
      'HybridRunnerAddOnRunnerSyncRights6542D97D',
    ],
    'AWS::IAM::Role': [
      'HybridRunnerAddOnRunnerIngestionRole0C870D27',
      'CollateCredentialSyncff0c8fc7SyncRole1F09F10E',
      'CollateCredentialSyncff0c8fc7SchedulerRole863E4E64',
    ],
    'AWS::IAM::Policy': [
      'HybridRunnerAddOnRunnerIngestionRoleDefaultPolicyFABD91F1',
      'CollateCredentialSyncff0c8fc7SyncRoleDefaultPolicy90F0C08A',
    ],
    'AWS::EKS::PodIdentityAssociation': ['HybridRunnerAddOnRunnerIngestionAssociation3411311F'],
    'Custom::CollateHybridRunnerFirstSync': ['HybridRunnerAddOnRunnerSyncFirstSync6074f317C5D417C4'],
    'AWS::Scheduler::Schedule': [
      'HybridRunnerAddOnRunnerSyncSchedule9619D7F4',
      'HybridRunnerAddOnRunnerSyncReportSchedule31672C0F',
    ],
    'AWS::CloudWatch::Alarm': [
      'HybridRunnerAddOnRunnerAlarmsRenewalLateE992A1F5',
      'HybridRunnerAddOnRunnerAlarmsExpiryNear021BBFEF',
      'HybridRunnerAddOnRunnerAlarmsDisconnected0D24D72A',
      'HybridRunnerAddOnRunnerAlarmsChecksFailingC395870F',
      'CollateCredentialSyncff0c8fc7DeadLetterAlarmA0B3DDFC',
    ],
    'AWS::CloudWatch::CompositeAlarm': ['HybridRunnerAddOnRunnerAlarmsAny92DE7489'],
    'Custom::AWSCDK-EKS-HelmChart': ['HybridRunnerAddOnRunnerChartRelease57D5B1E1'],
    'AWS::Logs::LogGroup': ['CollateCredentialSyncff0c8fc7SyncLog3307221C'],
    'AWS::SQS::Queue': ['CollateCredentialSyncff0c8fc7SyncDeadLettersF1E9EFD3'],
    'AWS::SQS::QueuePolicy': ['CollateCredentialSyncff0c8fc7SyncDeadLettersPolicy465352CE'],
    'AWS::Lambda::Function': ['CollateCredentialSyncff0c8fc7SyncFunction5D39F922'],
    'AWS::EKS::AccessEntry': ['CollateCredentialSyncff0c8fc7AccessEntryF162447A'],
  },
  'an existing cluster': {
    'AWS::EKS::AccessEntry': [
      'KubectlAccessE9F388A3',
      'CollateCredentialSyncdataAccessEntry5EDB4653',
    ],
    'Custom::AWSCDK-EKS-KubernetesResource': [
      'RunnerNamespacesRunner9E3E06DF',
      'RunnerNamespacesArgo2985F5C7',
      'RunnerSyncRights5CC2E18B',
    ],
    'AWS::IAM::Role': [
      'RunnerIngestionRole92297AAB',
      'CollateCredentialSyncdataSyncRole741DA834',
      'CollateCredentialSyncdataSchedulerRole14D7F92B',
    ],
    'AWS::IAM::Policy': [
      'RunnerIngestionRoleDefaultPolicyAF9BCB68',
      'CollateCredentialSyncdataSyncRoleDefaultPolicyF9F431E5',
    ],
    'AWS::EKS::PodIdentityAssociation': ['RunnerIngestionAssociationD33711BF'],
    'Custom::CollateHybridRunnerFirstSync': ['RunnerSyncFirstSyncab85ccf58C5F987F'],
    'AWS::Scheduler::Schedule': [
      'RunnerSyncSchedule006F19BA',
      'RunnerSyncReportSchedule57EF0058',
    ],
    'AWS::CloudWatch::Alarm': [
      'RunnerAlarmsRenewalLate951A4B3D',
      'RunnerAlarmsExpiryNearB3219336',
      'RunnerAlarmsDisconnected6A49A3D2',
      'RunnerAlarmsChecksFailingD827ED3A',
      'CollateCredentialSyncdataDeadLetterAlarm63514A82',
    ],
    'AWS::CloudWatch::CompositeAlarm': ['RunnerAlarmsAny533798BA'],
    'Custom::AWSCDK-EKS-HelmChart': ['RunnerChartRelease892C477F'],
    'AWS::Logs::LogGroup': ['CollateCredentialSyncdataSyncLog06BADFE5'],
    'AWS::SQS::Queue': ['CollateCredentialSyncdataSyncDeadLettersB8A2FFD6'],
    'AWS::SQS::QueuePolicy': ['CollateCredentialSyncdataSyncDeadLettersPolicyD280ED8F'],
    'AWS::Lambda::Function': ['CollateCredentialSyncdataSyncFunction2D7FD64F'],
  },
};

/** Those of this library: what Blueprints and the CDK make may change with them. */
function ids(template: Template): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [id, { Type }] of Object.entries<any>(template.toJSON().Resources)) {
    if (/^(HybridRunnerAddOn|Runner|CollateCredentialSync|KubectlAccess)/.test(id)) {
      (found[Type] ??= []).push(id);
    }
  }
  return found;
}

test.each(Object.keys(APPS))('the resources of %s keep their ids', async (name) => {
  expect(ids((await synthesizeApp(APPS[name])).template)).toEqual(IDS[name]);
});

test('what stands in another namespace has ids of its own, by which it goes when the namespace changes', async () => {
  const { template } = await synthesizeApp({ clusterName: 'data', namespace: 'finance' });
  const others = Object.values(ids(template)).flat().filter((id) => !Object.values(IDS['an existing cluster']).flat().includes(id));
  expect(others).toEqual(['RunnerNamespacesRunnerfinance9DAB1CB0', 'RunnerSyncRightsfinance8502D276', 'RunnerChartReleasefinanceEE534CEB']);
});
