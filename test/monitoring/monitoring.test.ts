import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { CredentialSync, HybridRunner, HybridRunnerProps, RunnerCluster, RunnerImages, RunnerMonitoring } from '../../lib';

import { CLUSTERS, addRunner, another, failureOf, flatten, importedEksV2Cluster, makeStack, only, synthesize } from '../helpers';
import { watched } from './alarm-evaluator';

function alarms(template: Template): any[] {
  return Object.values<any>(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
}

function reportSchedule(template: Template): any {
  return Object.values<any>(template.findResources('AWS::Scheduler::Schedule')).map(({ Properties }) => Properties).find(({ Description }) => Description.startsWith('Reports'));
}

describe('by default', () => {
  const template = synthesize();

  test('the runner is looked at every five minutes, with the request of its renewal and another action', () => {
    const { ScheduleExpression, Target } = reportSchedule(template);
    expect(ScheduleExpression).toBe('rate(5 minutes)');
    const renewal = Object.values<any>(template.findResources('AWS::Scheduler::Schedule')).map(({ Properties }) => Properties).find(({ Description }) => Description.startsWith('Renews'));
    const [report, renew] = [Target.Input, renewal.Target.Input].map((input) => JSON.parse(flatten(input)));
    expect(report).toEqual({ ...renew, action: 'status' });
    expect(Target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 0 });
    expect(Target).not.toHaveProperty('DeadLetterConfig');
  });

  test('there are four alarms of the runner, one of the cluster, and one of all', () => {
    const found = Object.values<any>(template.findResources('AWS::CloudWatch::Alarm')).map((alarm) => {
      const { name, statistic, period, fill } = watched(alarm);
      const { EvaluationPeriods, Threshold, ComparisonOperator, TreatMissingData } = alarm.Properties;
      return [name, statistic, period, fill, EvaluationPeriods, ComparisonOperator, Threshold, TreatMissingData];
    });
    expect(new Set(found)).toEqual(new Set([
      ['SyncSucceeded', 'Sum', 3600, 0, 5, 'LessThanThreshold', 1, 'breaching'],
      ['SecondsToExpiry', 'Minimum', 300, 0, 3, 'LessThanThreshold', 14400, 'breaching'],
      ['RunnerConnected', 'Maximum', 300, 0, 3, 'LessThanThreshold', 1, 'breaching'],
      ['ChecksFailed', 'Minimum', 300, 1, 3, 'GreaterThanThreshold', 0, 'breaching'],
      ['ApproximateNumberOfMessagesVisible', 'Maximum', 300, undefined, 1, 'GreaterThanThreshold', 0, 'ignore'],
    ]));
    const { AlarmRule } = only(template, 'AWS::CloudWatch::CompositeAlarm').Properties;
    const ids = Object.keys(template.findResources('AWS::CloudWatch::Alarm'));
    expect([...flatten(AlarmRule).matchAll(/ALARM\("(\w+)\.Arn"\)/g)].map(([, id]) => id).sort()).toEqual(ids.sort());
    expect(flatten(AlarmRule).replace(/ALARM\("[\w.]+"\)/g, 'x')).toBe('(x OR x OR x OR x OR x)');
  });

  test('the alarms of a runner are of its own metrics, and tell nobody', () => {
    const dimensions = Object.values<any>(template.findResources('AWS::CloudWatch::Alarm')).map((alarm) => watched(alarm).dimensions);
    expect(dimensions.filter((found) => JSON.stringify(found) === '[{"Name":"AgentId","Value":"aws-prod"},{"Name":"Cluster","Value":"data"}]')).toHaveLength(4);
    [...alarms(template), only(template, 'AWS::CloudWatch::CompositeAlarm').Properties].forEach((alarm) => {
      expect(alarm.AlarmActions ?? []).toEqual([]);
      expect(alarm.OKActions ?? []).toEqual([]);
    });
  });

  test('there is no dashboard and no rule for changes of secrets', () => {
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    template.resourceCountIs('AWS::Events::Rule', 0);
    template.resourceCountIs('AWS::Lambda::Permission', 0);
  });
});

