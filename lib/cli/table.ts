import { Check, CheckState, StatusReport, SyncResult } from '../credential-sync/contract';

const WORDS: Record<CheckState, string> = { passed: 'ok', failed: 'FAILED', unknown: 'unknown' };

const DEFAULT_WIDTH = 100;
const LEAST_WIDTH = 60;

/** The report for people: a line for each check, and below it what to do. */
export function renderReport(report: StatusReport, width = DEFAULT_WIDTH): string {
  const { agentId, namespace, checkedAt, checks } = report;
  const states = Math.max(...checks.map(({ state }) => WORDS[state].length));
  const names = Math.max(...checks.map(({ name }) => name.length));
  const indent = 2 + states + 2 + names + 2;
  const columns = Math.max(width, LEAST_WIDTH) - indent;
  const rows = checks.flatMap(({ name, state, seen, remedy }, index) => {
    const [first, ...rest] = wrap(seen, columns);
    // What several checks in a row ask for is said once, below the last of them.
    const todo = remedy === undefined || remedy === checks[index + 1]?.remedy ? [] : wrap(remedy, columns - 2).map((line, row) => `${row === 0 ? '→' : ' '} ${line}`);
    return [`  ${WORDS[state].padEnd(states)}  ${name.padEnd(names)}  ${first}`, ...[...rest, ...todo].map((line) => ' '.repeat(indent) + line)];
  });
  const when = `${checkedAt.slice(0, 10)} ${checkedAt.slice(11, 19)} UTC`;
  return `Runner ${agentId} in namespace ${namespace}, ${when}\n\n${rows.join('\n')}\n\n${conclude(report)}\n`;
}

function conclude({ healthy, connected, checks }: StatusReport): string {
  if (healthy) {
    return `All ${checks.length} checks passed. The runner is connected: Collate shows it as Active.`;
  }
  const counts = (['failed', 'unknown'] as const)
    .map((state) => ({ state, count: countOf(checks, state) }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`);
  return `Of ${checks.length} checks ${counts.join(', ')}. ${sayConnected(connected, checks)}`;
}

function sayConnected(connected: boolean, checks: Check[]): string {
  if (connected) {
    return 'The runner is connected to Collate.';
  }
  return checks.some(({ name, state }) => name === 'runner-connected' && state === 'failed')
    ? 'The runner is not connected to Collate.'
    : 'Whether the runner is connected to Collate is not known.';
}

function countOf(checks: Check[], state: CheckState): number {
  return checks.filter((check) => check.state === state).length;
}

/** The report in one line, of what is still missing. */
export function summarize({ healthy, connected, checks }: StatusReport): string {
  return healthy && connected ? 'Active' : checks.filter(({ state }) => state !== 'passed').map(({ name, seen }) => `${name}: ${seen.split(': ')[0]}`).join('; ');
}

/** What a renewal came to, for people. */
export function renderRenewal({ agentId, namespace, pullSecret, tokenSecret, connectorSecrets = [] }: SyncResult, now: number): string {
  const token = tokenSecret.restarted ? 'new, so the runner\'s pods are being restarted' : tokenSecret.changed ? 'written' : 'unchanged';
  const lines: [string, string][] = [
    ...pullSecret ? [[pullSecret.name, `good until ${expiry(pullSecret.expiresAt, now)}`] as [string, string]] : [],
    [tokenSecret.name, tokenSecret.expiresAt ? `${token}, good until ${expiry(tokenSecret.expiresAt, now)}` : token],
    ...connectorSecrets.map(({ name, changed }): [string, string] => [name, changed ? 'written' : 'unchanged']),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return `Renewed runner ${agentId} in namespace ${namespace}\n\n${lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join('\n')}\n`;
}

function expiry(timestamp: string, now: number): string {
  const minutes = Math.round((Date.parse(timestamp) - now) / 60_000);
  const left = minutes < 120 ? `${minutes} minutes` : minutes < 72 * 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
  return `${timestamp.slice(0, 10)} ${timestamp.slice(11, 16)} UTC, ${left} from now`;
}

function wrap(text: string, width: number): string[] {
  return text.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    return last !== undefined && last.length + 1 + word.length <= width ? [...lines.slice(0, -1), `${last} ${word}`] : [...lines, word];
  }, []);
}
