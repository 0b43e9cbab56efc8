/** So many rows are known at least, up to twice as many. */
const MOST = 1000;

interface Brought {
  readonly time: number;
  /** Of its bytes; undefined: they were not looked at. */
  readonly mark: number | undefined;
}

/**
 * `same`: the row came before, with these bytes, or `time`: at this time, and its bytes were not looked at.
 * `isOverlap`: it came before in this reading of the list.
 */
interface Seen {
  readonly same: boolean | 'time';
  readonly isOverlap: boolean;
}

const NEW: Seen = { same: false, isOverlap: false };
const SENT: Seen = { same: true, isOverlap: false };
const CHANGED: Seen = { same: false, isOverlap: true };
const AGAIN: Seen = { same: true, isOverlap: true };
const AT_ITS_TIME: Seen = { same: 'time', isOverlap: true };

/** A row of the page that is looked at. */
interface Here {
  readonly time: number;
  readonly mark: () => number;
  /** Whether its bytes count when a later page has it again, or its time alone. */
  readonly isExact: boolean;
}

/** The rows that a list brought last in this run: its pages may overlap, also before the position. */
export class RecentRows {
  #rows = new Map<string, Brought>();
  /** Those of the page that is looked at. */
  #here = new Map<string, Here>();
  /** Those of an earlier reading of the list. */
  #earlier: ReadonlyMap<string, Brought> = new Map();

  /** A page is looked at; what an earlier look found is forgotten if it was not kept. */
  look(): void {
    this.#here = new Map();
  }

  /**
   * @param mark looks at its bytes
   * @param isExact see `Here`
   */
  see(key: string, time: number, mark: () => number, isExact: boolean): Seen {
    const here = this.#here.get(key);
    const known = this.#rows.get(key);
    const earlier = this.#earlier.get(key);
    this.#here.set(key, { time, mark, isExact });
    if (here && Object.is(here.time, time)) return here.mark() === mark() ? AGAIN : CHANGED;
    if (known && Object.is(known.time, time)) {
      if (known.mark === undefined) return AT_ITS_TIME;
      return known.mark === mark() ? AGAIN : CHANGED;
    }
    return earlier?.mark !== undefined && Object.is(earlier.time, time) && earlier.mark === mark()
      ? SENT
      : NEW;
  }

  /** The page that was looked at was written. */
  keep(): void {
    for (const [key, { time, mark, isExact }] of this.#here) {
      this.#rows.delete(key);
      this.#rows.set(key, { time, mark: isExact ? mark() : undefined });
    }
    this.#here = new Map();
    // In steps: taking the oldest out of a Map costs what was taken out before it.
    if (this.#rows.size < 2 * MOST) return;
    for (const key of this.#rows.keys()) {
      if (this.#rows.size <= MOST) return;
      this.#rows.delete(key);
    }
  }

  /** The list is read from its beginning again. */
  restart(): void {
    this.#earlier = this.#rows;
    this.#rows = new Map();
  }
}
