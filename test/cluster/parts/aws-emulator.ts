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

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/**
 * moto, and a gateway before it for what moto lacks: registry tokens that expire in the future, and in STS the check of
 * a presigned URL's signature and the answer as JSON.
 *
 * Programs that insist on the real host names of AWS reach it as their HTTPS proxy.
 */
export class AwsEmulator {
  public static async start(folder: string, certificate: Certificate): Promise<AwsEmulator> {
    const port = await freePort();
    const program = await Program.start('moto', partBinary('moto_server'), ['--host', '127.0.0.1', '--port', String(port)], {
      log: path.join(folder, 'moto.log'),
      ready: async () => (await fetch(`http://127.0.0.1:${port}/moto-api/data.json`)).ok,
    });
    const emulator = new AwsEmulator(program, port, certificate);
    await emulator.listen();
    return emulator;
  }

  /** Requests that passed the gateway, by service and action. */
  public readonly requests: string[] = [];
  public endpoint = '';
  private readonly plain: http.Server;
  private readonly encrypted: https.Server;
  private readonly sockets = new Set<Socket>();
  /** Secret keys by the ids of the access keys that were given out. */
  private readonly issued = new Map<string, string>();

  private constructor(private readonly program: Program, private readonly port: number, certificate: Certificate) {
    const forward = (request: http.IncomingMessage, response: http.ServerResponse) => void this.forward(request, response);
    this.plain = http.createServer(forward);
    this.encrypted = https.createServer({ key: certificate.key, cert: certificate.certificate }, forward);
    this.plain.on('connect', (_, client: Socket) => this.tunnel(client));
    [this.plain, this.encrypted].forEach((server) => server.on('connection', (socket: Socket) => this.sockets.add(socket)));
  }

  /** Makes an IAM role, and gives credentials as a function has them that runs with it. */
  public async assumeNewRole(name: string): Promise<{ roleArn: string; credentials: Credentials }> {
    const trust = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] });
    const role = await this.query('iam', { Action: 'CreateRole', Version: '2010-05-08', RoleName: name, AssumeRolePolicyDocument: trust });
    const roleArn = element(role, 'Arn');
    const answer = await this.query('sts', { Action: 'AssumeRole', Version: '2011-06-15', RoleArn: roleArn, RoleSessionName: 'function' });
    const credentials = {
      accessKeyId: element(answer, 'AccessKeyId'),
      secretAccessKey: element(answer, 'SecretAccessKey'),
      sessionToken: element(answer, 'SessionToken'),
    };
    this.issued.set(credentials.accessKeyId, credentials.secretAccessKey);
    return { roleArn, credentials };
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

  private tunnel(client: Socket): void {
    const server = connect((this.encrypted.address() as AddressInfo).port, '127.0.0.1', () => {
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
      await this.identify(request, url, response);
      return;
    }
    const target = headers.get('x-amz-target') ?? url.searchParams.get('Action') ?? `${request.method} ${url.pathname}`;
    this.requests.push(target);
    const answer = await fetch(url, { method: request.method, headers, body: chunks.length > 0 ? Buffer.concat(chunks) : undefined });
    let body = await answer.text();
    if (target.endsWith('.GetAuthorizationToken')) {
      body = body.replace(/"expiresAt": ?[\d.]+/g, `"expiresAt": ${Math.floor(Date.now() / 1000) + TOKEN_LIFE}`);
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' }).end(body);
  }

  /** GetCallerIdentity by a presigned URL. */
  private async identify({ method = 'GET', headers }: http.IncomingMessage, url: URL, response: http.ServerResponse): Promise<void> {
    this.requests.push('GetCallerIdentity');
    const parameter = (name: string) => url.searchParams.get(name) ?? '';
    const credential = parameter('X-Amz-Credential');
    const [accessKeyId] = credential.split('/');
    const signed = isSignedBy({ accessKeyId, secretAccessKey: this.issued.get(accessKeyId) ?? '' }, {
      method,
      path: url.pathname,
      query: [...url.searchParams.entries()].filter(([name]) => name !== 'X-Amz-Signature'),
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      body: '',
    }, { credential, date: parameter('X-Amz-Date'), signedHeaders: parameter('X-Amz-SignedHeaders'), signature: parameter('X-Amz-Signature') });
    if (!this.issued.has(accessKeyId) || !signed) {
      response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify({ Error: { Code: 'SignatureDoesNotMatch', Type: 'Sender' } }));
      return;
    }
    const identity = await this.query('sts', { Action: 'GetCallerIdentity', Version: '2011-06-15' }, accessKeyId);
    const result = Object.fromEntries(['Account', 'Arn', 'UserId'].map((name) => [name, element(identity, name)]));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ GetCallerIdentityResponse: { GetCallerIdentityResult: result, ResponseMetadata: { RequestId: 'request' } } }));
  }

  private async query(service: string, parameters: Record<string, string>, accessKeyId = 'test'): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/`, {
      method: 'POST',
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=x` },
      body: new URLSearchParams(parameters),
    });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`${service} ${parameters.Action}: ${text}`);
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
