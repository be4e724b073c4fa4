import * as path from 'path';
import { parseArgs } from 'util';
import { HelmMajor } from '../../helm/helm';
import { installParts } from '../parts/install';
import { Assembly } from './assembly';
import { Rehearsal } from './rehearsal';
import { Refusal, Step } from './stack';

const USAGE = `Usage: npm run rehearse -- <cdk.out> [--chart FOLDER]... [--helm 3|4] [--prerequisites FILE]
                          [--timeout 5m] [--remove]

Executes the stacks of a synthesized assembly in CloudFormation's order on a Kubernetes control plane and an AWS
emulator of this machine, and says what was created and what was refused.

  --chart FOLDER   chart, with its dependencies, that is installed where the template names it; may be repeated
  --helm 3|4       Helm for clusters that the assembly does not make, 4 where it isn't said
  --prerequisites FILE
                   Kubernetes objects that each cluster has before the first stack, such as namespaces of others
  --timeout TIME   how long Helm waits, in place of the template's time
  --remove         takes everything away again at the end`;

const INTERRUPTED = 130;

/** What Kubernetes says of a namespace or a kind that it does not have. */
const MISSING = /namespaces "[^"]*" not found|no matches for kind/;
const HINT = 'What the cluster has before the first stack is named by --prerequisites FILE.';

void main().then((code) => process.exit(code));

async function main(): Promise<number> {
  let given;
  try {
    given = parseArgs({
      allowPositionals: true,
      options: { chart: { type: 'string', multiple: true }, helm: { type: 'string' }, prerequisites: { type: 'string' }, timeout: { type: 'string' }, remove: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    if (given.values.help || given.positionals.length !== 1 || !/^[34]$/.test(given.values.helm ?? '4')) {
      throw new Error(USAGE);
    }
  } catch (error) {
    printError(error);
    return 2;
  }
  const { values: { chart, helm = '4', prerequisites, timeout, remove }, positionals: [folder] } = given;
  let rehearsal: Rehearsal;
  let interrupted = false;
  try {
    const assembly = new Assembly(path.resolve(folder));
    installParts();
    let starting: Promise<Rehearsal> | undefined = undefined;
    // Before there is anything to leave behind.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        interrupted = true;
        void starting?.then((started) => started.stop()).catch(printError).finally(() => process.exit(INTERRUPTED));
      });
    }
    starting = Rehearsal.start(assembly, {
      charts: chart, helm: `Helm ${helm}` as HelmMajor, prerequisites: prerequisites && path.resolve(prerequisites), timeout,
      // What fails because all is stopped says nothing of the assembly.
      report: (step) => interrupted || print(line(step)),
    });
    rehearsal = await starting;
  } catch (error) {
    printError(error);
    return 2;
  }
  let failed = false;
  try {
    await rehearsal.deploy();
    if (remove) {
      await rehearsal.remove();
    }
  } catch (error) {
    failed = true;
    if (!(error instanceof Refusal) && !interrupted) {
      printError(error);
    }
  }
  try {
    await rehearsal.stop();
  } catch (error) {
    failed = true;
    printError(error);
  }
  if (interrupted) {
    return INTERRUPTED;
  }
  const count = (kind: string) => rehearsal.steps.filter(({ outcome, means }) => outcome === 'created' && means === kind).length;
  print(`\n${count('real')} resources created, ${count('emulated')} emulated, ${count('assumed')} assumed, ${rehearsal.refused.length} refused`);
  return failed || rehearsal.refused.length > 0 ? 1 : 0;
}

function line({ outcome, means, type, name, reason }: Step): string {
  const word = outcome === 'created' && means !== 'real' ? means! : outcome;
  return `${word.padEnd(9)}  ${type.padEnd(38)}  ${name}${[reason, MISSING.test(reason ?? '') && HINT].filter(Boolean).map((text) => `\n           ${text}`).join('')}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function printError(error: unknown): void {
  process.stderr.write(`${(error as Error).message}\n`);
}
