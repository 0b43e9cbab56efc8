import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '@headrace/sdk/spec';
import { CONTENT_TYPE } from './prometheus.ts';

/** What is served. */
export interface Watched {
  /** `/metrics` */
  metrics(): Promise<string>;
  /** `/health`: 200 if `ok`, else 503. */
  health(): { readonly ok: boolean };
}

/** An address to listen on. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[?::1\]?)$/;

/**
 * Serves `/health` and `/metrics`. There are no keys yet, so it listens on loopback only, and answers only to names of
 * loopback: a web page in a browser on this machine may ask by another name.
 * @throws ConfigError if the address is another one, or is taken
 */
export async function serveMetrics(
  { host, port }: Listen,
  watched: Watched,
): Promise<{ readonly address: string; close(): Promise<void> }> {
  if (!LOOPBACK.test(host))
    throw new ConfigError(`${host} is not on loopback`, {
      code: 'serve.not_loopback',
      place: '--listen',
      hint: 'health and metrics have no keys yet: use 127.0.0.1, and a proxy in front of it if others are to read them',
    });
  const server = createServer((request, response) => void answer(request, response, watched));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new ConfigError(`cannot listen on ${host}:${port}: ${error.code ?? error.message}`, {
          code: 'serve.port',
          place: '--listen',
          hint: 'choose another port with --listen, or none: --listen off',
        }),
      ),
    );
    server.listen(port, host.replace(/^\[|\]$/g, ''), resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    address: `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, watched: Watched): Promise<void> {
  const send = (status: number, type: string, body: string) => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (!LOOPBACK.test(host)) return send(403, 'text/plain', 'only loopback\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, 'text/plain', 'only GET\n');
  try {
    const path = (request.url ?? '').split('?', 1)[0];
    if (path === '/health') {
      const health = watched.health();
      return send(health.ok ? 200 : 503, 'application/json', `${JSON.stringify(health)}\n`);
    }
    if (path === '/metrics') return send(200, CONTENT_TYPE, await watched.metrics());
    send(404, 'text/plain', 'there are /health and /metrics\n');
  } catch {
    // What went wrong may name a path or a job: it is shown by `status`.
    send(500, 'text/plain', 'it cannot be told; headrace status says why\n');
  }
}
