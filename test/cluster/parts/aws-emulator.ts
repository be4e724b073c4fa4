import * as fs from 'fs';
import * as http from 'http';
import * as https from 'https';
import { AddressInfo, Socket, connect } from 'net';
import * as path from 'path';
import { Certificate } from '../../credential-sync/handler/https-server';
import { isSignedBy } from '../../credential-sync/handler/signature';
import { partBinary } from './install';
import { Program, freePort } from './program';

/** A time that a registry token really has. */
const TOKEN_LIFE = 12 * 3600;

const DEFAULT_ENVIRONMENT = { account: '123456789012', region: 'us-east-1' };

export interface AwsEnvironment {
  readonly account: string;
  readonly region: string;
}

/** AWS partitions name themselves and their hosts in their own ways. */
export function partitionOf(region: string): string {
  return region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

export function hostSuffixOf(region: string): string {
  return partitionOf(region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

interface Issued {
  readonly secretAccessKey: string;
  /** Of the assumed role. */
  readonly arn: string;
  readonly userId: string;
}

/**
 * moto, and a gateway before it for what moto lacks: registry tokens that expire in the future, and in STS the check of
 * a presigned URL's signature and the answer as JSON.
 *
 * Programs that insist on the real host names of AWS reach it as their HTTPS proxy.
 */
export class AwsEmulator {
  public static async start(folder: string, certificate: Certificate, environment: AwsEnvironment = DEFAULT_ENVIRONMENT): Promise<AwsEmulator> {
    const port = await freePort();
    const program = await Program.start('moto', partBinary('moto_server'), ['--host', '127.0.0.1', '--port', String(port)], {
      log: path.join(folder, 'moto.log'),
      ready: async () => (await fetch(`http://127.0.0.1:${port}/moto-api/data.json`)).ok,
      environment: { MOTO_ACCOUNT_ID: environment.account },
    });
    try {
      const emulator = new AwsEmulator(program, port, certificate, environment);
      await emulator.listen();
      return emulator;
    } catch (error) {
      await program.stop();
      throw error;
    }
  }

  /** Requests that passed the gateway, by service and action. */
  public readonly requests: string[] = [];
  public endpoint = '';
  private readonly plain: http.Server;
  private readonly encrypted: https.Server;
  private readonly sockets = new Set<Socket>();
  /** What was given out, by the id of its access key. */
  private readonly issued = new Map<string, Issued>();

  /** What is told of clusters in place of what moto makes up. */
  private readonly clusters = new Map<string, { readonly endpoint: string; readonly certificateAuthority: { readonly data: string } }>();
  /** ARNs that moto gave to secrets, by those under which they are asked for. */
  private readonly secrets = new Map<string, string>();

  private constructor(private readonly program: Program, private readonly port: number, certificate: Certificate, public readonly environment: AwsEnvironment) {
    const forward = (request: http.IncomingMessage, response: http.ServerResponse) => void this.forward(request, response);
    this.plain = http.createServer(forward);
    this.encrypted = https.createServer({ key: certificate.key, cert: certificate.certificate }, forward);
    this.plain.on('connect', ({ url = '' }, client: Socket) => this.tunnel(url, client));
    [this.plain, this.encrypted].forEach((server) => server.on('connection', (socket: Socket) => this.sockets.add(socket)));
  }

  /** Makes an IAM role, and gives credentials as a function has them that runs with it. */
  public async assumeNewRole(name: string): Promise<{ roleArn: string; credentials: Credentials }> {
    const roleArn = await this.makeRole(name);
    return { roleArn, credentials: await this.assumeRole(roleArn) };
  }

  /** ARN of the role of that name, which is made where it isn't there. */
  public async makeRole(name: string): Promise<string> {
    const trust = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] });
    const known = await this.query('iam', { Action: 'GetRole', Version: '2010-05-08', RoleName: name }).catch(() => undefined);
    return element(known ?? await this.query('iam', { Action: 'CreateRole', Version: '2010-05-08', RoleName: name, AssumeRolePolicyDocument: trust }), 'Arn');
  }

  /** What the environment of a function says that runs with the role. */
  public async credentialsOf(roleArn: string): Promise<Record<string, string>> {
    const { accessKeyId, secretAccessKey, sessionToken } = await this.assumeRole(roleArn);
    return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken };
  }

  /** Lets EKS tell of a cluster what is true of it. */
  public async addCluster(name: string, endpoint: string, data: string): Promise<void> {
    this.clusters.set(name, { endpoint, certificateAuthority: { data } });
    await this.json('eks', 'POST', '/clusters', { name, roleArn: await this.makeRole(`cluster-${name}`), resourcesVpcConfig: { subnetIds: [] } });
  }

  /** Sets the value of a secret, which is made where it isn't there, under the ARN by which it will be asked for. */
  public async putSecret(arn: string, value: string): Promise<void> {
    const target = (action: string, body: unknown) => this.json('secretsmanager', 'POST', '/', body, { 'x-amz-target': `secretsmanager.${action}`, 'content-type': 'application/x-amz-json-1.1' });
    const SecretId = this.secrets.get(arn) ?? arn;
    const known = await target('DescribeSecret', { SecretId }).catch(() => undefined);
    if (known) {
      await target('PutSecretValue', { SecretId, SecretString: value });
    } else {
      const { ARN } = await target('CreateSecret', { Name: arn.split(':').slice(6).join(':'), SecretString: value });
      this.secrets.set(arn, ARN);
    }
  }

  public async stop(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    await Promise.all([this.plain, this.encrypted].map((server) => new Promise((resolve) => server.close(resolve))));
    await this.program.stop();
  }

  private async listen(): Promise<void> {
    await Promise.all([this.plain, this.encrypted].map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
    this.endpoint = `http://127.0.0.1:${(this.plain.address() as AddressInfo).port}`;
  }

  /** Hosts of AWS are here; all others, such as those of charts, where they are. */
  private tunnel(target: string, client: Socket): void {
    const [host, port] = target.split(':');
    const here = /\.amazonaws\.com(\.cn)?$/.test(host);
    const server = connect(here ? (this.encrypted.address() as AddressInfo).port : Number(port), here ? '127.0.0.1' : host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      client.pipe(server).pipe(client);
    });
    this.sockets.add(server);
    [client, server].forEach((socket) => socket.on('error', () => [client, server].forEach((end) => end.destroy())));
  }

  private async forward(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      if (typeof value === 'string' && !['connection', 'host', 'content-length', 'transfer-encoding', 'expect'].includes(name)) {
        headers.set(name, value);
      }
    }
    const url = new URL(request.url ?? '/', `http://127.0.0.1:${this.port}`);
    if (url.searchParams.has('X-Amz-Credential')) {
      this.identify(request, url, response);
      return;
    }
    const target = headers.get('x-amz-target') ?? url.searchParams.get('Action') ?? `${request.method} ${url.pathname}`;
    this.requests.push(target);
    const answer = await fetch(url, { method: request.method, headers, body: chunks.length > 0 ? this.askable(Buffer.concat(chunks)) : undefined });
    const body = this.corrected(target, await answer.text());
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' }).end(body);
  }

  /** The request, with the ARNs of secrets as moto has them. */
  private askable(body: Buffer): Buffer {
    const asked = body.includes('SecretId') ? JSON.parse(body.toString()) : {};
    const SecretId = this.secrets.get(asked.SecretId);
    return SecretId ? Buffer.from(JSON.stringify({ ...asked, SecretId })) : body;
  }

  /** The answer, with what moto makes up or leaves out as AWS would have it. */
  private corrected(target: string, body: string): string {
    if (target.endsWith('.GetAuthorizationToken')) {
      return body.replace(/"expiresAt": ?[\d.]+/g, `"expiresAt": ${Math.floor(Date.now() / 1000) + TOKEN_LIFE}`);
    }
    const cluster = this.clusters.get(/^GET \/clusters\/([^/]+)$/.exec(target)?.[1] ?? '');
    if (cluster) {
      const answer = JSON.parse(body);
      return JSON.stringify({ ...answer, cluster: { ...answer.cluster, ...cluster, status: 'ACTIVE' } });
    }
    if (body.includes('<AssumeRoleResult>')) {
      this.issue(body);
    }
    return body;
  }

  /** GetCallerIdentity by a presigned URL. */
  private identify({ method = 'GET', headers }: http.IncomingMessage, url: URL, response: http.ServerResponse): void {
    this.requests.push('GetCallerIdentity');
    const parameter = (name: string) => url.searchParams.get(name) ?? '';
    const credential = parameter('X-Amz-Credential');
    const [accessKeyId] = credential.split('/');
    const issued = this.issued.get(accessKeyId);
    const signed = issued && isSignedBy({ accessKeyId, secretAccessKey: issued.secretAccessKey }, {
      method,
      path: url.pathname,
      query: [...url.searchParams.entries()].filter(([name]) => name !== 'X-Amz-Signature'),
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      body: '',
    }, { credential, date: parameter('X-Amz-Date'), signedHeaders: parameter('X-Amz-SignedHeaders'), signature: parameter('X-Amz-Signature') });
    if (!signed) {
      response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify({ Error: { Code: 'SignatureDoesNotMatch', Type: 'Sender' } }));
      return;
    }
    const result = { Account: issued.arn.split(':')[4], Arn: issued.arn, UserId: issued.userId };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ GetCallerIdentityResponse: { GetCallerIdentityResult: result, ResponseMetadata: { RequestId: 'request' } } }));
  }

  /** Asks a service that answers in XML. */
  public query(service: string, parameters: Record<string, string>): Promise<string> {
    return this.ask(service, 'POST', '/', new URLSearchParams(parameters), {});
  }

  /** Asks a service that answers in JSON. */
  public async json(service: string, method: string, url: string, body?: unknown, headers: Record<string, string> = {}): Promise<any> {
    const text = await this.ask(service, method, url, body === undefined ? undefined : JSON.stringify(body), { 'content-type': 'application/json', ...headers });
    return text ? JSON.parse(text) : {};
  }

  private async assumeRole(roleArn: string): Promise<Credentials> {
    const answer = await this.query('sts', { Action: 'AssumeRole', Version: '2011-06-15', RoleArn: roleArn, RoleSessionName: 'function' });
    return this.issue(answer);
  }

  /** Remembers whose credentials an answer of AssumeRole holds: moto would look for the role in its own account alone. */
  private issue(answer: string): Credentials {
    const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name) => element(answer, name));
    this.issued.set(accessKeyId, { secretAccessKey, arn: element(answer, 'Arn'), userId: element(answer, 'AssumedRoleId') });
    return { accessKeyId, secretAccessKey, sessionToken };
  }

  private async ask(service: string, method: string, url: string, body: URLSearchParams | string | undefined, headers: Record<string, string>): Promise<string> {
    const answer = await fetch(new URL(url, `http://127.0.0.1:${this.port}`), {
      method,
      headers: { ...headers, authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${this.environment.region}/${service}/aws4_request, SignedHeaders=host, Signature=x` },
      body,
    });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`the AWS emulator's ${service} refused ${method} ${url} ${body instanceof URLSearchParams ? body.get('Action') : ''}: ${text}`);
    }
    return text;
  }
}

function element(xml: string, name: string): string {
  const [, value] = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml) ?? [];
  if (value === undefined) {
    throw new Error(`no ${name} in ${xml}`);
  }
  return value;
}

/** Certificates for programs that are written in Go. */
export function writeAuthority(folder: string, certificate: Certificate): string {
  const file = path.join(folder, 'authority.pem');
  fs.writeFileSync(file, certificate.certificate);
  return file;
}
