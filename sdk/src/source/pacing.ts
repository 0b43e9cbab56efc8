/** When a STATE may be sent in the middle of a stream; times in ms. */
export interface Pacing {
  /** The least time since the last STATE. In addition, records of 50 times the state's size must have been sent. */
  readonly atLeast: number;
  /** After this time it is sent in any case. */
  readonly atMost: number;
}

export const defaultPacing: Pacing = { atLeast: 5000, atMost: 60_000 };
const RECORDS_PER_STATE_BYTE = 50;

/** Decides when the next STATE of a stream is sent. */
export class StatePacer {
  readonly #pacing: Pacing;
  #since: number;
  #bytes = 0;
  #stateBytes = 0;

  constructor(pacing: Pacing, now: number) {
    this.#pacing = pacing;
    this.#since = now;
  }

  wrote(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Whether a state of about the size of the last one may be sent now. */
  due(now: number): boolean {
    const waited = now - this.#since;
    if (waited >= this.#pacing.atMost) return true;
    return waited >= this.#pacing.atLeast && this.#bytes >= RECORDS_PER_STATE_BYTE * this.#stateBytes;
  }

  /** A STATE of `stateBytes` was sent. */
  left(now: number, stateBytes: number): void {
    this.#since = now;
    this.#bytes = 0;
    this.#stateBytes = stateBytes;
  }
}
