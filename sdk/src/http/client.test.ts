import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { HeadraceError } from '../errors.ts';
import { Selection } from '../protocol/selection.ts';
import type { Clock } from '../runtime/clock.ts';
import { basic } from './auth.ts';
import { backoffMs, defaultBackoff } from './backoff.ts';
import { createHttp, type HttpClient, type HttpEnv, type HttpOptions } from './client.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const GOOD = '{"values":[{"id":1},{"id":2}],"isLast":true}';
const PAGE = new Selection({ records: 'values', record: { id: 'id' }, fields: { isLast: 'isLast' } });
const json = (response: ServerResponse, body: string | Buffer, status = 200, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);

let server: Server | undefined;
const clients: HttpClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

/** A client of a server that answers its requests with `handlers` in turn, the last one for ever. */
async function serve(
  handlers: Handler[],
  more: { options?: Partial<HttpOptions>; env?: Partial<HttpEnv> } = {},
) {
  const asked: string[] = [];
  const slept: number[] = [];
  const logged: string[] = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
    const handler = handlers[Math.min(asked.length, handlers.length) - 1]!;
    request.resume().on('end', () => handler(request, response));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const clock: Clock = {
    now: () => 1_000_000,
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
  const say = (text: string) => logged.push(text);
  const http = createHttp(
    {
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix/`,
      auth: basic('me', 'very-secret-token'),
      ...more.options,
    },
    {
      clock,
      random: () => 0.5,
      log: { debug: say, info: say, warn: say, error: say },
      signal: new AbortController().signal,
      ...more.env,
    },
  );
  clients.push(http);
  return {
    http,
    asked,
    slept,
    logged,
    page: () => http.page({ path: '/list', query: { startAt: 0 } }, PAGE),
  };
}

const status =
  (code: number, headers = {}): Handler =>
  (_, response) =>
    json(response, '{"errorMessages":["no"]}', code, headers);
const good: Handler = (_, response) => json(response, GOOD);

describe('an HTTP client', () => {
  it('asks below the base URL with its credentials and reads the vendor’s clock', async () => {
    const { http, asked, page } = await serve([
      (_, response) => json(response, GOOD, 200, { date: 'Sat, 28 Mar 2026 08:00:00 GMT' }),
    ]);
    expect(http.vendorClock()).toBeUndefined();
    expect((await page()).count).toBe(2);
    expect(asked).toEqual([
      `GET /prefix/list?startAt=0 Basic ${Buffer.from('me:very-secret-token').toString('base64')}`,
    ]);
    expect(http.vendorClock()).toBe(Date.parse('2026-03-28T08:00:00Z'));
  });

  it('unpacks gzip', async () => {
    const { page } = await serve([
      (_, response) => json(response, gzipSync(GOOD), 200, { 'content-encoding': 'gzip' }),
    ]);
    expect((await page()).count).toBe(2);
  });

  const faults: Array<[string, Handler]> = [
    ['500', status(500)],
    ['502', status(502)],
    ['503', status(503)],
    ['a reset before the answer', (request) => void request.socket.destroy()],
    [
      'a reset inside the body',
      (request, response) => {
        response.writeHead(200, { 'content-length': 1000 });
        response.write(GOOD.slice(0, 10), () => request.socket.destroy());
      },
    ],
    [
      'a body shorter than its Content-Length',
      (_, response) => {
        response.writeHead(200, { 'content-length': GOOD.length + 50 });
        response.write(GOOD, () => response.socket?.end());
      },
    ],
    [
      'a chunked body without its end',
      (_, response) => {
        response.writeHead(200);
        response.write(GOOD, () => response.socket?.end());
      },
    ],
    ['JSON that is cut in a whole answer', (_, response) => json(response, GOOD.slice(0, -3))],
    ['JSON that is cut to nothing wrong', (_, response) => json(response, '{"isLast":true}')],
    ['an empty 200', (_, response) => json(response, '')],
    ['HTML', (_, response) => json(response, '<html>try later</html>')],
    [
      'a cut gzip stream',
      (_, response) => json(response, gzipSync(GOOD).subarray(0, 20), 200, { 'content-encoding': 'gzip' }),
    ],
  ];
  it.each(faults)('asks again after %s', async (_, fault) => {
    const { page, asked, slept } = await serve([fault, fault, good]);
    expect((await page()).count).toBe(2);
    expect(asked).toHaveLength(3);
    expect(slept).toEqual([2000, 4000]);
  });

  it('asks again where a body stalls', async () => {
    const stall: Handler = (_, response) => {
      response.writeHead(200);
      response.write(GOOD.slice(0, 10));
    };
    const { page } = await serve([stall, good], { options: { timeouts: { body: 100 } } });
    expect((await page()).count).toBe(2);
  });

  it('gives up a fault after its tries, as transient, naming the request and no secret', async () => {
    const { page, asked } = await serve([status(500)], { env: { backoff: { ...defaultBackoff, tries: 3 } } });
    const error = await page().catch((thrown: unknown) => thrown as HeadraceError);
    expect(error).toMatchObject({
      failureType: 'transient_error',
      place: 'GET /prefix/list',
      code: 'http.failed',
    });
    expect(asked).toHaveLength(3);
    expect(JSON.stringify([error, String((error as HeadraceError).stack)])).not.toContain('secret');
  });

  it.each([
    [{ 'retry-after': '7' }, 7125],
    [{ 'retry-after': new Date(1_000_000 + 30_000).toUTCString() }, 30_125],
    [{}, 2000],
  ])('a 429 with %j waits %d ms, and counts as no fault', async (headers, ms) => {
    const until: number[] = [];
    const many = Array.from({ length: 10 }, () => status(429, headers));
    const { page, slept } = await serve([...many, good], {
      env: { onThrottled: (time) => until.push(time) },
    });
    expect((await page()).count).toBe(2);
    expect(slept).toHaveLength(10);
    expect(slept[0]).toBe(ms);
    expect(until).toEqual(ms > 5000 ? Array.from({ length: 10 }, () => 1_000_000 + ms) : []);
  });

  it('does not wait for ever where it is throttled', async () => {
    const { page } = await serve([status(429, { 'retry-after': '7200' })]);
    await expect(page()).rejects.toMatchObject({ code: 'http.throttled', failureType: 'transient_error' });
  });

  it.each([
    [401, 'config_error'],
    [403, 'config_error'],
    [302, 'config_error'],
    [400, 'system_error'],
    [404, 'system_error'],
  ])('%d is final: %s', async (code, failureType) => {
    const { page, asked } = await serve([status(code, { location: 'http://127.0.0.1:1/elsewhere' })]);
    await expect(page()).rejects.toMatchObject({ failureType, place: 'GET /prefix/list' });
    expect(asked).toHaveLength(1);
  });

  it('asks the vendor’s own reading first', async () => {
    const classify: HttpOptions['classify'] = ({ status: code }) =>
      code === 404 ? { kind: 'retry', why: 'not there yet' } : undefined;
    const { page, logged } = await serve([status(404), good], { options: { classify } });
    expect((await page()).count).toBe(2);
    expect(logged.join()).toContain('not there yet');
  });

  it('stops at once when it is told to', async () => {
    const abort = new AbortController();
    const { page, asked } = await serve([() => setTimeout(() => abort.abort(new Error('stop')), 20)], {
      env: { signal: abort.signal },
    });
    await expect(page()).rejects.toThrow('stop');
    expect(asked).toHaveLength(1);
  });
});

describe('backoff', () => {
  it('doubles from 2 s to 30 s with jitter 0.7–1.3', () => {
    expect([2, 3, 4, 5, 6, 7].map((next) => backoffMs(defaultBackoff, next, 0.5))).toEqual([
      2000, 4000, 8000, 16_000, 30_000, 30_000,
    ]);
    expect(backoffMs(defaultBackoff, 2, 0)).toBeCloseTo(1400);
    expect(backoffMs(defaultBackoff, 2, 0.9999)).toBeCloseTo(2600, 0);
  });
});
