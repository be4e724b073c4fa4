import * as https from 'https';
import { AddressInfo } from 'net';
import { generate } from 'selfsigned';

/** A certificate for localhost and other hosts, which is its own authority, so that TLS is checked for real. */
export interface Certificate {
  readonly key: string;
  readonly certificate: string;
}

export async function makeCertificate(...hosts: string[]): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: ['localhost', ...hosts].map((value) => ({ type: 2, value })) },
    ],
  });
  return { key: made.private, certificate: made.cert };
}

/** A certificate for one host, by an authority. */
export async function makeCertificateBy(authority: Certificate, host: string): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: 'leaf' }], {
    keySize: 2048,
    algorithm: 'sha256',
    ca: { key: authority.key, cert: authority.certificate },
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
  });
  return { key: made.private, certificate: made.cert };
}

export interface Request {
  readonly method: string;
  readonly url: URL;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
}

export interface Response {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** In place of a body that is JSON. */
  readonly text?: string;
}

/** Answers by a function of the request; `reset` ends the connection without an answer, `silence` keeps it open. */
export class HttpsServer {
  public static async start(certificate: Certificate, answer: (request: Request) => Response | 'reset' | 'silence'): Promise<HttpsServer> {
    const server = https.createServer({ key: certificate.key, cert: certificate.certificate }, (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('end', () => {
        const response = answer({
          method: incoming.method ?? '',
          url: new URL(incoming.url ?? '/', 'https://localhost'),
          headers: incoming.headers as Record<string, string | undefined>,
          body: Buffer.concat(chunks).toString(),
        });
        if (response === 'reset') {
          incoming.socket.destroy();
          return;
        }
        if (response === 'silence') {
          return;
        }
        outgoing.writeHead(response.status, response.headers);
        outgoing.end(response.text ?? (response.body === undefined ? '' : JSON.stringify(response.body)));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new HttpsServer(server);
  }

  public readonly address: string;

  private constructor(private readonly server: https.Server) {
    this.address = `https://localhost:${(server.address() as AddressInfo).port}`;
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
