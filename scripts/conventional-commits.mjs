// What conventional commits say of a release: https://www.conventionalcommits.org/en/v1.0.0/

const TITLE = /^(?<type>[a-z]+)(\((?<scope>[\w./-]+)\))?(?<breaking>!)?: (?<text>\S.*)$/;

/** Types, with the heading that each has in the changelog; those without one are of no interest to users. */
export const TYPES = {
  feat: 'Features',
  fix: 'Fixes',
  perf: 'Performance',
  docs: undefined,
  test: undefined,
  build: undefined,
  ci: undefined,
  refactor: undefined,
  chore: undefined,
  revert: 'Reverted',
};

/** The parts of a commit message; one without a type has only a text. */
export function parse(message) {
  const [title, ...body] = message.trim().split('\n');
  const { type, scope, breaking, text } = TITLE.exec(title)?.groups ?? { text: title };
  const note = /^BREAKING[ -]CHANGE: (.*(\n(?!\n).*)*)/m.exec(body.join('\n'))?.[1].replace(/\n/g, ' ');
  return { type, scope, text, breaking: breaking !== undefined || note !== undefined, note };
}

/** The version after the one given. Before 1.0.0 a change that breaks programs raises the middle number, as an addition does. */
export function nextVersion(version, commits, { breaksPrograms = false, addsToApi = false } = {}) {
  const [major, minor, patch] = version.split('.').map(Number);
  const breaking = breaksPrograms || commits.some((commit) => commit.breaking);
  if (breaking && major > 0) {
    return `${major + 1}.0.0`;
  }
  return breaking || addsToApi || commits.some(({ type }) => type === 'feat') ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

/** The part of the changelog for a version. */
export function changes(version, date, commits) {
  const line = ({ scope, text }) => `- ${scope ? `${scope}: ` : ''}${text}`;
  const section = (heading, lines) => lines.length > 0 ? [`### ${heading}\n\n${lines.join('\n')}\n`] : [];
  const headings = [...new Set(Object.values(TYPES))].filter(Boolean);
  return [
    `## ${version} (${date})\n`,
    ...section('Breaking changes', commits.filter(({ breaking }) => breaking).map(({ note, ...commit }) => note ? `- ${note}` : line(commit))),
    ...headings.flatMap((heading) => section(heading, commits.filter(({ type, breaking }) => !breaking && TYPES[type] === heading).map(line))),
    ...section('Other changes', commits.filter(({ type, breaking }) => !breaking && !Object.hasOwn(TYPES, type ?? '')).map(line)),
  ].join('\n');
}
