/*
 * Adds the optional packages of other platforms to the lock file. npm leaves out those that its registry does not
 * serve, and `npm ci` then finds the lock file incomplete. Run it after `npm install` where that happens.
 */
import fs from 'node:fs';

const LOCK_FILE = 'package-lock.json';
const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = { arm64: 'arm64', arm: 'arm', ia32: 'ia32', loong64: 'loong64', mips64el: 'mips64el', ppc64: 'ppc64', riscv64: 'riscv64', s390x: 's390x', wasm32: 'wasm32', x64: 'x64' };

const lock = JSON.parse(fs.readFileSync(LOCK_FILE, 'utf8'));
const added = [];
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const place = `node_modules/${name}`;
    if (place in lock.packages || `${path}/${place}` in lock.packages || !/^\d/.test(version)) {
      continue;
    }
    const words = name.split('/').pop().split('-');
    const processor = Object.keys(PROCESSORS).find((word) => words.some((part) => part.startsWith(word)));
    lock.packages[place] = {
      version,
      ...processor && { cpu: [PROCESSORS[processor]] },
      ...dev && { dev },
      optional: true,
      ...words.some((word) => SYSTEMS.includes(word)) && { os: words.filter((word) => SYSTEMS.includes(word)) },
    };
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([one], [two]) => one.localeCompare(two, 'en')));
fs.writeFileSync(LOCK_FILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added.length} packages added`);
