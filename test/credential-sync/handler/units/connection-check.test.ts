import { checkConnection, readSamples } from '../../../../lib/credential-sync/handler/connection-check';
import { STATUS_PATIENCE } from '../../../../lib/credential-sync/handler/patience';
import { Api, ApiAnswer, failureOf, refusal } from './api';

jest.mock('../../../../lib/credential-sync/handler/api-server', () => ({ ...jest.requireActual('../../../../lib/credential-sync/handler/api-server'), send: jest.fn() }));

const check = (answer: ApiAnswer) => checkConnection(new Api([answer], STATUS_PATIENCE).kubernetes, 'collate', 'runner');
const metrics = (...lines: string[]) => check({ text: lines.join('\n') });

const REAPPLY = 'deploy the stack with another value of reapply';
const SECURITY_GROUP = 'check that the security group of the nodes, and the NetworkPolicies of the namespace, let the cluster in on port 8989';
const POD_LOG = 'see runner-ready; if that passed, look at the log of the runner\'s pod';

test('is read of the runner\'s metrics, through its Service', async () => {
  const api = new Api([{ text: '' }]);
  await checkConnection(api.kubernetes, 'collate', 'runner');
  expect(api.calls).toEqual([{ method: 'GET', accept: 'text/plain', path: '/api/v1/namespaces/collate/services/runner:metrics-app/proxy/metrics' }]);
});

describe('a runner', () => {
  const passed = { state: 'passed', seen: 'connected, shown as Active in Collate' };
  const failed = { state: 'failed', seen: 'not connected: collate_hybrid_agent_connected is 0', remedy: 'check that the nodes reach serverHost on port 443 and that the runner\'s token is the one Collate shows for this agentId; see also the runner\'s log' };
  const unknown = { state: 'unknown', seen: 'the runner\'s metrics do not have collate_hybrid_agent_connected', remedy: 'look in Collate under Settings > Preferences > Ingestion Runners; a runner that starts has it after a minute, a version that lacks it always' };

  test.each([
    ['that says 1 is connected', ['collate_hybrid_agent_connected 1.0'], passed],
    ['one of whose pods says 1 is connected', ['collate_hybrid_agent_connected{pod="a"} 0', 'collate_hybrid_agent_connected{pod="b"} 1', 'collate_hybrid_agent_connected{pod="c"} NaN'], passed],
    ['that says 0 is not', ['# a comment', 'other 1', 'collate_hybrid_agent_connected 0'], failed],
    ['that says no number may be', ['collate_hybrid_agent_connected NaN'], unknown],
    ['that says something else may be', ['collate_hybrid_agent_connected_total 1', 'other 1'], unknown],
  ])('%s', async (_, lines, finding) => {
    expect(await metrics(...lines)).toEqual({ finding, jobs: {} });
  });
});

describe('jobs', () => {
  const job = (status: string, value: unknown, label = 'status') => `collate_hybrid_agent_jobs_total{type="x",${label}="${status}"} ${value}`;

  test('are counted by their status, whether or not the connection is known', async () => {
    const { jobs, finding } = await metrics(job('success', 40), job('failed', 3), job('success', 2), job('', 9), job('success', 'NaN'), job('running', 5, 'state'), 'other{status="success"} 7');
    expect(jobs).toEqual({ success: 42, failed: 3 });
    expect(finding.state).toBe('unknown');
    expect((await metrics('collate_hybrid_agent_connected 1', job('failed', 1))).jobs).toEqual({ failed: 1 });
  });

  test('are counted whole, however many series a status has', async () => {
    const { jobs } = await metrics(...Array.from({ length: 25 }, (_, index) => job('success', 1, `pipeline="${index}",status`)), job('failed', 2));
    expect(jobs).toEqual({ success: 25, failed: 2 });
  });

  test('of countless statuses make no countless metrics', async () => {
    const { jobs } = await metrics(...Array.from({ length: 25 }, (_, index) => job(`s${index}`, 1)));
    expect(Object.keys(jobs)).toHaveLength(20);
  });
});

