import { Lazy, SecretValue, Stack } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { addRunner, CLUSTERS, chartValues, failureOf, makeStack, synthesize } from './helpers';

const ROLE_ARN = 'eks.amazonaws.com/role-arn';

/** Every key of the chart that only the library sets, with the property to use instead. */
const OWNED: [string[], string][] = [
  [['image', 'repository'], 'images'],
  [['image', 'tag'], 'images'],
  [['imagePullSecrets'], 'images'],
  [['ecrRegistryHelper'], 'images'],
  [['config', 'ingestionPods', 'repository'], 'images'],
  [['config', 'ingestionPods', 'tag'], 'images'],
  [['config', 'ingestionPods', 'imagePullSecrets'], 'images'],
  [['nameOverride'], 'releaseName'],
  [['fullnameOverride'], 'releaseName'],
  [['namespaceOverride'], 'namespace'],
  [['config', 'ingestionPods', 'namespace'], 'namespace'],
  [['replicaCount'], 'replicas'],
  [['config', 'agentId'], 'agentId'],
  [['config', 'serverHost'], 'serverHost'],
  [['config', 'authToken'], 'authToken'],
  [['config', 'authTokenSecret'], 'authToken'],
  [['config', 'secretsManager'], 'secretsStore'],
  [['config', 'ingestionPods', 'serviceAccount', 'create'], 'identity'],
  [['config', 'ingestionPods', 'serviceAccount', 'name'], 'identity'],
  [['config', 'ingestionPods', 'serviceAccount', 'annotations', ROLE_ARN], 'identity'],
  [['config', 'argoWorkflows', 'endpoint'], 'argoWorkflows'],
  [['installArgoWorkflows'], 'argoWorkflows'],
  [['createArgoWorkflowsNamespace'], 'argoWorkflows'],
  [['argoWorkflows', 'fullnameOverride'], 'argoWorkflows'],
  [['argoWorkflows', 'namespaceOverride'], 'argoWorkflows'],
  [['argoWorkflows', 'controller', 'name'], 'argoWorkflows'],
  [['argoWorkflows', 'server', 'enabled'], 'argoWorkflows'],
  [['argoWorkflows', 'server', 'name'], 'argoWorkflows'],
  [['argoWorkflows', 'server', 'servicePort'], 'argoWorkflows'],
];

/** A map with a value at a path, within what else is there. */
function nest(path: string[], value: unknown, around: Record<string, unknown> = {}): Record<string, unknown> {
  const [key, ...rest] = path;
  return { ...around, [key]: rest.length ? nest(rest, value, around) : value };
}

const at = (values: any, path: string[]) => path.reduce((value, key) => value?.[key], values);
const refusal = (key: string[], prop: string) => `values must not set ${key.join('.')}, which belongs to this library: use the property ${prop}`;

test.each(OWNED)('%j is refused, because %s sets it', (path, prop) => {
  for (const value of ['x', '', null, false, 0, [], {}, { name: 'x' }, Lazy.any({ produce: () => 'x' })]) {
    expect(failureOf({ values: nest(path, value) })).toThrow(new Error(refusal(path, prop)));
  }
});

test.each(OWNED.filter(([path]) => path.length > 1))('a map that holds %j is not replaced', (path) => {
  for (let length = 1; length < path.length; length++) {
    const parent = path.slice(0, length);
    const [, prop] = OWNED.find(([owned]) => parent.every((key, index) => owned[index] === key))!;
    for (const value of ['x', null, [], Lazy.any({ produce: () => ({ [path[length]]: 'x' }) })]) {
      expect(failureOf({ values: nest(parent, value) })).toThrow(new Error(refusal(parent, prop)));
    }
  }
});

test('neighbours of what the library sets are taken', () => {
  const values = {
    image: { pullPolicy: 'Always' },
    config: { reconnectDelaySeconds: '5', ingestionPods: { serviceAccount: { annotations: { team: 'data' } } } },
    argoWorkflows: { controller: { replicas: 2 } },
  };
  expect(chartValues(synthesize({ values }))).toMatchObject(values);
});

test('whatever is given, either it is refused or the keys of the library are as without it', () => {
  const key = fc.constantFrom(...new Set(OWNED.flatMap(([path]) => path)), 'pullPolicy', '__proto__', 'constructor');
  const { map } = fc.letrec<{ map: Record<string, unknown>; value: unknown }>((tie) => ({
    map: fc.dictionary(key, tie('value'), { maxKeys: 2 }),
    value: fc.oneof({ depthSize: 'small' }, fc.constantFrom('x', null, 0, [], undefined), tie('map'), tie('map')),
  }));
  const before = chartValues(synthesize());
  fc.assert(fc.property(map, (values) => {
    let after: any;
    try {
      after = chartValues(synthesize({ values }));
    } catch (error) {
      expect((error as Error).message).toMatch(/^values must not set /);
      return;
    }
    OWNED.forEach(([path]) => expect([path, at(after, path)]).toEqual([path, at(before, path)]));
  }), { numRuns: 80 });
});

describe('what is not made of maps, lists, strings, numbers, booleans and tokens is refused, because neither the checks nor Helm would see into it', () => {
  class Labels {
    public readonly password = '{{resolve:secretsmanager:password}}';
  }
  const message = (name: string, got: string) => `${name} must be made of maps, lists, strings, numbers, booleans, null and tokens, got ${got}: write plain objects`;

  test.each<[string, unknown]>([
    ['an instance of Map', new Map([['config', { agentId: 'x' }]])],
    ['an instance of Labels', new Labels()],
    [`an instance of ${Stack.name}`, new Stack()],
    ['an instance of a class', new (class {})()],
    ['a function', () => ({})],
    ['a bigint', 1n],
    ['NaN', NaN],
  ])('%s', (got, value) => {
    expect(failureOf({ values: { extraEnvs: [{ value }] } })).toThrow(new Error(message('values extraEnvs.0.value', got)));
    expect(failureOf({ ingestionContainerParams: { env: [{ value }] } })).toThrow(new Error(message('ingestionContainerParams', got)));
  });

  test.each<[string, unknown]>([
    ['an instance of Map', new Map([['config', { agentId: 'x' }]])],
    ['an instance of Labels', new Labels()],
    [`an instance of ${Stack.name}`, new Stack()],
    ['a token', Lazy.any({ produce: () => ({ config: { agentId: 'x' } }) })],
    ['a token', SecretValue.secretsManager('password')],
    ['a list', [{ config: { agentId: 'x' } }]],
    ['a string', 'config'],
  ])('values as %s', (got, values) => {
    expect(failureOf({ values: values as never })).toThrow(new Error(`values must be a map of the chart's values, got ${got}: write a plain object`));
  });

  test('but not what another realm made, such as a clone', () => {
    const values = structuredClone({ podSecurityContext: { runAsUser: 1000 } });
    expect(chartValues(synthesize({ values }))).toMatchObject(values);
  });

  test('but not what is left out', () => {
    const stack = makeStack();
    expect(() => addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack), { values: { image: undefined, extraEnvs: [undefined] } })).not.toThrow();
  });
});
