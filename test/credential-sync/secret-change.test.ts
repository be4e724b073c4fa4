import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Function } from 'aws-cdk-lib/aws-lambda';
import { ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { CredentialSync, HybridRunner } from '../../lib';
import { SecretChange } from '../../lib/credential-sync/secret-change';
import { CLUSTERS, FIRST_SYNC, ResourceGraph, addRunner, another, flatten, makeStack, only } from '../helpers';

/** The longest of each that there are. */
const PLACE: Record<string, string> = { 'AWS::Partition': 'aws-us-gov', 'AWS::Region': 'ap-southeast-1', 'AWS::AccountId': '111122223333', 'AWS::URLSuffix': 'amazonaws.com' };
const LONGEST_NAME = 'n'.repeat(512);
const arnOf = (name: string) => `arn:aws-us-gov:secretsmanager:ap-southeast-1:111122223333:secret:${name}`;

/** A value of the template at deployment: a reference that is not to the place is to a secret of the longest name, or to that name. */
function deployed(value: any): any {
  if (Array.isArray(value)) {
    return value.map(deployed);
  }
  if (typeof value !== 'object') {
    return value;
  }
  if ('Fn::Join' in value) {
    return value['Fn::Join'][1].map(deployed).join(value['Fn::Join'][0]);
  }
  if ('Ref' in value) {
    return PLACE[value.Ref] ?? (value.Ref.startsWith('Name') ? LONGEST_NAME : arnOf(`${LONGEST_NAME}-AbCdEf`));
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deployed(inner)]));
}

/** Whether EventBridge matches an event: by the parts of its rules' language that a pattern here may have. */
function matches(pattern: any, event: any): boolean {
  return Object.entries<any>(pattern).every(([key, wanted]) => {
    if (key === '$or') {
      return wanted.some((alternative: any) => matches(alternative, event));
    }
    const value = event?.[key];
    return Array.isArray(wanted)
      ? wanted.some((one) => typeof one === 'string' ? one === value : typeof value === 'string' && value.startsWith(one.prefix))
      : matches(wanted, value);
  });
}

function runnerOf(stack: Stack): HybridRunner {
  return addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { renewOnSecretChange: true });
}

function rules(stack: Stack): any[] {
  return Object.values<any>(Template.fromStack(stack).findResources('AWS::Events::Rule')).map(({ Properties }) => Properties);
}

function patterns(stack: Stack): any[] {
  return rules(stack).map(({ EventPattern }) => deployed(EventPattern));
}

/** How many rules of a stack hear of it. */
function heard(stack: Stack, detail: Record<string, unknown>): number {
  return patterns(stack).filter((pattern) => matches(pattern, { source: 'aws.secretsmanager', detail: { eventSource: 'secretsmanager.amazonaws.com', ...detail } })).length;
}

const rotation = (secret: string) => ({ eventName: 'RotationSucceeded', requestParameters: null, responseElements: null, additionalEventData: { SecretId: arnOf(secret) } });
const call = (eventName: string, secretId: string, secret: string, key = 'arn') => ({ eventName, requestParameters: { secretId }, responseElements: { [key]: arnOf(secret) } });

