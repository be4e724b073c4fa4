import { execFileSync, spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { parse } from 'yaml';

const ROOT = path.join(__dirname, '..');
const COPIES = ['package.json', 'package-lock.json', 'api/public-names.txt', 'api/intended-changes.txt', 'examples/typescript/package.json', 'examples/java/pom.xml', 'examples/go/go.mod', 'examples/go/smallest/main.go', 'examples/go/everychoice/main.go'];

/** A repository whose last release is 1.2.3, with commits after it. */
class Repository {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'release-'));

  constructor(commits: string[], version = '1.2.3') {
    for (const file of COPIES) {
      fs.mkdirSync(path.dirname(path.join(this.folder, file)), { recursive: true });
      fs.copyFileSync(path.join(ROOT, file), path.join(this.folder, file));
    }
    this.write('api/intended-changes.txt', '# none\n');
    this.write('api/released-names.txt', this.read('api/public-names.txt'));
    this.write('package.json', this.read('package.json').replace(/"version": "[^"]+"/, `"version": "${version}"`));
    this.git('init', '--quiet');
    this.git('add', '.');
    this.commit('feat: something');
    this.git('tag', `v${version}`);
    commits.forEach((message) => this.commit(message));
  }

  public release(...parameters: string[]) {
    return spawnSync(process.execPath, [path.join(ROOT, 'scripts/release.mjs'), ...parameters], { cwd: this.folder, encoding: 'utf8' });
  }

  public read(file: string): string {
    return fs.readFileSync(path.join(this.folder, file), 'utf8');
  }

  public write(file: string, text: string): void {
    fs.writeFileSync(path.join(this.folder, file), text);
  }

  public git(...parameters: string[]): void {
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...parameters], { cwd: this.folder });
  }

  public commit(message: string): void {
    this.git('commit', '--all', '--quiet', '--allow-empty', '--message', message);
  }
}

describe('the next version', () => {
  test.each([
    ['1.2.4', '1.2.3', ['fix: one', 'docs: two']],
    ['1.2.4', '1.2.3', ['Something without a type']],
    ['1.3.0', '1.2.3', ['fix: one', 'feat(images): two']],
    ['2.0.0', '1.2.3', ['feat!: one']],
    ['2.0.0', '1.2.3', ['fix: one\n\nBREAKING CHANGE: two is gone']],
    ['0.3.0', '0.2.3', ['fix!: one']],
  ])('is %s after %s and %j', (expected, version, commits) => {
    expect(new Repository(commits, version).release('next').stdout.trim()).toBe(expected);
  });

  test('is a major one if the API breaks programs on purpose, whatever the commits say', () => {
    const repository = new Repository(['fix: one']);
    repository.write('api/intended-changes.txt', '# the option never worked\nremoved:cdk-collate-hybrid-runner.MirrorOptions.runnerTag\n');
    expect(repository.release('next').stdout.trim()).toBe('2.0.0');
  });

  test.each([
    ['1.3.0', '1.2.3', 'an option', (names: string) => names.replace('struct ChartAssetOptions\n', 'struct ChartAssetOptions\n  certificate?: string = - none\n')],
    ['0.3.0', '0.2.3', 'a type', (names: string) => `${names}class Other\n`],
    ['1.3.0', '1.2.3', 'a parameter', (names: string) => names.replace('oci(url: string)', 'oci(url: string, options?: ChartAssetOptions)')],
    ['1.2.4', '1.2.3', 'no more than another wording', (names: string) => names.replace('- any chart is taken', '- every chart is taken')],
  ])('is %s after %s with %s that is public since then, whatever the commits say', (expected, version, _, change) => {
    const repository = new Repository(['fix: one'], version);
    const names = repository.read('api/public-names.txt');
    repository.write('api/public-names.txt', change(names));
    expect(change(names)).not.toBe(names);
    expect(repository.release('next').stdout.trim()).toBe(expected);
  });

  test('is that of the last tag that is a version, whatever other tags there are', () => {
    const repository = new Repository(['fix: one']);
    repository.git('tag', 'v2-design');
    repository.git('tag', 'v9.0.0-rc.1');
    expect(repository.release('next').stdout.trim()).toBe('1.2.4');
  });

  test('is not there without a change', () => {
    const { status, stderr } = new Repository([]).release('next');
    expect([status, stderr.trim()]).toEqual([1, 'nothing to release: no commit since v1.2.3']);
  });
});

