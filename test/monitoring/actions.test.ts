import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaAction, SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { LAMBDA_PERMISSION_LOGICAL_ID_FOR_LAMBDA_ACTION } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { RunnerCluster, RunnerMonitoring } from '../../lib';
import { CLUSTERS, addRunner, another, failureOf, importedEksV2Cluster, makeStack, only, synthesize } from '../helpers';

const arn = (topic: string) => `arn:aws:sns:eu-central-1:111122223333:${topic}`;
const tell = (topic: string): IAlarmAction => ({ bind: () => ({ alarmActionArn: arn(topic) }) });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => tell(`topic-${index}`));

function alarms(template: Template): any[] {
  return Object.values<any>(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
}

function deadLetters(template: Template): any {
  return alarms(template).find(({ Namespace }) => Namespace === 'AWS/SQS');
}

test('are those of every alarm, and of the composite alarm', () => {
  const template = synthesize({ monitoring: RunnerMonitoring.of({ alarmActions: [tell('alarm')], okActions: [tell('ok')], compositeAlarmActions: [tell('any')] }) });
  alarms(template).forEach((alarm) => expect([alarm.AlarmActions, alarm.OKActions]).toEqual([[arn('alarm')], [arn('ok')]]));
  const { AlarmActions, OKActions } = only(template, 'AWS::CloudWatch::CompositeAlarm').Properties;
  expect([AlarmActions, OKActions]).toEqual([[arn('any')], undefined]);
});

test('are those that were given, whatever becomes of their lists', () => {
  const options = { alarmActions: [tell('alarm')], okActions: [tell('ok')], compositeAlarmActions: [tell('any')] };
  const monitoring = RunnerMonitoring.of(options);
  Object.values(options).forEach((actions) => actions.push(tell('afterwards')));
  expect(JSON.stringify(synthesize({ monitoring }).toJSON())).not.toContain('afterwards');
});

describe('the alarm that runners share', () => {
  const share = (monitoring: (stack: Stack, runner: number) => RunnerMonitoring, runners: number) => {
    const stack = makeStack();
    const cluster = CLUSTERS['imported aws-eks-v2'](stack);
    const topic = new Topic(stack, 'Topic');
    addRunner(stack, cluster, { monitoring: monitoring(stack, 1) });
    for (let runner = 2; runner <= runners; runner++) {
      addRunner(stack, cluster, { ...another(runner), monitoring: monitoring(stack, runner) }, `Runner${runner}`);
    }
    return { template: Template.fromStack(stack), topic: stack.resolve(topic.topicArn) };
  };

  test('does what any of them asks for, once', () => {
    const { template } = share((_, runner) => RunnerMonitoring.of({ alarmActions: [tell('all'), tell(runner === 3 ? 'finance' : 'data')], okActions: [tell('ok')] }), 3);
    const { AlarmActions, OKActions } = deadLetters(template);
    expect([AlarmActions, OKActions]).toEqual([[arn('all'), arn('data'), arn('finance')], [arn('ok')]]);
  });

  test('tells a topic once that each of many runners names anew', () => {
    const { template, topic } = share((stack) => {
      const action = () => new SnsAction(stack.node.findChild('Topic') as Topic);
      return RunnerMonitoring.of({ alarmActions: [action()], okActions: [action()] });
    }, 7);
    const { AlarmActions, OKActions } = deadLetters(template);
    expect([AlarmActions, OKActions]).toEqual([[topic], [topic]]);
  });

  test('takes five actions of all its runners together', () => {
    expect(() => share((_, runner) => RunnerMonitoring.of({ alarmActions: [tell(`runner-${runner}`)] }), 5)).not.toThrow();
    expect(() => share((_, runner) => RunnerMonitoring.of({ alarmActions: [tell(`runner-${runner}`)] }), 6)).toThrow(new Error(
      'alarmActions of the runners that share a function must be at most 5 different ones, the most that CloudWatch takes for their alarm on dead letters, got 6: let several runners tell one SNS topic',
    ));
    expect(() => share((_, runner) => RunnerMonitoring.of({ okActions: [tell(`runner-${runner}`)] }), 6)).toThrow(/^okActions of the runners/);
  });
});

describe('more than CloudWatch takes', () => {
  test.each(['alarmActions', 'okActions', 'compositeAlarmActions'])('%s', (prop) => {
    expect(failureOf({ monitoring: RunnerMonitoring.of({ [prop]: numbered(5) }) })).not.toThrow();
    expect(failureOf({ monitoring: RunnerMonitoring.of({ [prop]: [...numbered(5), ...numbered(5)] }) })).not.toThrow();
    expect(failureOf({ monitoring: RunnerMonitoring.of({ [prop]: numbered(6) }) })).toThrow(new Error(
      `${prop} must be at most 5 different ones, the most that CloudWatch takes for an alarm, got 6: subscribe several receivers to one SNS topic`,
    ));
  });
});

describe('functions', () => {
  /** Two runners of a cluster and one of another, whose alarms and composite alarms invoke the same two functions. */
  const invoke = (app: App, useUniquePermissionId?: boolean) => {
    const stack = makeStack({}, app);
    const cluster = CLUSTERS['imported aws-eks-v2'](stack);
    const functions = ['One', 'Two'].map((id) => new Function(stack, id, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('exports.handler = () => {}') }));
    const actions = () => functions.map((lambdaFunction) => new LambdaAction(lambdaFunction, { useUniquePermissionId }));
    const monitoring = () => RunnerMonitoring.of({ alarmActions: actions(), okActions: actions(), compositeAlarmActions: actions() });
    addRunner(stack, cluster, { monitoring: monitoring() });
    addRunner(stack, cluster, { ...another(2), monitoring: monitoring() }, 'Second');
    const scope = new Construct(stack, 'Elsewhere');
    addRunner(scope, RunnerCluster.fromEksV2(importedEksV2Cluster(scope, { clusterName: 'elsewhere' }), { accessEntry: true }), { monitoring: monitoring() });
    return stack;
  };

  test.each<[string, App, boolean | undefined]>([
    ['by the feature flag', new App({ context: { [LAMBDA_PERMISSION_LOGICAL_ID_FOR_LAMBDA_ACTION]: true } }), undefined],
    ['by useUniquePermissionId', new App(), true],
  ])('may be invoked by each alarm, %s', (_, app, useUniquePermissionId) => {
    const template = Template.fromStack(invoke(app, useUniquePermissionId));
    const permissions = Object.values<any>(template.findResources('AWS::Lambda::Permission')).map(({ Properties: { FunctionName, SourceArn } }) => JSON.stringify([FunctionName, SourceArn]));
    // Each runner has four alarms and the composite one, and those of a cluster share the one on dead letters.
    expect(permissions).toHaveLength(2 * (3 * 5 + 2));
    expect(new Set(permissions).size).toBe(2 * (3 * 5 + 2));
  });
});