describe('where the metrics cannot be read', () => {
  const unreachable = (message: string, remedy: string): [ApiAnswer, object] => [refusal(503, message), { state: 'unknown', seen: `the API server could not reach the runner: ${message}`, remedy }];
  const silent = { state: 'failed', seen: 'the runner does not answer', remedy: `${POD_LOG}, and whether it listens on port 8989` };
  const tls = 'something between the API server and the runner speaks TLS: fix its certificate, or have it leave out port 8989, as a service mesh can; the runner speaks plain HTTP there';

  test.each<[string, ApiAnswer, object]>([
    ['in time', 'ANSWER_TIMEOUT', { state: 'unknown', seen: 'the runner\'s metrics did not come in time', remedy: SECURITY_GROUP }],
    ['because the runner fails', { status: 500 }, { state: 'unknown', seen: 'the runner answered 500 when asked for its metrics', remedy: POD_LOG }],
    ['because the runner has none', { status: 404, body: { kind: 'Page' } }, { state: 'unknown', seen: 'the runner answered 404 when asked for its metrics', remedy: POD_LOG }],
    ['for want of a Service', refusal(404, 'services "runner" not found'), { state: 'failed', seen: 'Service runner does not exist', remedy: `the chart is not installed: ${REAPPLY}` }],
    ['for want of a pod', refusal(503, 'no endpoints available for service "runner:metrics-app"'), { state: 'failed', seen: 'no pod of the runner is ready', remedy: `see runner-ready; if that passed, Service runner does not lead to the runner's pods at its port metrics-app: delete it, then ${REAPPLY}` }],
    ['for want of a port', refusal(503, 'no service port "metrics-app" found for service "runner"'), { state: 'unknown', seen: 'Service runner has no port metrics-app', remedy: `somebody changed the Service: delete it, then ${REAPPLY}; or the chart is a version without that port` }],
    ['for a certificate', ...unreachable('error trying to reach service: tls: failed to verify certificate: EOF', tls)],
    ['for another certificate', ...unreachable('error trying to reach service: x509: certificate is valid for a, not b', tls)],
    ...['dial tcp 10.0.0.1:8989: connect: connection refused', 'dial tcp 10.0.0.1:8989: connect: no route to host', 'EOF'].map((cause): [string, ApiAnswer, object] => [`because of ${cause}`, refusal(503, `error trying to reach service: ${cause}`), silent]),
    ['because the way is closed', ...unreachable('dial tcp 10.0.0.1:8989: i/o timeout', SECURITY_GROUP)],
    ['because the way is too long', ...unreachable('context deadline exceeded', SECURITY_GROUP)],
    ['for another reason of the way', ...unreachable('error trying to reach service: network is down', SECURITY_GROUP)],
  ])('%s, it says so', async (_, answer, finding) => {
    expect(await check(answer)).toEqual({ finding, jobs: {} });
  });

  test.each<[string, ApiAnswer, string, string]>([
    ['for want of a right', refusal(403, 'services "runner" is forbidden'), 'unauthorized', `the runner's metrics may not be read: either namespace collate does not exist, or the Role collate-credential-sync in it lacks the verb get on services/proxy runner:metrics-app: ${REAPPLY}; or the function's access entry, or its line in aws-auth, lacks its group`],
    ['of an ill server', refusal(500, 'etcd: no endpoints, no service port'), 'unavailable', 'the API server answered 500: etcd: no endpoints, no service port: the next run tries again'],
    ['of no server', 'CONNECT_TIMEOUT', 'unreachable', 'the API server did not answer (CONNECT_TIMEOUT): check the cluster\'s endpoint, and with functionPlacement where the function runs'],
    ['of a server that does not know the function', refusal(401, 'Unauthorized'), 'unauthenticated', 'the cluster does not know the function: check that its access entry, or its line in aws-auth, names the function\'s role, and that the cluster\'s authentication mode admits it'],
  ])('%s, it fails', async (_, answer, reason, text) => {
    expect(await failureOf(check(answer))).toEqual([reason, text]);
  });

  test('for a fault of the function, it fails', async () => {
    const broken = { ...new Api([{}]).kubernetes, token: () => Promise.reject(new TypeError('hunter2')) };
    expect(await failureOf(checkConnection(broken, 'collate', 'runner'))).toEqual(['internal', 'the runner\'s metrics could not be read: unexpected TypeError: this is a fault of the function: report it']);
  });
});

describe('the text format of Prometheus', () => {
  const sample = (labels: Record<string, string> = {}, value = 1, name = 'a') => [{ name, labels, value }];

  test.each<[string, ReturnType<typeof sample>]>([
    ['a 1', sample()],
    [' \t a \t 1 \r', sample()],
    ['ns:a_B9 1', sample({}, 1, 'ns:a_B9')],
    ['_a 1', sample({}, 1, '_a')],
    ['a -1.5e-2', sample({}, -0.015)],
    ['a NaN', sample({}, NaN)],
    ['a +Inf', sample({}, NaN)],
    ['a 1 1700000000000', sample()],
    ['a 1  -17.25', sample()],
    ['a 1 # {trace="x"} 2', sample()],
    ['a{} 1', sample()],
    ['a{b="c"} 1', sample({ b: 'c' })],
    ['a  {b="c"}  1', sample({ b: 'c' })],
    ['a{b = "c" , _d9 = "e",} 1', sample({ b: 'c', _d9: 'e' })],
    ['a{b="", d="}{ 1,\'"} 1', sample({ b: '', d: '}{ 1,\'' })],
    ['a{b="\\"x\\"\\\\\\n"} 1', sample({ b: '"x"\\\n' })],
  ])('%j is read', (line, samples) => {
    expect(readSamples(line)).toEqual(samples);
  });

  test.each(['', '# HELP a 1', '#a 1', 'a', 'a{b="c"}', '9a 1', '-a 1', 'x a 1 2', '{b="c"} 1', 'a 1 2 3', 'a 1 2.', 'a 1 x', '<p>a</p> 1'])('%j has no sample', (line) => {
    expect(readSamples(line)).toEqual([]);
  });

  test('is read line by line', () => {
    expect(readSamples('# TYPE a gauge\na 1\n\nb 2\n')).toEqual([...sample(), ...sample({}, 2, 'b')]);
  });
});
