import { execFileSync } from 'child_process';
import * as path from 'path';
import { pathToFileURL } from 'url';

const SCRIPT = pathToFileURL(path.join(__dirname, '../scripts/compatibility-table.mjs')).href;
const TABLE = 'Run with Node 24:\n\n| | one |\n|---|---|\n| `aws-cdk-lib` 2.1.0, `constructs` 10.8.1 | yes |\n| `aws-cdk-lib` 2.9.0, all 89 recommended feature flags | yes |\n';

function call(name: string, ...parameters: unknown[]): unknown {
  const program = `import { ${name} } from ${JSON.stringify(SCRIPT)};\nconsole.log(JSON.stringify(${name}(...${JSON.stringify(parameters)})));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }));
}

function readme(table: string): string {
  return `# Title\n<!-- compatibility -->\n${table}<!-- end of compatibility -->\nMore.\n`;
}

test.each([
  ['as it came out', TABLE],
  ['with what was the newest version at its time', TABLE.replace('2.9.0', '2.8.0').replace('10.8.1', '10.8.0').replace('89', '87')],
])('a table %s is right', (_, written) => {
  expect(call('differences', readme(written), TABLE, ['2.1.0'])).toEqual([]);
});

test.each([
  ['another result', TABLE.replace('10.8.1 | yes', '10.8.1 | **no**'), ['- | `aws-cdk-lib` 2.1.0, `constructs` newest | **no** |', '+ | `aws-cdk-lib` 2.1.0, `constructs` newest | yes |']],
  ['another oldest version', TABLE.replace('2.1.0', '2.0.0'), ['- | `aws-cdk-lib` newest, `constructs` newest | yes |', '+ | `aws-cdk-lib` 2.1.0, `constructs` newest | yes |']],
  ['another version of Node', TABLE.replace('24', '22'), ['- Run with Node 22:', '+ Run with Node 24:']],
  ['a row too few', TABLE.replace(/.*flags.*\n/, ''), ['+ | `aws-cdk-lib` newest, all recommended feature flags | yes |']],
])('a table with %s is told', (_, written, problems) => {
  expect(call('differences', readme(written), TABLE, ['2.1.0'])).toEqual(problems);
});

test('a table is written in the place of the one before', () => {
  expect(call('withTable', readme('old\n'), 'new\n')).toBe('# Title\n<!-- compatibility -->\nnew\n<!-- end of compatibility -->\nMore.\n');
});
