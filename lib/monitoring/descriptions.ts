/** Of the version that is newest, which knows of every alarm there was. */
const RUNBOOK = 'https://github.com/cdk-collate/cdk-collate-hybrid-runner/blob/main/docs/runbook.md';

const STATUS = 'npx cdk-collate-hybrid-runner status --stack STACK says what is wrong';

/** What to do about each alarm, and the section of the runbook that says more. */
const REMEDIES: Record<string, { todo: string; section: string }> = {
  RenewalLate: { todo: 'Run npx cdk-collate-hybrid-runner renew --stack STACK: it renews, or says what to mend', section: 'renewal-late' },
  ExpiryNear: { todo: 'Run npx cdk-collate-hybrid-runner renew --stack STACK: it renews, or says what to mend', section: 'expiry-near' },
  Disconnected: { todo: `${STATUS}; look for the way to Collate and the token`, section: 'disconnected' },
  ChecksFailing: { todo: STATUS, section: 'checks-failing' },
  DeadLetters: { todo: 'Read the queue\'s messages and the function\'s log, mend the cause, and purge the queue', section: 'dead-letters' },
  Any: { todo: STATUS, section: 'which-alarm-is-it' },
};

/** The description of an alarm. */
export function describe(alarm: string, what: string): string {
  const { todo, section } = REMEDIES[alarm];
  return `${what}. ${todo}. Runbook: ${RUNBOOK}#${section}`;
}
