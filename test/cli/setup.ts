import { StatusReport, SyncRequest } from '../../lib/credential-sync/contract';
import { AwsApis, FUNCTION_ARN, Schedule } from './aws-apis';
import { Program } from './program';

/** The shipped program, and AWS with a stack `data` of one runner, whose function answers with `report`. */
export function useProgram(): () => Program {
  let program: Program;
  beforeAll(async () => { program = await Program.start(); });
  afterAll(() => program.stop());
  beforeEach(() => {
    program.apis = new AwsApis();
    program.apis.schedules = [schedule('Renewal', request()), schedule('Status', request({ action: 'status' }), { ScheduleExpression: 'rate(5 minutes)' })];
    program.apis.stacks = { data: [RENEWAL, STATUS, FIRST_SYNC] };
    program.apis.invoke = async () => ({ result: report() });
  });
  return () => program;
}

export const RENEWAL = { type: 'AWS::Scheduler::Schedule', id: 'Renewal', logicalId: 'RunnerSyncSchedule0123ABCD' };
export const STATUS = { type: 'AWS::Scheduler::Schedule', id: 'Status', logicalId: 'RunnerSyncReportSchedule4567CDEF' };
export const FIRST_SYNC = { type: 'Custom::CollateHybridRunnerFirstSync', id: 'credential-sync/collate' };

export function schedule(Name: string, sent: SyncRequest, changes: Partial<Schedule> = {}): Schedule {
  return { Name, State: 'ENABLED', ScheduleExpression: 'rate(2 hours)', Target: { Arn: FUNCTION_ARN, Input: JSON.stringify(sent) }, ...changes };
}

export function request(changes: Partial<SyncRequest> = {}): SyncRequest {
  return {
    action: 'sync',
    agentId: 'aws-prod',
    namespace: 'collate',
    tokenSecret: { name: 'hybrid-runner-token', key: 'token', secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:token-AbCdEf' },
    workload: { name: 'runner', serviceAccount: 'ingestion' },
    ...changes,
  };
}

/** What a function answers whose runner is well. */
export function report(changes: Partial<StatusReport> = {}): StatusReport {
  return {
    agentId: 'aws-prod',
    namespace: 'collate',
    healthy: true,
    connected: true,
    checkedAt: '2030-05-04T10:12:31.000Z',
    checks: [{ name: 'runner-connected', state: 'passed', seen: 'connected, shown as Active in Collate' }],
    ...changes,
  };
}
