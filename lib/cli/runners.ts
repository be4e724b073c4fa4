import { GetScheduleCommandOutput } from '@aws-sdk/client-scheduler';
import { SyncRequest } from '../credential-sync/contract';
import { Options } from './arguments';
import { Aws } from './aws';
import { Problem } from './problem';

/** A runner, as its renewal schedule has it. */
export interface Runner {
  readonly functionArn: string;
  readonly request: SyncRequest;
  readonly schedule: { readonly name: string; readonly expression: string; readonly enabled: boolean };
}

/** The runner that the options mean. */
export async function findRunner(aws: Aws, { stack, lambdaFunction, agent }: Options): Promise<Runner> {
  const place = stack === undefined ? `function ${lambdaFunction}` : `stack ${stack}`;
  const names = stack === undefined ? await schedulesOfFunction(aws, lambdaFunction!) : await schedulesOfStack(aws, stack);
  const schedules = await Promise.all(names.map(({ name, group }) => aws.schedule(name, group)));
  const runners = schedules.flatMap((schedule) => schedule ? readRunner(schedule) : []);
  if (runners.length === 0) {
    throw new Problem(stack === undefined
      ? `no schedule in this region invokes function ${lambdaFunction}: check its name, --region and --profile`
      : `${place} holds no runner: name the stack that has the HybridRunner`);
  }
  const agents = runners.map(({ request }) => request.agentId).sort();
  const wanted = runners.filter(({ request }) => agent === undefined || request.agentId === agent);
  if (wanted.length === 0) {
    throw new Problem(`${place} has no runner ${agent}, only ${agents.join(', ')}`);
  }
  if (wanted.length > 1) {
    throw new Problem(`${place} has ${wanted.length} runners: choose one with --agent (${agents.join(', ')})`, 2);
  }
  return wanted[0];
}

interface ScheduleName {
  readonly name: string;
  readonly group?: string;
}

/** Also of the stacks nested in it. */
async function schedulesOfStack(aws: Aws, stack: string): Promise<ScheduleName[]> {
  const resources = await aws.stackResources(stack);
  const idsOf = (type: string) => resources.flatMap(({ ResourceType, PhysicalResourceId: id }) => ResourceType === type && id ? [id] : []);
  const nested = await Promise.all(idsOf('AWS::CloudFormation::Stack').map((id) => schedulesOfStack(aws, id)));
  return [...idsOf('AWS::Scheduler::Schedule').map((name) => ({ name })), ...nested.flat()];
}

async function schedulesOfFunction(aws: Aws, lambdaFunction: string): Promise<ScheduleName[]> {
  const schedules = await aws.schedules();
  return schedules
    .filter(({ Target }) => Target?.Arn === lambdaFunction || Target?.Arn?.endsWith(`:function:${lambdaFunction}`))
    .flatMap(({ Name, GroupName }) => Name ? [{ name: Name, group: GroupName }] : []);
}

/** A renewal schedule sends the request of its runner; other schedules are of no interest. */
function readRunner({ Name, Target, ScheduleExpression, State }: GetScheduleCommandOutput): Runner[] {
  const request = parse(Target?.Input) as Partial<SyncRequest> | undefined;
  if (request?.action !== 'sync' || !request.agentId || !request.tokenSecret || !Target?.Arn) {
    return [];
  }
  return [{
    functionArn: Target.Arn,
    request: request as SyncRequest,
    schedule: { name: Name ?? '', expression: ScheduleExpression ?? '', enabled: State === 'ENABLED' },
  }];
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