test('a release is prepared in every place that names the version, and its tag is then right', () => {
  const repository = new Repository(['feat(images): choose one', 'fix: two', 'chore: three', 'feat!: four\n\nBREAKING CHANGE: five is gone']);
  repository.write('CHANGELOG.md', '# Changelog\n\n## 1.2.3 (2026-01-01)\n\n### Features\n\n- something\n');
  expect(repository.release('check', 'v2.0.0').stderr.trim()).toBe('tag v2.0.0 must be v1.2.3, the version of package.json: run npm run release:prepare before you tag');
  expect(repository.release('prepare').status).toBe(0);
  expect(JSON.parse(repository.read('package.json')).version).toBe('2.0.0');
  expect(JSON.parse(repository.read('package-lock.json')).packages[''].version).toBe('2.0.0');
  expect(repository.read('examples/typescript/package.json')).toContain('"cdk-collate-hybrid-runner": "^2.0.0"');
  expect(repository.read('examples/java/pom.xml')).toContain('<hybridrunner.version>2.0.0</hybridrunner.version>');
  expect(repository.read('CHANGELOG.md').replace(/\d{4}-\d\d-\d\d/, 'TODAY')).toBe('# Changelog\n\n## 2.0.0 (TODAY)\n\n### Breaking changes\n\n- five is gone\n\n### Features\n\n- images: choose one\n\n### Fixes\n\n- two\n\n## 1.2.3 (2026-01-01)\n\n### Features\n\n- something\n');
  expect(repository.release('check', 'v2.0.0')).toMatchObject({ status: 0, stderr: '' });
  expect(repository.release('notes', 'v1.2.3').stdout).toBe('### Features\n\n- something\n');
});

