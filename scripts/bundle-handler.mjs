/*
 * Bundles the function's handler into one file, with all it needs at pinned versions, and writes the licences of what
 * went in beside it.
 */
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const HANDLER = path.join(ROOT, 'lib/credential-sync/handler/index.ts');
const BUNDLE = path.join(ROOT, 'lib/credential-sync/handler.bundle');
/** Beside the bundle, because only the bundle goes to Lambda. */
const NOTICES = path.join(ROOT, 'lib/credential-sync/THIRD-PARTY-NOTICES.txt');

const { metafile, warnings } = await build({
  entryPoints: [HANDLER],
  outfile: path.join(BUNDLE, 'index.js'),
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  // The Node that the construct asks Lambda for.
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  sourcemap: false,
  metafile: true,
  logLevel: 'info',
});
if (warnings.length > 0) {
  process.exit(1);
}
fs.writeFileSync(NOTICES, notices(Object.keys(metafile.inputs)));

/** Every licence of what was bundled, after the packages that a bundled file came from. */
function notices(files) {
  const folders = new Set(files.map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(Boolean));
  const packagesByText = new Map();
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(fs.readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8'));
    const file = fs.readdirSync(path.join(ROOT, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (!license) {
      throw new Error(`${name} ${version} names no licence: find out before you ship it`);
    }
    const text = file ? fs.readFileSync(path.join(ROOT, folder, file), 'utf8').trim() : `Licensed under ${license}.`;
    packagesByText.set(text, [...packagesByText.get(text) ?? [], `${name} ${version} (${license})`]);
  }
  return [...packagesByText].map(([text, packages]) => `${packages.join('\n')}\n\n${text}\n`).join(`\n${'-'.repeat(80)}\n\n`);
}
