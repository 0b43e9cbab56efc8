/** The faults that the hostile API can inject. */
export const HOSTILE_KINDS = [
  /** A 429 that does not say how long to wait. */
  'throttle',
  /** A 429 with `Retry-After: <seconds>`. */
  'throttle-seconds',
  /** A 429 with a date in Retry-After, `seconds` from now. */
  'throttle-date',
  /** A response with this `status` (default: 500) and a JSON error. */
  'status',
  /** A 502 with a gateway's HTML page. */
  'bad-gateway',
  /** A 503 with `Retry-After: <seconds>`. */
  'unavailable',
  /** A 400 whose text repeats the request's headers, including secrets. */
  'tell-headers',
  /** The connection is reset before the response begins. */
  'reset',
  /** The connection is reset in the middle of the body. */
  'reset-in-body',
  /** Half of the body, with a Content-Length that matches the half. */
  'cut-body',
  /** Half of the body, then the connection ends; the Content-Length is that of the whole body. */
  'cut-short',
  /** Half of a chunked body, then the connection ends. */
  'cut-chunks',
  /** Half of a gzip stream, with a Content-Length that matches the half. */
  'cut-gzip',
  /** 200 with an empty body. */
  'empty-body',
  /** 200 with a login page. */
  'html',
  /** 200 with `{}`. */
  'empty-object',
  /** The response begins after `ms`. */
  'slow-head',
  /** The body arrives in ten pieces within `ms`. */
  'slow-body',
  /**
   * The previous page instead of the requested one: a page token that was just used is returned again, or an
   * offset or page number is ignored.
   */
  'previous-page',
  /** The response that this same request got the first time. */
  'stale',
  /** The right response without a Date header. */
  'no-date',
  /** One character of a text in the response is replaced by invalid UTF-8. */
  'bad-utf8',
] as const;

/** A kind of fault. */
export type HostileKind = (typeof HOSTILE_KINDS)[number];

/** A fault and how often it is injected. Without `rate` and `every`: always. */
export interface HostileFault {
  readonly kind: HostileKind;
  /**
   * Fraction of the requests, 0 to 1. Drawn from the seed, the request and how often it was made, so the order of
   * requests does not matter.
   */
  readonly rate?: number;
  /** Every n-th matching request, in the order of arrival. */
  readonly every?: number;
  /** Let this many matching requests pass first. */
  readonly after?: number;
  /** At most this many times. Default: no limit. */
  readonly times?: number;
  /** Only requests that match, as `<method> <path>?<query>`. */
  readonly only?: RegExp;
  /** For `status`: the response's status. Default: 500. */
  readonly status?: number;
  /** For Retry-After. Default: 1. */
  readonly seconds?: number;
  /** For the slow faults. Default: 200. */
  readonly ms?: number;
}

/** Picks the fault for each request: the first in the list that applies. */
export class FaultPicker {
  readonly #seed: number;
  readonly #mostInARow: number;
  #faults: Array<{ fault: HostileFault; matched: number; done: number }> = [];
  /** Per request: how often it was made, and how many of its last responses were faults. */
  readonly #requests = new Map<string, { times: number; inARow: number }>();

  constructor(seed: number, mostInARow: number) {
    this.#seed = seed;
    this.#mostInARow = mostInARow;
  }

  set(faults: readonly HostileFault[]): void {
    for (const { kind, rate, every } of faults) {
      if (!HOSTILE_KINDS.includes(kind))
        throw new RangeError(`no fault '${kind}': ${HOSTILE_KINDS.join(', ')}`);
      if (rate !== undefined && !(rate >= 0 && rate <= 1)) throw new RangeError('rate must be from 0 to 1');
      if (every !== undefined && !(Number.isSafeInteger(every) && every >= 1))
        throw new RangeError('every must be a whole number ≥ 1');
    }
    this.#faults = faults.map((fault) => ({ fault, matched: 0, done: 0 }));
  }

  /**
   * @param line `<method> <path>?<query>`. @param body the request's body: two searches with the same path are
   *   different requests
   */
  pick(line: string, body: string): HostileFault | undefined {
    const key = `${line}\n${body}`;
    const seen = this.#requests.get(key) ?? { times: 0, inARow: 0 };
    this.#requests.set(key, seen);
    seen.times++;
    const found = this.#find(line, key, seen);
    seen.inARow = found ? seen.inARow + 1 : 0;
    return found;
  }

  #find(line: string, key: string, seen: { times: number; inARow: number }): HostileFault | undefined {
    for (const [i, one] of this.#faults.entries()) {
      const { fault } = one;
      if (fault.only && !fault.only.test(line)) continue;
      one.matched++;
      if (one.matched <= (fault.after ?? 0) || one.done >= (fault.times ?? Number.POSITIVE_INFINITY))
        continue;
      if (fault.every !== undefined && one.matched % fault.every !== 0) continue;
      if (fault.rate !== undefined) {
        // A request with random faults must succeed eventually, because retries are finite.
        if (seen.inARow >= this.#mostInARow) continue;
        if (fraction(`${this.#seed}\n${i}\n${seen.times}\n${key}`) >= fault.rate) continue;
      }
      one.done++;
      return fault;
    }
    return undefined;
  }
}

/** A number in [0, 1) derived from a text: FNV-1a with a final mix. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
