import type { Backoff } from '../backoff.ts';
import { Limiter, type Limits } from './limiter.ts';
import { VirtualClock } from './virtual-clock.test-support.ts';

/** The server in a simulation: how it responds to a request that arrives at `at`. */
export interface ModelServer {
  arrive(at: number): { readonly ok: boolean; readonly headers?: Record<string, string> };
  /** An accepted request has been answered. */
  leave?(): void;
}

export interface Simulation {
  readonly server: ModelServer;
  readonly requests: number;
  readonly concurrency: number;
  readonly limits?: Limits;
  /** Duration of a round trip in ms, half of it each way, plus random latency each way. Default: 200. */
  readonly latencyMs?: number;
  readonly jitterMs?: number;
  readonly seed?: number;
  readonly backoff?: Backoff;
}

export interface Outcome {
  /** Successful requests per second. */
  readonly rps: number;
  /** Throttled responses per 1,000. */
  readonly throttledPerMille: number;
  readonly seconds: number;
  readonly foundRps: number;
}

/** Simulates `concurrency` workers that make `requests` requests through a limiter to a model of a server. */
export async function simulate(of: Simulation): Promise<Outcome> {
  const { server, requests, concurrency, latencyMs = 200, jitterMs = 5 } = of;
  const clock = new VirtualClock();
  const random = mulberry(of.seed ?? 1);
  const limiter = new Limiter(of.limits, { clock, random, concurrency, backoff: of.backoff });
  const { signal } = new AbortController();
  let left = requests;
  let throttled = 0;
  const trip = (): Promise<void> => clock.sleep(latencyMs / 2 + jitterMs * random());

  async function worker(): Promise<void> {
    while (left > 0) {
      left--;
      const ticket = limiter.ticket();
      for (let isDone = false; !isDone; ) {
        const pass = await limiter.enter({ scope: '', signal, ticket, name: 'GET /' });
        await trip();
        const { ok, headers = {} } = server.arrive(clock.now());
        await trip();
        server.leave?.();
        isDone = ok;
        if (!ok) throttled++;
        const after = headers['retry-after'];
        const afterMs = after === undefined ? undefined : Number(after) * 1000;
        pass.done({ headers, throttled: ok ? undefined : { afterMs, scope: 'endpoint' } });
      }
    }
  }

  const began = clock.now();
  // More workers than the concurrency allows, so that one is always waiting.
  await clock.run(Promise.all(Array.from({ length: 2 * concurrency }, worker)));
  const seconds = (clock.now() - began) / 1000;
  return {
    rps: requests / seconds,
    throttledPerMille: (1000 * throttled) / (requests + throttled),
    seconds,
    foundRps: limiter.rateOf(''),
  };
}

type Headers = (left: {
  readonly remaining: number;
  readonly resetMs: number;
  readonly at: number;
}) => Record<string, string>;

/** Counts requests in fixed windows. */
export function fixedWindow(
  limit: number,
  perMs: number,
  headers: Headers = () => ({}),
  phase = 0,
): ModelServer {
  let window = Number.NaN;
  let count = 0;
  return {
    arrive(at) {
      const index = Math.floor((at + phase) / perMs);
      if (index !== window) count = 0;
      window = index;
      const ok = count < limit;
      if (ok) count++;
      return {
        ok,
        headers: headers({ remaining: limit - count, resetMs: (index + 1) * perMs - phase - at, at }),
      };
    },
  };
}

/** Counts the requests accepted in the last `perMs`. */
export function slidingWindow(limit: number, perMs: number, headers: Headers = () => ({})): ModelServer {
  const log: number[] = [];
  return {
    arrive(at) {
      while (log.length > 0 && log[0]! <= at - perMs) log.shift();
      const ok = log.length < limit;
      if (ok) log.push(at);
      return { ok, headers: headers({ remaining: limit - log.length, resetMs: log[0]! + perMs - at, at }) };
    },
  };
}

export function tokenBucket(perSecond: number, burst: number, headers: Headers = () => ({})): ModelServer {
  let tokens = burst;
  let last: number | undefined;
  return {
    arrive(at) {
      tokens = Math.min(burst, tokens + ((at - (last ?? at)) * perSecond) / 1000);
      last = at;
      const ok = tokens >= 1;
      if (ok) tokens--;
      const resetMs = ((1 - tokens) * 1000) / perSecond;
      return { ok, headers: headers({ remaining: Math.floor(tokens), resetMs: Math.max(0, resetMs), at }) };
    },
  };
}

/** Refuses requests while `most` are in flight. */
export function concurrent(most: number): ModelServer {
  const answers: boolean[] = [];
  let underWay = 0;
  return {
    arrive() {
      const ok = underWay < most;
      if (ok) underWay++;
      answers.push(ok);
      return { ok };
    },
    leave() {
      if (answers.shift()) underWay--;
    },
  };
}

/** Refuses a percentage of requests at random. */
export function moody(percent: number): ModelServer {
  const random = mulberry(7);
  return { arrive: () => ({ ok: random() * 100 >= percent }) };
}

export const retryAfterHeader: Headers = ({ resetMs }) => ({
  'retry-after': String(Math.ceil(resetMs / 1000)),
});

/** A small pseudo-random number generator with values in [0, 1). */
export function mulberry(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
