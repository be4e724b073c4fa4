import type { Context } from 'aws-lambda';
import { SyncRequest, SyncResult } from '../contract';
import { answerCloudFormation, isCloudFormationEvent } from './cloudformation';
import { connect } from './connection';
import { DEPLOY_PATIENCE, Patience, SCHEDULE_PATIENCE, systemClock } from './patience';
import { readRequest } from './request';
import { SecretReader } from './secrets';
import { sync } from './sync';

/** Kept back of the function's time, to say what happened. In milliseconds. */
const TIME_TO_ANSWER = 15_000;

/**
 * Syncs once: for CloudFormation, which gets its answer at the address it gave, or for whoever sent a request, who gets
 * the result, or an error that makes Lambda try again.
 */
export async function handler(event: unknown, context: Context): Promise<SyncResult | undefined> {
  const deadline = systemClock.now() + context.getRemainingTimeInMillis() - TIME_TO_ANSWER;
  const run = (patience: Patience) => (request: SyncRequest) => sync(
    request,
    () => connect(systemClock, patience, deadline),
    new SecretReader(systemClock, patience, deadline),
  );
  if (isCloudFormationEvent(event)) {
    await answerCloudFormation(event, run(DEPLOY_PATIENCE), systemClock);
    return undefined;
  }
  return run(SCHEDULE_PATIENCE)(readRequest(event));
}
