import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { CLUSTERS, FIRST_SYNC, ResourceGraph, addRunner, flatten, makeStack, manifestOf, only, renewalSchedule } from '../helpers';

const stack = makeStack();
const runner = addRunner(stack, CLUSTERS['imported aws-eks-v2'](stack));
const password = new secretsmanager.Secret(stack, 'Password', { encryptionKey: new kms.Key(stack, 'Key') });
const warehouse = () => secretsmanager.Secret.fromSecretNameV2(stack, `Warehouse${Math.random()}`, 'data/warehouse');
const references = [
  runner.addConnectorSecret('redshift-password', password),
  runner.addConnectorSecret('warehouse-user', warehouse(), { field: 'user' }),
];
const template = Template.fromStack(stack);

test('have the reference for Collate, also by another import of the secret', () => {
  expect(references).toEqual(['secret:redshift-password', 'secret:warehouse-user']);
  expect(runner.secretReference(password)).toBe('secret:redshift-password');
  expect(runner.secretReference(warehouse())).toBe('secret:warehouse-user');
});

test('are told apart where secrets of two stacks have one logical id', () => {
  const app = new App();
  const [first, second] = ['First', 'Second'].map((id) => new secretsmanager.Secret(new Stack(app, id), 'Password'));
  const reader = addRunner(makeStack({}, app), CLUSTERS['imported aws-eks-v2'](new Stack(app, 'Cluster')));
  reader.addConnectorSecret('first', first);
  expect(() => reader.secretReference(second)).toThrow('Second/Password was not');
  reader.addConnectorSecret('second', second);
  expect([first, second].map((secret) => reader.secretReference(secret))).toEqual(['secret:first', 'secret:second']);
});

test('are in the request of the first sync, of the schedule and of the command', () => {
  const request = only(template, FIRST_SYNC).Properties.Request;
  expect(JSON.parse(flatten(request)).connectorSecrets).toEqual([
    { name: 'redshift-password', secretArn: expect.stringMatching(/^Password/) },
    { name: 'warehouse-user', secretArn: expect.stringMatching(/:secret:data\/warehouse$/), field: 'user' },
  ]);
  expect(renewalSchedule(template).Target.Input).toEqual(request);
  expect(flatten(stack.resolve(runner.renewCommand))).toContain(flatten(request));
});

test('may be written by name, and no other', () => {
  expect(manifestOf(template, 'Role', 'collate-credential-sync').rules[0]).toEqual({
    apiGroups: [''], resources: ['secrets'], resourceNames: ['omd-registry-credentials', 'hybrid-runner-token', 'redshift-password', 'warehouse-user'], verbs: ['create', 'patch'],
  });
});

test('may be read and decrypted by the function, before its first sync', () => {
  const graph = new ResourceGraph(template);
  const [policy] = Object.values<any>(template.findResources('AWS::IAM::Policy'));
  const statements = policy.Properties.PolicyDocument.Statement.map(({ Action, Resource }: any) => `${Action} ${flatten(Resource)}`);
  expect(statements).toContainEqual(expect.stringMatching(/^secretsmanager:GetSecretValue Password/));
  expect(statements).toContainEqual(expect.stringMatching(/^secretsmanager:GetSecretValue .*:secret:data\/warehouse-\?{6}$/));
  expect(statements).toContainEqual(expect.stringMatching(/^kms:Decrypt Key/));
  expect(graph.waitsFor(graph.id(FIRST_SYNC))).toContain(graph.id('AWS::IAM::Policy'));
  expect(graph.cyclic).toEqual([]);
});

test('take no resource of their own', () => {
  const bare = makeStack();
  addRunner(bare, CLUSTERS['imported aws-eks-v2'](bare));
  const added = Object.keys(template.toJSON().Resources).length - Object.keys(Template.fromStack(bare).toJSON().Resources).length;
  // The secret and its key, which this test made.
  expect(added).toBe(2);
});
