import * as fs from 'fs';
import * as path from 'path';

/** A table of docs/security.md, row by row, each by the names of its columns. */
export function documentedTable(heading: string): Record<string, string>[] {
  const text = fs.readFileSync(path.join(__dirname, '../../docs/security.md'), 'utf8');
  const [, section] = text.split(`\n## ${heading}\n`);
  const [columns, , ...rows] = section.split('\n## ')[0].split('\n').filter((line) => line.startsWith('|')).map(cells);
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
}

function cells(line: string): string[] {
  return line.split('|').slice(1, -1).map((cell) => cell.trim());
}

/** What stands between backticks. */
export function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text);
}

/** The findings of some checks, as `rule by check`. */
export function documentedFindings(checks: string[]): string[] {
  return documentedTable('Findings').flatMap(({ Rule, By }) => By.split(', ').filter((check) => checks.includes(check)).map((check) => `${quoted(Rule)[0]} by ${check}`));
}
