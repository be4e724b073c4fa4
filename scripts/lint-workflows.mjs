// Lints the workflows with actionlint, which Go builds once for this machine. Without Go there is one line that says so.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = 'v1.7.12';
const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const FOLDER = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'cdk-collate-hybrid-runner', `actionlint-${VERSION}`);
const ACTIONLINT = path.join(FOLDER, 'actionlint');

if (!fs.existsSync(ACTIONLINT)) {
  const { error, status } = spawnSync('go', ['install', `github.com/rhysd/actionlint/cmd/actionlint@${VERSION}`], { env: { ...process.env, GOBIN: FOLDER }, stdio: ['ignore', 'ignore', 'inherit'] });
  if (error) {
    console.log('skipped - the workflows are not linted, because go is missing');
    process.exit();
  }
  if (status !== 0) {
    process.exit(1);
  }
}
const { status } = spawnSync(ACTIONLINT, ['-color'], { cwd: ROOT, stdio: 'inherit' });
console.log(`${status === 0 ? 'ok' : 'NOT OK'} - actionlint finds nothing in .github/workflows`);
process.exitCode = status;
