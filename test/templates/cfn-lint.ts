import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { folderFor, install, run } from '../cluster/parts/install';

const REQUIREMENTS = path.join(__dirname, 'requirements.txt');

function folder(): string {
  return folderFor('cfn-lint', fs.readFileSync(REQUIREMENTS));
}

export function installCfnLint(): void {
  install(folder(), 'cfn-lint', (venv) => {
    run('python3', ['-m', 'venv', venv]);
    run(path.join(venv, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', REQUIREMENTS]);
  });
}

/** What cfn-lint says of templates: errors and warnings. */
export function lint(templates: string[]): { rule: string; template: string; path: string[]; message: string }[] {
  const { stdout, stderr, status } = spawnSync(path.join(folder(), 'bin/cfn-lint'), ['--format', 'json', ...templates], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  // 2 to 14 say by their bits which levels were found.
  if (status === null || status === 1 || status > 14) {
    throw new Error(`cfn-lint ended with ${status}: ${stderr}`);
  }
  return JSON.parse(stdout).map(({ Rule, Filename, Location, Message }: any) => ({ rule: Rule.Id, template: Filename, path: Location.Path ?? [], message: Message }));
}
