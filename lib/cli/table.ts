import { Check, CheckState, StatusReport, SyncResult } from '../credential-sync/contract';
import { printableIn, wrap } from './text';

export const WORDS: Record<CheckState, string> = { passed: 'ok', failed: 'FAILED', unknown: 'unknown' };

/** Fits wherever a log is read. */
const DEFAULT_WIDTH = 80;
/** Longer lines are hard to read. */
const GREATEST_WIDTH = 120;
/** A longer name has a line of its own, so that the others keep their room. */
const LONGEST_NAME = 20;
/** With less room beside the names, what was seen stands below them. */
const LEAST_COLUMN = 36;

/** Of the terminal, or as whoever reads the output asks for. */
function outputWidth(): number {
  return Math.min(process.stdout.columns || Number(process.env.COLUMNS) || DEFAULT_WIDTH, GREATEST_WIDTH);
}

/** The report for people: what was seen at each check, and below it what to do. */
export function renderReport(report: StatusReport, width = outputWidth()): string {
  const { agentId, namespace, checkedAt, checks } = printableIn(report);
  const states = checks.reduce((longest, { state }) => Math.max(longest, WORDS[state].length), 0);
  const names = checks.reduce((longest, { name }) => name.length > LONGEST_NAME ? longest : Math.max(longest, name.length), 0);
  const margin = 2 + states + 2;
  const beside = width - margin - names - 2 >= LEAST_COLUMN;
  const indent = beside ? margin + names + 2 : margin;
  const rows = checks.flatMap(({ name, state, seen, remedy }, index) => {
    // What several checks in a row ask for is said once, below the last of them.
    const todo = remedy === undefined || remedy === checks[index + 1]?.remedy ? [] : wrap(remedy, width - indent - 2).map((line, row) => `${row === 0 ? '→' : ' '} ${line}`);
    const lines = [...wrap(seen, width - indent), ...todo].map((line) => ' '.repeat(indent) + line);
    const head = `  ${WORDS[state].padEnd(states)}  ${name}`;
    return beside && name.length <= names ? [head.padEnd(indent) + lines[0].slice(indent), ...lines.slice(1)] : [head, ...lines];
  });
  const when = `${checkedAt.slice(0, 10)} ${checkedAt.slice(11, 19)} UTC`;
  return `Runner ${agentId} in namespace ${namespace}, ${when}\n\n${rows.join('\n')}\n\n${wrap(conclude(report), width).join('\n')}\n`;
}

function conclude({ healthy, connected, checks }: StatusReport): string {
  if (healthy) {
    return `All ${checks.length} checks passed. The runner is connected: Collate shows it as Active.`;
  }
  const counts = (['failed', 'unknown'] as const)
    .map((state) => ({ state, count: countOf(checks, state) }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => state === 'failed' ? `${count} failed` : `${count} ${count === 1 ? 'is' : 'are'} unknown`);
  return `Of ${checks.length} checks, ${counts.join(' and ')}. ${sayConnected(connected, checks)}`;
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

const MOST_SUMMARIZED = 4;

/** The report in one line: what is missing until the runner is Active, and also once it is. */
export function summarize({ connected, checks }: StatusReport): string {
  const missing = checks.filter(({ state }) => state !== 'passed').map(({ name, seen }) => `${name}: ${seen.split(': ')[0]}`);
  const more = missing.length - MOST_SUMMARIZED;
  return [connected ? 'Active' : 'not Active', ...missing.slice(0, MOST_SUMMARIZED), ...more > 0 ? [`and ${more} more`] : []].join('; ');
}

/** What a renewal came to, for people. */
export function renderRenewal(result: SyncResult, now: number): string {
  const { agentId, namespace, pullSecret, tokenSecret, connectorSecrets = [] } = printableIn(result);
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
  // Years beyond 9999 have a sign and six digits.
  const [day, time] = new Date(timestamp).toISOString().split('T');
  return `${day} ${time.slice(0, 5)} UTC, ${left} from now`;
}