test('none() makes no schedule of reports, no alarm and no dashboard', () => {
  const stack = makeStack();
  const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { monitoring: RunnerMonitoring.none() });
  const template = Template.fromStack(stack);
  expect(runner.compositeAlarm).toBeUndefined();
  expect(Object.values<any>(template.toJSON().Resources).map(({ Type }) => Type).filter((type) => /CloudWatch/.test(type))).toEqual([]);
  template.resourceCountIs('AWS::Scheduler::Schedule', 1);
});

test('images that never expire have no alarm for it', () => {
  const template = synthesize({ images: RunnerImages.fromMirror({ runnerRepository: 'registry.acme.io/runner', ingestionRepository: 'registry.acme.io/ingestion' }) });
  expect(Object.values<any>(template.findResources('AWS::CloudWatch::Alarm')).map((alarm) => watched(alarm).name).sort()).toEqual(['ApproximateNumberOfMessagesVisible', 'ChecksFailed', 'RunnerConnected', 'SyncSucceeded']);
});

test('a paused runner is renewed and watched for that, and nobody is told that it is not connected', () => {
  const template = synthesize({ replicas: 0 });
  const found = template.findResources('AWS::CloudWatch::Alarm');
  expect(Object.values<any>(found).map((alarm) => watched(alarm).name).sort()).toEqual(['ApproximateNumberOfMessagesVisible', 'SecondsToExpiry', 'SyncSucceeded']);
  const { AlarmRule } = only(template, 'AWS::CloudWatch::CompositeAlarm').Properties;
  expect([...flatten(AlarmRule).matchAll(/ALARM\("(\w+)\.Arn"\)/g)].map(([, id]) => id).sort()).toEqual(Object.keys(found).sort());
});

test('a function that stacks share has an alarm in each of them, and its stack depends on none', () => {
  const app = new App();
  const [shared, one, two] = ['Shared', 'One', 'Two'].map((id) => new Stack(app, id));
  const cluster = CLUSTERS['imported aws-eks-v2'](shared);
  const credentialSync = new CredentialSync(shared, 'CredentialSync', { cluster });
  const monitoring = (stack: Stack) => RunnerMonitoring.of({ alarmActions: [new SnsAction(new Topic(stack, 'Topic'))] });
  addRunner(one, cluster, { credentialSync, monitoring: monitoring(one) });
  addRunner(two, cluster, { ...another(2), credentialSync, monitoring: monitoring(two) });
  addRunner(two, cluster, { ...another(3), credentialSync }, 'Third');
  app.synth();
  expect(shared.dependencies).toEqual([]);
  expect([shared, one, two].map((stack) => alarms(Template.fromStack(stack)).filter(({ Namespace }) => Namespace === 'AWS/SQS').length)).toEqual([0, 1, 1]);
});

test.each(Object.entries(CLUSTERS))('with %s the metrics are those of the cluster that the function tells them of', (_, cluster) => {
  const stack = makeStack();
  addRunner(stack, cluster(stack));
  const template = Template.fromStack(stack);
  const [{ Properties: { Environment: { Variables: { CLUSTER_NAME: name } } } }] = Object.values<any>(template.findResources('AWS::Lambda::Function', Match.objectLike({ Properties: { Environment: { Variables: { CLUSTER_NAME: Match.anyValue() } } } })));
  const dimensions = Object.values<any>(template.findResources('AWS::CloudWatch::Alarm')).map(watched).filter(({ fill }) => fill !== undefined).map((alarm) => alarm.dimensions);
  expect(dimensions).toEqual(Array(4).fill([{ Name: 'AgentId', Value: 'aws-prod' }, { Name: 'Cluster', Value: name }]));
});

test('runners of two clusters with one agent id have metrics of their own', () => {
  const stack = makeStack();
  const connected = ['staging', 'production'].map((clusterName) => {
    const scope = new Construct(stack, clusterName);
    return addRunner(scope, RunnerCluster.fromEksV2(importedEksV2Cluster(scope, { clusterName }), { accessEntry: true })).metricRunnerConnected();
  });
  expect(connected.map(({ dimensions }) => dimensions)).toEqual([{ AgentId: 'aws-prod', Cluster: 'staging' }, { AgentId: 'aws-prod', Cluster: 'production' }]);
});

