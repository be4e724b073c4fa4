import { parseArgs } from 'util';
import { EXIT_CODES } from './exit-codes';
import { Problem } from './problem';

export const NAME = 'cdk-collate-hybrid-runner';

export const HELP = `Usage: ${NAME} <command> (--stack NAME | --function NAME) [options]

Commands
  status             says whether a runner works, and what to do where it does not
  renew              renews the registry credentials and the token now

Options
  --stack NAME       CloudFormation stack of the runner
  --function NAME    name or ARN of the credential sync function, in place of the stack
  --agent ID         agent id of the runner, where there are several
  --json             prints JSON
  --watch            with status: waits until the runner is Active in Collate
  --timeout MINUTES  with --watch: how long to wait (default 15)
  --region REGION    AWS region (default: that of the environment or the profile)
  --profile NAME     AWS profile
  --version          prints the version

Exit codes: ${EXIT_CODES.WELL} all is well, ${EXIT_CODES.UNWELL} something is not, ${EXIT_CODES.USAGE} wrong usage, ${EXIT_CODES.UNREACHABLE} AWS could not be asked.
`;

export interface Options {
  readonly command: 'status' | 'renew';
  readonly stack?: string;
  readonly lambdaFunction?: string;
  readonly agent?: string;
  readonly json: boolean;
  readonly watch: boolean;
  /** In milliseconds. */
  readonly timeout: number;
  readonly region?: string;
  readonly profile?: string;
}

const DEFAULT_TIMEOUT = '15';

/** Reads the command line. */
export function readArguments(words: string[]): Options | 'help' | 'version' {
  const { values, positionals } = parse(words);
  const [command, ...more] = positionals;
  if (values.help || command === 'help' || (command === undefined && words.length === 0)) {
    return 'help';
  }
  if (values.version) {
    return 'version';
  }
  if (command !== 'status' && command !== 'renew') {
    throw usage(command === undefined ? 'name a command, status or renew' : `there is no command ${command}, only status and renew`);
  }
  if (more.length > 0) {
    throw usage(`${more[0]} is not understood: a stack is named by --stack`);
  }
  if ((values.stack === undefined) === (values.function === undefined)) {
    throw usage('name either the stack by --stack or the function by --function');
  }
  const empty = Object.entries(values).find(([, value]) => value === '');
  if (empty) {
    throw usage(`--${empty[0]} needs a value`);
  }
  if (values.timeout !== undefined && !values.watch) {
    throw usage('--timeout goes with --watch');
  }
  if (values.watch && command === 'renew') {
    throw usage('--watch goes with status');
  }
  const minutes = Number(values.timeout ?? DEFAULT_TIMEOUT);
  if (!(minutes > 0 && minutes <= 24 * 60)) {
    throw usage(`--timeout must be minutes, above 0 and at most a day, got ${values.timeout}`);
  }
  return {
    command,
    stack: values.stack,
    lambdaFunction: values.function,
    agent: values.agent,
    json: values.json ?? false,
    watch: values.watch ?? false,
    timeout: minutes * 60_000,
    region: values.region,
    profile: values.profile,
  };
}

function parse(words: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        stack: text, function: text, agent: text, region: text, profile: text, timeout: text,
        json: flag, watch: flag, version: flag, help: { ...flag, short: 'h' },
      },
    });
  } catch (error) {
    const { message } = error as Error;
    const [, ambiguous] = /^Option '.*?(--\w+).*' argument is ambiguous/.exec(message) ?? [];
    if (ambiguous) {
      throw usage(`${ambiguous} needs a value; one that begins with a dash is written ${ambiguous}=VALUE`);
    }
    // Node says in its first sentence which option it is.
    throw usage(message.split(/\.(?= |$)|\n/)[0].replace(/^./, (letter) => letter.toLowerCase()));
  }
}

function usage(message: string): Problem {
  return new Problem(`${message} (see ${NAME} --help)`, EXIT_CODES.USAGE);
}
