/*
 * Runs the publishers on `dist` without publishing: after `npm run packages`. Where they need a key or a repository even
 * so, they get one that is thrown away.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rehearsal-'));

/** What each publisher needs, beside what the release workflow gives it. */
const TARGETS = {
  npm: { needs: 'npm', environment: () => ({ NPM_TRUSTED_PUBLISHER: 'true' }) },
  // Attestations need the identity of a workflow.
  pypi: { needs: 'python3', environment: () => ({ TWINE_USERNAME: 'nobody', TWINE_PASSWORD: 'none' }) },
  maven: { needs: 'gpg', environment: signingKey },
  nuget: { needs: 'dotnet', environment: () => ({ NUGET_API_KEY: 'none' }) },
  go: { needs: 'git', environment: goRepository },
};

try {
  for (const [target, { needs, environment }] of Object.entries(TARGETS)) {
    if (spawnSync(needs, ['--version'], { stdio: 'ignore' }).error) {
      console.log(`skipped - publish:${target}, because ${needs} is missing`);
      continue;
    }
    const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', `publish:${target}`], { cwd: ROOT, encoding: 'utf8', env: { ...process.env, PUBLIB_DRYRUN: 'true', ...environment() } });
    console.log(`${status === 0 ? 'ok' : 'NOT OK'} - publish:${target}${status === 0 ? '' : `\n${stdout}${stderr}`}`);
    process.exitCode ||= status;
  }
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

function signingKey() {
  const home = path.join(folder, 'gpg');
  fs.mkdirSync(home, { mode: 0o700 });
  const gpg = (...parameters) => execFileSync('gpg', ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', 'rehearsal', ...parameters], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  gpg('--quick-generate-key', 'Rehearsal <rehearsal@example.com>', 'rsa2048', 'sign', '1d');
  const file = path.join(folder, 'private.pem');
  fs.writeFileSync(file, gpg('--armor', '--export-secret-keys'));
  return { MAVEN_SERVER_ID: 'central-ossrh', MAVEN_USERNAME: 'nobody', MAVEN_PASSWORD: 'none', MAVEN_GPG_PRIVATE_KEY_FILE: file, MAVEN_GPG_PRIVATE_KEY_PASSPHRASE: 'rehearsal' };
}

/** A bare repository in place of the real one, which git finds by rewriting the address. */
function goRepository() {
  const repository = path.join(folder, 'go.git');
  const seed = path.join(folder, 'seed');
  const git = (...parameters) => execFileSync('git', ['-c', 'user.name=Rehearsal', '-c', 'user.email=rehearsal@example.com', ...parameters], { stdio: 'ignore' });
  git('init', '--initial-branch', 'main', seed);
  git('-C', seed, 'commit', '--allow-empty', '--message', 'begin');
  git('clone', '--bare', seed, repository);
  return {
    GITHUB_TOKEN: 'none',
    GIT_USER_NAME: 'Rehearsal',
    GIT_USER_EMAIL: 'rehearsal@example.com',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.${repository}.insteadOf`,
    GIT_CONFIG_VALUE_0: 'https://none@github.com/cdk-collate/cdk-collate-hybrid-runner-go.git',
  };
}
