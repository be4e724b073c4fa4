import { CloudFormationClient, ListStackResourcesCommand, StackResourceSummary } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, GetScheduleCommandOutput, ListSchedulesCommand, ScheduleSummary, SchedulerClient } from '@aws-sdk/client-scheduler';
import { Problem } from './problem';

/** The function may run for 5 minutes. */
const LONGEST_INVOCATION = 330_000;
const CONNECT_TIMEOUT = 10_000;

/** What a function answered: its result, or the message of the error that it failed with. */
export type InvocationResult = { readonly result: unknown } | { readonly failure: string };

/** The calls to AWS, by the caller's credentials. */
export class Aws {
  private readonly cloudFormation: CloudFormationClient;
  private readonly scheduler: SchedulerClient;
  private readonly lambda: LambdaClient;

  constructor(region?: string) {
    const options = (requestTimeout: number) => ({ region, requestHandler: { connectionTimeout: CONNECT_TIMEOUT, requestTimeout, throwOnRequestTimeout: true } });
    this.cloudFormation = new CloudFormationClient(options(30_000));
    this.scheduler = new SchedulerClient(options(30_000));
    this.lambda = new LambdaClient(options(LONGEST_INVOCATION));
  }

  public async stackResources(stack: string): Promise<StackResourceSummary[]> {
    const resources: StackResourceSummary[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.cloudFormation.send(new ListStackResourcesCommand({ StackName: stack, NextToken })).catch((error: Error) => {
        throw error.name === 'ValidationError' && /does not exist/.test(error.message)
          ? new Problem(`stack ${stack} does not exist in this account and region: check its name, --region and --profile`)
          : error;
      });
      resources.push(...page.StackResourceSummaries ?? []);
      ({ NextToken } = page);
    } while (NextToken);
    return resources;
  }

  public async schedules(): Promise<ScheduleSummary[]> {
    const schedules: ScheduleSummary[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.scheduler.send(new ListSchedulesCommand({ NextToken }));
      schedules.push(...page.Schedules ?? []);
      ({ NextToken } = page);
    } while (NextToken);
    return schedules;
  }

  /** A schedule; nothing if it is gone. */
  public async schedule(name: string, group?: string): Promise<GetScheduleCommandOutput | undefined> {
    return this.scheduler.send(new GetScheduleCommand({ Name: name, GroupName: group })).catch((error: Error) => {
      if (error.name === 'ResourceNotFoundException') {
        return undefined;
      }
      throw error;
    });
  }

  public async invoke(functionArn: string, request: unknown): Promise<InvocationResult> {
    const { FunctionError, Payload } = await this.lambda.send(new InvokeCommand({ FunctionName: functionArn, Payload: JSON.stringify(request) })).catch((error: Error) => {
      throw error.name === 'ResourceNotFoundException'
        ? new Problem(`function ${functionArn} does not exist: deploy the stack again`)
        : error;
    });
    const answer: unknown = JSON.parse(Buffer.from(Payload ?? new Uint8Array()).toString() || 'null');
    if (FunctionError === undefined) {
      return { result: answer };
    }
    const { errorMessage } = (answer ?? {}) as { errorMessage?: string };
    return { failure: errorMessage ?? FunctionError };
  }
}
