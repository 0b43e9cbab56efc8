/** Requests to one route. */
export interface RouteCount {
  requests: number;
  throttled: number;
}

/** Counters since the start or the last `resetStats`. */
export interface TestApiStats {
  /** Requests received. */
  readonly requests: number;
  /** Requests that were answered successfully. */
  readonly answered: number;
  readonly throttled: number;
  /** Requests without the right token. */
  readonly unauthorized: number;
  /** The most requests received within a second. */
  readonly peakRps: number;
  /** The most requests in progress at a time. */
  readonly peakInFlight: number;
  /** Bytes of response bodies. */
  readonly bytes: number;
  /** When the first and the last request arrived, ms since 1970 by this machine's clock; 0 if there was none. */
  readonly first: number;
  readonly last: number;
  /** By the route's pattern: `/groups/{id}/items`. */
  readonly routes: Readonly<Record<string, RouteCount>>;
}

const SLOT_MS = 10;
const SLOTS = 100;

export class Stats {
  #requests = 0;
  #throttled = 0;
  #unauthorized = 0;
  #answered = 0;
  #inFlight = 0;
  #peakInFlight = 0;
  #bytes = 0;
  #first = 0;
  #last = 0;
  readonly #routes: Record<string, RouteCount> = {};
  /** Requests per 10 ms of the last second. */
  readonly #slots = new Uint32Array(SLOTS);
  #slot = 0;
  #inSecond = 0;
  #peakRps = 0;

  arrived(route: string): void {
    const now = Date.now();
    if (this.#requests++ === 0) this.#first = now;
    this.#last = now;
    this.#routes[route] ??= { requests: 0, throttled: 0 };
    this.#routes[route].requests++;
    this.#peakInFlight = Math.max(this.#peakInFlight, ++this.#inFlight);
    const slot = Math.floor(now / SLOT_MS);
    for (let gone = Math.max(this.#slot, slot - SLOTS) + 1; gone <= slot; gone++) {
      this.#inSecond -= this.#slots[gone % SLOTS]!;
      this.#slots[gone % SLOTS] = 0;
    }
    this.#slot = Math.max(this.#slot, slot);
    this.#slots[this.#slot % SLOTS]!++;
    this.#peakRps = Math.max(this.#peakRps, ++this.#inSecond);
  }

  throttled(route: string): void {
    this.#throttled++;
    this.#routes[route]!.throttled++;
  }

  unauthorized(): void {
    this.#unauthorized++;
  }

  answered(bytes: number): void {
    this.#answered++;
    this.#bytes += bytes;
  }

  /** Records that a request has ended, answered or aborted. */
  left(): void {
    this.#inFlight--;
  }

  /** New counters. Requests in progress still count as such. */
  fresh(): Stats {
    const next = new Stats();
    next.#inFlight = this.#inFlight;
    return next;
  }

  read(): TestApiStats {
    return {
      requests: this.#requests,
      answered: this.#answered,
      throttled: this.#throttled,
      unauthorized: this.#unauthorized,
      peakRps: this.#peakRps,
      peakInFlight: this.#peakInFlight,
      bytes: this.#bytes,
      first: this.#first,
      last: this.#last,
      routes: structuredClone(this.#routes),
    };
  }
}
