import { StageFailure } from '../../../../lib/credential-sync/handler/failure';
import { emitStatusMetrics, emitSyncMetrics, log } from '../../../../lib/credential-sync/handler/telemetry';
import { SyncRequest } from '../../../../lib/credential-sync/contract';

const NOW = Date.UTC(2026, 0, 2);
const REQUEST: SyncRequest = { action: 'sync', agentId: 'aws-prod', namespace: 'collate', tokenSecret: { name: 'n', key: 'k', secretArn: 'a' } };

const environment = { ...process.env };
beforeEach(() => Object.assign(process.env, { CLUSTER_NAME: 'data' }));
afterAll(() => {
  process.env = environment;
});

function linesOf(work: () => void): unknown[] {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    work();
    return write.mock.calls.map(([line]) => {
      expect(line).toMatch(/^\{.*\}\n$/);
      return JSON.parse(String(line));
    });
  } finally {
    write.mockRestore();
  }
}

const metadata = (dimensions: string[], metrics: [string, string][]) => ({
  Timestamp: NOW,
  CloudWatchMetrics: [{ Namespace: 'CollateHybridRunner', Dimensions: [dimensions], Metrics: metrics.map(([Name, Unit]) => ({ Name, Unit })) }],
});

test('a line of the log is one JSON object', () => {
  expect(linesOf(() => log('info', 'wrote', { name: 'x' }))).toEqual([{ level: 'info', message: 'wrote', name: 'x' }]);
  expect(linesOf(() => log('error', 'two\nlines'))).toEqual([{ level: 'error', message: 'two\nlines' }]);
});

test('a success is told with the seconds that are left', () => {
  expect(linesOf(() => emitSyncMetrics(REQUEST, { failures: [], expiresAt: NOW + 43_200_400, duration: 12 }, NOW))).toEqual([{
    _aws: metadata(['AgentId', 'Cluster'], [['SyncSucceeded', 'Count'], ['SyncFailures', 'Count'], ['SyncDuration', 'Milliseconds'], ['SecondsToExpiry', 'Seconds']]),
    AgentId: 'aws-prod', Cluster: 'data', SyncSucceeded: 1, SyncFailures: 0, SyncDuration: 12, SecondsToExpiry: 43_200,
  }]);
});

test('failures are told together and by stage', () => {
  const failures = (['ecr', 'kubernetes', 'kubernetes'] as const).map((stage) => new StageFailure(stage, 'x', 'y', 'z'));
  const stage = (name: string, count: number) => ({
    _aws: metadata(['AgentId', 'Cluster', 'Stage'], [['SyncFailures', 'Count']]), AgentId: 'aws-prod', Cluster: 'data', Stage: name, SyncFailures: count,
  });
  expect(linesOf(() => emitSyncMetrics(REQUEST, { failures, duration: 12 }, NOW))).toEqual([
    { _aws: metadata(['AgentId', 'Cluster'], [['SyncSucceeded', 'Count'], ['SyncFailures', 'Count'], ['SyncDuration', 'Milliseconds']]), AgentId: 'aws-prod', Cluster: 'data', SyncSucceeded: 0, SyncFailures: 3, SyncDuration: 12 },
    stage('ecr', 1),
    stage('kubernetes', 2),
  ]);
});

test('a status is told with what is known, and the jobs by their status', () => {
  expect(linesOf(() => emitStatusMetrics(REQUEST, { connected: true, failed: 2, expiresAt: NOW + 1_000, jobs: { running: 3 } }, NOW))).toEqual([
    {
      _aws: metadata(['AgentId', 'Cluster'], [['RunnerConnected', 'Count'], ['ChecksFailed', 'Count'], ['SecondsToExpiry', 'Seconds']]),
      AgentId: 'aws-prod', Cluster: 'data', RunnerConnected: 1, ChecksFailed: 2, SecondsToExpiry: 1,
    },
    { _aws: metadata(['AgentId', 'Cluster', 'Status'], [['Jobs', 'Count']]), AgentId: 'aws-prod', Cluster: 'data', Status: 'running', Jobs: 3 },
  ]);
  expect(linesOf(() => emitStatusMetrics(REQUEST, { connected: false, failed: 0, jobs: {} }, NOW))).toEqual([expect.objectContaining({ RunnerConnected: 0, ChecksFailed: 0 })]);
  const [unknown] = linesOf(() => emitStatusMetrics(REQUEST, { failed: 0, jobs: {} }, NOW));
  expect(unknown).not.toHaveProperty('RunnerConnected');
  expect(unknown).not.toHaveProperty('SecondsToExpiry');
});

test('a function that lost the name of its cluster still tells of it', () => {
  delete process.env.CLUSTER_NAME;
  expect(linesOf(() => emitSyncMetrics(REQUEST, { failures: [], duration: 12 }, NOW))).toEqual([expect.objectContaining({ Cluster: 'unknown', SyncSucceeded: 1 })]);
});
