/* Bundles the function's handler into one file, with all it needs at pinned versions. */
import { build } from 'esbuild';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = path.join(path.dirname(fileURLToPath(import.meta.url)), '../lib/credential-sync');

const { warnings } = await build({
  entryPoints: [path.join(FOLDER, 'handler/index.ts')],
  outfile: path.join(FOLDER, 'handler.bundle/index.js'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  // The Node that the construct asks Lambda for.
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  sourcemap: false,
  logLevel: 'info',
});
if (warnings.length > 0) {
  process.exit(1);
}
