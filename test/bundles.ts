import { execFileSync } from 'child_process';
import * as fs from 'fs';
import { isBuiltin } from 'module';
import * as os from 'os';
import * as path from 'path';

const ROOT = path.join(__dirname, '..');

/** Tests that files which a script bundles are the shipped ones, byte by byte. */
export function testReproduction(script: string, shipped: string, files: string[]): void {
  const bundled = [bundle(script, ROOT, { TZ: 'UTC', LANG: 'C' }), bundle(script, os.tmpdir(), { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8', SOURCE_DATE_EPOCH: '1' })];

  test.each(files)('%s is the same, byte by byte, wherever and whenever it is made', (file) => {
    const [one, two, three] = [...bundled, shipped].map((folder) => fs.readFileSync(path.join(folder, file)));
    expect(one.equals(two)).toBe(true);
    expect(one.equals(three)).toBe(true);
  });
}

/** Tests that bundled code runs wherever Node does. */
export function testIndependence(code: string): void {
  test('needs nothing but Node, and tells no path of the machine it was made on', () => {
    const required = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name.replace(/^node:/, ''));
    expect(required.length).toBeGreaterThan(5);
    // The SDK looks for its implementation in C, and does without.
    expect([...new Set(required.filter((name) => !isBuiltin(name)))]).toEqual(['@aws-sdk/signature-v4-crt']);
    expect(code).not.toContain(ROOT);
    expect(code).not.toContain(os.homedir() + path.sep);
  });
}

/** Bundles into a folder of its own, from another place and at another time. */
function bundle(script: string, cwd: string, environment: Record<string, string>): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bundle-'));
  execFileSync(process.execPath, [path.join(ROOT, script), folder], { cwd, env: { ...process.env, ...environment }, stdio: 'ignore' });
  return folder;
}
