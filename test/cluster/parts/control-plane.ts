import * as crypto from 'crypto';
import * as fs from 'fs';
import * as https from 'https';
import * as path from 'path';
import { setTimeout as delay } from 'timers/promises';
import { isDeepStrictEqual } from 'util';
import { Certificate } from '../../credential-sync/handler/https-server';
import { AwsEmulator, partitionOf, writeAuthority } from './aws-emulator';
import { Kubernetes, apiServerBinary, partBinary } from './install';
import { Program, freePort } from './program';

const DEFAULT_NAME = 'data';
/** Which one the project of jest.config.mjs is about. */
const { KUBERNETES = 'kubernetes' } = globalThis as { readonly KUBERNETES?: Kubernetes };
const TOKEN_CACHE_SECONDS = 1;

export interface Answer {
  readonly status: number;
  readonly body: any;
}

/** Who may do what as whom: the cluster's access entries. */
export interface AccessEntry {
  readonly rolearn: string;
  readonly username: string;
  readonly groups: string[];
}

/**
 * kube-apiserver with RBAC on its etcd, and aws-iam-authenticator before it, as on EKS. All on loopback, without nodes.
 */
export class ControlPlane {
  public static async start(folder: string, certificate: Certificate, aws: AwsEmulator, name: string = DEFAULT_NAME): Promise<ControlPlane> {
    const plane = new ControlPlane(folder, certificate, name);
    try {
      await plane.startEtcd();
      await plane.startAuthenticator(aws);
      await plane.startApiServer();
    } catch (error) {
      await plane.stop();
      throw error;
    }
    return plane;
  }

  public endpoint = '';
  public readonly adminToken = crypto.randomBytes(16).toString('hex');
  private etcd = '';
  private entries: AccessEntry[] = [];
  private readonly programs: Program[] = [];
  private readonly agent = new https.Agent({ keepAlive: true });

  /** Tokens are bound to the name. */
  private constructor(private readonly folder: string, private readonly certificate: Certificate, private readonly name: string) {}

  public get environment(): Record<string, string> {
    return {
      CLUSTER_NAME: this.name,
      CLUSTER_ENDPOINT: this.endpoint,
      CLUSTER_CERTIFICATE_AUTHORITY: Buffer.from(this.certificate.certificate).toString('base64'),
    };
  }

  /** Lets an IAM role in, as an access entry does. */
  public async addAccessEntry(entry: AccessEntry): Promise<void> {
    const known = this.entries.find(({ rolearn }) => rolearn === entry.rolearn);
    if (!isDeepStrictEqual(known, entry)) {
      await this.changeAccessEntries([...this.entries.filter((other) => other !== known), entry]);
      await (known && this.forgetTokens());
    }
  }

  public async removeAccessEntry(rolearn: string): Promise<void> {
    await this.changeAccessEntries(this.entries.filter((entry) => entry.rolearn !== rolearn));
    await this.forgetTokens();
  }

