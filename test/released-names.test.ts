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
  ['a figure of a default in words', 'which keeps them for 14 days', 'which keeps them for 4 days', 'CredentialSyncProps.deadLetterQueue has the default - one is made, which keeps them for 4 days in place of - one is made, which keeps them for 14 days [default:CredentialSyncProps.deadLetterQueue]'],
  ['the unit of such a figure', 'which keeps them for 14 days', 'which keeps them for 14 hours', 'CredentialSyncProps.deadLetterQueue has the default - one is made, which keeps them for 14 hours in place of - one is made, which keeps them for 14 days [default:CredentialSyncProps.deadLetterQueue]'],
  ['a unit that is part of such a figure', '500m CPU and 500Mi,', '500m CPU and 500Gi,', 'HybridRunnerOptions.runnerResources has the default - requests 500m CPU and 500Gi, limits 1000m CPU and 1Gi in place of - requests 500m CPU and 500Mi, limits 1000m CPU and 1Gi [default:HybridRunnerOptions.runnerResources]'],
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
  ['the same figure in other words', 'which keeps them for 14 days', 'which holds letters 14 days long'],
  ['a deprecation', '  replicas?: number = 1\n', '  replicas?: number = 1 (deprecated)\n'],
  ['a new option of Blueprints', '  readonly authTokenSecretName: string\n', '  readonly authTokenSecretName: string\n  readonly team?: string = - none\n'],
  ['an option of Blueprints that is no longer required', '  readonly authTokenSecretName: string\n', '  readonly authTokenSecretName?: string = - none\n'],
])('breaks nothing: %s', (_, from, to) => {
  expect(breaking(from, to)).toEqual([]);
});
