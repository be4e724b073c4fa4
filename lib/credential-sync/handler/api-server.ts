import * as https from 'https';

/** Where the Kubernetes API server is, and who vouches for it. */
export interface ApiServer {
  readonly endpoint: string;
  /** PEM. */
  readonly certificateAuthority: string;
}

/** What to ask the API server. */
export interface ApiCall {
  readonly method: 'GET' | 'PATCH' | 'POST';
  readonly path: string;
  /** `application/json` where left out. */
  readonly accept?: string;
  readonly body?: { readonly contentType: string; readonly text: string };
}

/** What the API server answered. */
export interface ApiResponse {
  readonly status: number;
  readonly text: string;
  /** The text as JSON; empty if it is none. */
  readonly body: Record<string, unknown>;
  /** The server's own clock when it answered, in milliseconds since 1970. */
  readonly serverTime?: number;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfter?: number;
}

/** The API server gave no answer: `code` says why. */
export class NoAnswer extends Error {
  constructor(public readonly code: string) {
    super(code);
    this.name = 'NoAnswer';
  }
}

const CONNECT_TIMEOUT = 5_000;
const ANSWER_TIMEOUT = 10_000;
/** Secrets hold at most 1 MiB, in base64 and with their metadata. */
const LONGEST_BODY = 4 * 1024 * 1024;

/**
 * Sends one request to the Kubernetes API server.
 *
 * The generated Kubernetes client is not used for these few calls: it would triple the bundle and double the time to
 * load it.
 */
export function send(server: ApiServer, { method, path, accept = 'application/json', body }: ApiCall, token: string): Promise<ApiResponse> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(error instanceof NoAnswer ? error : new NoAnswer(error.code ?? error.name));
    const request = https.request(new URL(path, server.endpoint), {
      method,
      ca: server.certificateAuthority,
      agent: false,
      headers: {
        accept,
        authorization: `Bearer ${token}`,
        ...body && { 'content-type': body.contentType, 'content-length': Buffer.byteLength(body.text) },
      },
    }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > LONGEST_BODY) {
          response.destroy(new NoAnswer('ANSWER_TOO_LONG'));
        }
        chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () => {
        const { date, 'retry-after': retryAfter } = response.headers;
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          text,
          body: parse(text),
          serverTime: date === undefined ? undefined : Date.parse(date),
          retryAfter: retryAfter === undefined ? undefined : Number(retryAfter) * 1000 || undefined,
        });
      });
    });
    const connecting = setTimeout(() => request.destroy(new NoAnswer('CONNECT_TIMEOUT')), CONNECT_TIMEOUT);
    const answering = setTimeout(() => request.destroy(new NoAnswer('ANSWER_TIMEOUT')), ANSWER_TIMEOUT);
    request.on('socket', (socket) => socket.on('secureConnect', () => clearTimeout(connecting)));
    request.on('error', fail);
    request.on('close', () => [connecting, answering].forEach(clearTimeout));
    request.end(body?.text);
  });
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}
