/*
 * Bundles the command line program, so that the package needs no AWS SDK of its user's.
 *
 *   node scripts/bundle-cli.mjs [folder]
 */
import fs from 'node:fs';
import path from 'node:path';
import { bundle } from './bundle.mjs';

const folder = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, '../lib/cli.bundle'));
const { version } = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, '../package.json'), 'utf8'));

await bundle({
  entry: 'lib/cli/index.ts',
  output: path.join(folder, 'index.js'),
  notices: path.join(folder, 'THIRD-PARTY-NOTICES.txt'),
  materials: path.join(folder, 'bill-of-materials.cdx.json'),
  // The oldest Node that the package runs on.
  target: 'node20',
  define: { PACKAGE_VERSION: JSON.stringify(version) },
  banner: { js: '#!/usr/bin/env node' },
});