describe('a secret of the runner', () => {
  const stack = makeStack();
  const runner = runnerOf(stack);
  runner.addConnectorSecret('redshift', Secret.fromSecretNameV2(stack, 'Redshift', 'data/redshift'));
  runner.addConnectorSecret('warehouse', Secret.fromSecretCompleteArn(stack, 'Warehouse', arnOf('warehouse-AbCdEf')));
  runner.addConnectorSecret('lake', Secret.fromSecretPartialArn(stack, 'Lake', arnOf('lake')));

  test.each([['the token', 'collate/token-AbCdEf'], ['the registry keys', 'collate/registry-keys-AbCdEf'], ['one by name', 'data/redshift-AbCdEf'], ['one by its ARN', 'warehouse-AbCdEf'], ['one by a partial ARN', 'lake-AbCdEf']])('%s, is heard of when it was rotated or given a value', (_, name) => {
    expect(heard(stack, rotation(name))).toBe(1);
    ['PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage'].forEach((eventName) =>
      ['arn', 'aRN'].forEach((key) => expect(heard(stack, call(eventName, name, name, key))).toBe(1)));
  });

  test('is heard of by whatever name somebody gave it a value', () => {
    ['data/redshift', arnOf('data/redshift'), arnOf('data/redshift-AbCdEf')].forEach((secretId) => expect(heard(stack, call('PutSecretValue', secretId, 'data/redshift-AbCdEf'))).toBe(1));
  });

  test('is not heard of when it is made or read, or when it is another', () => {
    expect(heard(stack, call('CreateSecret', 'warehouse', 'warehouse-AbCdEf'))).toBe(0);
    expect(heard(stack, call('GetSecretValue', 'warehouse', 'warehouse-AbCdEf'))).toBe(0);
    expect(heard(stack, { ...rotation('warehouse-AbCdEf'), eventName: 'RotationStarted' })).toBe(0);
    expect(heard(stack, call('PutSecretValue', 'warehouse', 'warehouse-XyXyXy'))).toBe(0);
    expect(heard(stack, call('PutSecretValue', 'data/redshift2', 'data/redshift2-AbCdEf'))).toBe(0);
    expect(heard(stack, rotation('other-AbCdEf'))).toBe(0);
  });

  test('is not heard of from another service', () => {
    expect(patterns(stack).filter((pattern) => matches(pattern, { source: 'aws.other', detail: rotation('warehouse-AbCdEf') }))).toEqual([]);
  });

  test('syncs everything that a renewal does', () => {
    const request = only(Template.fromStack(stack), FIRST_SYNC).Properties;
    const [{ Targets: [{ Arn, Input }] }] = rules(stack);
    expect(JSON.parse(flatten(Input))).toEqual(JSON.parse(flatten(request.Request)));
    expect(Arn).toEqual(request.ServiceToken);
  });
});

test('a secret whose whole ARN is known only at deployment is matched by it', () => {
  const stack = makeStack();
  const { valueAsString } = new CfnParameter(stack, 'SecretArn');
  runnerOf(stack).addConnectorSecret('redshift', Secret.fromSecretCompleteArn(stack, 'Redshift', valueAsString));
  expect(heard(stack, call('PutSecretValue', 'x', `${LONGEST_NAME}-AbCdEf`))).toBe(1);
  expect(heard(stack, rotation(`${LONGEST_NAME}-AbCdEf`))).toBe(1);
});

test('a secret that is added more than once is named once', () => {
  const stacks = [makeStack(), makeStack()];
  const [, runner] = stacks.map(runnerOf);
  ['one', 'two'].forEach((name) => runner.addConnectorSecret(name, Secret.fromSecretNameV2(stacks[1], name, 'collate/token')));
  expect(patterns(stacks[1])).toEqual(patterns(stacks[0]));
});

