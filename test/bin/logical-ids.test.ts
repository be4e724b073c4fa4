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
      'CollateCredentialSyncbef08bb6SyncRoleA2DF2C1D',
      'CollateCredentialSyncbef08bb6SchedulerRole19D5A51F',
    ],
    'AWS::IAM::Policy': [
      'HybridRunnerAddOnRunnerIngestionRoleDefaultPolicyFABD91F1',
      'CollateCredentialSyncbef08bb6SyncRoleDefaultPolicy0DD9FA21',
    ],
    'AWS::EKS::PodIdentityAssociation': ['HybridRunnerAddOnRunnerIngestionAssociation3411311F'],
    'Custom::CollateHybridRunnerFirstSync': ['HybridRunnerAddOnRunnerSyncFirstSync3dcb38842167DCF3'],
    'AWS::Scheduler::Schedule': [
      'HybridRunnerAddOnRunnerSyncSchedule9619D7F4',
      'HybridRunnerAddOnRunnerSyncReportSchedule31672C0F',
    ],
    'AWS::CloudWatch::Alarm': [
      'HybridRunnerAddOnRunnerAlarmsRenewalLateE992A1F5',
      'HybridRunnerAddOnRunnerAlarmsExpiryNear021BBFEF',
      'HybridRunnerAddOnRunnerAlarmsDisconnected0D24D72A',
      'HybridRunnerAddOnRunnerAlarmsChecksFailingC395870F',
      'CollateCredentialSyncbef08bb6DeadLetterAlarm21917F88',
    ],
    'AWS::CloudWatch::CompositeAlarm': ['HybridRunnerAddOnRunnerAlarmsAny92DE7489'],
    'Custom::AWSCDK-EKS-HelmChart': ['HybridRunnerAddOnRunnerChartRelease57D5B1E1'],
    'AWS::Logs::LogGroup': ['CollateCredentialSyncbef08bb6SyncLog28D39477'],
    'AWS::SQS::Queue': ['CollateCredentialSyncbef08bb6SyncDeadLetters5D382AC0'],
    'AWS::SQS::QueuePolicy': ['CollateCredentialSyncbef08bb6SyncDeadLettersPolicy181D6F07'],
    'AWS::Lambda::Function': ['CollateCredentialSyncbef08bb6SyncFunction392651B8'],
    'AWS::EKS::AccessEntry': ['CollateCredentialSyncbef08bb6AccessEntry3A7812CC'],
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
    'Custom::CollateHybridRunnerFirstSync': ['RunnerSyncFirstSyncbe27de67C5B19979'],
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
