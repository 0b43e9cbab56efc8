import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { Selection } from '../protocol/selection.ts';
import type { Clock } from '../runtime/clock.ts';
import { basic } from './auth/auth.ts';
import { createHttp, type HttpClient, type HttpEnv, type HttpOptions } from './client.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;
export const GOOD = '{"values":[{"id":1},{"id":2}],"isLast":true}';
export const PAGE = new Selection({ records: 'values', record: { id: 'id' }, fields: { isLast: 'isLast' } });
export const json = (response: ServerResponse, body: string | Buffer, status = 200, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);

/** Closes both when the current test is over. */
export function closeAfterwards(client: HttpClient, server?: Server): void {
  onTestFinished(async () => {
    await client.close();
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  });
}

/** A client of a server that responds with `handlers` in turn, repeating the last one. */
export async function serve(
  handlers: Handler[],
  more: { options?: Partial<HttpOptions>; env?: Partial<HttpEnv> } = {},
) {
  const asked: string[] = [];
  const slept: number[] = [];
  const logged: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
    const handler = handlers[Math.min(asked.length, handlers.length) - 1]!;
    request.resume().on('end', () => handler(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let now = 1_000_000;
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
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
  closeAfterwards(http, server);
  return {
    http,
    server,
    asked,
    slept,
    logged,
    page: () => http.page({ path: '/list', query: { startAt: 0 } }, PAGE),
  };
}

export const status =
  (code: number, headers = {}): Handler =>
  (_, response) =>
    json(response, '{"errorMessages":["no"]}', code, headers);
export const good: Handler = (_, response) => json(response, GOOD);
