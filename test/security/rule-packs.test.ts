import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R4Checks, NIST80053R5Checks, NagPack, PCIDSS321Checks, ServerlessChecks } from 'cdk-nag';
import { documentedFindings } from './document';
import { NAMES, buildChoice, isOurs, isWrittenInto } from './named-choices';

const PACKS = {
  'AwsSolutions': AwsSolutionsChecks,
  'HIPAA': HIPAASecurityChecks,
  'NIST r4': NIST80053R4Checks,
  'NIST r5': NIST80053R5Checks,
  'PCI': PCIDSS321Checks,
  'Serverless': ServerlessChecks,
};

/** What a pack finds in an app, by rule: `IAM5` for `AwsSolutions-IAM5[Resource::*]`. */
function findings(app: App, Pack: new () => NagPack): { rule: string; path: string }[] {
  return new Pack().validateScope(app).violations.flatMap(({ ruleName, violatingResources }) => violatingResources
    .map(({ constructPath = '' }) => ({ rule: ruleName.replace(/\[.*$/, '').replace(/^.*-/, ''), path: constructPath }))
    .filter(({ path }) => isOurs(path) || isWrittenInto(path)));
}

/** What all packs find, as `rule: packs` lines, by choice. */
const FOUND = Object.fromEntries(NAMES.map((name) => {
  const app = buildChoice(name);
  const lines = Object.entries(PACKS).flatMap(([pack, Pack]) => findings(app, Pack).map(({ rule }) => `${rule} by ${pack}`));
  return [name, [...new Set(lines)]];
}));

const DOCUMENTED = documentedFindings(Object.keys(PACKS));

test.each(NAMES)('%s: every finding is documented', (name) => {
  expect(FOUND[name].filter((line) => !DOCUMENTED.includes(line))).toEqual([]);
});

test('what is documented is found in some choice', () => {
  const found = new Set(Object.values(FOUND).flat());
  expect(DOCUMENTED.filter((line) => !found.has(line))).toEqual([]);
});

test('with all that is documented to turn findings off, there is none', () => {
  expect(FOUND.strict).toEqual([]);
});

test('the defaults outside of a VPC have no finding in AwsSolutions', () => {
  expect(FOUND['functionPlacement: outsideVpc'].filter((line) => line.endsWith('by AwsSolutions'))).toEqual([]);
});

test('every construct that is not the user\'s is looked at', () => {
  const paths = buildChoice('credentialSync: shared by two stacks').node.findAll().map(({ node }) => node.path);
  expect(paths.filter(isOurs)).toEqual(expect.arrayContaining([
    expect.stringMatching(/^Shared\/CredentialSync\/Sync\/Function\//), expect.stringMatching(/^Shared\/Runner\//), expect.stringMatching(/^Other\/CollateRights-[^/]+\/Policy1\//),
  ]));
});
