import { hashed, hashText } from './hash.ts';
import { type Remembered, RowTable } from './row-table.ts';

/** So many rows are known at least, up to twice as many. */
const MOST = 1000;

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
  #young = new RowTable();
  #old = new RowTable();
  /** The halves of an earlier reading of the list. */
  #earlier: readonly RowTable[] = [];
  #page = NOTHING;
  /** What was seen of it. */
  #here = new Map<string, { readonly row: number; readonly time: number }>();
  readonly #exact: number;
  readonly #known: Remembered = { time: Number.NaN, mark: Number.NaN };

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
    const known = this.#known;
    hashText(key);
    if ((this.#young.get(hashed, known) || this.#old.get(hashed, known)) && Object.is(known.time, time)) {
      if (Number.isNaN(known.mark)) return AT_ITS_TIME;
      return known.mark === mark(row) ? AGAIN : CHANGED;
    }
    const isSent = this.#earlier.some((rows) => rows.get(hashed, known));
    return isSent && Object.is(known.time, time) && known.mark === mark(row) ? SENT : NEW;
  }

  /** The page that was looked at was written. */
  keep(): void {
    const { count } = this.#page;
    for (const [key, { row, time }] of this.#here) {
      const mark = row >= count - this.#exact ? this.#page.mark(row) : Number.NaN;
      hashText(key);
      this.#young.set(hashed, time, mark);
      if (this.#young.size < MOST) continue;
      this.#old = this.#young;
      this.#young = new RowTable();
    }
    this.look(NOTHING);
  }

  /** The list is read from its beginning again. */
  restart(): void {
    this.#earlier = [this.#young, this.#old];
    this.#old = new RowTable();
    this.#young = new RowTable();
  }
}
