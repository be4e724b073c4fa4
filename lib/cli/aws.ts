import { CloudFormationClient, DescribeStacksCommand, ListStackResourcesCommand, StackResourceSummary } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient, TooManyRequestsException } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, GetScheduleCommandOutput, ListSchedulesCommand, ScheduleSummary, SchedulerClient } from '@aws-sdk/client-scheduler';
import { makeAgents } from './agents';
import { EXIT_CODES } from './exit-codes';
import { nameOf } from './function-name';
import { MAKE_AGAIN, Problem } from './problem';

/** The function may run for 5 minutes. */
const LONGEST_INVOCATION = 330_000;
const CONNECT_TIMEOUT = 10_000;

/** What a function answered: its result, or the message of the error that it failed with. */
type InvocationResult = { readonly result: unknown } | { readonly failure: string };

/** The calls to AWS, by the caller's credentials. */
export class Aws {
  private readonly cloudFormation: CloudFormationClient;
  private readonly scheduler: SchedulerClient;
  private readonly lambda: LambdaClient;

  /** @param limit ends every call */
  constructor(region?: string, public readonly limit?: AbortSignal) {
    const agents = makeAgents();
    const handler = (requestTimeout: number) => ({ ...agents, connectionTimeout: CONNECT_TIMEOUT, requestTimeout, throwOnRequestTimeout: true });
    const options = (requestTimeout: number) => ({
      region,
      requestHandler: handler(requestTimeout),
      // Of the clients that fetch credentials, which get the options of this one: that of SSO looks nowhere else.
      clientConfig: { requestHandler: handler(30_000) },
    });
    this.cloudFormation = new CloudFormationClient(options(30_000));
    this.scheduler = new SchedulerClient(options(30_000));
    this.lambda = new LambdaClient(options(LONGEST_INVOCATION));
  }

  private get options() {
    return { abortSignal: this.limit };
  }

  public async stackResources(stack: string): Promise<StackResourceSummary[]> {
    const resources: StackResourceSummary[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.cloudFormation.send(new ListStackResourcesCommand({ StackName: stack, NextToken }), this.options).catch((error: Error) => {
        throw error.name === 'ValidationError' && /does not exist/.test(error.message)
          ? new Problem(`stack ${stack} does not exist in this account and region: check its name, --region and --profile`)
          : error;
      });
      resources.push(...page.StackResourceSummaries ?? []);
      ({ NextToken } = page);
    } while (NextToken);
    return resources;
  }

  public async stackStatus(stack: string): Promise<string> {
    const { Stacks = [] } = await this.cloudFormation.send(new DescribeStacksCommand({ StackName: stack }), this.options);
    return Stacks[0]?.StackStatus ?? '';
  }

  public async schedules(): Promise<ScheduleSummary[]> {
    const schedules: ScheduleSummary[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.scheduler.send(new ListSchedulesCommand({ NextToken }), this.options);
      schedules.push(...page.Schedules ?? []);
      ({ NextToken } = page);
    } while (NextToken);
    return schedules;
  }

  /** A schedule; nothing if it is gone. */
  public async schedule(name: string, group?: string): Promise<GetScheduleCommandOutput | undefined> {
    return this.scheduler.send(new GetScheduleCommand({ Name: name, GroupName: group }), this.options).catch((error: Error) => {
      if (error.name === 'ResourceNotFoundException') {
        return undefined;
      }
      throw error;
    });
  }

  public async invoke(functionArn: string, request: unknown): Promise<InvocationResult> {
    const { FunctionError, Payload } = await this.lambda.send(new InvokeCommand({ FunctionName: functionArn, Payload: JSON.stringify(request) }), this.options).catch((error: Error) => {
      if (error.name === 'ResourceNotFoundException') {
        throw new Problem(`function ${functionArn} does not exist: ${MAKE_AGAIN}`);
      }
      throw isOwnLimit(error)
        ? new Problem(`function ${nameOf(functionArn)} is throttled by its own limit, reservedConcurrentExecutions: try again in a minute, and if it stays, raise the limit or take it away, because at 0 the function never runs`, EXIT_CODES.UNREACHABLE, true)
        : error;
    });
    const text = Buffer.from(Payload ?? new Uint8Array()).toString();
    const answer = parse(text);
    if (FunctionError === undefined) {
      return { result: answer };
    }
    const { errorMessage = FunctionError } = (answer ?? {}) as { errorMessage?: string };
    // In front Lambda puts the id of the request, and the time or a word.
    return { failure: String(errorMessage).replace(/^(?:\S+Z \S+|RequestId: \S+ Error:) (Task timed out.*)$/, '$1: its log says where it hangs') };
  }
}

/** Lambda throttles by the limits of the account or of the function, and tells which. */
function isOwnLimit(error: Error): boolean {
  return error instanceof TooManyRequestsException && /^ReservedFunction/.test(error.Reason ?? '');
}

/** A function of another kind may answer with anything. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
