import * as fs from 'fs';
import { HELP } from '../../lib/cli/arguments';
import { only, synthesize } from '../helpers';
import { report, useProgram } from './setup';

jest.setTimeout(120_000);

const program = useProgram();

/** Every time limit of more than a minute that the program sets itself, in seconds. */
async function limitsOf(...words: string[]): Promise<number[]> {
  const file = program().write('limits', '');
  const spy = program().write('spy.js', `
    const note = (limit) => { if (limit > 60_000) { require('fs').appendFileSync(${JSON.stringify(file)}, limit / 1000 + '\\n'); } };
    for (const [owner, name, position] of [[globalThis, 'setTimeout', 1], [AbortSignal, 'timeout', 0]]) {
      const set = owner[name];
      owner[name] = (...parameters) => { note(parameters[position]); return set.apply(owner, parameters); };
    }`);
  expect(await program().run(words, { NODE_OPTIONS: `--require ${spy}` })).toMatchObject({ code: 0 });
  return [...new Set(fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number))];
}

test('waits for the function somewhat longer than it may run, so that its own error is told', async () => {
  const { Properties: { Timeout } } = only(synthesize(), 'AWS::Lambda::Function');
  const limits = await limitsOf('status', '--stack', 'data');
  expect(limits).not.toEqual([]);
  expect(Math.min(...limits)).toBeGreaterThanOrEqual(Timeout + 15);
  expect(Math.max(...limits)).toBeLessThanOrEqual(Timeout + 60);
});

test('--watch waits for a quarter of an hour, as --help says, or as long as --timeout', async () => {
  const [, minutes] = /--timeout MINUTES .*\(default (\d+)\)/.exec(HELP) ?? [];
  expect(minutes).toBe('15');
  program().apis.invoke = async () => ({ result: report() });
  expect(await limitsOf('status', '--stack', 'data', '--watch')).toContain(15 * 60);
  expect(await limitsOf('status', '--stack', 'data', '--watch', '--timeout', '2.5')).toContain(150);
});
