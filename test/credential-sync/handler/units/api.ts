import { ApiCall, ApiResponse, NoAnswer, send } from '../../../../lib/credential-sync/handler/api-server';
import { StageFailure } from '../../../../lib/credential-sync/handler/failure';
import { Kubernetes } from '../../../../lib/credential-sync/handler/kubernetes';
import { Patience, SCHEDULE_PATIENCE } from '../../../../lib/credential-sync/handler/patience';

export const NOW = Date.UTC(2026, 0, 2);

/** What the API server answers: a body, alone or with its status, or a code if it gives no answer. */
export type ApiAnswer = Partial<ApiResponse> | string;

export function refusal(status: number, message?: string, more: Record<string, unknown> = {}): ApiAnswer {
  return { status, body: { kind: 'Status', message, ...more } };
}

/** Stands for the API server in a test file that mocks `send`. Time passes by sleeping alone. */
export class Api {
  public readonly calls: ApiCall[] = [];
  public readonly pauses: number[] = [];
  private time = NOW;

  /** Answers by the call, or in their order: these are used up one by one; the last one stays. */
  constructor(private readonly answers: ApiAnswer[] | ((call: ApiCall) => ApiAnswer), private readonly patience: Patience = SCHEDULE_PATIENCE) {
    jest.mocked(send).mockImplementation(async (_, call) => {
      this.calls.push(call);
      const answer = this.answer(call);
      if (typeof answer === 'string') {
        throw new NoAnswer(answer);
      }
      return { status: 200, text: '', body: {}, ...answer };
    });
  }

  public get kubernetes(): Kubernetes {
    return {
      server: { endpoint: 'https://api', certificateAuthority: 'x' },
      token: async () => `k8s-aws-v1.${Buffer.from('https://sts/?X-Amz-Signature=0123456789abcdef').toString('base64url')}`,
      clock: {
        now: () => this.time,
        sleep: async (milliseconds) => {
          this.pauses.push(milliseconds);
          this.time += milliseconds;
        },
      },
      patience: this.patience,
      deadline: Infinity,
    };
  }

  private answer(call: ApiCall): ApiAnswer {
    if (typeof this.answers === 'function') {
      return this.answers(call);
    }
    return this.answers.length > 1 ? this.answers.shift()! : this.answers[0];
  }

  /** What was sent in a call, as JSON. */
  public body(call: number): any {
    return JSON.parse(this.calls[call].body!.text);
  }
}

/** Reason, and message with remedy, of what failed at the stage of Kubernetes. */
export async function failureOf(work: Promise<unknown>): Promise<[string, string]> {
  const error = await work.then(() => undefined, (reason) => reason);
  expect(error).toBeInstanceOf(StageFailure);
  const { stage, reason, message, remedy } = error as StageFailure;
  expect(stage).toBe('kubernetes');
  return [reason, `${message}: ${remedy}`];
}
