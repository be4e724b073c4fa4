import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { pathToFileURL } from 'url';

const ROOT = path.join(__dirname, '..');
const NAMES = fs.readFileSync(path.join(ROOT, 'api/public-names.txt'), 'utf8');

/** What is said to break programs, where the names of the last release change so. */
function breaking(from: string, to: string): string[] {
  expect(NAMES.split(from)).toHaveLength(2);
  const program = `import { breakingNames } from ${JSON.stringify(pathToFileURL(path.join(ROOT, 'scripts/released-names.mjs')).href)};
console.log(JSON.stringify(breakingNames(...${JSON.stringify([NAMES, NAMES.replace(from, to)])})));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }));
}

test.each([
  ['a default of the library', '  replicas?: number = 1\n', '  replicas?: number = 2\n', 'HybridRunnerOptions.replicas has the default 2 in place of 1 [default:HybridRunnerOptions.replicas]'],
  ['a default that becomes another behaviour', '  replicas?: number = 1\n', '  replicas?: number = - as many as there are nodes\n', 'HybridRunnerOptions.replicas has the default - as many as there are nodes in place of 1 [default:HybridRunnerOptions.replicas]'],
  ['a default of Blueprints', '= \'HybridRunnerAddOn\'\n', '= \'Runner\'\n', 'blueprints.HybridRunnerAddOnProps.id has the default \'Runner\' in place of \'HybridRunnerAddOn\' [default:blueprints.HybridRunnerAddOnProps.id]'],
  ['an option of Blueprints that is gone', '  readonly id?: string = \'HybridRunnerAddOn\'\n', '', 'blueprints.HybridRunnerAddOnProps.id is gone [removed:blueprints.HybridRunnerAddOnProps.id]'],
  ['a type of Blueprints that is gone', 'class HybridRunnerAddOn < ClusterAddOn\n', 'class RunnerAddOn < ClusterAddOn\n', 'blueprints.HybridRunnerAddOn is gone [removed:blueprints.HybridRunnerAddOn]'],
  ['another signature in Blueprints', 'deploy(clusterInfo: ClusterInfo)', 'deploy(clusterInfo: ClusterInfo, more: string)', 'blueprints.HybridRunnerAddOn.deploy is "public deploy(clusterInfo: ClusterInfo, more: string): Promise<Construct>" in place of "public deploy(clusterInfo: ClusterInfo): Promise<Construct>" [changed:blueprints.HybridRunnerAddOn.deploy]'],
  ['a new option of Blueprints that is required', '  readonly authTokenSecretName: string\n', '  readonly authTokenSecretName: string\n  readonly team: string\n', 'blueprints.HybridRunnerAddOnProps.team is required [required:blueprints.HybridRunnerAddOnProps.team]'],
])('breaks programs: %s', (_, from, to, problem) => {
  expect(breaking(from, to)).toContain(problem);
});

test.each([
  ['the same default in other words', '= - any chart is taken\n', '= - every chart is taken\n'],
  ['a deprecation', '  replicas?: number = 1\n', '  replicas?: number = 1 (deprecated)\n'],
  ['a new option of Blueprints', '  readonly authTokenSecretName: string\n', '  readonly authTokenSecretName: string\n  readonly team?: string = - none\n'],
  ['an option of Blueprints that is no longer required', '  readonly authTokenSecretName: string\n', '  readonly authTokenSecretName?: string = - none\n'],
])('breaks nothing: %s', (_, from, to) => {
  expect(breaking(from, to)).toEqual([]);
});
