import { Buffer } from 'node:buffer';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { TestData } from './data.ts';
import { Limits } from './limits.ts';
import { settingsOf, type TestApiOptions, type TestLimit } from './options.ts';
import { type Answer, BadRequest, problem, ROUTES, type Route } from './routes.ts';
import { Stats, type TestApiStats } from './stats.ts';
import { TestTokens } from './tokens.ts';

/** An item of the API. Ids are text here: the digits if they are `snowflake`. */
export interface TestItem {
  readonly id: string;
  readonly group: string;
  /** Milliseconds since 1970. */
  readonly updated: number;
  /** 1, incremented with each change. */
  readonly version: number;
}

/** A running test API. */
export interface TestApi {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** The accepted bearer token. */
  readonly token: string;
  stats(): TestApiStats;
  resetStats(): void;
  /** Every item of a group (by number or id; default: of all groups), ordered by (updated, id). */
  items(group?: string | number): IterableIterator<TestItem>;
  /** An item's bytes as in its list. @throws RangeError if it does not exist */
  bytes(item: { readonly group: string | number; readonly id: string }): Buffer;
  /** The currently valid refresh token; undefined without `oauth`. */
  readonly refreshToken: string | undefined;
  /** Revokes all access tokens: the next request with one gets a 401. */
  revokeAccess(): void;
  /**
   * Changes an item: increments its version and sets `updated` to `at` (ms since 1970; default: the API's clock).
   */
  change(group: string | number, id: string, at?: number): void;
  /** Adds an item and returns its id. */
  add(group: string | number, at?: number): string;
  remove(group: string | number, id: string): void;
  /** Accepts only this token from now on. */
  setToken(token: string): void;
  setLimit(limit: TestLimit | readonly TestLimit[] | undefined): void;
  setLatency(ms: TestApiOptions['latencyMs']): void;
  /** Stops the server and closes all connections. */
  stop(): Promise<void>;
}

/**
 * Starts a real HTTP server on loopback with made data, always the same for the same options: `partitions`
 * groups of `records` items. Every route asks for `Authorization: Bearer <token>` and keeps to `limit`.
 *
 * - `GET /groups?page_token=&limit=` → `{"groups": [{"id", "name", "items"}], "nextPageToken"?}`; `GET /groups/{id}` → one
 * - `GET /groups/{id}/items?since=&until=&page_token=&limit=` → `{"items": […], "nextPageToken"?}`, in the order of
 *   (updated, id); `since` (included) and `until` (not) are ms since 1970
 * - `GET /groups/{id}/count?since=&until=` → `{"count"}`; `GET /groups/{id}/ids?…` → `{"ids": [{"id", "updated"}], "nextPageToken"?}`
 * - `GET /groups/{id}/items/{item}` → one item, or 404
 * - the same items in other ways of paging: `…/offset?offset=&since=&limit=` → `{"items", "offset", "total"}`;
 *   `…/link?…` → a bare list with a `Link` header; `…/next?…` → `{"items", "next": "<url>" | null}`
 * - `GET /whoami` → who the token belongs to
 * - `POST /oauth/token`, with `oauth` → an access token for a refresh token or for the client itself
 */
