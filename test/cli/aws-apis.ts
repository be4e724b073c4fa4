import { Request, Response } from '../credential-sync/handler/https-server';

export interface Schedule {
  readonly Name: string;
  readonly State: string;
  readonly ScheduleExpression: string;
  readonly Target: { readonly Arn: string; readonly Input?: string };
}

/** Of a stack. */
export interface Resource {
  readonly type: string;
  readonly id: string;
  readonly status?: string;
  readonly logicalId?: string;
}

/** What a function answers: a result, or an error as Lambda tells it. */
export type Invocation = { readonly result: unknown } | { readonly error: { readonly name: string; readonly message: string } };

export const FUNCTION_ARN = 'arn:aws:lambda:eu-central-1:111122223333:function:sync-AbC';

const PAGE = 2;

/** CloudFormation, EventBridge Scheduler and Lambda, as far as the program calls them, and what gives it credentials. */
export class AwsApis {
  public stacks: Record<string, Resource[]> = {};
  /** By stack, where it is not at rest. */
  public stackStates: Record<string, string> = {};
  public schedules: Schedule[] = [];
  public invoke: (payload: any, functionName: string) => Promise<Invocation> = async () => ({ result: null });
  /** An error in place of every answer of a service. */
  public refusals: Record<string, Response> = {};
  public calls: string[] = [];

  public async answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = request.url;
    const service = /\/([a-z]+)\/aws4_request/.exec(request.headers.authorization ?? '')?.[1] ?? 'unsigned';
    this.calls.push(service);
    const refusal = this.refusals[service];
    if (refusal) {
      return refusal;
    }
    if (service === 'cloudformation') {
      const form = new URLSearchParams(request.body);
      return form.get('Action') === 'DescribeStacks' ? this.describeStack(form.get('StackName') ?? '') : this.listResources(form);
    }
    if (service === 'scheduler' && pathname === '/schedules') {
      const start = Number(searchParams.get('NextToken') ?? 0);
      const page = this.schedules.slice(start, start + PAGE);
      return json(200, {
        Schedules: page.map(({ Name, Target }) => ({ Name, GroupName: 'default', Target: { Arn: Target.Arn } })),
        ...start + PAGE < this.schedules.length && { NextToken: String(start + PAGE) },
      });
    }
    if (service === 'scheduler') {
      const schedule = this.schedules.find(({ Name }) => pathname === `/schedules/${Name}`);
      return schedule ? json(200, schedule) : restError(404, 'ResourceNotFoundException', 'Schedule does not exist.');
    }
    if (service === 'sts') {
      return query('AssumeRole', '<Credentials><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>not-a-key</SecretAccessKey><SessionToken>none</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>');
    }
    if (pathname === '/federation/credentials') {
      return json(200, { roleCredentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'not-a-key', sessionToken: 'none', expiration: Date.UTC(2099, 0) } });
    }
    return this.invokeFunction(decodeURIComponent(pathname.split('/')[3]), request.body);
  }

  private listResources(form: URLSearchParams): Response {
    const resources = this.stacks[form.get('StackName') ?? ''];
    if (!resources) {
      return queryError(400, 'ValidationError', `Stack with id ${form.get('StackName')} does not exist`);
    }
    const start = Number(form.get('NextToken') ?? 0);
    const members = resources.slice(start, start + PAGE).map(({ type, id, status = 'CREATE_COMPLETE', logicalId = 'x' }) =>
      `<member><LogicalResourceId>${logicalId}</LogicalResourceId><ResourceType>${type}</ResourceType><PhysicalResourceId>${id}</PhysicalResourceId><ResourceStatus>${status}</ResourceStatus><LastUpdatedTimestamp>2030-01-01T00:00:00Z</LastUpdatedTimestamp></member>`);
    const next = start + PAGE < resources.length ? `<NextToken>${start + PAGE}</NextToken>` : '';
    return query('ListStackResources', `<StackResourceSummaries>${members.join('')}</StackResourceSummaries>${next}`);
  }

  private describeStack(stack: string): Response {
    return query('DescribeStacks', `<Stacks><member><StackName>${stack}</StackName><CreationTime>2030-01-01T00:00:00Z</CreationTime><StackStatus>${this.stackStates[stack] ?? 'UPDATE_COMPLETE'}</StackStatus></member></Stacks>`);
  }

  private async invokeFunction(name: string, body: string): Promise<Response> {
    if (name !== FUNCTION_ARN) {
      return restError(404, 'ResourceNotFoundException', `Function not found: ${name}`);
    }
    const outcome = await this.invoke(JSON.parse(body), name);
    return 'error' in outcome
      ? { ...json(200, { errorType: outcome.error.name, errorMessage: outcome.error.message, trace: [] }), headers: { 'x-amz-function-error': 'Unhandled' } }
      : json(200, outcome.result);
  }
}

function json(status: number, body: unknown): Response {
  return { status, headers: { 'content-type': 'application/json' }, body };
}

function query(action: string, result: string): Response {
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    text: `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${action}Result>${result}</${action}Result></${action}Response>`,
  };
}

/** An error of an API that speaks JSON by paths. */
export function restError(status: number, name: string, message: string, more: Record<string, string> = {}): Response {
  return { status, headers: { 'content-type': 'application/json', 'x-amzn-errortype': name }, body: { Message: message, message, ...more } };
}

/** An error of an API that speaks XML. */
export function queryError(status: number, name: string, message: string): Response {
  return { status, headers: { 'content-type': 'text/xml' }, text: `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${name}</Code><Message>${message}</Message></Error></ErrorResponse>` };
}
