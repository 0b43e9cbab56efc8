import type { Buffer } from 'node:buffer';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { Limits } from '../test-api/limits.ts';
import type { TestLimit } from '../test-api/options.ts';
import { close, collect, listen, serverOf } from '../test-api/server.ts';
import { FOLLOWED, moveBody, moveHeaders } from '../upstream/links.ts';
import { type Upstream, UpstreamApi } from '../upstream/upstream.ts';
import { answerInstead, sendBent } from './answer.ts';
import { FaultPicker, type HostileFault, type HostileKind } from './faults.ts';
import { AnswerMemory } from './memory.ts';

/** The API to put faults in front of, and the faults. */
export interface HostileApiOptions {
  /** The API behind the proxy: its URL, or a handler for `http.createServer`. */
  readonly upstream: string | RequestListener;
  /** The first fault that applies to a request is injected. Default: none. */
  readonly faults?: readonly HostileFault[];
  /** The seed for faults with `rate`. Default: 1. */
  readonly seed?: number;
  /** The most faults in a row that a request gets by `rate`. Default: 2. */
  readonly mostInARow?: number;
  /** Rate limits in front of the API, if it has none of its own. */
  readonly limit?: TestLimit | readonly TestLimit[];
  /** Whether to compress responses if the client accepts it. Default: false. */
  readonly gzip?: boolean;
}

/** One request and what happened to it. */
export interface HostileEntry {
  /** `<method> <path>?<query>` */
  readonly line: string;
  /** ms since 1970. */
  readonly at: number;
  /** The fault, `limit` for a 429 from a limit, or undefined if the response was unchanged. */
  readonly met: HostileKind | 'limit' | undefined;
}

/** A running hostile API. */
export interface HostileApi {
  readonly url: string;
  /** Replaces the faults and resets their counts. */
  setFaults(faults: readonly HostileFault[]): void;
  setLimit(limit: TestLimit | readonly TestLimit[] | undefined): void;
  stats(): {
    readonly requests: number;
    readonly met: Readonly<Partial<Record<HostileKind | 'limit', number>>>;
  };
  /** The last 100,000 requests, oldest first. */
  log(): readonly HostileEntry[];
  stop(): Promise<void>;
}

const LOG_MOST = 100_000;

/**
 * Starts a proxy on loopback in front of an HTTP API. It injects faults on demand. Faults drawn by `rate` depend
 * on the seed, the request and how often it was made, so the same client meets the same faults regardless of the
 * order of its requests.
 */
export async function startHostileApi(options: HostileApiOptions): Promise<HostileApi> {
  const behind = typeof options.upstream === 'function' ? createServer(options.upstream) : undefined;
  const address = behind ? await listen(behind) : (options.upstream as string);
  const upstream = new UpstreamApi(address, 'client');
  const picker = new FaultPicker(options.seed ?? 1, options.mostInARow ?? 2);
  picker.set(options.faults ?? []);
  let limits = new Limits(options.limit === undefined ? [] : [options.limit].flat());
  const entries: HostileEntry[] = [];
  const met: Partial<Record<HostileKind | 'limit', number>> = {};
  let requests = 0;
  /** Responses are only kept while a fault may need one. */
  let remembers = (options.faults ?? []).some(repeats);
  const memory = new AnswerMemory();

  function note(line: string, what: HostileEntry['met']): void {
    requests++;
    if (what) met[what] = (met[what] ?? 0) + 1;
    entries.push({ line, at: Date.now(), met: what });
    if (entries.length > 2 * LOG_MOST) entries.splice(0, LOG_MOST);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: Buffer = await collect(request);
    const line = `${request.method} ${request.url}`;
    const path = request.url!.split('?', 1)[0]!;
    const { allowed, headers } = limits.ask(path, performance.now(), Date.now());
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (!allowed) {
      note(line, 'limit');
      await answerInstead({ kind: 'throttle' }, request, response);
      return;
    }
    const text = body.toString('latin1');
    const asked = { key: `${line}\n${text}`, url: request.url!, body: text };
    const drawn = picker.pick(line, text);
    const again = drawn && repeats(drawn) ? memory.recall(drawn.kind, path, asked) : undefined;
    // A repeating fault with nothing to repeat does nothing.
    const fault = drawn && repeats(drawn) && !again ? undefined : drawn;
    note(line, fault?.kind);
    if (fault && (await answerInstead(fault, request, response))) return;
    const real = moved(await upstream.ask(request, body));
    if (remembers && real.status === 200) memory.keep(path, asked, real);
    const zip = options.gzip === true && String(request.headers['accept-encoding']).includes('gzip');
    await sendBent(fault, again ?? real, zip, request, response);
  }

  const server = serverOf(handle);
  const url = await listen(server);
  const move = { from: new URL(address), to: url, followed: FOLLOWED };
  /**
   * A vendor may use its own address in links to the next page. Rewrite it, so that the client comes back through
   * us.
   */
  const moved = (answer: Upstream): Upstream => ({
    ...answer,
    headers: moveHeaders(answer.headers, move),
    body: moveBody(answer.body, move),
  });

  return {
    url,
    setFaults: (faults) => {
      picker.set(faults);
      remembers = faults.some(repeats);
    },
    setLimit: (limit) => {
      limits = new Limits(limit === undefined ? [] : [limit].flat());
    },
    stats: () => ({ requests, met: { ...met } }),
    log: () => entries.slice(-LOG_MOST),
    stop: async () => {
      await close(server);
      upstream.close();
      if (behind) await close(behind);
    },
  };
}

function repeats({ kind }: HostileFault): boolean {
  return kind === 'previous-page' || kind === 'stale';
}
