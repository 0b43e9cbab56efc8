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

/** What a hostile API stands in front of, and how it misbehaves. */
export interface HostileApiOptions {
  /** The API behind: its address, or a handler as `http.createServer` takes it. */
  readonly upstream: string | RequestListener;
  /** The first that applies to a request is done to it; → none. */
  readonly faults?: readonly HostileFault[];
  /** What is drawn with `rate` is drawn from this; → 1. */
  readonly seed?: number;
  /** Most faults that a request meets one after the other by `rate`; → 2. */
  readonly mostInARow?: number;
  /** Limits in front of the API, for one that has none of its own. */
  readonly limit?: TestLimit | readonly TestLimit[];
  /** Compress where the client accepts it; → false. */
  readonly gzip?: boolean;
}

/** What one request was and met. */
export interface HostileEntry {
  /** `<method> <path>?<query>` */
  readonly line: string;
  /** ms since 1970. */
  readonly at: number;
  /** The fault, `limit` for a 429 of a limit, or undefined: answered as it should be. */
  readonly met: HostileKind | 'limit' | undefined;
}

/** A running hostile API. */
export interface HostileApi {
  readonly url: string;
  /** Other faults from now on; their counts begin anew. */
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
 * Starts a proxy on loopback in front of an HTTP API, which misbehaves on demand. Faults drawn by `rate`
 * depend on the seed, the request and how often it came, so the same client meets the same faults in
 * whatever order its requests arrive.
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
  /** Filled only while a fault may need it. */
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
    // What knows nothing to repeat does nothing.
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
  /** A vendor that knows itself by its own address names that one for its next page: it leads back through us. */
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
