import * as fs from 'fs';
import * as path from 'path';

const [MANIFEST, LOCK] = ['package.json', 'package-lock.json'].map((file) => JSON.parse(fs.readFileSync(path.join(__dirname, '..', file), 'utf8')));

test('the lock file is that of package.json, with the versions that are pinned there', () => {
  const { version, devDependencies, peerDependencies } = MANIFEST;
  expect(LOCK.packages['']).toMatchObject({ version, devDependencies, peerDependencies });
  const pinned = Object.entries<string>(devDependencies).filter(([, wanted]) => /^\d/.test(wanted));
  expect(pinned.map(([name]) => [name, LOCK.packages[`node_modules/${name}`].version])).toEqual(pinned);
});

test('the lock file knows the content of every package but the optional ones of other platforms, and names no registry to fetch one from', () => {
  const packages = Object.entries<any>(LOCK.packages).filter(([folder, { inBundle }]) => folder !== '' && !inBundle);
  expect(packages.filter(([, { integrity = '', optional }]) => !integrity.startsWith('sha512-') && !optional)).toEqual([]);
  expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});
