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

/** A page that is looked at. */
interface Looked {
  /** How many rows it has. */
  readonly count: number;
  /** Looks at a row's bytes. */
  readonly mark: (row: number) => number;
}
const NOTHING: Looked = { count: 0, mark: Number };

/** The rows that a list brought last in this run: its pages may overlap, also before the position. */
export class RecentRows {
  /** Two halves: the younger one is filled; full, it becomes the older one. */
  #young = new Map<string, Brought>();
  #old: ReadonlyMap<string, Brought> = new Map();
  /** Those of an earlier reading of the list. */
  #earlier: ReadonlyMap<string, Brought> = new Map();
  #page = NOTHING;
  /** What was seen of it. */
  #here = new Map<string, { readonly row: number; readonly time: number }>();
  readonly #exact: number;

  /** @param exact of so many rows at a page's end the bytes count when they come again, of others the time alone */
  constructor(exact: number) {
    this.#exact = exact;
  }

  /** A page is looked at; what an earlier look found is forgotten if it was not kept. */
  look(page: Looked): void {
    this.#page = page;
    this.#here = new Map();
  }

  /** A row of the page that is looked at. */
  see(row: number, key: string, time: number): Seen {
    const { mark } = this.#page;
    const twin = this.#here.get(key);
    this.#here.set(key, { row, time });
    if (twin && Object.is(twin.time, time)) return mark(twin.row) === mark(row) ? AGAIN : CHANGED;
    const known = this.#young.get(key) ?? this.#old.get(key);
    if (known && Object.is(known.time, time)) {
      if (known.mark === undefined) return AT_ITS_TIME;
      return known.mark === mark(row) ? AGAIN : CHANGED;
    }
    const earlier = this.#earlier.get(key);
    return earlier?.mark !== undefined && Object.is(earlier.time, time) && earlier.mark === mark(row)
      ? SENT
      : NEW;
  }

  /** The page that was looked at was written. */
  keep(): void {
    const { count, mark } = this.#page;
    for (const [key, { row, time }] of this.#here)
      this.#young.set(key, { time, mark: row >= count - this.#exact ? mark(row) : undefined });
    this.look(NOTHING);
    if (this.#young.size < MOST) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  /** The list is read from its beginning again. */
  restart(): void {
    this.#earlier = new Map([...this.#old, ...this.#young]);
    this.#old = new Map();
    this.#young = new Map();
  }
}
