import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import * as fs from 'fs';
import * as path from 'path';
import { documentedFindings } from '../security/document';
import { NAMES, buildChoice, isOurs } from '../security/named-choices';
import { lint } from './cfn-lint';

interface Synthesized {
  readonly choice: string;
  readonly template: string;
  /** Paths of the constructs, by logical id. */
  readonly paths: Record<string, string>;
}

function synthesize(choice: string): Synthesized[] {
  const app: App = buildChoice(choice);
  const assembly = app.synth();
  // The nested stacks are the CDK's kubectl providers, on which cfn-guard stumbles.
  return app.node.findAll().filter(Stack.isStack).filter((stack) => !stack.nestedStackParent).map((stack) => ({
    choice,
    template: path.join(assembly.directory, stack.templateFile),
    paths: Object.fromEntries(stack.node.findAll().filter(CfnResource.isCfnResource).filter((resource) => resource.stack === stack)
      .map((resource) => [stack.resolve(resource.logicalId), resource.node.path])),
  }));
}

const TEMPLATES = NAMES.flatMap(synthesize);
const FILES = TEMPLATES.map(({ template }) => template);
const pathOf = (template: string, id: string) => TEMPLATES.find((one) => one.template === template)!.paths[id] ?? '';

/** What a check finds in our resources, by choice, as `rule by check`. */
function byChoice(check: string, found: { rule: string; template: string; id: string }[]): Record<string, string[]> {
  return Object.fromEntries(NAMES.map((name) => [name, [...new Set(found
    .filter(({ template, id }) => TEMPLATES.find((one) => one.template === template)!.choice === name && isOurs(pathOf(template, id)))
    .map(({ rule }) => `${rule} by ${check}`))]]));
}

const LINTED = lint(FILES);

/** Resources without an id repeat those of the same rule that have one. */
const GUARDED = new CfnGuardValidator().validate({ templatePaths: FILES, appConstruct: new App() }).violations
  .flatMap(({ ruleName, violatingResources }) => violatingResources.filter(({ resourceLogicalId }) => resourceLogicalId)
    .map(({ resourceLogicalId, templatePath }) => ({ rule: ruleName, template: templatePath!, id: resourceLogicalId! })));

const CHECKS = {
  'cfn-lint': byChoice('cfn-lint', LINTED.map(({ rule, template, path: [, id] }) => ({ rule, template, id }))),
  'cfn-guard': byChoice('cfn-guard', GUARDED),
};

describe.each(Object.entries(CHECKS))('%s', (check, found) => {
  const documented = documentedFindings([check]);

  test.each(NAMES)('%s: every finding is documented', (name) => {
    expect(found[name].filter((line) => !documented.includes(line))).toEqual([]);
  });

  test('what is documented is found in some choice', () => {
    const lines = new Set(Object.values(found).flat());
    expect(documented.filter((line) => !lines.has(line))).toEqual([]);
  });

  test('with all that is documented to turn findings off, there is none', () => {
    expect(found.strict).toEqual([]);
  });
});

test('no template has an error, whoever wrote the resource', () => {
  expect(LINTED.filter(({ rule }) => rule.startsWith('E')).map(({ rule, message, path: at }) => `${rule} ${at.join('/')} ${message}`)).toEqual([]);
});

test('an error would be found', () => {
  const template = path.join(path.dirname(FILES[0]), 'Wrong.template.json');
  fs.writeFileSync(template, JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { Nonsense: true } } } }));
  expect(lint([template]).map(({ rule }) => rule)).toContain('E3002');
});
