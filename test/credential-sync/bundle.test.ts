import * as fs from 'fs';
import * as path from 'path';
import { testIndependence, testReproduction } from '../bundles';

const ROOT = path.join(__dirname, '../..');
const SHIPPED = path.join(ROOT, 'lib/credential-sync');
const FILES = ['handler.bundle/index.js', 'THIRD-PARTY-NOTICES.txt'];

testReproduction('scripts/bundle-handler.mjs', SHIPPED, FILES);

describe('the shipped bundle', () => {
  const code = fs.readFileSync(path.join(SHIPPED, FILES[0]), 'utf8');

  test('is one file of at most 2.5 MB', () => {
    expect(fs.readdirSync(path.join(SHIPPED, 'handler.bundle'))).toEqual(['index.js']);
    expect(code.length).toBeLessThan(2.5 * 1024 * 1024);
  });

  testIndependence(code);

  test('comes with the licence of every package in it', () => {
    const notices = fs.readFileSync(path.join(SHIPPED, FILES[1]), 'utf8');
    for (const name of ['@aws-sdk/client-ecr', '@aws-sdk/client-eks', '@aws-sdk/client-secrets-manager', '@smithy/signature-v4', '@aws-crypto/sha256-js', 'tslib']) {
      const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
      expect(notices).toMatch(new RegExp(`^${name} ${version.replace(/\./g, '\\.')} \\(\\S.*\\)$`, 'm'));
    }
    const licences = new Set([...notices.matchAll(/^\S+ \d+\.\d+\.\d+\S* \(([^)]+)\)$/gm)].map(([, licence]) => licence));
    expect([...licences].filter((licence) => !['Apache-2.0', 'MIT', '0BSD', 'BSD-3-Clause', 'ISC'].includes(licence))).toEqual([]);
  });
});
