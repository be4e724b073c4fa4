import * as fs from 'fs';
import * as path from 'path';
import { DIST } from './packages';
import { Example, LANGUAGES, Synthesis } from './projects';

/** What may differ between the templates of two languages: nothing. The packages carry the same assets. */
const DIFFERENCES: RegExp[] = [];

const REFUSAL = 'refused: renewalPeriod must be 15 minutes to 4 hours (a registry token lives 12 hours, and after one failed run the next must still be in time), got 5 hours';

const APPS = { 'smallest': ['CollateRunner'], 'every choice': ['ImportedCluster', 'OlderGeneration', 'OwnedCluster'] } as const;
type App = keyof typeof APPS;

const start = Date.now();
const reference = new Example('typescript');
const expected = Object.fromEntries((Object.keys(APPS) as App[]).map((app) => [app, reference.synthesize(app)])) as Record<App, Synthesis>;

function comparable(template: string): string {
  return DIFFERENCES.reduce((text, difference) => text.replaceAll(difference, '…'), template);
}

describe('typescript', () => {
  test.each(Object.entries(APPS))('the app "%s" makes the stacks it is there for', (app, stacks) => {
    const { templates } = expected[app as App];
    expect(Object.keys(templates)).toEqual(expect.arrayContaining(stacks.map((stack) => `${stack}.template.json`)));
    for (const stack of stacks) {
      const types = Object.values<any>(JSON.parse(templates[`${stack}.template.json`]).Resources).map(({ Type }) => Type);
      expect(types).toEqual(expect.arrayContaining(['Custom::AWSCDK-EKS-HelmChart', 'Custom::CollateHybridRunnerFirstSync', 'AWS::Scheduler::Schedule']));
    }
  });

  test('an error says what to change', () => {
    expect(expected['every choice'].output.trim()).toBe(REFUSAL);
  });
});

describe.each(LANGUAGES.filter((language) => language !== 'typescript'))('%s', (language) => {
  let example: Example;
  const actual = {} as Record<App, Synthesis>;

  beforeAll(() => {
    example = new Example(language);
  });

  test.each(Object.keys(APPS) as App[])('the app "%s" gets the templates of TypeScript', (app) => {
    actual[app] = example.synthesize(app);
    expect(Object.keys(actual[app].templates)).toEqual(Object.keys(expected[app].templates));
    for (const [name, template] of Object.entries(actual[app].templates)) {
      expect(JSON.parse(comparable(template))).toEqual(JSON.parse(comparable(expected[app].templates[name])));
      expect(comparable(template)).toBe(comparable(expected[app].templates[name]));
    }
  });

  test('an error says the same as in TypeScript', () => {
    expect(actual['every choice'].output.trim()).toBe(REFUSAL);
  });
});

describe('dotnet', () => {
  test('the code is generated', () => {
    const folder = path.join(DIST, 'dotnet/CdkCollate.HybridRunner');
    expect(fs.readFileSync(path.join(folder, 'CdkCollate.HybridRunner.csproj'), 'utf8')).toContain('<PackageId>CdkCollate.HybridRunner</PackageId>');
    expect(fs.readFileSync(path.join(folder, 'CdkCollate/HybridRunner/HybridRunner.cs'), 'utf8')).toContain('public class HybridRunner : Constructs.Construct, Amazon.CDK.AWS.IAM.IGrantable');
  });
});

afterAll(() => {
  process.stdout.write(`${LANGUAGES.length} languages, ${Object.keys(expected['smallest'].templates).length + Object.keys(expected['every choice'].templates).length} templates each, in ${Math.round((Date.now() - start) / 1000)} s\n`);
});