  /** Asks the API server as administrator, unless impersonating. */
  public async request(method: string, url: string, body?: unknown, options: { contentType?: string; asGroup?: string } = {}): Promise<Answer> {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = https.request(new URL(url, this.endpoint), {
        method,
        agent: this.agent,
        ca: this.certificate.certificate,
        headers: {
          authorization: `Bearer ${this.adminToken}`,
          ...text !== undefined && { 'content-type': options.contentType ?? 'application/json', 'content-length': Buffer.byteLength(text) },
          ...options.asGroup && { 'impersonate-user': 'somebody', 'impersonate-group': options.asGroup },
        },
      }, (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk) => { answer += chunk; });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: answer.startsWith('{') ? JSON.parse(answer) : answer }));
      });
      request.on('error', reject);
      request.end(text);
    });
  }

  /** An object, or nothing where there is none. */
  public async find(url: string): Promise<any> {
    const { status, body } = await this.request('GET', url);
    return status === 404 ? undefined : body;
  }

  /** Server-side apply. */
  public apply(url: string, object: unknown, options: { force?: boolean; dryRun?: boolean; manager?: string; asGroup?: string } = {}): Promise<Answer> {
    const { force = true, dryRun = false, manager = 'cdk-collate-hybrid-runner', asGroup } = options;
    return this.request('PATCH', `${url}?fieldManager=${manager}&force=${force}${dryRun ? '&dryRun=All' : ''}`, object, { contentType: 'application/apply-patch+yaml', asGroup });
  }

  /** How many requests of a kind the API server has answered. */
  public async requestCount(resource: string, verb: string): Promise<number> {
    const { body } = await this.request('GET', '/metrics');
    return String(body).split('\n')
      .filter((line) => line.startsWith('apiserver_request_total{') && line.includes(`resource="${resource}"`) && new RegExp(`verb="(${verb}|APPLY)"`).test(line))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** How many requests the API server got from those whom access entries let in, refused ones too. */
  public auditedRequests(): number {
    return fs.readFileSync(this.file('audit.log'), 'utf8').split('\n').filter((line) => line.includes('"user":{"username":"arn:')).length;
  }

  /** Starts what makes Pods of Deployments and ends namespaces. */
  public async startControllers(): Promise<void> {
    this.programs.push(await Program.start('kube-controller-manager', partBinary('kube-controller-manager'), [
      '--kubeconfig', this.writeKubeconfig(), '--leader-elect=false', '--bind-address', '127.0.0.1', '--secure-port', String(await freePort()),
      '--service-account-private-key-file', this.file('accounts.pem'), '--root-ca-file', this.file('server.pem'),
      '--cert-dir', this.folder,
    ], {
      log: this.file('kube-controller-manager.log'),
      ready: async () => (await this.request('GET', '/api/v1/namespaces/default/serviceaccounts/default')).status === 200,
    }));
  }

  /** A kubeconfig of the administrator, as which the CDK's kubectl handler is let in. */
  public writeKubeconfig(): string {
    const file = this.file('kubeconfig.json');
    const { name } = this;
    fs.writeFileSync(file, JSON.stringify({
      'apiVersion': 'v1',
      'kind': 'Config',
      'clusters': [{ name, cluster: { 'server': this.endpoint, 'certificate-authority': this.file('server.pem') } }],
      'users': [{ name, user: { token: this.adminToken } }],
      'contexts': [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    }));
    return file;
  }

  public async stop(): Promise<void> {
    this.agent.destroy();
    for (const program of this.programs.reverse()) {
      await program.stop();
    }
  }

  private async startEtcd(): Promise<void> {
    const [client, peer] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`);
    this.etcd = client;
    this.programs.push(await Program.start('etcd', partBinary('etcd'), [
      '--data-dir', this.file('etcd'), '--unsafe-no-fsync', '--log-level', 'error',
      '--listen-client-urls', client, '--advertise-client-urls', client,
      '--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`,
    ], { log: this.file('etcd.log'), ready: async () => (await fetch(`${client}/health`)).ok }));
  }

  private async startAuthenticator(aws: AwsEmulator): Promise<void> {
    this.writeAccessEntries([]);
    fs.writeFileSync(this.file('authenticator.json'), JSON.stringify({
      clusterID: this.name,
      server: { dynamicfilepath: this.file('access-entries.json'), backendMode: ['DynamicFile'] },
    }));
    this.programs.push(await Program.start('aws-iam-authenticator', partBinary('aws-iam-authenticator'), [
      'server', '--config', this.file('authenticator.json'), '--backend-mode', 'DynamicFile',
      '--partition', partitionOf(aws.environment.region), '--state-dir', this.folder, '--generate-kubeconfig', this.file('webhook.yaml'),
      '--address', '127.0.0.1', '--port', String(await freePort()),
    ], {
      log: this.file('authenticator.log'),
      ready: async () => fs.existsSync(this.file('webhook.yaml')),
      // It asks STS whose token it is, by the host name in the token.
      environment: { HTTPS_PROXY: aws.endpoint, SSL_CERT_FILE: writeAuthority(this.folder, this.certificate), AWS_REGION: aws.environment.region, AWS_EC2_METADATA_DISABLED: 'true' },
    }));
  }

  private async startApiServer(): Promise<void> {
    const port = await freePort();
    this.endpoint = `https://localhost:${port}`;
    const { privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
    fs.writeFileSync(this.file('accounts.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    fs.writeFileSync(this.file('server.key'), this.certificate.key);
    fs.writeFileSync(this.file('server.pem'), this.certificate.certificate);
    fs.writeFileSync(this.file('tokens.csv'), `${this.adminToken},admin,admin,system:masters\n`);
    // Of each request when it comes in, so that one that is answered is surely there.
    fs.writeFileSync(this.file('audit-policy.json'), JSON.stringify({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['ResponseStarted', 'ResponseComplete', 'Panic'],
      rules: [{ level: 'None', users: ['admin'] }, { level: 'Metadata' }],
    }));
    this.programs.push(await Program.start('kube-apiserver', apiServerBinary(KUBERNETES), [
      '--etcd-servers', this.etcd, '--bind-address', '127.0.0.1', '--secure-port', String(port),
      '--cert-dir', this.folder, '--tls-cert-file', this.file('server.pem'), '--tls-private-key-file', this.file('server.key'),
      '--authorization-mode', 'RBAC', '--token-auth-file', this.file('tokens.csv'),
      '--authentication-token-webhook-config-file', this.file('webhook.yaml'), '--authentication-token-webhook-cache-ttl', `${TOKEN_CACHE_SECONDS}s`,
      '--service-account-key-file', this.file('accounts.pem'), '--service-account-signing-key-file', this.file('accounts.pem'),
      '--service-account-issuer', 'https://localhost', '--service-cluster-ip-range', '10.0.0.0/24', '--endpoint-reconciler-type', 'none',
      '--audit-policy-file', this.file('audit-policy.json'), '--audit-log-path', this.file('audit.log'),
    ], { log: this.file('kube-apiserver.log'), ready: async () => (await this.request('GET', '/readyz')).status === 200 }));
  }

  /** Comes back once the authenticator has read the entries, as its log tells. */
  private async changeAccessEntries(entries: AccessEntry[]): Promise<void> {
    const log = this.file('authenticator.log');
    const { size } = fs.statSync(log);
    for (let tries = 0; tries < 100; tries++) {
      // Written again until it is read: the authenticator misses what is written before it watches the file.
      const written = this.writeAccessEntries(entries);
      await delay(50);
      if (fs.readFileSync(log).subarray(size).includes(JSON.stringify(written).slice(1, -1))) {
        return;
      }
    }
    throw new Error(`the authenticator does not read its access entries; see ${log}`);
  }

  private writeAccessEntries(entries: AccessEntry[]): string {
    this.entries = entries;
    const content = JSON.stringify({ mapRoles: entries, mapUsers: [], mapAccounts: [] });
    fs.writeFileSync(this.file('access-entries.json'), content);
    return content;
  }

  /** The API server knows a token's user for as long. */
  private forgetTokens(): Promise<void> {
    return delay(TOKEN_CACHE_SECONDS * 1000);
  }

  private file(name: string): string {
    return path.join(this.folder, name);
  }
}
