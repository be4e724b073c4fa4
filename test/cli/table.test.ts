import * as fs from 'fs';
import * as path from 'path';
import { Check } from '../../lib/credential-sync/contract';
import { report, useProgram } from './setup';

jest.setTimeout(120_000);

const program = useProgram();

async function print(checks: Check[], width?: number): Promise<string> {
  program().apis.invoke = async () => ({ result: report({ healthy: false, checks }) });
  const { stdout, stderr } = await program().run(['status', '--stack', 'data'], { COLUMNS: width?.toString() });
  expect(stderr).toBe('');
  return stdout;
}

const LONG: Check[] = [
  { name: 'runner-connected', state: 'failed', seen: 'not connected: collate_hybrid_agent_connected is 0', remedy: 'check that the nodes reach the serverHost on port 443' },
  { name: 'connector-secret/redshift-password-of-the-finance-warehouse', state: 'failed', seen: 'written 3 d ago, changed by kubectl-edit since then', remedy: 'renew now; if that fails, its message says why' },
  { name: 'token-secret', state: 'passed', seen: 'written 21 d 2 h ago, names no expiry' },
];

describe('the table', () => {
  test('of 80 columns gives a long name a line of its own, and the others their place beside it', async () => {
    const expected = [
      'Runner aws-prod in namespace collate, 2030-05-04 10:12:31 UTC',
      '',
      '  FAILED  runner-connected   not connected: collate_hybrid_agent_connected is 0',
      '                             → check that the nodes reach the serverHost on port',
      '                               443',
      '  FAILED  connector-secret/redshift-password-of-the-finance-warehouse',
      '                             written 3 d ago, changed by kubectl-edit since then',
      '                             → renew now; if that fails, its message says why',
      '  ok      token-secret       written 21 d 2 h ago, names no expiry',
      '  ok      renewal-scheduled  rate(2 hours), enabled',
      '  ok      report-scheduled   rate(5 minutes), enabled',
      '',
      'Of 5 checks, 2 failed. The runner is connected to Collate.',
      '',
    ].join('\n');
    expect(await print(LONG, 80)).toBe(expected);
    // As in a log, which has no width.
    expect(await print(LONG)).toBe(expected);
  });

  test('of a narrow terminal puts what was seen below the names', async () => {
    expect(await print(LONG, 50)).toBe([
      'Runner aws-prod in namespace collate, 2030-05-04 10:12:31 UTC',
      '',
      '  FAILED  runner-connected',
      '          not connected:',
      '          collate_hybrid_agent_connected is 0',
      '          → check that the nodes reach the',
      '            serverHost on port 443',
      '  FAILED  connector-secret/redshift-password-of-the-finance-warehouse',
      '          written 3 d ago, changed by kubectl-edit',
      '          since then',
      '          → renew now; if that fails, its message',
      '            says why',
      '  ok      token-secret',
      '          written 21 d 2 h ago, names no expiry',
      '  ok      renewal-scheduled',
      '          rate(2 hours), enabled',
      '  ok      report-scheduled',
      '          rate(5 minutes), enabled',
      '',
      'Of 5 checks, 2 failed. The runner is connected to',
      'Collate.',
      '',
    ].join('\n'));
  });

  test('keeps within every width what has spaces, and loses no word', async () => {
    const checks: Check[] = [LONG[0], { name: 'long', state: 'failed', seen: 'many words in a row '.repeat(7).trim(), remedy: 'wait' }, LONG[2]];
    for (const width of [32, 45, 64, 79, 100, 120, 500]) {
      const lines = (await print(checks, width)).split('\n').slice(1);
      expect(lines.filter((line) => line.length > Math.min(width, 120) && line.trim().includes(' ') && !/^ +→? ?\S+$/.test(line))).toEqual([]);
      const words = lines.join(' ').split(/\s+/);
      checks.forEach(({ seen, remedy = '' }) => [...seen.split(' '), ...remedy.split(' ')].filter(Boolean).forEach((word) => expect(words).toContain(word)));
      // Not one word on a line.
      expect(lines.length).toBeLessThan(30);
    }
  });

  test('of very many checks, and of a very long one, comes soon', async () => {
    const many = Array.from({ length: 2_000 }, (_, index): Check => ({ name: `connector-secret/${index}`, state: 'failed', seen: 'is missing', remedy: `make secret ${index}` }));
    const start = Date.now();
    const text = await print([...many, { name: 'last', state: 'failed', seen: 'word '.repeat(200_000), remedy: 'do' }]);
    expect(Date.now() - start).toBeLessThan(10_000);
    expect(text).toContain('Of 2003 checks, 2001 failed.');
  });
});

