/*
 * The steps of a release, run in the checkout:
 *
 *   node scripts/release.mjs next          prints the version that the commits since the last release ask for
 *   node scripts/release.mjs prepare       writes that version and its changelog; commit the result
 *   node scripts/release.mjs check TAG     fails if the tag is not the version of package.json, or the changelog lacks it
 *   node scripts/release.mjs notes TAG     prints the changelog of the tag's version
 *   node scripts/release.mjs title TITLE   fails if a pull request's title is not that of a conventional commit
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { TYPES, changes, nextVersion, parse } from './conventional-commits.mjs';

const CHANGELOG = 'CHANGELOG.md';
const HEADER = '# Changelog\n';
/** Where else the version stands, before and after it. */
const PLACES = {
  'examples/typescript/package.json': /("cdk-collate-hybrid-runner": "\^)[^"]+(")/,
  'examples/java/pom.xml': /(<hybridrunner\.version>)[^<]+(<)/,
  'examples/go/go.mod': /(cdk-collate-hybrid-runner-go\/[\w/]+ v)\S+()/,
};

const [command, argument] = process.argv.slice(2);
const COMMANDS = { next: () => console.log(next().version), prepare, check: () => check(argument), notes: () => console.log(notes(argument)), title: () => checkTitle(argument) };
if (!(command in COMMANDS)) {
  fail(`usage: node scripts/release.mjs ${Object.keys(COMMANDS).join('|')}`);
}
COMMANDS[command]();

/** The first release has the version that stands in package.json. */
function next() {
  const tag = git('tag', '--list', 'v*', '--sort=-version:refname', '--merged', 'HEAD').split('\n')[0];
  const messages = git('log', '--no-merges', '--format=%B%x00', ...tag ? [`${tag}..HEAD`] : []).split('\0').map((message) => message.trim()).filter(Boolean);
  const commits = messages.map(parse);
  if (tag && commits.length === 0) {
    fail(`nothing to release: no commit since ${tag}`);
  }
  return { commits: tag ? commits : [{ type: 'feat', text: 'first release' }], version: tag ? nextVersion(tag.slice(1), commits, breaksPrograms()) : manifest().version };
}

function prepare() {
  const { version, commits } = next();
  replace('package.json', /("version": ")[^"]+(")/, version);
  const lock = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
  lock.version = lock.packages[''].version = version;
  fs.writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
  Object.entries(PLACES).forEach(([file, place]) => replace(file, place, version));
  const earlier = parts().filter((part) => !part.startsWith(`## ${version} `));
  fs.writeFileSync(CHANGELOG, [HEADER, changes(version, new Date().toISOString().slice(0, 10), commits), ...earlier].join('\n'));
  console.log(`version ${version}: commit it as "chore(release): ${version}", and tag the commit v${version} once it is on main`);
}

function check(tag) {
  const { version } = manifest();
  if (tag !== `v${version}`) {
    fail(`tag ${tag} must be v${version}, the version of package.json: run npm run release:prepare before you tag`);
  }
  notes(tag);
  for (const [file, place] of Object.entries(PLACES)) {
    const found = place.exec(fs.readFileSync(file, 'utf8'))[0];
    if (!found.includes(version)) {
      fail(`${file} must have version ${version}, got ${found}: run npm run release:prepare before you tag`);
    }
  }
}

function notes(tag) {
  const version = tag?.replace(/^v/, '');
  const part = parts().find((text) => text.startsWith(`## ${version} `));
  if (!part) {
    fail(`${CHANGELOG} must have a part for version ${version}: run npm run release:prepare before you tag`);
  }
  return part.split('\n').slice(1).join('\n').trim();
}

/** The parts of the changelog, one for each version. */
function parts() {
  const text = fs.existsSync(CHANGELOG) ? fs.readFileSync(CHANGELOG, 'utf8') : '';
  return text.split(/^(?=## )/m).slice(1).map((part) => `${part.trim()}\n`);
}

function checkTitle(title = '') {
  const { type } = parse(title);
  if (!(type in TYPES)) {
    fail(`the title must be that of a conventional commit, such as "feat: choose the image tag", with one of ${Object.keys(TYPES).join(', ')}, got ${JSON.stringify(title)}`);
  }
}

/** Whether the API has changes that break programs, on purpose. */
function breaksPrograms() {
  return fs.readFileSync('api/intended-changes.txt', 'utf8').split('\n').some((line) => /^[^#\s]/.test(line));
}

function manifest() {
  return JSON.parse(fs.readFileSync('package.json', 'utf8'));
}

function replace(file, place, version) {
  const text = fs.readFileSync(file, 'utf8');
  if (!place.test(text)) {
    fail(`${file} must have a version at ${place}`);
  }
  fs.writeFileSync(file, text.replace(place, (_, before, after) => `${before}${version}${after}`));
}

function git(...parameters) {
  return execFileSync('git', parameters, { encoding: 'utf8' }).trim();
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
