import { SyncResult } from '../credential-sync/contract';
import { EXIT_CODES, Options } from './arguments';
import { Aws } from './aws';
import { Problem } from './problem';
import { findRunner } from './runners';
import { renderRenewal } from './table';

/** Renews now, and says until when the credentials are good. */
export async function renew(aws: Aws, options: Options): Promise<number> {
  const runner = await findRunner(aws, options);
  const answer = await aws.invoke(runner.functionArn, { ...runner.request, action: 'sync' });
  if ('failure' in answer) {
    throw new Problem(`not renewed: ${answer.failure}`, EXIT_CODES.UNWELL);
  }
  const result = answer.result as SyncResult;
  process.stdout.write(options.json ? `${JSON.stringify(result, undefined, 2)}\n` : renderRenewal(result, Date.now()));
  return EXIT_CODES.WELL;
}
