import { execFileSync } from 'child_process';
import * as fs from 'fs';
import { isBuiltin } from 'module';
import * as os from 'os';
import * as path from 'path';

const ROOT = path.join(__dirname, '../..');
const SHIPPED = path.join(ROOT, 'lib/cli.bundle');

/** Bundles into a folder of its own, from another place and at another time. */
function bundle(cwd: string, environment: Record<string, string>): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-bundle-'));
  execFileSync(process.execPath, [path.join(ROOT, 'scripts/bundle-cli.mjs'), folder], { cwd, env: { ...process.env, ...environment }, stdio: 'ignore' });
  return folder;
}

const bundled = [bundle(ROOT, { TZ: 'UTC', LANG: 'C' }), bundle(os.tmpdir(), { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8', SOURCE_DATE_EPOCH: '1' })];

test.each(['index.js', 'THIRD-PARTY-NOTICES.txt', 'bill-of-materials.cdx.json'])('%s is the same, byte by byte, wherever and whenever it is made', (file) => {
  const [one, two, shipped] = [...bundled, SHIPPED].map((folder) => fs.readFileSync(path.join(folder, file)));
  expect(one.equals(two)).toBe(true);
  expect(one.equals(shipped)).toBe(true);
});

describe('the shipped program', () => {
  const code = fs.readFileSync(path.join(SHIPPED, 'index.js'), 'utf8');

  test('is one file of at most 1 MB, which a shell can start', () => {
    expect(fs.readdirSync(SHIPPED).sort()).toEqual(['THIRD-PARTY-NOTICES.txt', 'bill-of-materials.cdx.json', 'index.js']);
    expect(code.length).toBeLessThan(1024 * 1024);
    expect(code.startsWith('#!/usr/bin/env node\n')).toBe(true);
  });

  test('needs nothing but Node, and tells no path of the machine it was made on', () => {
    const required = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name.replace(/^node:/, ''));
    expect(required.length).toBeGreaterThan(5);
    // The SDK looks for its implementation in C, and does without.
    expect([...new Set(required.filter((name) => !isBuiltin(name)))]).toEqual(['@aws-sdk/signature-v4-crt']);
    expect(code).not.toContain(ROOT);
    expect(code).not.toContain(os.homedir() + path.sep);
  });
});
