import { ThrottledError } from '../../errors.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { type Backoff, defaultBackoff } from '../backoff.ts';
import type { Answer } from '../classify.ts';
import { Endpoint, isBefore } from './endpoint.ts';
import { type Budget, type Meter, meterOf } from './meter.ts';
import { ServerClock, toldLimits } from './rate-headers.ts';

/** How fast a credential may send requests. */
export interface Limits {
  /** Fixed budgets. All of them apply: `{ requests: 100, perMs: 1000 }`. */
  readonly budgets?: readonly Budget[];
  /**
   * Whether to look for the allowed rate when responses are throttled. Default: true. Budgets and headers apply
   * either way.
   */
  readonly adaptive?: boolean;
}

/** What a limiter needs from its surroundings. */
export interface LimiterEnv {
  readonly clock?: Clock;
  readonly random?: () => number;
  /** The pause after a throttled response that does not say how long to wait. */
  readonly backoff?: Backoff;
  /** The most requests in flight at a time. Default: 8. */
  readonly concurrency?: number;
  /** A budget that this process shares with others. */
  readonly machine?: Meter;
}

/** The result of a request, for the limiter. */
export interface Outcome {
  /** The response's headers, if there was a response. */
  readonly headers?: Answer['headers'];
  /** Set if the request was throttled. */
  readonly throttled?: { readonly afterMs?: number; readonly scope: 'endpoint' | 'credential' };
}

/** Permission to send one request. */
export interface Pass {
  /** Called once with the result. @returns when the pause that it caused ends, or undefined */
  done(outcome: Outcome): number | undefined;
}

/** A request that is waiting to be sent. */
export interface Wanted {
  /** The endpoint that it counts for; see `HttpOptions.scope`. */
  readonly scope: string;
  readonly signal: AbortSignal;
  /** Method and path, for an error message. */
  readonly name: string;
  /** From an earlier `ticket()`. Requests of a rank are served in the order of their tickets, including retries. */
  readonly ticket: number;
  /** See `HttpOptions.rank`. Default: 0. */
  readonly rank?: number;
  /** Called if the wait is long, once per pause for all waiting requests; `until` in ms since 1970. */
  readonly onWait?: (until: number) => void;
}

interface Waiter extends Wanted {
  readonly endpoint: Endpoint;
  readonly go: (pass: Pass) => void;
  readonly stop: () => void;
  readonly fail: (error: Error) => void;
}

/** The most requests in flight at a time, if the source sets nothing else. */
export const DEFAULT_CONCURRENCY = 8;
/** The longest that a run waits for one request: an hour, plus a little for rounding. */
export const LONGEST_WAIT_MS = 3_600_000 + 60_000;
/** Waits up to this long are not reported. */
const QUIET_WAIT_MS = 5000;
/** The most endpoints whose rate is remembered. An idle one that is forgotten is learnt again. */
const MOST_ENDPOINTS = 1000;

/**
 * Controls when the requests of one credential are sent: at most `concurrency` at a time, within every budget,
 * every limit from headers and every learnt rate. Requests are served in order among those whose endpoint is open.
 */
export class Limiter {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  readonly #adaptive: boolean;
  readonly #budgets: Budget[] = [];
  readonly #meters: Meter[] = [];
  readonly #serverClock = new ServerClock();
  readonly #endpoints = new Map<string, Endpoint>();
  #concurrency: number;
  #underWay = 0;
  #tickets = 0;
  /** A quota is used up; no request is sent before this time. */
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #waiting = 0;
  #announced = Number.NEGATIVE_INFINITY;
  #timer: { at: number; abort: AbortController } | undefined;

  constructor(limits: Limits = {}, env: LimiterEnv = {}) {
    this.#clock = env.clock ?? systemClock;
    this.#random = env.random ?? Math.random;
    this.#backoff = env.backoff ?? defaultBackoff;
    this.#concurrency = env.concurrency ?? DEFAULT_CONCURRENCY;
    this.#adaptive = limits.adaptive ?? true;
    if (env.machine) this.#meters.push(env.machine);
    this.addBudgets(limits.budgets ?? []);
  }

  /** Adds the budgets of another client with the same credential. A budget that exists already counts once. */
  addBudgets(budgets: readonly Budget[]): void {
    for (const budget of budgets) {
      const key = JSON.stringify([budget.requests, budget.perMs, budget.per ?? 'credential']);
      if (this.#budgets.some((b) => JSON.stringify([b.requests, b.perMs, b.per ?? 'credential']) === key))
        continue;
      this.#budgets.push(budget);
      if (budget.per !== 'endpoint') this.#meters.push(meterOf(budget));
      else for (const endpoint of this.#endpoints.values()) endpoint.meters.push(meterOf(budget));
    }
  }

  /** A place in the queue. */
  ticket(): number {
    return this.#tickets++;
  }

  /** The learnt rate of an endpoint, in requests per second; Infinity if none was needed. */
  rateOf(scope: string): number {
    return this.#endpoints.get(scope)?.adaptive?.perSecond ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Resolves when the request may be sent. Rejects with the signal's reason if that is aborted first, and with a
   * ThrottledError if the vendor asks for a pause of more than an hour.
   */
  enter(wanted: Wanted): Promise<Pass> {
    const { signal, scope } = wanted;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const endpoint = this.#endpoint(scope);
      const stop = (): void => {
        this.#leave(waiter);
        reject(signal.reason as Error);
        this.#pump();
      };
      const waiter: Waiter = { ...wanted, endpoint, go: resolve, stop, fail: reject };
      signal.addEventListener('abort', stop, { once: true });
      endpoint.waiting.add(waiter);
      this.#waiting++;
      this.#giveUp(endpoint);
      this.#pump();
    });
  }

  #leave(waiter: Waiter): void {
    waiter.signal.removeEventListener('abort', waiter.stop);
    waiter.endpoint.waiting.remove(waiter);
    this.#waiting--;
  }

