import * as http from 'http';
import * as https from 'https';
import * as net from 'net';
import { AddressInfo } from 'net';
import { ApiCall, NoAnswer, send } from '../../../../lib/credential-sync/handler/api-server';
import { Certificate, HttpsServer, Request, Response, makeCertificate } from '../https-server';

const CALL: ApiCall = { method: 'GET', path: '/a?b=c' };

let certificate: Certificate;
let answer: Response | 'reset';
let requests: Request[];
let server: HttpsServer;

beforeAll(async () => {
  certificate = await makeCertificate();
  server = await HttpsServer.start(certificate, (request) => {
    requests.push(request);
    return answer;
  });
});
beforeEach(() => {
  requests = [];
  answer = { status: 200 };
});
afterAll(() => server.stop());

const ask = (call = CALL, endpoint = server.address) => send({ endpoint, certificateAuthority: certificate.certificate }, call, 'token');

/** Why there was no answer. */
async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => undefined, (reason) => reason);
  expect(error).toBeInstanceOf(NoAnswer);
  expect([error.name, error.message]).toEqual(['NoAnswer', error.code]);
  return error.code;
}

describe('a request', () => {
  test('has the token, and wants JSON', async () => {
    await ask();
    const [{ method, url, headers, body }] = requests;
    expect([method, url.pathname, url.search, body]).toEqual(['GET', '/a', '?b=c', '']);
    expect(headers).toMatchObject({ accept: 'application/json', authorization: 'Bearer token' });
    expect(headers).not.toHaveProperty('content-type');
  });

  test('has its body, counted in bytes, and wants what it says', async () => {
    await ask({ method: 'PATCH', path: '/', accept: 'text/plain', body: { contentType: 'application/x', text: 'é' } });
    const [{ method, headers, body }] = requests;
    expect([method, body]).toEqual(['PATCH', 'é']);
    expect(headers).toMatchObject({ 'accept': 'text/plain', 'content-type': 'application/x', 'content-length': '2' });
  });

  test('takes a connection of its own, which ends with it', async () => {
    await ask();
    expect(requests[0].headers.connection).toBe('close');
  });
});

describe('an answer', () => {
  test('is given whatever its status', async () => {
    answer = { status: 409, body: { kind: 'Status' }, headers: { 'date': 'Fri, 02 Jan 2026 00:00:00 GMT', 'retry-after': '3' } };
    expect(await ask()).toEqual({ status: 409, text: '{"kind":"Status"}', body: { kind: 'Status' }, serverTime: Date.UTC(2026, 0, 2), retryAfter: 3_000 });
  });

  test.each<[string, Record<string, unknown>]>([
    ['{"a":1}', { a: 1 }], ['', {}], ['plain text', {}], ['null', {}], ['1', {}], ['"x"', {}],
  ])('%j is read as %j', async (text, body) => {
    answer = { status: 200, text };
    const read = await ask();
    expect([read.text, read.body]).toEqual([text, body]);
  });

  test.each([['0', undefined], ['Fri, 02 Jan 2026 00:00:00 GMT', undefined], ['1', 1_000]])('that asks to wait for %s waits for %s', async (header, retryAfter) => {
    answer = { status: 429, headers: { 'retry-after': header } };
    expect((await ask()).retryAfter).toBe(retryAfter);
  });

  test('that asks for no wait, and tells no time, says neither', async () => {
    const silent = await serve((_, outgoing) => {
      outgoing.sendDate = false;
      outgoing.end('ok');
    });
    expect(await ask(CALL, silent)).toEqual({ status: 200, text: 'ok', body: {}, serverTime: undefined, retryAfter: undefined });
  });

  test('is taken up to 4 MiB, for a Secret has at most one', async () => {
    answer = { status: 200, text: 'x'.repeat(4 * 1024 * 1024) };
    expect((await ask()).text).toHaveLength(4 * 1024 * 1024);
    answer = { status: 200, text: 'x'.repeat(4 * 1024 * 1024 + 1) };
    expect(await codeOf(ask())).toBe('ANSWER_TOO_LONG');
  });
});

describe('no answer', () => {
  test('of a server that is not there, that breaks off, or that is another one, is told by its code', async () => {
    expect(await codeOf(ask(CALL, 'https://127.0.0.1:1'))).toBe('ECONNREFUSED');
    answer = 'reset';
    expect(await codeOf(ask())).toBe('ECONNRESET');
    expect(await codeOf(ask(CALL, server.address.replace('localhost', '127.0.0.1')))).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    const other = (await makeCertificate()).certificate;
    expect(await codeOf(send({ endpoint: server.address, certificateAuthority: other }, CALL, 'token'))).toMatch(/CERT/);
  });

  test('of a server that breaks off in its answer is told too', async () => {
    const broken = await serve((incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-length': 9 });
      outgoing.write('half', () => incoming.socket.destroy());
    });
    expect(await codeOf(ask(CALL, broken))).toBe('ECONNRESET');
  });

  describe('is waited for', () => {
    beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask'] }));
    afterEach(() => jest.useRealTimers());

    /** Lets what is due happen. */
    const settle = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

    /** Lets time pass, and gives whether the work ended by it. */
    async function endsAfter(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
      jest.advanceTimersByTime(milliseconds);
      return Promise.race([work.then(() => true, () => true), settle().then(() => false)]);
    }

    test('five seconds for a connection', async () => {
      const hole = net.createServer((socket) => socket.resume().on('close', () => hole.close()));
      await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
      const work = ask(CALL, `https://localhost:${(hole.address() as AddressInfo).port}`);
      work.catch(() => {});
      expect(await endsAfter(4_999, work)).toBe(false);
      jest.advanceTimersByTime(1);
      expect(await codeOf(work)).toBe('CONNECT_TIMEOUT');
    });

    test('ten seconds for all of it', async () => {
      let asked = () => {};
      const address = await serve(() => asked());
      const work = ask(CALL, address);
      work.catch(() => {});
      await new Promise<void>((resolve) => { asked = resolve; });
      expect(await endsAfter(9_999, work)).toBe(false);
      jest.advanceTimersByTime(1);
      expect(await codeOf(work)).toBe('ANSWER_TIMEOUT');
    });

    test('no longer once it is there', async () => {
      await ask();
      await settle();
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});

const servers: https.Server[] = [];
afterEach(() => servers.splice(0).forEach((each) => {
  each.closeAllConnections();
  each.close();
}));

/** A server that answers by itself, and its address. */
async function serve(listener: http.RequestListener): Promise<string> {
  const own = https.createServer({ key: certificate.key, cert: certificate.certificate }, listener);
  servers.push(own);
  await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve));
  return `https://localhost:${(own.address() as AddressInfo).port}`;
}