describe('the interval', () => {
  test.each([[1, 11], [3, 5], [5, 3], [10, 3], [15, 3], [60, 3]])('of %d minutes is that of the reports and the alarms, which look at %d of them', (minutes, periods) => {
    const template = synthesize({ monitoring: RunnerMonitoring.of({ interval: Duration.minutes(minutes) }) });
    expect(reportSchedule(template).ScheduleExpression).toBe(minutes === 1 ? 'rate(1 minute)' : minutes === 60 ? 'rate(1 hour)' : `rate(${minutes} minutes)`);
    const connection = Object.values<any>(template.findResources('AWS::CloudWatch::Alarm')).find((alarm) => watched(alarm).name === 'RunnerConnected');
    expect([watched(connection).period, connection.Properties.EvaluationPeriods]).toEqual([60 * minutes, periods]);
  });

  const limits = 'EventBridge Scheduler and CloudWatch count in minutes, and after an hour an alarm is late';
  test.each([
    [Duration.seconds(59), `interval must be 1 minute to 1 hour (${limits}), got 59 seconds`],
    [Duration.minutes(61), `interval must be 1 minute to 1 hour (${limits}), got 1 hour 1 minute`],
    [Duration.seconds(90), 'interval must be whole minutes, got 90 seconds'],
  ])('%s is refused', (interval, message) => {
    expect(() => RunnerMonitoring.of({ interval })).toThrow(new Error(message));
  });
});

describe('the dashboard', () => {
  const stack = makeStack();
  const cluster: RunnerCluster = CLUSTERS['imported aws-eks-v2'](stack);
  const dashboard = { monitoring: RunnerMonitoring.of({ dashboard: true }) };
  addRunner(stack, cluster, dashboard);
  addRunner(stack, cluster, { ...another(2), ...dashboard, agentId: 'the team\'s' }, 'Second');
  addRunner(stack, cluster, another(3), 'Third');
  const { widgets } = JSON.parse(flatten(only(Template.fromStack(stack), 'AWS::CloudWatch::Dashboard').Properties.DashboardBody));

  test('is one for the cluster, with a row for each runner that asks for it', () => {
    expect(widgets.filter(({ type }: any) => type === 'text').map(({ properties }: any) => properties.markdown)).toEqual([
      '## aws-prod\nnamespace `hybrid-ingestion-runner`', '## the team\'s\nnamespace `runner-2`',
    ]);
    expect(widgets.filter(({ type }: any) => type !== 'text').map(({ properties }: any) => properties.title)).toEqual(
      Array(2).fill(['Connected', 'Seconds to expiry', 'Jobs since start, by status', 'Sync duration and failures', 'Alarms']).flat(),
    );
  });

  test('has rows of 24 columns, one below the other', () => {
    const rows = new Map<number, number>();
    widgets.forEach(({ y, width }: any) => rows.set(y, (rows.get(y) ?? 0) + width));
    expect([...rows]).toEqual([[0, 24], [2, 24], [8, 24], [10, 24]]);
  });

  test('shows the metrics and the alarms of the runner', () => {
    const [, connected, expiry, jobs, sync, state] = widgets.map(({ properties }: any) => properties);
    expect(connected.metrics[0].slice(0, 6)).toEqual(['CollateHybridRunner', 'RunnerConnected', 'AgentId', 'aws-prod', 'Cluster', 'data']);
    expect(expiry.metrics[0].slice(0, 6)).toEqual(['CollateHybridRunner', 'SecondsToExpiry', 'AgentId', 'aws-prod', 'Cluster', 'data']);
    expect(jobs.metrics[0][0].expression).toBe('SEARCH(\'{CollateHybridRunner,AgentId,Cluster,Status} MetricName="Jobs" AgentId="aws-prod" Cluster="data"\', \'Maximum\', 300)');
    expect(sync.metrics.map((metric: any[]) => metric[1])).toEqual(['SyncDuration', 'SyncFailures']);
    expect(state.alarms).toHaveLength(5);
  });

  test('has a point for each report, and in the graph of syncs for each renewal', () => {
    const periodsOf = (props: Partial<HybridRunnerProps>) => {
      const { widgets: found } = JSON.parse(flatten(only(synthesize(props), 'AWS::CloudWatch::Dashboard').Properties.DashboardBody));
      const graphs = found.filter(({ properties }: any) => properties.metrics && !/^Jobs/.test(properties.title));
      return Object.fromEntries(graphs.map(({ properties: { title, metrics } }: any) => [title, metrics.map((metric: any[]) => metric.at(-1).period ?? 300)]));
    };
    expect(periodsOf(dashboard)).toEqual({ 'Connected': [300], 'Seconds to expiry': [300], 'Sync duration and failures': [7200, 7200] });
    expect(periodsOf({ monitoring: RunnerMonitoring.of({ dashboard: true, interval: Duration.minutes(10) }), renewalPeriod: Duration.hours(3) })).toEqual({
      'Connected': [600], 'Seconds to expiry': [600], 'Sync duration and failures': [10_800, 10_800],
    });
  });

  test.each([
    ['an agent with parentheses as CloudWatch escapes them', 'aws (prod)', 'AgentId="aws \\(prod\\)"'],
    ['an agent with a quote by its words', 'the team\'s', 'AgentId=the AgentId=team AgentId=s'],
    ['an agent whose words are operators', 'NOT Tom AND Jerry\'s', 'AgentId=not AgentId=Tom AgentId=and AgentId=Jerry AgentId=s'],
  ])('finds %s', (_, agentId, terms) => {
    const { widgets: found } = JSON.parse(flatten(only(synthesize({ ...dashboard, agentId }), 'AWS::CloudWatch::Dashboard').Properties.DashboardBody));
    const [{ properties }] = found.filter(({ properties: { title } }: any) => title?.startsWith('Jobs'));
    expect(properties.metrics[0][0].expression).toBe(`SEARCH('{CollateHybridRunner,AgentId,Cluster,Status} MetricName="Jobs" ${terms} Cluster="data"', 'Maximum', 300)`);
  });

  test('is refused for an agent that no search finds', () => {
    expect(failureOf({ agentId: '\'-\'', monitoring: RunnerMonitoring.of() })).not.toThrow();
    expect(failureOf({ ...dashboard, agentId: '\'-\'' })).toThrow(new Error('dashboard must be false for a runner whose agentId has a single quote and no letter or digit, got "\'-\'": CloudWatch has no search for it'));
  });

  test('searches by no more characters than CloudWatch takes', () => {
    [`${'x\''.repeat(64)}`, `${'()'.repeat(64)}`].forEach((agentId) => {
      const { widgets: found } = JSON.parse(flatten(only(synthesize({ ...dashboard, agentId }), 'AWS::CloudWatch::Dashboard').Properties.DashboardBody));
      const [{ properties }] = found.filter(({ properties: { title } }: any) => title?.startsWith('Jobs'));
      // The name of a cluster has up to 100 characters.
      expect(properties.metrics[0][0].expression.length + 96).toBeLessThanOrEqual(1024);
    });
  });
});

