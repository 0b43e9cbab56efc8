import type { Page } from '../../protocol/page.ts';

/**
 * Tracks which rows of a list have been seen, and counts the distinct rows of the whole list and of the current
 * query. A list that is split takes several queries, which may share rows. Only the most recent keys are
 * remembered.
 */
export class SeenRows<R extends string> {
  readonly #key: readonly R[];
  readonly #most: number;
  /**
   * Maps a key to the last query that returned it. There are two halves: when the younger is full, it becomes the
   * older.
   */
  #young = new Map<string, number>();
  #old = new Map<string, number>();
  #query = 0;
  /** Distinct rows of all queries. */
  all = 0;
  /** Distinct rows of the current query. */
  distinct = 0;

  /** @param most at least this many keys are remembered, and at most twice as many */
  constructor(key: readonly R[], most: number) {
    this.#key = key;
    this.#most = most;
  }

  /** Begins another query of the same list. */
  begin(): void {
    this.#query++;
    this.distinct = 0;
  }

  has(page: Page<string, R>, row: number): boolean {
    return this.#queryOf(keyOf(page, row, this.#key)) !== undefined;
  }

  /** @returns whether the row is new to the list and should be yielded */
  add(page: Page<string, R>, row: number): boolean {
    return this.addKey(keyOf(page, row, this.#key));
  }

  /** The same for a row of which only the key was returned. */
  addKey(key: string): boolean {
    const query = this.#queryOf(key);
    if (query === undefined) this.all++;
    if (query !== this.#query) this.distinct++;
    this.#young.set(key, this.#query);
    if (this.#young.size > this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    return query === undefined;
  }

  #queryOf(key: string): number | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }
}

/**
 * A row's key as text: a string as decoded, prefixed with its length; a number by its own digits. So `"1"` and `1`
 * differ. A row without any of its keys is identified by its bytes, so that it is never mistaken for another.
 */
function keyOf<R extends string>(page: Page<string, R>, row: number, names: readonly R[]): string {
  let key = '';
  let isKeyless = true;
  for (const name of names) {
    const text = page.text(row, name);
    const other = text === undefined ? (page.id(row, name) ?? page.value(row, name)) : null;
    if (text !== undefined) key += `${text.length}"${text}`;
    else key += typeof other === 'string' ? `${other},` : `${JSON.stringify(other ?? null)},`;
    isKeyless &&= text === undefined && (other ?? null) === null;
  }
  if (!isKeyless) return key;
  const { buffer, byteOffset, length } = page.record(row);
  return `{${Buffer.from(buffer, byteOffset, length).toString('latin1')}`;
}
