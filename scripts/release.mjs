/*
 * The steps of a release, run in the checkout:
 *
 *   node scripts/release.mjs next          prints the version that the commits since the last release ask for
 *   node scripts/release.mjs prepare       writes that version and its changelog; commit the result. May be repeated
 *   node scripts/release.mjs prepare 1.0.0 the same with a version that is given, which may not be older
 *   node scripts/release.mjs check TAG     fails if the tag is not the version of package.json, the changelog lacks it, the API
 *                                          is not the one that was prepared, or the commit is not on main
 *   node scripts/release.mjs notes TAG     prints the changelog of the tag's version
 *   node scripts/release.mjs title TITLE   fails if a pull request's title is not that of a conventional commit
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { TYPES, changes, nextVersion, parse } from './conventional-commits.mjs';
import { newNames } from './released-names.mjs';

const CHANGELOG = 'CHANGELOG.md';
const INTENDED = 'api/intended-changes.txt';
const NAMES = 'api/public-names.txt';
const RELEASED_NAMES = 'api/released-names.txt';
const MAIN = 'refs/remotes/origin/main';
const HEADER = '# Changelog\n';
/** A version that is released: other tags are none of ours. */
const VERSION = /^\d+\.\d+\.\d+$/;
const GO_MODULE = 'github.com/cdk-collate/cdk-collate-hybrid-runner-go/cdkcollatehybridrunner';
/** Where else the version stands: after what, and in which form. */
const PLACES = [
  { file: 'examples/typescript/package.json', after: '"cdk-collate-hybrid-runner": "^' },
  { file: 'examples/java/pom.xml', after: '<hybridrunner.version>' },
  { file: 'examples/go/go.mod', after: GO_MODULE, form: (version) => `${goSuffix(version)} v${version}` },
  { file: 'examples/go/smallest/main.go', after: GO_MODULE, form: goSuffix },
  { file: 'examples/go/everychoice/main.go', after: GO_MODULE, form: goSuffix },
];

const [command, argument] = process.argv.slice(2);
const COMMANDS = { next: () => console.log(next().version), prepare: () => prepare(argument), check: () => check(argument), notes: () => console.log(notes(argument)), title: () => checkTitle(argument) };
if (!Object.hasOwn(COMMANDS, command ?? '')) {
  fail(`usage: node scripts/release.mjs ${Object.keys(COMMANDS).join('|')}`);
}
COMMANDS[command]();

/** The first release has the version that stands in package.json. */
function next() {
  const tag = lastTag();
  const messages = git('log', '--no-merges', '--format=%B%x00', ...tag ? [`${tag}..HEAD`] : []).split('\0').map((message) => message.trim()).filter(Boolean);
  const commits = messages.map(parse);
  if (tag && commits.length === 0) {
    fail(`nothing to release: no commit since ${tag}`);
  }
  const { version } = manifest();
  if (!tag) {
    return { commits: [{ type: 'feat', text: 'first release' }], version };
  }
  const asked = nextVersion(tag.slice(1), commits, { breaksPrograms: breaksPrograms(), addsToApi: addsToApi() });
  // One that is prepared and not tagged stays: what it was raised for may not be seen any more.
  return { tag, commits, version: isNewer(version, asked) ? version : asked };
}