export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const settings = settingsOf(options);
  const data = new TestData(settings);
  let limits = new Limits(settings.limits);
  let { token, latencyMs } = settings;
  const tokens = settings.oauth && new TestTokens(settings.oauth);
  let stats = new Stats();
  let drawn = 0;

  function latency(): number {
    if (typeof latencyMs === 'number') return latencyMs;
    const [from, to] = latencyMs;
    // Drawn from the number of the request, so that it is the same in each run.
    return from + ((Math.imul(++drawn, 0x9e3779b1) >>> 0) / 2 ** 32) * (to - from);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Uses the host name that the client used, so that URLs in responses lead back through a proxy in between.
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`);
    const found = find(url.pathname);
    const asksForToken = tokens !== undefined && url.pathname === TOKEN_PATH;
    const name = asksForToken ? TOKEN_PATH : (found?.route.pattern ?? 'unknown');
    const counted = stats;
    counted.arrived(name);
    response.on('close', () => stats.left());
    // Counted on arrival, however long the response takes.
    const { allowed, headers } = limits.ask(url.pathname, performance.now(), settings.clock());
    const wait = latency();
    if (wait > 0) await sleep(wait);
    let answer: Answer;
    if (!allowed) {
      counted.throttled(name);
      answer = problem(429, 'too many requests');
    } else if (asksForToken) {
      answer = tokens.answer(
        (await collect(request)).toString(),
        request.headers.authorization,
        settings.clock(),
      );
    } else if (!isAuthorized(request.headers.authorization)) {
      counted.unauthorized();
      answer = problem(401, 'the token is not valid');
    } else {
      answer = answerOf(found, url);
      if (answer.status === 200) counted.answered(answer.body.length);
    }
    // Drain a body that nobody read, so that it does not block the connection.
    request.resume();
    send(request, response, answer, headers);
  }

  function isAuthorized(header: string | undefined): boolean {
    const given = /^Bearer (.+)$/.exec(header ?? '')?.[1] ?? '';
    return given === token || tokens?.accepts(given, settings.clock()) === true;
  }

  function answerOf(found: ReturnType<typeof find>, url: URL): Answer {
    if (!found) return problem(404, 'there is nothing here');
    try {
      return found.route.answer({ data, names: found.names, url });
    } catch (error) {
      if (error instanceof BadRequest) return problem(400, error.message);
      if (error instanceof RangeError) return problem(404, error.message);
      throw error;
    }
  }

  function send(
    request: IncomingMessage,
    response: ServerResponse,
    answer: Answer,
    more: Record<string, string>,
  ): void {
    const zip = settings.gzip && String(request.headers['accept-encoding']).includes('gzip');
    const body = zip ? gzipSync(answer.body, { level: 1 }) : answer.body;
    response.sendDate = false;
    response.writeHead(answer.status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': body.length,
      ...(zip ? { 'content-encoding': 'gzip' } : {}),
      ...(settings.dateHeader ? { date: new Date(settings.clock()).toUTCString() } : {}),
      ...more,
      ...answer.headers,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A bug in the test API itself. Destroy the connection, so that the bug is noticed.
      response.destroy(error as Error);
      process.emitWarning(error as Error);
    });
  });
  // Clients that reuse a connection must not meet one that is just being closed.
  server.keepAliveTimeout = 120_000;
  const base = await listen(server);
  const toItem = (group: number, n: number, updated: number, version: number): TestItem => ({
    id: data.ids.item(group, n),
    group: data.ids.group(group),
    updated,
    version,
  });

  return {
    url: base,
    get token() {
      return token;
    },
    stats: () => stats.read(),
    resetStats: () => {
      stats = stats.fresh();
    },
    *items(of) {
      const groups =
        of === undefined ? Array.from({ length: settings.partitions }, (_, k) => k) : [data.groupOf(of)];
      for (const group of groups) {
        const all = data.items(group);
        for (let i = 0; i < all.length; i++) {
          const { n, updated, version } = all.at(i);
          yield toItem(group, n, updated, version);
        }
      }
    },
    bytes: ({ group, id }) => {
      const of = data.groupOf(group);
      const item = data.find(of, id);
      if (!item) throw new RangeError(`there is no item ${id}`);
      return data.bytes(of, item);
    },
    change: (group, id, at = settings.clock()) => data.change(data.groupOf(group), id, at),
    add: (group, at = settings.clock()) => data.add(data.groupOf(group), at),
    remove: (group, id) => data.remove(data.groupOf(group), id),
    get refreshToken() {
      return tokens?.refreshToken;
    },
    revokeAccess: () => tokens?.revoke(),
    setToken: (next) => {
      token = next;
    },
    setLimit: (limit) => {
      limits = new Limits(limit === undefined ? [] : [limit].flat());
    },
    setLatency: (ms = 0) => {
      latencyMs = ms;
    },
    stop: () => close(server),
  };
}

const TOKEN_PATH = '/oauth/token';

/** A request's complete body. */
export async function collect(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function find(path: string): { route: Route; names: string[] } | undefined {
  for (const route of ROUTES) {
    const match = route.path.exec(path);
    if (match) return { route, names: match.slice(1) };
  }
  return undefined;
}

/** A server for a stand-in of a vendor. If an exchange fails because one end has gone, there is no response. */
export function serverOf(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Server {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      request.socket.destroy(error as Error);
    });
  });
  server.on('connection', (socket) => socket.on('error', () => socket.destroy()));
  server.keepAliveTimeout = 120_000;
  return server;
}

/** Listens on loopback and returns the URL. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
