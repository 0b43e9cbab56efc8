import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HeadraceError } from '../errors.ts';
import { basic, bearer } from './auth/auth.ts';
import { defaultBackoff } from './backoff.ts';
import { cert, key } from './certificate.test-support.ts';
import { createHttp } from './client.ts';
import { proxiesOf } from './proxy.ts';

const trusted = getCACertificates('default');
const sockets = new Set<Socket>();
const servers: Server[] = [];
let upstream: string;
const PASSWORD = 'very-secret-password';

beforeAll(async () => {
  setDefaultCACertificates([...trusted, cert]);
  const server = createSecureServer({ key, cert }, (_, response) => response.end('{"ok":true}'));
  upstream = `https://localhost:${await listening(server as unknown as Server)}`;
});

afterEach(() => {
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'NO_PROXY']) delete process.env[name];
});

afterAll(async () => {
  setDefaultCACertificates(trusted);
  for (const socket of sockets) socket.destroy();
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

function listening(server: Server): Promise<number> {
  servers.push(server);
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );
}

/**
 * A proxy that answers CONNECT with these statuses in turn, repeating the last one; 200 lets the request through.
 */
async function proxy(...statuses: number[]) {
  const asked: string[] = [];
  const server = createServer((_, response) => response.writeHead(statuses.at(-1)!).end());
  server.on('connect', (request, socket: Socket) => {
    sockets.add(socket);
    asked.push(request.headers['proxy-authorization'] ?? 'nobody');
    const status = statuses[Math.min(asked.length, statuses.length) - 1]!;
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [host, port] = request.url!.split(':');
    const behind = connect(Number(port), host === 'localhost' ? '127.0.0.1' : host!, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(behind).pipe(socket);
    });
    behind.on('error', () => socket.destroy());
    socket.on('error', () => behind.destroy());
  });
  return { port: await listening(server), asked };
}

async function ask(baseUrl = upstream, auth = basic('me', 'token-of-somebody')) {
  const secrets: string[] = [];
  const http = createHttp(
    { baseUrl, auth },
    {
      clock: { now: () => 0, sleep: async () => {} },
      random: () => 0.5,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      signal: new AbortController().signal,
      backoff: { ...defaultBackoff, tries: 3 },
      onSecrets: (values) => secrets.push(...values),
    },
  );
  const answer = await http.json({ path: '/x' }).catch((error: HeadraceError) => error);
  await http.close();
  expect(JSON.stringify([answer, String((answer as Error).message)])).not.toContain(PASSWORD);
  return { answer, secrets };
}

describe('a proxy', () => {
  it('named without a scheme lets requests through, with its user and password', async () => {
    const { port, asked } = await proxy(200);
    process.env.HTTPS_PROXY = `me:${PASSWORD}@127.0.0.1:${port}`;
    const { answer, secrets } = await ask();
    expect(answer).toEqual({ ok: true });
    const pair = Buffer.from(`me:${PASSWORD}`).toString('base64');
    expect(asked).toEqual([`Basic ${pair}`]);
    expect(secrets).toEqual(expect.arrayContaining([PASSWORD, pair]));
  });

  it.each([502, 503])('that fails with %d is asked again', async (status) => {
    const { port, asked } = await proxy(status, 200);
    process.env.HTTPS_PROXY = `http://127.0.0.1:${port}`;
    expect((await ask()).answer).toEqual({ ok: true });
    expect(asked).toHaveLength(2);
  });

  it('that fails for good is a fault that may pass, told by its variable', async () => {
    const { port, asked } = await proxy(503);
    process.env.https_proxy = `http://127.0.0.1:${port}`;
    expect((await ask()).answer).toMatchObject({
      failureType: 'transient_error',
      code: 'http.failed',
      message: 'the proxy of https_proxy answered 503, tried 3 times',
      status: undefined,
    });
    expect(asked).toHaveLength(3);
  });

  it.each([
    [407, 'http.proxy_credentials', /proxy of HTTPS_PROXY does not accept its user and password/],
    [
      403,
      'http.proxy_refused',
      /proxy of HTTPS_PROXY does not let requests through to localhost:\d+ \(403\)/,
    ],
  ])('that answers %d is the user’s to mend, told at once', async (status, code, message) => {
    const { port, asked } = await proxy(status);
    process.env.HTTPS_PROXY = `http://me:${PASSWORD}@127.0.0.1:${port}`;
    const { answer } = await ask();
    expect(answer).toMatchObject({ failureType: 'config_error', code, place: 'GET /x' });
    expect((answer as Error).message).toMatch(message);
    expect(asked).toHaveLength(1);
  });

  it('that wants credentials for a plain address says so too', async () => {
    const { port } = await proxy(407);
    process.env.HTTP_PROXY = `127.0.0.1:${port}`;
    expect((await ask('http://acme.example')).answer).toMatchObject({
      code: 'http.proxy_credentials',
      message: expect.stringContaining('HTTP_PROXY'),
    });
  });

  it('that is not there is a fault that may pass', async () => {
    process.env.HTTPS_PROXY = '127.0.0.1:1';
    expect((await ask()).answer).toMatchObject({
      failureType: 'transient_error',
      hint: expect.stringContaining('HTTPS_PROXY'),
    });
  });

  it.each([
    [`http://me:${PASSWORD}@:x`, 'is not an address'],
    [`ftp://me:${PASSWORD}@proxy.example`, 'is of a kind that is not known (ftp://)'],
    [`http://me:${PASSWORD}%zz@proxy.example`, 'has a user or a password that is not percent-encoded'],
  ])('of %s is a mistake in its variable', async (value, what) => {
    process.env.HTTPS_PROXY = value;
    expect((await ask()).answer).toMatchObject({
      failureType: 'config_error',
      code: 'http.bad_proxy',
      place: 'HTTPS_PROXY',
      message: `the proxy in the environment variable HTTPS_PROXY ${what}`,
    });
  });

  it('is read from the environment as curl reads it', () => {
    const urls = (env: Record<string, string>) => {
      const { http, https } = proxiesOf(env);
      return [http?.url, https?.url];
    };
    expect(urls({})).toEqual([undefined, undefined]);
    expect(urls({ HTTP_PROXY: 'a:1' })).toEqual(['http://a:1/', 'http://a:1/']);
    expect(urls({ HTTPS_PROXY: ' https://a:1 ', https_proxy: 'b:2' })).toEqual([undefined, 'http://b:2/']);
    expect(urls({ HTTP_PROXY: '', HTTPS_PROXY: 'socks5://a:1' })).toEqual([undefined, 'socks5://a:1']);
  });
});

it.each(['bad\ntoken-value', 'bad\u0000token-value', 'bad\u200btoken-value'])(
  'a header that cannot be sent is never tried, and its value not told: %j',
  async (token) => {
    const { answer } = await ask(upstream, bearer(token));
    expect(answer).toMatchObject({ failureType: 'config_error', code: 'http.bad_header', place: 'GET /x' });
    expect((answer as Error).message).not.toContain('token-value');
  },
);
