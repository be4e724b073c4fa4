import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';

export const ROOT = path.join(__dirname, '../..');
export const DIST = path.join(ROOT, 'dist');

/** Builds the packages of all languages into `dist`. */
export function buildPackages(): void {
  execFileSync(process.execPath, [path.join(ROOT, 'scripts/build-packages.mjs')], { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** The only file of a folder of `dist` whose name ends so. */
export function built(folder: string, ending: string): string {
  const found = fs.readdirSync(path.join(DIST, folder)).filter((name) => name.endsWith(ending));
  if (found.length !== 1) {
    throw new Error(`dist/${folder} must hold one file that ends in ${ending}, found ${found.join(', ') || 'none'}`);
  }
  return path.join(DIST, folder, found[0]);
}
