import type { Page } from '../../protocol/page.ts';

/**
 * Which rows of a list came, and how many different ones: of the whole list, and of the query that is read now. A
 * list may take several queries, as where it is split; they share rows. The keys that were added last are remembered.
 */
export class SeenRows<R extends string> {
  readonly #key: readonly R[];
  readonly #most: number;
  /** Key → the last query that brought it. Two halves: the younger one is filled; full, it becomes the older one. */
  #young = new Map<string, number>();
  #old = new Map<string, number>();
  #query = 0;
  /** Different rows of all queries. */
  all = 0;
  /** Different rows of this query. */
  distinct = 0;

  /** @param most at least so many are remembered, at most twice as many held */
  constructor(key: readonly R[], most: number) {
    this.#key = key;
    this.#most = most;
  }

  /** Another query of the same list begins. */
  begin(): void {
    this.#query++;
    this.distinct = 0;
  }

  has(page: Page<string, R>, row: number): boolean {
    return this.#queryOf(keyOf(page, row, this.#key)) !== undefined;
  }

  /** @returns whether the row is new to the list, to be yielded */
  add(page: Page<string, R>, row: number): boolean {
    return this.addKey(keyOf(page, row, this.#key));
  }

  /** The same of a row of which only the key came. */
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
 * A row's key as text: a string as it reads with its length before it, a number by its own digits, so that `"1"` and
 * `1` are two. A row that has none of its keys is told by its bytes: it is not taken for another one.
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
