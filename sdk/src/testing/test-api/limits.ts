import type { TestLimit } from './options.ts';

/** A limit's verdict on a request. */
interface Said {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Milliseconds until another request is allowed (if `allowed`: until the window is reset). */
  readonly resetMs: number;
}

/** Counts requests against one limit; `now` is monotonic, in ms. */
class Counter {
  readonly limit: TestLimit;
  readonly #windowMs: number;
  #windowStart = 0;
  #count = 0;
  #tokens: number;
  #filledAt: number | undefined;
  /** Times of the requests in the last window, oldest first. */
  readonly #times: number[] = [];

  constructor(limit: TestLimit) {
    this.limit = limit;
    this.#windowMs = limit.windowMs ?? 1000;
    this.#tokens = limit.burst ?? limit.rps;
  }

  ask(now: number): Said {
    const kind = this.limit.window ?? 'fixed';
    return kind === 'fixed' ? this.#fixed(now) : kind === 'sliding' ? this.#sliding(now) : this.#bucket(now);
  }

  #fixed(now: number): Said {
    const start = now - (now % this.#windowMs);
    if (start !== this.#windowStart) {
      this.#windowStart = start;
      this.#count = 0;
    }
    const allowed = this.#count < this.limit.rps;
    if (allowed) this.#count++;
    return { allowed, remaining: this.limit.rps - this.#count, resetMs: start + this.#windowMs - now };
  }

  #sliding(now: number): Said {
    while (this.#times.length > 0 && this.#times[0]! <= now - this.#windowMs) this.#times.shift();
    const allowed = this.#times.length < this.limit.rps;
    if (allowed) this.#times.push(now);
    const oldest = this.#times[0] ?? now;
    return {
      allowed,
      remaining: this.limit.rps - this.#times.length,
      resetMs: oldest + this.#windowMs - now,
    };
  }

  #bucket(now: number): Said {
    const most = this.limit.burst ?? this.limit.rps;
    const perMs = this.limit.rps / this.#windowMs;
    this.#tokens = Math.min(most, this.#tokens + (now - (this.#filledAt ?? now)) * perMs);
    this.#filledAt = now;
    const allowed = this.#tokens >= 1;
    if (allowed) this.#tokens--;
    const missing = allowed ? most - this.#tokens : 1 - this.#tokens;
    return { allowed, remaining: Math.floor(this.#tokens), resetMs: missing / perMs };
  }
}

/** The limits of an API. */
export class Limits {
  readonly #counters: readonly Counter[];

  constructor(limits: readonly TestLimit[]) {
    this.#counters = limits.map((limit) => new Counter(limit));
  }

  /**
   * Whether a request is allowed, and the rate-limit headers for its response. A request counts against the limits
   * that allow it; the first one that does not throttles it.
   * @param now monotonic ms. @param date the server's clock, ms since 1970
   */
  ask(path: string, now: number, date: number): { allowed: boolean; headers: Record<string, string> } {
    const headers: Record<string, string> = {};
    for (const counter of this.#counters) {
      if (counter.limit.only && !counter.limit.only.test(path)) continue;
      const said = counter.ask(now);
      Object.assign(headers, headersOf(counter.limit, said, date));
      if (!said.allowed) return { allowed: false, headers };
    }
    return { allowed: true, headers };
  }
}

function headersOf(limit: TestLimit, said: Said, date: number): Record<string, string> {
  const seconds = Math.ceil(said.resetMs / 1000);
  switch (limit.style ?? 'none') {
    case 'retry-after':
      return said.allowed ? {} : { 'retry-after': String(seconds) };
    case 'retry-after-date':
      // HTTP dates have whole seconds. Round up, otherwise the client comes too early.
      return said.allowed
        ? {}
        : { 'retry-after': new Date(Math.ceil((date + said.resetMs) / 1000) * 1000).toUTCString() };
    case 'x-ratelimit':
      return {
        'x-ratelimit-limit': String(limit.rps),
        'x-ratelimit-remaining': String(said.remaining),
        'x-ratelimit-reset': String(
          limit.reset === 'left' ? seconds : Math.ceil((date + said.resetMs) / 1000),
        ),
      };
    case 'ratelimit':
      return {
        'ratelimit-policy': `"default";q=${limit.rps};w=${Math.ceil((limit.windowMs ?? 1000) / 1000)}`,
        ratelimit: `"default";r=${said.remaining};t=${seconds}`,
      };
    default:
      return {};
  }
}