test('the README shows what is printed', async () => {
  const ok = (name: string, seen: string): Check => ({ name, state: 'passed', seen });
  const checks: Check[] = [
    ok('runner-ready', '1 of 1 pods ready'),
    {
      name: 'runner-connected',
      state: 'failed',
      seen: 'not connected: collate_hybrid_agent_connected is 0',
      remedy: 'check that the nodes reach serverHost on port 443 and that the runner\'s token is the one Collate shows for this agentId; see also the runner\'s log',
    },
    ok('pull-secret', 'written 1 h 3 min ago, expires in 10 h 56 min'),
    ok('token-secret', 'written 21 d 2 h ago, names no expiry'),
    ok('service-account', 'exists, and may read the Secrets of the namespace'),
    ok('argo-controller', '1 of 1 pods ready'),
    ok('argo-server', '1 of 1 pods ready'),
    ok('argo-definitions', 'all 8 are established'),
  ];
  program().apis.invoke = async () => ({ result: report({ namespace: 'hybrid-ingestion-runner', healthy: false, connected: false, checks }) });
  const { stdout } = await program().run(['status', '--stack', 'data']);
  expect(fs.readFileSync(path.join(__dirname, '../../README.md'), 'utf8')).toContain(`\n\`\`\`\n${stdout}\`\`\`\n`);
});

// What a terminal would obey: colours, a title, another line, a cursor, the order of letters, and a mark that hides.
const NASTY = '\u001b[31mred\u001b]0;title\u0007\r\nAll 9 checks passed.\t\u009b2J\u202egnp\u2066\u200b\u2028\u007f';
const HARMLESS = '\\u{1b}[31mred\\u{1b}]0;title\\u{7} All 9 checks passed. \\u{9b}2J\\u{202e}gnp\\u{2066}\\u{200b} \\u{7f}';
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069]/;

describe('what a terminal would obey is shown and not sent', () => {
  test('in the table, wherever it stands', async () => {
    program().apis.invoke = async () => ({ result: report({ agentId: NASTY, namespace: NASTY, healthy: false, checks: [{ name: NASTY, state: 'failed', seen: NASTY, remedy: NASTY }] }) });
    const { stdout } = await program().run(['status', '--stack', 'data']);
    expect(stdout).not.toMatch(OBEYED);
    expect(stdout).toContain(`Runner ${HARMLESS} in namespace ${HARMLESS}, `);
    // One line for the first row of the table, though its text has three.
    expect(stdout).not.toMatch(/^All 9/m);
  });

  test('in the progress and in errors', async () => {
    program().apis.invoke = async () => ({ error: { name: 'Error', message: NASTY } });
    expect((await program().run(['status', '--stack', 'data'])).stderr).toBe(`function sync-AbC could not report: ${HARMLESS}\n`);
    expect((await program().run(['renew', '--stack', 'data'])).stderr).toBe(`function sync-AbC could not renew everything: ${HARMLESS}\n`);
    program().apis.invoke = async () => ({ result: report({ connected: false, checks: [{ name: 'a', state: 'failed', seen: NASTY }] }) });
    const { stderr } = await program().run(['status', '--stack', 'data', '--watch', '--timeout', '0.01']);
    expect(stderr).not.toMatch(OBEYED);
    expect(stderr).toContain('\\u{1b}[31mred');
  });

  test('in what was renewed', async () => {
    program().apis.invoke = async () => ({ result: { agentId: 'a', namespace: NASTY, tokenSecret: { name: NASTY, changed: false, restarted: false } } });
    const { stdout } = await program().run(['renew', '--stack', 'data']);
    expect(stdout).not.toMatch(OBEYED);
    expect(stdout).toContain(HARMLESS);
  });

  test('in JSON, which still says it', async () => {
    program().apis.invoke = async () => ({ result: report({ agentId: NASTY }) });
    const { stdout } = await program().run(['status', '--stack', 'data', '--json']);
    expect(stdout).toMatch(/^[\n\x20-\x7e]*$/);
    expect(JSON.parse(stdout).agentId).toBe(NASTY);
  });
});