describe('a release that is prepared again, because it was not tagged', () => {
  test('keeps its version, and has one part of the changelog with everything since the last tag', () => {
    const repository = new Repository(['fix: one']);
    repository.write('CHANGELOG.md', '# Changelog\n\n## 1.2.3 (2026-01-01)\n\n### Features\n\n- something\n');
    repository.write('api/intended-changes.txt', 'removed:cdk-collate-hybrid-runner.MirrorOptions.runnerTag\n');
    expect(repository.release('prepare').status).toBe(0);
    repository.write('api/intended-changes.txt', '# none\n');
    repository.commit('chore(release): 2.0.0');
    const first = repository.read('CHANGELOG.md');
    expect(repository.release('prepare').status).toBe(0);
    expect(JSON.parse(repository.read('package.json')).version).toBe('2.0.0');
    expect(repository.read('CHANGELOG.md')).toBe(first);
  });

  test('leaves no version in the changelog that was never tagged', () => {
    const repository = new Repository(['fix: one']);
    repository.write('CHANGELOG.md', '# Changelog\n\n## 1.2.3 (2026-01-01)\n\n### Features\n\n- something\n');
    repository.release('prepare');
    repository.commit('feat: two');
    repository.release('prepare');
    expect(repository.read('CHANGELOG.md').match(/^(## \S+|- .*)/gm)).toEqual(['## 1.3.0', '- two', '- one', '## 1.2.3', '- something']);
  });
});

describe('a release whose version is given', () => {
  test('has it, such as the first one that is stable', () => {
    const repository = new Repository(['fix: one'], '0.2.3');
    expect(repository.release('prepare', '1.0.0').status).toBe(0);
    expect(JSON.parse(repository.read('package.json')).version).toBe('1.0.0');
    expect(repository.release('check', 'v1.0.0')).toMatchObject({ status: 0, stderr: '' });
  });

  test.each(['1.2.4', '1', 'v2.0.0', '2.0.0-rc.1'])('is refused as %s, where 1.3.0 is the least', (version) => {
    const { status, stderr } = new Repository(['feat: one']).release('prepare', version);
    expect([status, stderr.trim()]).toEqual([1, `the version must be three numbers, from 1.3.0 on, which the commits since v1.2.3 ask for, got ${version}`]);
  });
});

describe('a tag that is checked', () => {
  const OTHER_API = 'api/released-names.txt must be api/public-names.txt, and api/intended-changes.txt without a key, as the API that later versions must not break: run npm run release:prepare before you tag';

  /** A release that is prepared, as a commit of its own. */
  function prepared(): Repository {
    const repository = new Repository(['fix: one']);
    repository.release('prepare');
    repository.commit('chore(release): 1.2.4');
    return repository;
  }

  test.each([
    ['something public that is new', 'api/public-names.txt', 'class Other\n'],
    ['a change that breaks programs on purpose', 'api/intended-changes.txt', 'removed:cdk-collate-hybrid-runner.MirrorOptions.runnerTag\n'],
  ])('is refused with %s since the release was prepared', (_, file, more) => {
    const repository = prepared();
    repository.write(file, `${repository.read(file)}${more}`);
    const { status, stderr } = repository.release('check', 'v1.2.4');
    expect([status, stderr.trim()]).toEqual([1, OTHER_API]);
  });

  test.each([
    ['is on main', 'HEAD', 0, ''],
    ['is not on main', 'HEAD~1', 1, 'tag v1.2.4 must be on a commit of main: tag the one that the pull request became'],
  ])('whose commit %s', (_, main, status, message) => {
    const repository = prepared();
    repository.git('update-ref', 'refs/remotes/origin/main', main);
    const result = repository.release('check', 'v1.2.4');
    expect([result.status, result.stderr.trim()]).toEqual([status, message]);
  });
});

describe('the Go example', () => {
  const GO_FILES = ['go.mod', 'smallest/main.go', 'everychoice/main.go'].map((file) => `examples/go/${file}`);

  test.each([
    ['1.3.0', '1.2.3', 'feat: one', '', ''],
    ['2.0.0', '1.2.3', 'feat!: one', '/v2', ''],
    ['3.0.0', '2.1.0', 'feat!: one', '/v3', '/v2'],
  ])('has the module path of version %s after %s', (version, before, commit, suffix, suffixBefore) => {
    const repository = new Repository([commit], before);
    GO_FILES.forEach((file) => repository.write(file, repository.read(file).replace('cdkcollatehybridrunner', `cdkcollatehybridrunner${suffixBefore}`)));
    expect(repository.release('prepare').status).toBe(0);
    const [module, ...programs] = GO_FILES.map((file) => repository.read(file));
    expect(module).toContain(`cdk-collate-hybrid-runner-go/cdkcollatehybridrunner${suffix} v${version}\n`);
    programs.forEach((program) => expect(program).toContain(`hybridrunner "github.com/cdk-collate/cdk-collate-hybrid-runner-go/cdkcollatehybridrunner${suffix}"\n`));
  });

  test('is not forgotten where a version is tagged', () => {
    const repository = new Repository(['feat!: one']);
    repository.release('prepare');
    repository.write(GO_FILES[1], repository.read(GO_FILES[1]).replace('cdkcollatehybridrunner/v2', 'cdkcollatehybridrunner'));
    expect(repository.release('check', 'v2.0.0').stderr.trim()).toBe('examples/go/smallest/main.go must have "/v2" after github.com/cdk-collate/cdk-collate-hybrid-runner-go/cdkcollatehybridrunner, got "": run npm run release:prepare before you tag');
  });
});

test.each([['feat: one', 0], ['fix(sync)!: one', 0], ['Fix one', 1], ['feature: one', 1], ['feat:', 1], ['constructor: one', 1]])('the title %j ends with status %d', (title, status) => {
  expect(spawnSync(process.execPath, [path.join(ROOT, 'scripts/release.mjs'), 'title', title]).status).toBe(status);
});

describe.each(fs.readdirSync(path.join(ROOT, '.github/workflows')))('the workflow %s', (file) => {
  const workflow = parse(fs.readFileSync(path.join(ROOT, '.github/workflows', file), 'utf8'));
  const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const steps = Object.values<any>(workflow.jobs).flatMap((job) => job.steps);

  test('runs nothing that does not run locally', () => {
    for (const { run } of steps.filter((step) => step.run)) {
      const [, script, program] = /^(?:npm run (\S+)|npm ci --ignore-scripts|(?:bash|node) (\S+)(?: .*)?|gh release create [^|]* \|\| gh release edit [^|]*)$/.exec(run) ?? fail(run);
      expect(script === undefined || script in scripts).toBe(true);
      expect(program === undefined || fs.existsSync(path.join(ROOT, program))).toBe(true);
    }
  });

  test('leaves no credentials of the repository to the steps after its checkout, as none pushes to it', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(0);
    checkouts.forEach((step) => expect(step.with).toMatchObject({ 'persist-credentials': false }));
  });

  test('may only read, where a job does not ask for more', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });
});

const workflowOf = (file: string) => parse(fs.readFileSync(path.join(ROOT, '.github/workflows', file), 'utf8'));

test.each(['build.yml', 'release.yml'])('%s fails where known vulnerabilities are not told', (file) => {
  const [{ env }] = workflowOf(file).jobs.build.steps.filter(({ run }: any) => run === 'bash .ci/run');
  expect(String(env.REQUIRE_AUDIT)).toBe('true');
});

test.each(['pypi', 'nuget'])('the job %s has a Python that packages can be installed for', (job) => {
  expect(workflowOf('release.yml').jobs[job].steps.map(({ uses }: any) => uses)).toContain('actions/setup-python@v6');
});

test('a title is checked again when it is edited', () => {
  expect(workflowOf('title.yml').on.pull_request.types).toEqual(expect.arrayContaining(['opened', 'edited']));
});

test.each([['v1.2.3', true], ['v10.20.30', true], ['v2-design', false], ['v1.2', false], ['v9.0.0-rc.1', false], ['version', false]])('a tag %s starts a release: %s', (tag, starts) => {
  const { on: { push: { tags } } } = workflowOf('release.yml');
  // In such a pattern a dot is a dot.
  expect(tags.some((pattern: string) => new RegExp(`^${pattern.replace(/\./g, '\\.').replace(/\*/g, '.*')}$`).test(tag))).toBe(starts);
});

describe('the release on GitHub', () => {
  const [{ run }] = workflowOf('release.yml').jobs.announce.steps.filter((step: any) => step.run?.startsWith('gh '));

  /** Runs the step with a stand-in for gh, which keeps releases as files. */
  function announce(folder: string, gh: string): number | null {
    fs.writeFileSync(path.join(folder, 'gh'), `#!/bin/sh\n${gh}\n`, { mode: 0o755 });
    return spawnSync('bash', ['-e', '-c', run], { cwd: folder, env: { PATH: `${folder}:${process.env.PATH}`, GITHUB_REF_NAME: 'v1.2.3' }, stdio: 'ignore' }).status;
  }

  const GH = 'case "$2" in create) [ ! -e "$3" ];; edit) [ -e "$3" ];; *) false;; esac && cp notes.md "$3"';

  test('is made once, and a repeated run brings its notes up to date', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'announce-'));
    for (const notes of ['first', 'again']) {
      fs.writeFileSync(path.join(folder, 'notes.md'), notes);
      expect(announce(folder, GH)).toBe(0);
      expect(fs.readFileSync(path.join(folder, 'v1.2.3'), 'utf8')).toBe(notes);
    }
  });

  test('that cannot be made fails the run', () => {
    expect(announce(fs.mkdtempSync(path.join(os.tmpdir(), 'announce-')), 'exit 1')).not.toBe(0);
  });
});

function fail(run: string): never {
  throw new Error(`${run} is not a script of this repository`);
}
