/** When a STATE may leave in the middle of a stream (DESIGN.md, State): times in ms. */
export interface Pacing {
  /** Not before this, and not before 50 times the state's own bytes went out as records. */
  readonly atLeast: number;
  /** After this in any case. */
  readonly atMost: number;
}

export const defaultPacing: Pacing = { atLeast: 5000, atMost: 60_000 };
const RECORDS_PER_STATE_BYTE = 50;

/** Counts what went out since the last STATE of one stream. */
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

  /** Whether a state of about the last one's size may leave now. */
  due(now: number): boolean {
    const waited = now - this.#since;
    if (waited >= this.#pacing.atMost) return true;
    return waited >= this.#pacing.atLeast && this.#bytes >= RECORDS_PER_STATE_BYTE * this.#stateBytes;
  }

  /** A STATE of `stateBytes` left. */
  left(now: number, stateBytes: number): void {
    this.#since = now;
    this.#bytes = 0;
    this.#stateBytes = stateBytes;
  }
}
