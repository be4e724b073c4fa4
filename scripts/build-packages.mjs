/*
 * Builds the packages of all languages into `dist`, in the form that publib publishes, from the assembly that is there.
 * A language whose tools are missing gets its code, which is then not compiled.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const DIST = path.join(ROOT, 'dist');
/** Examples of the docstrings in other languages, which `npm run check:examples` translates. */
const TABLET = '.jsii.tabl.json';
const TOOLS = { python: 'python3', java: 'mvn', go: 'go', dotnet: 'dotnet' };

fs.rmSync(DIST, { recursive: true, force: true });
fs.mkdirSync(path.join(DIST, 'js'), { recursive: true });
run('npm', ['pack', '--silent', '--pack-destination', path.join(DIST, 'js')]);
console.log('js: built');
for (const [language, tool] of Object.entries(TOOLS)) {
  const start = Date.now();
  const installed = spawnSync(tool, ['--help'], { stdio: 'ignore' }).error === undefined;
  const tablet = fs.existsSync(path.join(ROOT, TABLET)) ? ['--rosetta-tablet', TABLET] : [];
  run(path.join(ROOT, 'node_modules/.bin/jsii-pacmak'), ['--target', language, '--no-npmignore', ...tablet, ...installed ? [] : ['--code-only']]);
  console.log(`${language}: ${installed ? 'built' : `code generated, not built, because ${tool} is missing`} (${Math.round((Date.now() - start) / 1000)} s)`);
}

/** What the tool prints is shown only when it fails: jsii-pacmak is talkative. */
function run(command, parameters) {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, { cwd: ROOT, encoding: 'utf8', env: { ...process.env, JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION: '1' } });
  if (status !== 0) {
    console.error(`${command} ${parameters.join(' ')} failed:\n${error ?? `${stdout}${stderr}`}`);
    process.exit(1);
  }
}
