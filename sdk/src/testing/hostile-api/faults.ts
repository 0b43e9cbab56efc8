/** What the hostile API can do to a request. */
export const HOSTILE_KINDS = [
  /** A 429 that does not say how long. */
  'throttle',
  /** A 429 with `Retry-After: <seconds>`. */
  'throttle-seconds',
  /** A 429 with a date in Retry-After, `seconds` from now. */
  'throttle-date',
  /** An answer of this `status` (→ 500) with a JSON error. */
  'status',
  /** A 502 with a gateway's HTML. */
  'bad-gateway',
  /** A 503 with `Retry-After: <seconds>`. */
  'unavailable',
  /** A 400 whose text repeats the request's headers, secrets included. */
  'tell-headers',
  /** The connection is reset before an answer begins. */
  'reset',
  /** The connection is reset in the middle of the body. */
  'reset-in-body',
  /** Half of the body, and a Content-Length that says this is all. */
  'cut-body',
  /** Half of the body, then the end of the connection; the Content-Length is the whole one's. */
  'cut-short',
  /** Half of a chunked body, then the end of the connection. */
  'cut-chunks',
  /** Half of a gzip stream, and a Content-Length that says this is all. */
  'cut-gzip',
  /** 200 with nothing in it. */
  'empty-body',
  /** 200 with a login page. */
  'html',
  /** 200 with `{}`. */
  'empty-object',
  /** The answer begins after `ms`. */
  'slow-head',
  /** The body comes in ten pieces within `ms`. */
  'slow-body',
  /**
   * Instead of a page the one before it: a token that was just asked for comes again, an offset or a number of a page
   * is ignored.
   */
  'previous-page',
  /** What this very request was answered the first time. */
  'stale',
  /** The right answer without a Date header. */
  'no-date',
  /** One letter of a text in the answer is no UTF-8. */
  'bad-utf8',
] as const;

/** One of the ways in which a hostile API misbehaves. */
export type HostileKind = (typeof HOSTILE_KINDS)[number];

/** One way to misbehave, and how often. Without `rate` and `every`: always. */
export interface HostileFault {
  readonly kind: HostileKind;
  /** Share of the requests, 0 to 1, drawn from the seed, the request and how often it came: not from the order. */
  readonly rate?: number;
  /** Each n-th request that matches, in the order of their arrival. */
  readonly every?: number;
  /** So many matching requests pass first. */
  readonly after?: number;
  /** At most so many times; → no end. */
  readonly times?: number;
  /** Only requests that match, by `<method> <path>?<query>`. */
  readonly only?: RegExp;
  /** `status`: the answer's, → 500. */
  readonly status?: number;
  /** Of Retry-After, → 1. */
  readonly seconds?: number;
  /** Of the slow ones, → 200. */
  readonly ms?: number;
}

/** Picks the fault for each request: the first in the list that applies. */
export class FaultPicker {
  readonly #seed: number;
  readonly #mostInARow: number;
  #faults: Array<{ fault: HostileFault; matched: number; done: number }> = [];
  /** Per request: how often it came, and how many of its last answers were faults. */
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

  /** @param line `<method> <path>?<query>`. @param body of the request: two searches of one path are two requests */
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
        // A request that fails by chance gets through in the end: retries are finite.
        if (seen.inARow >= this.#mostInARow) continue;
        if (fraction(`${this.#seed}\n${i}\n${seen.times}\n${key}`) >= fault.rate) continue;
      }
      one.done++;
      return fault;
    }
    return undefined;
  }
}

/** A number in [0, 1) from a text: FNV-1a with a final mix. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
