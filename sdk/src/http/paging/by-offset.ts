import type { Page } from '../../protocol/page.ts';
import type { Selection } from '../../protocol/selection.ts';
import type { HttpClient } from '../client.ts';
import type { ApiRequest } from '../request.ts';
import { cutShort } from './chain.ts';
import { keepRows } from './keep-rows.ts';
import { RecentKeys } from './recent-keys.ts';

/** How a list is paged by offset, and how its end is told. */
export interface OffsetPaging<F extends string, R extends string> {
  /** The record's values that make it unique. */
  readonly key: readonly R[];
  /** The query parameter of the offset, counted in rows from 0: `startAt`. */
  readonly offset: string;
  /** The query parameter of the page size, and the size: `['maxResults', 100]`. */
  readonly size: readonly [string, number];
  /** The page's field that is true on the last page. */
  readonly isLast?: F;
  /** The page's field that counts all rows of the list. */
  readonly total?: F;
  /**
   * Where neither is told: an `empty` page ends the list (→, always right), or also one that is `short`er than
   * one before it, which saves a request.
   */
  readonly end?: 'empty' | 'short';
  /**
   * Offsets count the `rows` that pages hold (→), or the rows before the vendor's own filter: then each page is
   * a whole `size` after the last, however short they are.
   */
  readonly step?: 'rows' | 'size';
  /** Rows of a page that the next one begins with again; → a twentieth of a page. */
  readonly overlap?: number;
}

/** So often it goes back for what may have moved. */
const MOST_BACKS = 100;
/** So many pages in a row a vendor's filter may leave empty. */
const MOST_EMPTY = 1000;
/** Keys that are remembered, at least; a row that comes again later than that is yielded again. */
const REMEMBERED = 10_000;

/**
 * Pages of a list that is asked by offset. A list that shrinks while it is read moves up, and what stands at
 * the boundary would be skipped: so each page begins some rows before the end of the last one. Where its first
 * row is not one that was seen, more than the overlap has gone, and it goes back until the rows are known again.
 * Rows that come twice are dropped.
 * @throws TransientError (`http.cut_short`) where a list ends before it says so or does not hold still
 */
export async function* pagesByOffset<F extends string, R extends string>(
  http: Pick<HttpClient, 'page'>,
  request: ApiRequest,
  selection: Selection<F, R>,
  paging: OffsetPaging<F, R>,
): AsyncGenerator<Page<F, R>> {
  const { key, step = 'rows' } = paging;
  const [sizeName, size] = paging.size;
  const overlap = paging.overlap ?? Math.ceil(size / 20);
  const seen = new RecentKeys(Math.max(REMEMBERED, 20 * size));
  let backs = 0;
  let backsInARow = 0;
  /** Where the next page begins, and where the last one ended. */
  let offset = 0;
  let reached = 0;
  /** What stands before this was read without a gap just now: a filtered page up to here needs no known row. */
  let trusted = -1;
  /** Where it turned back. */
  let doubted = -1;
  let longest = 0;
  /** Empty pages in a row. */
  let empty = 0;

  for (;;) {
    const query = { ...request.query, [paging.offset]: offset, [sizeName]: size };
    const page = await http.page({ ...request, query }, selection);
    const rows = page.count;
    const ahead = step === 'size' ? size : rows;
    empty = rows === 0 ? empty + 1 : 0;
    const isKnown = rows > 0 ? seen.has(keyOf(page, 0, key)) : step === 'size';
    if (offset > 0 && offset < reached && offset > trusted && !isKnown) {
      if (++backs > MOST_BACKS) throw cutShort(request.path, 'the list does not hold still');
      doubted = Math.max(doubted, offset);
      offset = Math.max(0, offset - size * 2 ** backsInARow++);
      continue;
    }
    const before = seen.added;
    keepRows(page, (row) => seen.add(keyOf(page, row, key)));
    const isNew = seen.added > before;
    if (backsInARow > 0) {
      // Nothing new where it turned back to: there was no gap, the vendor's filter took the rows it knew.
      if (!isNew && step === 'size') trusted = doubted;
      backsInARow = 0;
      doubted = -1;
    }
    const isEnd = isLast(page, rows, ahead, isNew);
    if (page.count > 0) yield page;
    if (isEnd) return;
    longest = Math.max(longest, rows);
    reached = offset + ahead;
    offset = reached - Math.min(overlap, ahead - 1);
  }

  /** Whether the page of `rows` rows at `offset` ends the list. */
  function isLast(page: Page<F, R>, rows: number, ahead: number, isNew: boolean): boolean {
    if (paging.isLast !== undefined && page.field(paging.isLast) === true) return true;
    if (paging.total !== undefined && offset + ahead >= Number(page.field(paging.total))) return true;
    if ((paging.isLast ?? paging.total) !== undefined) {
      if (empty > (step === 'size' ? MOST_EMPTY : 0))
        throw cutShort(request.path, `the page at ${offset} is empty and not the last`);
      return false;
    }
    if (rows === 0) return true;
    if (rows >= longest || step === 'size') return false;
    // Shorter than another one: nothing stands behind it, as far as the vendor can be believed to fill its pages.
    return paging.end === 'short' || (!isNew && offset + rows <= reached);
  }
}

function keyOf<R extends string>(page: Page<string, R>, row: number, names: readonly R[]): string {
  return JSON.stringify(names.map((name) => page.value(row, name) ?? null));
}
