import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { HybridRunner } from '../lib';

const CHART = path.join(__dirname, 'chart');

/** Compares the chart with a changed copy of it. */
function move(file: string, change: (text: string) => string) {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'chart-'));
  fs.cpSync(CHART, copy, { recursive: true });
  const text = fs.readFileSync(path.join(copy, file), 'utf8');
  fs.writeFileSync(path.join(copy, file), change(text));
  expect(change(text)).not.toBe(text);
  const { status, stdout } = spawnSync(process.execPath, [path.join(__dirname, '../scripts/move-chart.mjs'), CHART, copy], { encoding: 'utf8' });
  return { status, lines: stdout.split('\n').map((line) => line.trim()) };
}

test('a value of this library that the new chart does not read fails', () => {
  const { status, lines } = move('templates/deployment.yaml', (text) => text.replaceAll('$config.agentId', '$config.runnerId'));
  expect(status).toBe(1);
  expect(lines).toEqual(expect.arrayContaining([`Not read by ${HybridRunner.CHART_VERSION}, though this library sets it:`, 'config.agentId', '51 of 52 values that this library sets are read']));
});

test('what is new and other defaults are told, and do no harm', () => {
  const { status, lines } = move('values.yaml', (text) => `${text}\nhostAliases: []\n`);
  expect(status).toBe(0);
  expect(lines).toEqual(expect.arrayContaining(['New values:', 'hostAliases: []', '52 of 52 values that this library sets are read']));
});
