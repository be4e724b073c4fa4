import * as fs from 'fs';
import * as path from 'path';
import { listStageMessages } from './stage-failures';

const RUNBOOK = fs.readFileSync(path.join(__dirname, '../../../docs/runbook.md'), 'utf8');

/** What a section's table says that the function says. */
function rowsOf(section: string): string[] {
  const [, text] = new RegExp(`^## ${section}\n([^]*?)^## `, 'm').exec(RUNBOOK) ?? [];
  return [...text.matchAll(/^\| (.*?) \|/gm)].map(([, cell]) => cell).filter((cell) => cell !== 'It says').flatMap((cell) => cell.split('<br>'));
}

test.each(['secretsmanager', 'ecr', 'kubernetes'])('the runbook has a row for each failure at stage %s, and no other', (stage) => {
  const messages = listStageMessages().filter((failure) => failure.stage === stage).map(({ message }) => message);
  expect(messages.length).toBeGreaterThan(0);
  expect(rowsOf(`Stage ${stage}`).sort()).toEqual([...new Set(messages)].sort());
});

test('every failure is of a stage', () => {
  expect(new Set(listStageMessages().map(({ stage }) => stage))).toEqual(new Set(['secretsmanager', 'ecr', 'kubernetes']));
});
