/** So many rows are known at least, up to twice as many. */
const MOST = 1000;

interface Brought {
  readonly time: number;
  /** See `markOfRow`. */
  readonly mark: number;
}

/** The rows that a list brought last in this run: its pages may overlap, also before the position. */
export class RecentRows {
  readonly #rows = new Map<string, Brought>();
  /** Those of the page that is looked at. */
  #here = new Map<string, Brought>();

  /** A page is looked at; what an earlier look found is forgotten if it was not kept. */
  look(): void {
    this.#here = new Map();
  }

  /** Whether the row came before, with these bytes. */
  has(key: string, time: number, mark: number): boolean {
    const known = this.#here.get(key) ?? this.#rows.get(key);
    this.#here.set(key, { time, mark });
    return known !== undefined && Object.is(known.time, time) && known.mark === mark;
  }

  /** The page that was looked at was written. */
  keep(): void {
    for (const [key, brought] of this.#here) {
      this.#rows.delete(key);
      this.#rows.set(key, brought);
    }
    this.#here = new Map();
    // In steps: taking the oldest out of a Map costs what was taken out before it.
    if (this.#rows.size < 2 * MOST) return;
    for (const key of this.#rows.keys()) {
      if (this.#rows.size <= MOST) return;
      this.#rows.delete(key);
    }
  }
}
