/*
 * Bundles one program into one file, with all it needs at pinned versions, and writes the licences of what went in
 * beside it, and a bill of materials.
 */
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { billOfMaterials } from './sbom.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Paths are absolute or from the root of the package; further options are esbuild's. */
export async function bundle({ entry, output, notices, materials, ...options }) {
  const { metafile, warnings } = await build({
    entryPoints: [entry],
    outfile: output,
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    sourcemap: false,
    metafile: true,
    logLevel: 'info',
    ...options,
  });
  if (warnings.length > 0) {
    process.exit(1);
  }
  const packages = bundledPackages(Object.keys(metafile.inputs));
  fs.writeFileSync(path.resolve(ROOT, notices), noticesOf(packages));
  fs.writeFileSync(path.resolve(ROOT, materials), `${JSON.stringify(billOfMaterials(readJson('package.json'), packages, readJson('package-lock.json')), null, 2)}\n`);
}

/** The packages that a bundled file came from. */
function bundledPackages(files) {
  const folders = new Set(files.map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(Boolean));
  return [...folders].sort().map((folder) => {
    const { name, version, license } = readJson(path.join(folder, 'package.json'));
    if (!license) {
      throw new Error(`${name} ${version} names no licence: find out before you ship it`);
    }
    return { folder, name, version, license };
  });
}

/** Every licence of what was bundled, after its packages. */
function noticesOf(bundled) {
  const packagesByText = new Map();
  for (const part of bundled) {
    const text = licenceText(part) ?? textOfSibling(part, bundled);
    packagesByText.set(text, [...packagesByText.get(text) ?? [], `${part.name} ${part.version} (${part.license})`]);
  }
  return [...packagesByText].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`).join(`\n${'-'.repeat(80)}\n\n`);
}

function licenceText({ folder }) {
  const file = fs.readdirSync(path.join(ROOT, folder)).find((entry) => /^licen[cs]e/i.test(entry));
  return file && fs.readFileSync(path.join(ROOT, folder, file), 'utf8').trim();
}

/** Some packages only name their licence; others of the same publisher bring its text. */
function textOfSibling({ name, version, license }, bundled) {
  const scope = /^@[^/]+\//.exec(name)?.[0];
  const texts = bundled.filter((other) => scope && other.name.startsWith(scope) && other.license === license).map(licenceText);
  const text = texts.find(Boolean);
  if (!text) {
    throw new Error(`${name} ${version} has no text of its licence, ${license}: find out before you ship it`);
  }
  return text;
}

function readJson(file) {
  return JSON.parse(fs.readFileSync(path.join(ROOT, file), 'utf8'));
}
