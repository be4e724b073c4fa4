import * as fs from 'fs';
import * as path from 'path';
import { testIndependence, testMaterials, testReproduction } from '../bundles';

const ROOT = path.join(__dirname, '../..');
const SHIPPED = path.join(ROOT, 'lib/cli.bundle');

testReproduction('scripts/bundle-cli.mjs', SHIPPED, ['index.js', 'THIRD-PARTY-NOTICES.txt', 'bill-of-materials.cdx.json']);

describe('the shipped program', () => {
  const code = fs.readFileSync(path.join(SHIPPED, 'index.js'), 'utf8');

  test('is one file of at most 1 MB, which a shell can start', () => {
    expect(fs.readdirSync(SHIPPED).sort()).toEqual(['THIRD-PARTY-NOTICES.txt', 'bill-of-materials.cdx.json', 'index.js']);
    expect(code.length).toBeLessThan(1024 * 1024);
    expect(code.startsWith('#!/usr/bin/env node\n')).toBe(true);
  });

  testIndependence(code);

  testMaterials('lib/cli/index.ts', SHIPPED);
});
