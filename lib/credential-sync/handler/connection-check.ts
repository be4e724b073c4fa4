import { METRICS_PORT } from '../contract';
import { NoAnswer } from './api-server';
import { REAPPLY, kubernetesFailure, lacking } from './failure';
import { Finding, failed, passed, unknown } from './finding';
import { Answer, Kubernetes, Refusal, call, explain } from './kubernetes';

/** What the runner says of itself. */
export interface Connection {
  readonly finding: Finding;
  /** Jobs since the runner's pod started, by status. */
  readonly jobs: Record<string, number>;
}

const CONNECTED = 'collate_hybrid_agent_connected';
const JOBS = 'collate_hybrid_agent_jobs_total';

/** More statuses than the runner has mean that the label is another one. */
const MOST_STATUSES = 20;

const PODS = 'see runner-ready; if that passed,';
const LET_IN = 'check that the security group of the nodes, and the NetworkPolicies of the namespace, let the cluster in on port 8989';
const POD_LOG = `${PODS} look at the log of the runner's pod`;

/** Reads the runner's metrics through the API server, and from them whether it is connected to Collate. */
export async function checkConnection(kubernetes: Kubernetes, namespace: string, name: string): Promise<Connection> {
  const answer = await readMetrics(kubernetes, namespace, name);
  if ('state' in answer) {
    return { finding: answer, jobs: {} };
  }
  const samples = readSamples(answer.text);
  const jobs = countJobs(samples);
  const values = samples.filter((sample) => sample.name === CONNECTED && Number.isFinite(sample.value)).map(({ value }) => value);
  if (values.length === 0) {
    return { jobs, finding: unknown(`the runner's metrics do not have ${CONNECTED}`, 'look in Collate under Settings > Preferences > Ingestion Runners; a runner that starts has it after a minute, a version that lacks it always') };
  }
  return {
    jobs,
    finding: Math.max(...values) >= 1
      ? passed('connected, shown as Active in Collate')
      : failed(`not connected: ${CONNECTED} is 0`, 'check that the nodes reach serverHost on port 443 and that the runner\'s token is the one Collate shows for this agentId; see also the runner\'s log'),
  };
}

function countJobs(samples: Sample[]): Record<string, number> {
  const counts = new Map<string, number>();
  samples.filter(({ name, labels, value }) => name === JOBS && labels.status && Number.isFinite(value))
    .forEach(({ labels: { status }, value }) => counts.set(status, (counts.get(status) ?? 0) + value));
  return Object.fromEntries([...counts].slice(0, MOST_STATUSES));
}

async function readMetrics(kubernetes: Kubernetes, namespace: string, name: string): Promise<Answer | Finding> {
  try {
    return await call(kubernetes, { method: 'GET', accept: 'text/plain', path: `/api/v1/namespaces/${namespace}/services/${name}:${METRICS_PORT}/proxy/metrics` });
  } catch (error) {
    if (error instanceof NoAnswer && error.code === 'ANSWER_TIMEOUT') {
      return unknown('the runner\'s metrics did not come in time', LET_IN);
    }
    if (!(error instanceof Refusal)) {
      throw explain(error, 'the runner\'s metrics could not be read');
    }
    return explainRefusal(error, namespace, name);
  }
}

function explainRefusal(error: Refusal, namespace: string, name: string): Finding {
  const { status, message, response } = error;
  if (response.body.kind !== 'Status') {
    return unknown(`the runner answered ${status} when asked for its metrics`, POD_LOG);
  }
  if (status === 403) {
    throw kubernetesFailure('unauthorized', 'the runner\'s metrics may not be read', lacking(namespace, { right: `the verb get on services/proxy ${name}:${METRICS_PORT}` }));
  }
  if (status === 404) {
    return failed(`Service ${name} does not exist`, `the chart is not installed: ${REAPPLY}`);
  }
  // Newer API servers say so of a Service that does not exist, too.
  if (status === 503 && /no endpoints/.test(message)) {
    return failed('no pod of the runner is ready', `${PODS} Service ${name} does not lead to the runner's pods at its port ${METRICS_PORT}: delete it, then ${REAPPLY}`);
  }
  if (status === 503 && /no service port/.test(message)) {
    return unknown(`Service ${name} has no port ${METRICS_PORT}`, `somebody changed the Service: delete it, then ${REAPPLY}; or the chart is a version without that port`);
  }
  if (/\b(tls|x509): /.test(message)) {
    return unknown(`the API server could not reach the runner: ${message}`, 'something between the API server and the runner speaks TLS: fix its certificate, or have it leave out port 8989, as a service mesh can; the runner speaks plain HTTP there');
  }
  if (/connection refused|no route to host|EOF/.test(message)) {
    return failed('the runner does not answer', `${POD_LOG}, and whether it listens on port 8989`);
  }
  if (/timeout|deadline|trying to reach service/.test(message)) {
    return unknown(`the API server could not reach the runner: ${message}`, LET_IN);
  }
  throw explain(error, 'the runner\'s metrics could not be read');
}

interface Sample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** Reads Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function readSamples(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^\s*([A-Za-z_:][\w:]*)\s*(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+(?:\.\d+)?)?\s*(?:#.*)?$/.exec(line) ?? [];
    return name ? [{ name, labels: readLabels(labels), value: Number(value) }] : [];
  });
}

function readLabels(text: string): Record<string, string> {
  const pairs = text.matchAll(/([A-Za-z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"/g);
  return Object.fromEntries([...pairs].map(([, name, value]) => [name, value.replace(/\\(.)/g, (_, escaped) => escaped === 'n' ? '\n' : escaped)]));
}
