import { EXIT_CODES, HELP, Options, readArguments } from './arguments';
import { Aws } from './aws';
import { Problem, explain } from './problem';
import { renew } from './renew';
import { findRunner } from './runners';
import { status } from './status';

async function main(options: Options): Promise<number> {
  const aws = new Aws(options.region);
  const runner = await findRunner(aws, options);
  return options.command === 'renew' ? renew(aws, runner, options) : status(aws, runner, options);
}

/** Of the SDK, which is bundled and so pinned, about the Node of its user. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

async function run(): Promise<number> {
  try {
    const options = readArguments(process.argv.slice(2));
    if (options === 'help') {
      process.stdout.write(HELP);
      return EXIT_CODES.WELL;
    }
    if (options.profile !== undefined) {
      process.env.AWS_PROFILE = options.profile;
    }
    return await main(options);
  } catch (error) {
    const problem = error instanceof Problem ? error : explain(error);
    process.stderr.write(`${problem.message}\n`);
    return problem.exitCode;
  }
}

void run().then((code) => { process.exitCode = code; });