describe('metrics', () => {
  const stack = makeStack();
  const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack));

  test.each<[string, string, (runner: HybridRunner) => any, Record<string, string>?]>([
    ['SyncSucceeded', 'Sum', (from) => from.metricSyncSucceeded()],
    ['SyncFailures', 'Sum', (from) => from.metricSyncFailures()],
    ['SyncDuration', 'Average', (from) => from.metricSyncDuration()],
    ['SecondsToExpiry', 'Minimum', (from) => from.metricSecondsToExpiry()],
    ['RunnerConnected', 'Maximum', (from) => from.metricRunnerConnected()],
    ['ChecksFailed', 'Minimum', (from) => from.metricChecksFailed()],
    ['Jobs', 'Maximum', (from) => from.metricJobs('failed'), { Status: 'failed' }],
  ])('%s is the runner\'s own, with its statistic over an hour', (metricName, statistic, metric, dimensions = {}) => {
    const found = metric(runner);
    expect(found).toMatchObject({ namespace: 'CollateHybridRunner', metricName, statistic, dimensions: { AgentId: 'aws-prod', Cluster: 'data', ...dimensions } });
    expect(found.period.toSeconds()).toBe(3600);
  });

  test('take options', () => {
    expect(runner.metricRunnerConnected({ period: Duration.minutes(5), statistic: 'Average' })).toMatchObject({ statistic: 'Average', period: Duration.minutes(5) });
  });
});
