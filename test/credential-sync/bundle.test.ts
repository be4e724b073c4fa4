import * as fs from 'fs';
import * as path from 'path';
import { testIndependence, testMaterials, testReproduction } from '../bundles';

const ROOT = path.join(__dirname, '../..');
const SHIPPED = path.join(ROOT, 'lib/credential-sync');
const FILES = ['handler.bundle/index.js', 'THIRD-PARTY-NOTICES.txt', 'bill-of-materials.cdx.json'];

testReproduction('scripts/bundle-handler.mjs', SHIPPED, FILES);

describe('the shipped bundle', () => {
  const code = fs.readFileSync(path.join(SHIPPED, FILES[0]), 'utf8');

  test('is one file of at most 2.5 MB', () => {
    expect(fs.readdirSync(path.join(SHIPPED, 'handler.bundle'))).toEqual(['index.js']);
    expect(Buffer.byteLength(code)).toBeLessThan(2.5 * 1024 * 1024);
  });

  testIndependence(code);

  testMaterials('lib/credential-sync/handler/index.ts', SHIPPED);
});
