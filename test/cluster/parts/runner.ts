import * as http from 'http';
import { AddressInfo } from 'net';
import * as os from 'os';
import { ControlPlane } from './control-plane';

const PORT_NAME = 'metrics-app';

/** The machine's own address: Kubernetes takes no loopback address as an endpoint. */
function ownAddress(): string {
  const address = Object.values(os.networkInterfaces()).flat().find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address;
  if (!address) {
    throw new Error('this machine has no IPv4 address but loopback, and Kubernetes takes none of those as an endpoint');
  }
  return address;
}

/** Stands in for the runner's pod: serves metrics, behind a Service of the chart's name and port, as the chart makes it. */
export class Runner {
  public static async start(plane: ControlPlane, namespace: string, name: string): Promise<Runner> {
    const server = http.createServer((request, response) => {
      response.writeHead(request.url === '/metrics' ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(runner.metrics);
    });
    const runner = new Runner(server, plane, namespace, name);
    await new Promise<void>((resolve) => server.listen(0, ownAddress(), resolve));
    await runner.make();
    return runner;
  }

  public metrics = 'collate_hybrid_agent_connected 1.0\ncollate_hybrid_agent_jobs_total{status="success"} 7.0\n';

  private constructor(private readonly server: http.Server, private readonly plane: ControlPlane, private readonly namespace: string, private readonly name: string) {}

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async make(): Promise<void> {
    const { namespace, name } = this;
    const { address: ip, port } = this.server.address() as AddressInfo;
    const core = `/api/v1/namespaces/${namespace}`;
    await this.post(`${core}/serviceaccounts`, { metadata: { name: 'runner' } });
    await this.post(`${core}/services`, { metadata: { name }, spec: { ports: [{ name: PORT_NAME, port: 8989, targetPort: port }] } });
    const { metadata } = await this.post(`${core}/pods`, {
      metadata: { name: 'runner-0' },
      spec: { serviceAccountName: 'runner', automountServiceAccountToken: false, nodeName: 'node', containers: [{ name: 'runner', image: 'runner:1' }] },
    });
    await this.patch(`${core}/pods/runner-0/status`, {
      status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: 'True' }] },
    });
    const target = { targetRef: { kind: 'Pod', namespace, name: 'runner-0', uid: metadata.uid }, nodeName: 'node' };
    await this.post(`${core}/endpoints`, { metadata: { name }, subsets: [{ addresses: [{ ip, ...target }], ports: [{ name: PORT_NAME, port }] }] });
    await this.post(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
      metadata: { name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [ip], conditions: { ready: true }, ...target }],
      ports: [{ name: PORT_NAME, port, protocol: 'TCP' }],
    });
  }

  private async post(url: string, object: unknown): Promise<any> {
    const { status, body } = await this.plane.request('POST', url, object);
    if (status !== 201) {
      throw new Error(`POST ${url}: ${status} ${body.message ?? body}`);
    }
    return body;
  }

  private async patch(url: string, change: unknown): Promise<void> {
    const { status, body } = await this.plane.request('PATCH', url, change, { contentType: 'application/merge-patch+json' });
    if (status !== 200) {
      throw new Error(`PATCH ${url}: ${status} ${body.message ?? body}`);
    }
  }
}
