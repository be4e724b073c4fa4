/*
 * Bundles the function's handler.
 *
 *   node scripts/bundle-handler.mjs [folder]
 */
import path from 'node:path';
import { bundle } from './bundle.mjs';

const folder = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, '../lib/credential-sync'));

await bundle({
  entry: 'lib/credential-sync/handler/index.ts',
  output: path.join(folder, 'handler.bundle/index.js'),
  // Beside the bundle, because only the bundle goes to Lambda.
  notices: path.join(folder, 'THIRD-PARTY-NOTICES.txt'),
  materials: path.join(folder, 'bill-of-materials.cdx.json'),
  // The Node that the construct asks Lambda for.
  target: 'node24',
});
