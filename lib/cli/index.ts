import { HELP, Options, readArguments } from './arguments';
import { Aws } from './aws';
import { EXIT_CODES } from './exit-codes';
import { partsOf } from './function-name';
import { explain } from './problem';
import { renew } from './renew';
import { status } from './status';
import { printable, toJson } from './text';

/** That of the package, put in its place by the bundler. */
declare const PACKAGE_VERSION: string;

async function main(options: Options): Promise<number> {
  const aws = new Aws(options.region ?? regionOf(options), options.watch ? AbortSignal.timeout(options.timeout) : undefined);
  return options.command === 'renew' ? renew(aws, options) : status(aws, options);
}

/** That of an ARN, whole or in part; otherwise what the AWS CLI takes where the SDK does not. */
function regionOf({ stack, lambdaFunction }: Options): string | undefined {
  const named = stack === undefined ? partsOf(lambdaFunction ?? '')?.region : /^arn:[\w-]+:cloudformation:([\w-]+):/.exec(stack)?.[1];
  return named ?? (process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || undefined);
}

/** Of the SDK, which is bundled and so pinned, about the Node of its user. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

async function run(): Promise<number> {
  // Of what is not understood yet, so that an error of usage is JSON too.
  const json = process.argv.includes('--json');
  try {
    const options = readArguments(process.argv.slice(2));
    if (options === 'help') {
      process.stdout.write(HELP);
      return EXIT_CODES.WELL;
    }
    if (options === 'version') {
      process.stdout.write(`${PACKAGE_VERSION}\n`);
      return EXIT_CODES.WELL;
    }
    if (options.profile !== undefined) {
      process.env.AWS_PROFILE = options.profile;
    }
    return await main(options);
  } catch (error) {
    const { message, exitCode } = explain(error);
    process.stderr.write(`${printable(message)}\n`);
    if (json) {
      process.stdout.write(toJson({ error: message }));
    }
    return exitCode;
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads may have read enough, as head has.
  if (error.code !== 'EPIPE') {
    process.stderr.write(`the output could not be written: ${error.message}\n`);
    process.exit(EXIT_CODES.UNREACHABLE);
  }
});
process.stderr.on('error', () => undefined);

// What is written, and no more: a program that gives credentials, or a proxy that does not answer, would keep this one.
void run().then((code) => process.stderr.write('', () => process.stdout.write('', () => process.exit(code))));
