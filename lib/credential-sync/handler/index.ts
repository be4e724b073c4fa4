import type { Context } from 'aws-lambda';
import { StatusReport, SyncRequest, SyncResult } from '../contract';
import { answerCloudFormation, isCloudFormationEvent } from './cloudformation';
import { connect } from './connection';
import { DEPLOY_PATIENCE, Patience, SCHEDULE_PATIENCE, STATUS_PATIENCE, systemClock } from './patience';
import { readRequest, requireWorkload } from './request';
import { SecretReader } from './secrets';
import { reportStatus } from './status';
import { sync } from './sync';

/** Kept back of the function's time, to say what happened. In milliseconds. */
const TIME_TO_ANSWER = 15_000;

/**
 * Syncs once, for CloudFormation, which gets its answer at the address it gave, or for whoever sent a request, who gets
 * the result, or an error that makes Lambda try again. Or reports the status, which changes nothing.
 */
export async function handler(event: unknown, context: Context): Promise<SyncResult | StatusReport | undefined> {
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
  const request = readRequest(event);
  return request.action === 'status'
    ? reportStatus(requireWorkload(request), () => connect(systemClock, STATUS_PATIENCE, deadline), systemClock)
    : run(SCHEDULE_PATIENCE)(request);
}
