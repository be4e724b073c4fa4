import { execFileSync } from 'child_process';
import * as fs from 'fs';
import { isBuiltin } from 'module';
import * as os from 'os';
import * as path from 'path';

const ROOT = path.join(__dirname, '../..');
const SHIPPED = path.join(ROOT, 'lib/credential-sync');
const FILES = ['handler.bundle/index.js', 'THIRD-PARTY-NOTICES.txt'];

/** Bundles into a folder of its own, from another place and at another time. */
function bundle(cwd: string, environment: Record<string, string>): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bundle-'));
  execFileSync(process.execPath, [path.join(ROOT, 'scripts/bundle-handler.mjs'), folder], { cwd, env: { ...process.env, ...environment }, stdio: 'ignore' });
  return folder;
}

const bundled = [bundle(ROOT, { TZ: 'UTC', LANG: 'C' }), bundle(os.tmpdir(), { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8', SOURCE_DATE_EPOCH: '1' })];

test.each(FILES)('%s is the same, byte by byte, wherever and whenever it is made', (file) => {
  const [one, two, shipped] = [...bundled, SHIPPED].map((folder) => fs.readFileSync(path.join(folder, file)));
  expect(one.equals(two)).toBe(true);
  expect(one.equals(shipped)).toBe(true);
});

describe('the shipped bundle', () => {
  const code = fs.readFileSync(path.join(SHIPPED, FILES[0]), 'utf8');

  test('is one file of at most 2.5 MB', () => {
    expect(fs.readdirSync(path.join(SHIPPED, 'handler.bundle'))).toEqual(['index.js']);
    expect(code.length).toBeLessThan(2.5 * 1024 * 1024);
  });

  test('needs nothing but Node, and tells no path of the machine it was made on', () => {
    const required = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name.replace(/^node:/, ''));
    expect(required.length).toBeGreaterThan(5);
    // The SDK looks for its implementation in C, and does without.
    expect([...new Set(required.filter((name) => !isBuiltin(name)))]).toEqual(['@aws-sdk/signature-v4-crt']);
    expect(code).not.toContain(ROOT);
    expect(code).not.toContain(os.homedir() + path.sep);
  });

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