  /** Rejects the requests that would have to wait too long. */
  #giveUp(endpoint: Endpoint): void {
    const now = this.#clock.now();
    const ms = Math.max(endpoint.readyAt(now), this.#pausedUntil) - now;
    if (ms <= LONGEST_WAIT_MS) return;
    for (let waiter = endpoint.waiting.first; waiter; waiter = endpoint.waiting.first) {
      this.#leave(waiter as Waiter);
      (waiter as Waiter).fail(tooLong(ms, (waiter as Waiter).name));
    }
  }

  /** Sends every request that may go now, and sets the timer for the next one. */
  #pump(): void {
    while (this.#waiting > 0 && this.#underWay < this.#concurrency) {
      const now = this.#clock.now();
      const { waiter, at, openAt } = this.#next(now);
      if (at > now) {
        if (openAt - now > QUIET_WAIT_MS) this.#announce(openAt, now);
        this.#wakeAt(at, now);
        return;
      }
      this.#send(waiter!, now);
    }
    this.#wakeAt(undefined, 0);
  }

  /** The next request and its time: the first in the queue among those whose endpoint opens first. */
  #next(now: number): { waiter: Waiter | undefined; at: number; openAt: number } {
    let shared = this.#pausedUntil;
    for (const meter of this.#meters) shared = Math.max(shared, meter.readyAt(now));
    let best: Waiter | undefined;
    let bestAt = Number.POSITIVE_INFINITY;
    for (const endpoint of this.#endpoints.values()) {
      const waiter = endpoint.waiting.first as Waiter | undefined;
      if (!waiter) continue;
      const at = Math.max(endpoint.readyAt(now), shared, now);
      if (at < bestAt || (at === bestAt && isBefore(waiter, best!))) {
        best = waiter;
        bestAt = at;
      }
    }
    return { waiter: best, at: bestAt, openAt: Math.max(shared, best?.endpoint.openAt(now) ?? shared) };
  }

  #send(waiter: Waiter, now: number): void {
    const { endpoint } = waiter;
    this.#leave(waiter);
    this.#underWay++;
    for (const meter of this.#meters) meter.take(now);
    const request = endpoint.take(now);
    let isOver = false;
    waiter.go({
      done: ({ headers, throttled }) => {
        if (isOver) return undefined;
        isOver = true;
        this.#underWay--;
        const then = this.#clock.now();
        if (headers) {
          const server = this.#serverClock.hear(headers, then);
          for (const told of toldLimits(headers, then, server)) endpoint.hear(told, request.sent, then);
        }
        const until = throttled
          ? this.#throttled(endpoint, request.at, throttled, then)
          : endpoint.fine(request.at, then);
        this.#pump();
        return until;
      },
    });
  }

  #throttled(
    endpoint: Endpoint,
    sentAt: number,
    { afterMs, scope }: NonNullable<Outcome['throttled']>,
    now: number,
  ): number {
    const until = endpoint.throttled(
      sentAt,
      now,
      afterMs,
      this.#backoff,
      this.#random(),
      scope === 'endpoint',
    );
    if (scope === 'credential') this.#pausedUntil = Math.max(this.#pausedUntil, until);
    for (const paused of scope === 'credential' ? this.#endpoints.values() : [endpoint]) this.#giveUp(paused);
    return until;
  }

  #endpoint(scope: string): Endpoint {
    let endpoint = this.#endpoints.get(scope);
    if (!endpoint) {
      if (this.#endpoints.size >= MOST_ENDPOINTS) this.#forgetIdle();
      const meters = this.#budgets.filter(({ per }) => per === 'endpoint').map(meterOf);
      endpoint = new Endpoint(meters, this.#adaptive);
      this.#endpoints.set(scope, endpoint);
    }
    return endpoint;
  }

  #forgetIdle(): void {
    const now = this.#clock.now();
    for (const [scope, endpoint] of this.#endpoints) if (endpoint.isIdle(now)) this.#endpoints.delete(scope);
  }

  #wakeAt(at: number | undefined, now: number): void {
    if (this.#timer?.at === at) return;
    this.#timer?.abort.abort();
    this.#timer = undefined;
    if (at === undefined) return;
    const timer = { at, abort: new AbortController() };
    this.#timer = timer;
    const woken = (): void => {
      if (this.#timer !== timer) return;
      this.#timer = undefined;
      this.#pump();
    };
    // Rejects only if a later timer has replaced it.
    this.#clock
      .sleep(Math.min(Math.max(at - now, 0), LONGEST_WAIT_MS), timer.abort.signal)
      .then(woken, () => {});
  }

  /** Announces each pause once. A pause that grows only by the time it takes to notice it is the same pause. */
  #announce(until: number, now: number): void {
    if (until <= this.#announced + QUIET_WAIT_MS && now < this.#announced) return;
    this.#announced = until;
    const listeners = new Set<Wanted['onWait']>();
    for (const endpoint of this.#endpoints.values())
      listeners.add((endpoint.waiting.first as Waiter | undefined)?.onWait);
    for (const listener of listeners) listener?.(until);
  }
}

/** The error for a request that would have to wait too long. @param name method and path */
export function tooLong(ms: number, name: string): ThrottledError {
  return new ThrottledError(`the server asks to wait ${Math.ceil(ms / 1000)} s`, {
    code: 'http.throttled',
    place: name,
    hint: 'run again later; what was read is safe',
  });
}
