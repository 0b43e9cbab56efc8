import { hashed, hashText } from './hash.ts';
import { type Remembered, RowTable } from './row-table.ts';

/** At least this many rows are known, and up to twice as many. */
const MOST = 1000;

/**
 * `same`: true if the row came before with these bytes; `time` if it came with this time, and its bytes were not compared.
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

/** The page that is compared. */
interface Looked {
  /** The number of its rows. */
  readonly count: number;
  /** The checksum of a row's bytes. */
  readonly mark: (row: number) => number;
}
const NOTHING: Looked = { count: 0, mark: Number };

/** The last rows of a list in this run, because its pages may overlap, also before the position. */
export class RecentRows {
  /** Two halves. The younger one is filled, and becomes the older one when it is full. */
  #young = new RowTable();
  #old = new RowTable();
  /** The halves of an earlier reading of the list. */
  #earlier: readonly RowTable[] = [];
  #page = NOTHING;
  /** Its rows so far. */
  #here = new Map<string, { readonly row: number; readonly time: number }>();
  readonly #exact: number;
  readonly #known: Remembered = { time: Number.NaN, mark: Number.NaN };

  /** @param exact for this many rows at the end of a page, bytes are compared if they come again; for others only the time */
  constructor(exact: number) {
    this.#exact = exact;
  }

  /** Starts comparing a page. The rows of a page that was not kept are forgotten. */
  look(page: Looked): void {
    this.#page = page;
    this.#here = new Map();
  }

  /** Compares the next row of the page. */
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

  /** The page was written. */
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