function prepare(given) {
  const { tag, version: asked, commits } = next();
  const version = given ?? asked;
  if (!VERSION.test(version) || isNewer(asked, version)) {
    fail(`the version must be three numbers, from ${asked} on${tag ? `, which the commits since ${tag} ask for` : ''}, got ${version}`);
  }
  write('package.json', manifestText().replace(/(?<="version": ")[^"]+/, version));
  const lock = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
  lock.version = lock.packages[''].version = version;
  write('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
  PLACES.forEach((place) => {
    const { text, start, end } = find(place);
    write(place.file, `${text.slice(0, start)}${formOf(place, version)}${text.slice(end)}`);
  });
  const released = parts().filter((part) => tag && !isNewer(versionOf(part), tag.slice(1)));
  write(CHANGELOG, [HEADER, changes(version, new Date().toISOString().slice(0, 10), commits), ...released].join('\n'));
  console.log(`version ${version}: commit it as "chore(release): ${version}", and tag the commit v${version} once it is on main`);
}

function check(tag) {
  const { version } = manifest();
  if (tag !== `v${version}`) {
    fail(`tag ${tag} must be v${version}, the version of package.json: run npm run release:prepare before you tag`);
  }
  notes(tag);
  if (fs.readFileSync(NAMES, 'utf8') !== fs.readFileSync(RELEASED_NAMES, 'utf8') || breaksPrograms()) {
    fail(`${RELEASED_NAMES} must be ${NAMES}, and ${INTENDED} without a key, as the API that later versions must not break: run npm run release:prepare before you tag`);
  }
  if (!isOnMain()) {
    fail(`tag ${tag} must be on a commit of main: tag the one that the pull request became`);
  }
  for (const place of PLACES) {
    const { text, start, end } = find(place);
    const [expected, found] = [formOf(place, version), text.slice(start, end)];
    if (found !== expected) {
      fail(`${place.file} must have ${JSON.stringify(expected)} after ${place.after}, got ${JSON.stringify(found)}: run npm run release:prepare before you tag`);
    }
  }
}

function notes(tag) {
  const version = tag?.replace(/^v/, '');
  const part = parts().find((text) => versionOf(text) === version);
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

function versionOf(part) {
  return part.split(' ')[1];
}

function checkTitle(title = '') {
  const { type } = parse(title);
  if (!Object.hasOwn(TYPES, type ?? '')) {
    fail(`the title must be that of a conventional commit, such as "feat: choose the image tag", with one of ${Object.keys(TYPES).join(', ')}, got ${JSON.stringify(title)}`);
  }
}

/** A clone of a single tag does not know main, the one of a release does. */
function isOnMain() {
  const succeeds = (...parameters) => spawnSync('git', parameters, { stdio: 'ignore' }).status === 0;
  return !succeeds('rev-parse', '--verify', MAIN) || succeeds('merge-base', '--is-ancestor', 'HEAD', MAIN);
}

/** Whether the API has changes that break programs, on purpose. */
function breaksPrograms() {
  return fs.readFileSync(INTENDED, 'utf8').split('\n').some((line) => /^[^#\s]/.test(line));
}

/** Whether programs can use what the last release did not have. */
function addsToApi() {
  return newNames(fs.readFileSync(RELEASED_NAMES, 'utf8'), fs.readFileSync(NAMES, 'utf8')).length > 0;
}

function manifest() {
  return JSON.parse(manifestText());
}

function manifestText() {
  return fs.readFileSync('package.json', 'utf8');
}

/** Where in the text of its file a place begins and ends. */
function find({ file, after }) {
  const text = fs.readFileSync(file, 'utf8');
  const start = text.indexOf(after) + after.length;
  if (!text.includes(after)) {
    fail(`${file} must have a version after ${after}`);
  }
  return { text, start, end: start + text.slice(start).search(/["<\n]/) };
}

function formOf({ form = (version) => version }, version) {
  return form(version);
}

/** From version 2 on, the path of a Go module ends with the major version. */
function goSuffix(version) {
  const [major] = version.split('.').map(Number);
  return major > 1 ? `/v${major}` : '';
}

/** Whether one version comes after the other. */
function isNewer(one, other) {
  return one.localeCompare(other, 'en', { numeric: true }) > 0;
}

function lastTag() {
  return git('tag', '--list', 'v*', '--sort=-version:refname', '--merged', 'HEAD').split('\n').find((tag) => VERSION.test(tag.slice(1)));
}

function write(file, text) {
  fs.writeFileSync(file, text);
}

function git(...parameters) {
  return execFileSync('git', parameters, { encoding: 'utf8' }).trim();
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