describe('the rules', () => {
  const LONG = 'p/'.repeat(256);
  const KINDS: Record<string, (stack: Stack, number: number) => ISecret> = {
    'short names': (stack, number) => Secret.fromSecretNameV2(stack, `S${number}`, `data/${number}`),
    'the longest names': (stack, number) => Secret.fromSecretNameV2(stack, `S${number}`, `${LONG.slice(0, 509)}${100 + number}`),
    'the longest ARNs': (stack, number) => Secret.fromSecretCompleteArn(stack, `S${number}`, arnOf(`${LONG.slice(0, 509)}${100 + number}-AbCdEf`)),
    'the longest names, known only at deployment': (stack, number) => Secret.fromSecretNameV2(stack, `S${number}`, new CfnParameter(stack, `Name${number}`).valueAsString),
    'ARNs that are known only at deployment': (stack) => new Secret(stack, `S${stack.node.children.length}`),
  };

  test.each(Object.entries(KINDS))('stay within what EventBridge takes with up to 40 secrets of %s, and name each', (_, make) => {
    [1, 2, 3, 4, 5, 6, 7, 10, 20, 40].forEach((count) => {
      const stack = makeStack();
      // Not by a runner: what it passes to the function has a limit of its own.
      const change = new SecretChange(stack, 'Change', { lambdaFunction: Function.fromFunctionName(stack, 'Function', 'sync'), input: '{}' });
      Array.from({ length: count }, (_unused, number) => change.add(make(stack, number)));
      const found = patterns(stack);
      found.forEach((pattern) => expect(JSON.stringify(pattern).length).toBeLessThanOrEqual(2048));
      const named = found.map(({ detail: { $or } }) => $or[0].additionalEventData.SecretId);
      expect(named.flat()).toHaveLength(count);
      expect(found.map(({ detail: { $or } }) => $or.slice(1))).toEqual(named.map((arns) => [{ responseElements: { arn: arns } }, { responseElements: { aRN: arns } }]));
    });
  });

  test('stay within it however long the ARNs are', () => {
    const stack = makeStack();
    const lambdaFunction = Function.fromFunctionName(stack, 'Function', 'sync');
    for (let length = 1; length <= 100; length++) {
      const change = new SecretChange(stack, `Change${length}`, { lambdaFunction, input: '{}' });
      Array.from({ length: 10 }, (_, number) => change.add(Secret.fromSecretCompleteArn(stack, `S${length}-${number}`, arnOf(`${'n'.repeat(length)}${number}-AbCdEf`))));
    }
    expect(Math.max(...patterns(stack).map((pattern) => JSON.stringify(pattern).length))).toBeLessThanOrEqual(2048);
  });

  test('are few where names are short', () => {
    const stack = makeStack();
    const runner = runnerOf(stack);
    for (let number = 0; number < 8; number++) {
      runner.addConnectorSecret(`secret-${number}`, Secret.fromSecretNameV2(stack, `S${number}`, `data/secret-${number}`));
    }
    expect(rules(stack)).toHaveLength(3);
  });

  test('may invoke the function by one permission of their stack and function, and nobody else may', () => {
    const app = new App();
    const [shared, other] = ['Shared', 'Other'].map((id) => new Stack(app, id));
    const credentialSync = new CredentialSync(shared, 'CredentialSync', { cluster: CLUSTERS['imported aws-eks-v2'](shared) });
    const cluster = CLUSTERS['imported aws-eks-v2'](other);
    const runner = addRunner(other, cluster, { credentialSync, renewOnSecretChange: true });
    runner.addConnectorSecret('redshift', new Secret(other, 'Redshift'));
    addRunner(other, cluster, { credentialSync, ...another(2), renewOnSecretChange: true }, 'Second');
    const own = new CredentialSync(other, 'Own', { cluster });
    addRunner(other, cluster, { credentialSync: own, ...another(3), renewOnSecretChange: true }, 'Third');
    const template = Template.fromStack(other);
    const name = (value: any) => flatten(value).replace('reference', '0f0e0d0c-guid');
    const permissions = Object.values<any>(template.findResources('AWS::Lambda::Permission')).map(({ Properties }) => Properties);
    permissions.forEach((permission) => {
      expect(permission).toEqual({ Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com', FunctionName: expect.anything(), SourceArn: expect.anything() });
      expect(name(permission.SourceArn)).toBe('arn:AWS::Partition:events:AWS::Region:AWS::AccountId:rule/collate-0f0e0d0c-guid-*');
      expect(JSON.stringify(permission.SourceArn)).toContain('AWS::StackId');
    });
    const targets = rules(other).map(({ Targets: [{ Arn }] }) => JSON.stringify(Arn));
    expect(permissions.map(({ FunctionName }) => JSON.stringify(FunctionName)).sort()).toEqual([...new Set(targets)].sort());
    expect(permissions).toHaveLength(2);
    const names = rules(other).map(({ Name }) => name(Name));
    expect(new Set(names).size).toBe(4);
    names.forEach((rule) => {
      expect(rule).toMatch(/^collate-0f0e0d0c-guid-[0-9a-f]{8}-[12]$/);
      // 36 characters of the stack's id in place of 13.
      expect(rule.length + 23).toBeLessThanOrEqual(64);
    });
    const graph = new ResourceGraph(template);
    graph.ids('AWS::Events::Rule').forEach((rule) => expect(graph.ids('AWS::Lambda::Permission').filter((id) => graph.waitsFor(rule).has(id))).toHaveLength(1));
  });
});

test('more names than EventBridge takes in one invocation are refused', () => {
  const withSecrets = (count: number) => {
    const stack = makeStack();
    const runner = runnerOf(stack);
    for (let number = 0; number < count; number++) {
      runner.addConnectorSecret(`a-rather-long-name-of-a-secret-${100 + number}`, Secret.fromSecretNameV2(stack, `S${number}`, `data/a-rather-long-name-of-a-secret-${100 + number}`));
    }
    return () => Template.fromStack(stack);
  };
  expect(withSecrets(40)).not.toThrow();
  expect(withSecrets(60)).toThrow(/\[Stack\/Runner\/Sync\/SecretChange\] renewOnSecretChange must be left out with connector secrets of so many or so long names, because EventBridge takes 8192 characters for what the function is invoked with, and these are at least \d{4}: each renewal writes them anyway/);
});

test.each([[8192, 0], [8193, 1]])('an invocation of %d characters has %d errors', (length, errors) => {
  const stack = makeStack();
  const change = new SecretChange(stack, 'Change', { lambdaFunction: Function.fromFunctionName(stack, 'Function', 'sync'), input: 'x'.repeat(length) });
  expect(change.node.validate()).toHaveLength(errors);
});
