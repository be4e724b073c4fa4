import { execFileSync } from 'child_process';
import { build } from 'esbuild';
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

/** Tests that the notices and the bill of materials tell all that esbuild read to make a bundle, and nothing else. */
export function testMaterials(entry: string, folder: string): void {
  const notices = fs.readFileSync(path.join(folder, 'THIRD-PARTY-NOTICES.txt'), 'utf8').split(`\n${'-'.repeat(80)}\n\n`).map(readNotice);
  const listed = notices.flatMap(({ packages, text }) => packages.map((name) => ({ name, text })));
  const { components, dependencies } = JSON.parse(fs.readFileSync(path.join(folder, 'bill-of-materials.cdx.json'), 'utf8'));
  let bundled: BundledPackage[];
  beforeAll(async () => { bundled = await packagesOf(entry); });

  test('names every package in it, and no other, in the notices and in the bill of materials', () => {
    const names = bundled.map(({ name, version }) => `${name}@${version}`).sort();
    expect(names.length).toBeGreaterThan(20);
    expect(listed.map(({ name }) => name.replace(/ (\S+) \(.*$/, '@$1')).sort()).toEqual(names);
    expect(components.map(({ name, version }: any) => `${name}@${version}`).sort()).toEqual(names);
    const references = components.map((component: any) => component['bom-ref']).sort();
    expect([...dependencies[0].dependsOn].sort()).toEqual(references);
    expect(components.filter(({ hashes: [{ alg, content }] }: any) => alg !== 'SHA-512' || !/^[0-9a-f]{128}$/.test(content))).toEqual([]);
  });

  test('tells the licence of every package in the bill of materials', () => {
    const told = components.map(({ name, version, licenses }: any) => [name, version, licenses]);
    expect(told.sort()).toEqual(bundled.map(({ name, version, license }) => [name, version, [{ license: { id: license } }]]).sort());
  });

  test('calls every package in the bill of materials by its package URL, with the @ of a scope encoded', () => {
    expect(components.map(({ purl }: any) => purl).sort()).toEqual(bundled.map(({ name, version }) => `pkg:npm/${name.replace(/^@/, '%40')}@${version}`).sort());
  });

  test('has both beside it in the package', () => {
    const shipped = fs.readFileSync(path.join(ROOT, 'api/package-files.txt'), 'utf8').split('\n');
    ['THIRD-PARTY-NOTICES.txt', 'bill-of-materials.cdx.json'].forEach((file) => expect(shipped).toContain(path.join(path.relative(ROOT, folder), file)));
  });

  test('comes with the licence of every package in it, which is one that asks for no more', () => {
    for (const { name, version, license, licenceText } of bundled) {
      const [found] = listed.filter((one) => one.name === `${name} ${version} (${license})`);
      expect(['Apache-2.0', 'MIT', '0BSD', 'BSD-3-Clause', 'ISC']).toContain(license);
      expect(found.text).toEqual(licenceText ?? expect.stringMatching(/^Apache License\s+Version 2\.0/));
    }
  });
}

/** One part of the notices: packages, line by line, and the text that they share. */
function readNotice(part: string): { packages: string[]; text: string } {
  const [packages, ...text] = part.split('\n\n');
  return { packages: packages.split('\n'), text: text.join('\n\n').trim() };
}

interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Some packages bring none. */
  readonly licenceText?: string;
}

/** The packages that esbuild reads for an entry point, each found by the manifest above its files. */
async function packagesOf(entry: string): Promise<BundledPackage[]> {
  const { metafile } = await build({ entryPoints: [entry], absWorkingDir: ROOT, bundle: true, platform: 'node', mainFields: ['module', 'main'], metafile: true, write: false, logLevel: 'silent' });
  const folders = new Set(Object.keys(metafile.inputs).filter((file) => file.includes('node_modules/')).map((file) => packageFolder(path.dirname(path.join(ROOT, file)))));
  return [...folders].map((folder) => {
    const { name, version, license } = readManifest(folder);
    const file = fs.readdirSync(folder).find((found) => /^licen[cs]e/i.test(found));
    return { name, version, license, licenceText: file && fs.readFileSync(path.join(folder, file), 'utf8').trim() };
  });
}

/** Folders within a package may have a manifest too, but without a version. */
function packageFolder(folder: string): string {
  return readManifest(folder).version === undefined ? packageFolder(path.dirname(folder)) : folder;
}

function readManifest(folder: string): any {
  const file = path.join(folder, 'package.json');
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
}

/** Bundles into a folder of its own, from another place and at another time. */
function bundle(script: string, cwd: string, environment: Record<string, string>): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bundle-'));
  execFileSync(process.execPath, [path.join(ROOT, script), folder], { cwd, env: { ...process.env, ...environment }, stdio: 'ignore' });
  return folder;
}
