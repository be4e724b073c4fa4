import * as http from 'http';
import * as https from 'https';
import { AddressInfo, connect } from 'net';
import { Duplex } from 'stream';
import { Certificate } from '../credential-sync/handler/https-server';

/** A proxy behind which every host is the same server. */
export class Proxy {
  public static async start(certificate: Certificate, listener: http.RequestListener): Promise<Proxy> {
    const proxy = new Proxy(certificate, listener);
    await Promise.all([proxy.server, proxy.aws].map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
    return proxy;
  }

  /** What was asked for, in order. */
  public asked: string[] = [];
  /** How whoever asked signed in. */
  public authorizations = new Set<string | undefined>();
  /** The status in place of a tunnel; 0 is silence. */
  public refusal?: number;
  private readonly tunnels = new Set<Duplex>();
  private readonly server: http.Server;
  private readonly aws: https.Server;

  private constructor({ key, certificate }: Certificate, listener: http.RequestListener) {
    this.aws = https.createServer({ key, cert: certificate }, listener);
    this.server = http.createServer((incoming, outgoing) => {
      this.note(incoming);
      listener(incoming, outgoing);
    });
    this.server.on('connect', (incoming, client) => {
      this.note(incoming);
      this.tunnels.add(client);
      client.on('error', () => undefined);
      if (this.refusal !== undefined) {
        if (this.refusal > 0) {
          client.end(`HTTP/1.1 ${this.refusal} ${http.STATUS_CODES[this.refusal]}\r\n\r\n`);
        }
        return;
      }
      const upstream = connect((this.aws.address() as AddressInfo).port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      upstream.on('error', () => client.destroy());
    });
  }

  public get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Of the server behind it, for whoever goes there without it. */
  public get direct(): string {
    return `https://localhost:${(this.aws.address() as AddressInfo).port}`;
  }

  public async stop(): Promise<void> {
    this.tunnels.forEach((tunnel) => tunnel.destroy());
    this.aws.closeAllConnections();
    this.server.closeAllConnections();
    await Promise.all([this.server, this.aws].map((server) => new Promise((resolve) => server.close(resolve))));
  }

  private note({ url = '', headers }: http.IncomingMessage): void {
    this.asked.push(url);
    this.authorizations.add(headers['proxy-authorization']);
  }
}
