import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { pathToFileURL } from 'url';

const ROOT = path.join(__dirname, '..');
const DECLARATIONS = 'lib/blueprints/hybrid-runner-add-on.d.ts';

/** What is said to be undocumented after a change of the assembly, or of the declarations that are not part of it. */
function undocumented(change: { assembly?: (types: Record<string, any>) => void; declarations?: (text: string) => string }): string[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'documentation-'));
  fs.mkdirSync(path.join(folder, 'lib/blueprints'), { recursive: true });
  ['.jsii', DECLARATIONS, 'lib/blueprints/index.d.ts'].forEach((file) => fs.copyFileSync(path.join(ROOT, file), path.join(folder, file)));
  const assembly = JSON.parse(fs.readFileSync(path.join(folder, '.jsii'), 'utf8'));
  change.assembly?.(Object.fromEntries(Object.values<any>(assembly.types).map((type) => [type.name, type])));
  fs.writeFileSync(path.join(folder, '.jsii'), JSON.stringify(assembly));
  const declarations = fs.readFileSync(path.join(folder, DECLARATIONS), 'utf8');
  const changed = change.declarations?.(declarations);
  expect(changed).not.toBe(declarations);
  fs.writeFileSync(path.join(folder, DECLARATIONS), changed ?? declarations);
  const program = `import { undocumented } from ${JSON.stringify(pathToFileURL(path.join(ROOT, 'scripts/documentation.mjs')).href)};\nconsole.log(JSON.stringify(undocumented(${JSON.stringify(folder)})));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }));
}

function property(type: any, name: string): any {
  return type.properties.find((candidate: any) => candidate.name === name);
}

function parameter(type: any, method: string, name: string): any {
  return type.methods.find((candidate: any) => candidate.name === method).parameters.find((candidate: any) => candidate.name === name);
}

test('everything public is documented', () => {
  expect(undocumented({})).toEqual([]);
});

test.each<[string, (types: Record<string, any>) => void]>([
  ['HybridRunner: no summary', ({ HybridRunner }) => delete HybridRunner.docs],
  ['HybridRunner.constructor: no summary', ({ HybridRunner }) => delete HybridRunner.initializer.docs],
  ['HybridRunner.constructor: parameter retries is not explained', ({ HybridRunner }) => HybridRunner.initializer.parameters.push({ name: 'retries', type: { primitive: 'number' } })],
  ['HybridRunner.metricSyncDuration: parameter options has no default in its @param', ({ HybridRunner }) => delete parameter(HybridRunner, 'metricSyncDuration', 'options').docs],
  ['ChartSource.repository: parameter url has no default in its @param', ({ ChartSource }) => { parameter(ChartSource, 'repository', 'url').docs.summary = 'address of the repository.'; }],
  ['HybridRunner.renewCommand: no summary', ({ HybridRunner }) => delete property(HybridRunner, 'renewCommand').docs],
  ['HybridRunnerOptions.atomic: no @default', ({ HybridRunnerOptions }) => delete property(HybridRunnerOptions, 'atomic').docs.default],
  ['HybridRunnerOptions.atomic: @default says nothing', ({ HybridRunnerOptions }) => { property(HybridRunnerOptions, 'atomic').docs.default = '- see code'; }],
  ['HybridRunnerOptions.agentId: required, but has a @default', ({ HybridRunnerOptions }) => { property(HybridRunnerOptions, 'agentId').docs.default = '- none'; }],
  ['HybridRunnerOptions.replicas: a number without a unit', ({ HybridRunnerOptions }) => { property(HybridRunnerOptions, 'replicas').docs.summary = 'How much of the runner is available.'; }],
])('in the assembly, what is missing is told: %s', (gap, assembly) => {
  expect(undocumented({ assembly })).toEqual([gap]);
});

test.each<[string, (text: string) => string]>([
  ['HybridRunnerAddOn: no summary', (text) => text.replace(/\/\*\*[^/]*?\*\/\n(?=export declare class)/, '')],
  ['HybridRunnerAddOn.deploy: parameter count has no default in its @param', (text) => text.replace(/(\*\/\n\s+deploy\([^)]*)/, '* @param count pods\n$1, count?: number')],
  ['HybridRunnerAddOnProps: no summary', (text) => text.replace(/\/\*\*[^/]*?\*\/\n(?=export interface)/, '')],
  ['HybridRunnerAddOn.constructor: no summary', (text) => text.replace(/\/\*\*[^/]*?\*\/\n\s+(?=constructor)/, '')],
  ['HybridRunnerAddOn.deploy: no summary', (text) => text.replace(/\/\*\*[^/]*?\*\/\n\s+(?=deploy)/, '')],
  ['HybridRunnerAddOn.id: no summary', (text) => text.replace('/** Id of the add-on, by which other add-ons find it. */', '')],
  ['HybridRunnerAddOnProps.images: no @default', (text) => text.replace('@default - Collate\'s registry', 'Without it, Collate\'s registry')],
  ['HybridRunnerAddOnProps.id: @default says nothing', (text) => text.replace('@default \'HybridRunnerAddOn\'', '@default')],
  ['HybridRunnerAddOnProps.many: a number without a unit', (text) => text.replace('readonly id?', '/** How many.\n * @default 1 */\nreadonly many?: number;\n/** Id.\n * @default 1 */\nreadonly id?')],
])('in the declarations of Blueprints, what is missing is told: %s', (gap, declarations) => {
  expect(undocumented({ declarations })).toEqual([gap]);
});
