import { spawnSync } from 'child_process';
import * as crypto from 'crypto';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { stripVTControlCharacters } from 'util';
import { DIST, ROOT, built } from './packages';

const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
const CDK = path.join(ROOT, 'node_modules/.bin/cdk');

/** Outside the checkout, so that what comes from registries is fetched once for all of them. */
const CACHE = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'cdk-collate-hybrid-runner');

/** What an example is started with, beside what its `cdk.json` says. */
interface Project {
  /** Command of the app with every choice; that of the smallest one stands in `cdk.json`. */
  readonly everyChoice: string;
  readonly environment?: Record<string, string>;
}

/** How each language installs the package that was built for it, with its own tools, into a copy of its example. */
const INSTALLERS: Record<'typescript' | 'python' | 'java' | 'go', (folder: string) => Project> = {
  typescript: (folder) => {
    run(folder, 'npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', built('js', '.tgz')]);
    return { everyChoice: 'node every-choice.js' };
  },
  python: (folder) => {
    const requirements = fs.readFileSync(path.join(folder, 'requirements.txt'));
    const environment = path.join(CACHE, `python-${crypto.createHash('sha256').update(requirements).digest('hex').slice(0, 16)}`);
    const python = path.join(environment, 'bin/python3');
    if (!fs.existsSync(python)) {
      run(folder, 'python3', ['-m', 'venv', environment]);
    }
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    run(folder, python, [...install, '--requirement', 'requirements.txt', built('python', '.whl')]);
    // pip takes a package of the same version for the same package.
    run(folder, python, [...install, '--force-reinstall', '--no-deps', built('python', '.whl')]);
    return { everyChoice: 'python3 every_choice.py', environment: { PATH: `${path.dirname(python)}:${process.env.PATH}` } };
  },
  java: (folder) => {
    const repository = path.join(CACHE, 'maven');
    fs.rmSync(path.join(repository, 'io/github/cdk-collate'), { recursive: true, force: true });
    fs.mkdirSync(path.join(folder, '.mvn'));
    fs.writeFileSync(path.join(folder, 'settings.xml'), mavenSettings());
    fs.writeFileSync(path.join(folder, '.mvn/maven.config'), `--settings\nsettings.xml\n-Dmaven.repo.local=${repository}\n-Dhybridrunner.version=${version}\n`);
    return { everyChoice: 'mvn -q compile exec:java -Dapp=EveryChoice' };
  },
  go: (folder) => {
    const module = built('go', '');
    // Ends with the major version, from 2 on.
    const [, name] = /^module (\S+)$/m.exec(fs.readFileSync(path.join(module, 'go.mod'), 'utf8'))!;
    run(folder, 'go', ['mod', 'edit', `-replace=${name}=${module}`]);
    return { everyChoice: 'go run ./everychoice', environment: { GOFLAGS: '-mod=mod' } };
  },
};

export type ExampleLanguage = keyof typeof INSTALLERS;

export const LANGUAGES = Object.keys(INSTALLERS) as ExampleLanguage[];

/** Templates by file name, and what the app printed. */
export interface Synthesis {
  readonly templates: Record<string, string>;
  readonly output: string;
}

/** The example of a language, with the built package installed in it. */
export class Example {
  private readonly folder: string;
  private readonly project: Project;

  constructor(language: ExampleLanguage) {
    const examples = fs.mkdtempSync(path.join(os.tmpdir(), `${language}-`));
    this.folder = path.join(examples, language);
    fs.cpSync(path.join(ROOT, 'examples', language), this.folder, { recursive: true, filter: (source) => !/node_modules|target|__pycache__|cdk\.out/.test(path.relative(ROOT, source)) });
    fs.cpSync(path.join(ROOT, 'examples/chart'), path.join(examples, 'chart'), { recursive: true });
    this.project = INSTALLERS[language](this.folder);
  }

  /** Runs the CDK's command as a user does. Only the line that tells CloudFormation the language is left out. */
  public synthesize(app: 'smallest' | 'every choice'): Synthesis {
    const output = path.join(this.folder, `cdk.out-${app.replace(' ', '-')}`);
    // Where CI is set, the command writes its own messages to the output of the app.
    const command = ['synth', '--quiet', '--no-ci', '--no-version-reporting', '--output', output, ...app === 'smallest' ? [] : ['--app', this.project.everyChoice]];
    const printed = run(this.folder, CDK, command, this.project.environment);
    const names = fs.readdirSync(output).filter((name) => name.endsWith('.template.json')).sort();
    return {
      templates: Object.fromEntries(names.map((name) => [name, fs.readFileSync(path.join(output, name), 'utf8')])),
      output: printed,
    };
  }
}

/** Finds our package in `dist`, and everything else where Maven always does. */
function mavenSettings(): string {
  return `<settings><profiles><profile><id>built</id><repositories><repository>
    <id>built</id><url>file://${path.join(DIST, 'java')}</url>
  </repository></repositories></profile></profiles><activeProfiles><activeProfile>built</activeProfile></activeProfiles></settings>`;
}

function run(folder: string, command: string, parameters: string[], environment: Record<string, string> = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION: '1', CDK_DISABLE_VERSION_CHECK: 'true', ...environment },
  });
  if (status !== 0) {
    throw new Error(`${command} ${parameters.join(' ')} failed:\n${stdout}${stderr}${error ?? ''}`);
  }
  return stripVTControlCharacters(stdout);
}
