import { ThrottledError } from '../../errors.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { type Backoff, defaultBackoff } from '../backoff.ts';
import type { Answer } from '../classify.ts';
import { Endpoint } from './endpoint.ts';
import { type Budget, type Meter, meterOf } from './meter.ts';
import { ServerClock, toldLimits } from './rate-headers.ts';

/** How fast a credential may ask. */
export interface Limits {
  /** Fixed budgets, all of which are kept: `{ requests: 100, perMs: 1000 }`. */
  readonly budgets?: readonly Budget[];
  /** Whether a rate is looked for where throttled answers come; → true. Budgets and headers hold without it. */
  readonly adaptive?: boolean;
}

/** What a limiter stands on. */
export interface LimiterEnv {
  readonly clock?: Clock;
  readonly random?: () => number;
  /** The pause after a throttled answer that names none. */
  readonly backoff?: Backoff;
  /** The most requests under way at a time; → 8. */
  readonly concurrency?: number;
}

/** What became of a request, for the limiter. */
export interface Outcome {
  /** Of the answer, where one came. */
  readonly headers?: Answer['headers'];
  /** Set where it was throttled. */
  readonly throttled?: { readonly afterMs?: number; readonly scope: 'endpoint' | 'credential' };
}

/** Leave to send one request. */
export interface Pass {
  /** Called once with what became of it. @returns when the pause ends that it caused, or undefined */
  done(outcome: Outcome): number | undefined;
}

/** A request that wants to go. */
export interface Wanted {
  /** The endpoint it counts for; see `HttpOptions.scope`. */
  readonly scope: string;
  readonly signal: AbortSignal;
  /** Method and path, for an error. */
  readonly name: string;
  /** From an earlier `ticket()`: who came first goes first, also when it asks again. */
  readonly ticket: number;
  /** Called when it has to wait for long; `until` in ms since 1970. Once a pause for all that wait. */
  readonly onWait?: (until: number) => void;
}

interface Waiter extends Wanted {
  readonly endpoint: Endpoint;
  readonly go: (pass: Pass) => void;
  readonly stop: () => void;
  readonly fail: (error: Error) => void;
}

/** Requests under way at a time, where a source says nothing of it. */
export const DEFAULT_CONCURRENCY = 8;
/** Longer than this, and a little for rounding, a run does not wait for one request. */
export const LONGEST_WAIT_MS = 3_600_000 + 60_000;
/** Waits up to this are nobody's news. */
const QUIET_WAIT_MS = 5000;
/** Endpoints whose pace is remembered; an idle one that is forgotten is found anew. */
const MOST_ENDPOINTS = 1000;

/**
 * Lets the requests of one credential go: at most `concurrency` at a time, within every budget, those that
 * headers tell and the rates that were found, first come first served among those whose endpoint is open.
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
  /** A quota is used up: nothing goes before. */
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
    this.addBudgets(limits.budgets ?? []);
  }

  /** Adds what another client of the same credential names; a budget that is there already counts once. */
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

  /** The rate that was found for an endpoint, in requests per second; Infinity where none was needed. */
  rateOf(scope: string): number {
    return this.#endpoints.get(scope)?.adaptive?.perSecond ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Resolves when the request may go. Rejects with the signal's reason when it is aborted first, and with a
   * ThrottledError where the vendor wants more than an hour of silence.
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

  /** Sends away who would have to wait for too long. */
  #giveUp(endpoint: Endpoint): void {
    const now = this.#clock.now();
    const ms = Math.max(endpoint.readyAt(now), this.#pausedUntil) - now;
    if (ms <= LONGEST_WAIT_MS) return;
    for (let waiter = endpoint.waiting.first; waiter; waiter = endpoint.waiting.first) {
      this.#leave(waiter as Waiter);
      (waiter as Waiter).fail(tooLong(ms, (waiter as Waiter).name));
    }
  }

  /** Sends off whoever may go now and sets the timer for the next. */
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

  /** Who goes next and when: the first in the queue among those whose endpoint is open first. */
  #next(now: number): { waiter: Waiter | undefined; at: number; openAt: number } {
    let shared = this.#pausedUntil;
    for (const meter of this.#meters) shared = Math.max(shared, meter.readyAt(now));
    let best: Waiter | undefined;
    let bestAt = Number.POSITIVE_INFINITY;
    for (const endpoint of this.#endpoints.values()) {
      const waiter = endpoint.waiting.first as Waiter | undefined;
      if (!waiter) continue;
      const at = Math.max(endpoint.readyAt(now), shared, now);
      if (at < bestAt || (at === bestAt && waiter.ticket < best!.ticket)) {
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
    // Rejects only where a later timer took its place.
    this.#clock
      .sleep(Math.min(Math.max(at - now, 0), LONGEST_WAIT_MS), timer.abort.signal)
      .then(woken, () => {});
  }

  /** Once a pause: one that grows by no more than it takes to notice is the same one. */
  #announce(until: number, now: number): void {
    if (until <= this.#announced + QUIET_WAIT_MS && now < this.#announced) return;
    this.#announced = until;
    const listeners = new Set<Wanted['onWait']>();
    for (const endpoint of this.#endpoints.values())
      listeners.add((endpoint.waiting.first as Waiter | undefined)?.onWait);
    for (const listener of listeners) listener?.(until);
  }
}

/** The error of a request that would have to wait for too long. @param name method and path */
export function tooLong(ms: number, name: string): ThrottledError {
  return new ThrottledError(`the server asks to wait ${Math.ceil(ms / 1000)} s`, {
    code: 'http.throttled',
    place: name,
    hint: 'run again later; what was read is safe',
  });
}
