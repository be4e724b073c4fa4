import * as https from 'https';
import { REQUEST_PROPERTY, SyncRequest, SyncResult } from '../contract';
import { Clock, persist } from './patience';
import { readRequest } from './request';
import { log } from './telemetry';

/** What CloudFormation sends; https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
export interface CloudFormationEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Record<string, unknown>;
}

export function isCloudFormationEvent(event: unknown): event is CloudFormationEvent {
  return typeof event === 'object' && event !== null && 'ResponseURL' in event && 'RequestType' in event;
}

/** CloudFormation takes answers of 4 KB, of which ids of the greatest length take a part. In bytes, as JSON. */
const LONGEST_REASON = 2_500;
const ANSWER_TIMEOUT = 5_000;
const ANSWER_PATIENCE = 6_000;

/**
 * Runs the first sync for CloudFormation and always answers, because without an answer it would wait for an hour.
 *
 * Deleting touches nothing: pods that still run go on pulling until the registry's token ends.
 */
export async function answerCloudFormation(event: CloudFormationEvent, run: (request: SyncRequest) => Promise<SyncResult>, clock: Clock): Promise<void> {
  const { RequestType, ResponseURL, StackId, RequestId, LogicalResourceId } = event;
  let answer: Record<string, unknown>;
  let PhysicalResourceId = event.PhysicalResourceId ?? RequestId;
  try {
    let result: SyncResult | undefined;
    if (RequestType !== 'Delete') {
      const request = readRequest(JSON.parse(String(event.ResourceProperties[REQUEST_PROPERTY])));
      PhysicalResourceId = `credential-sync/${request.namespace}`;
      result = await run(request);
    }
    answer = {
      Status: 'SUCCESS',
      Data: result && { ExpiresAt: result.pullSecret?.expiresAt, TokenChanged: String(result.tokenSecret.changed) },
    };
  } catch (error) {
    const Reason = error instanceof SyntaxError ? `the property ${REQUEST_PROPERTY} is not JSON` : String(error instanceof Error ? error.message : error);
    answer = { Status: 'FAILED', Reason: shorten(Reason) };
  }
  const body = JSON.stringify({ ...answer, StackId, RequestId, LogicalResourceId, PhysicalResourceId });
  log('info', 'answer to CloudFormation', { status: answer.Status, requestType: RequestType });
  await persist(() => put(ResponseURL, body), () => ({ patience: ANSWER_PATIENCE }), clock, Infinity);
}

/** As much of a text from its beginning as the answer has room for. */
function shorten(text: string): string {
  const characters = [...text];
  let room = LONGEST_REASON;
  const end = characters.findIndex((character) => (room -= Buffer.byteLength(JSON.stringify(character)) - 2) < 0);
  return end < 0 ? text : characters.slice(0, end).join('');
}

function put(url: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = https.request(url, {
      method: 'PUT',
      timeout: ANSWER_TIMEOUT,
      headers: { 'content-type': '', 'content-length': Buffer.byteLength(body) },
    }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => response.statusCode && response.statusCode < 300 ? resolve() : reject(new Error(`CloudFormation's answer address answered ${response.statusCode}`)));
    });
    request.on('timeout', () => request.destroy(new Error('CloudFormation\'s answer address did not answer')));
    request.on('error', reject);
    request.end(body);
  });
}
