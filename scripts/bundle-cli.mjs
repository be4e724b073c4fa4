/* Bundles the command line program, so that the package needs no AWS SDK of its user's. */
import { bundle } from './bundle.mjs';

await bundle({
  entry: 'lib/cli/index.ts',
  output: 'lib/cli.bundle/index.js',
  notices: 'lib/cli.bundle/THIRD-PARTY-NOTICES.txt',
  materials: 'lib/cli.bundle/bill-of-materials.cdx.json',
  // The oldest Node that the package runs on.
  target: 'node20',
  banner: { js: '#!/usr/bin/env node' },
});
