import type { Page } from '../../protocol/page.ts';
import type { Selection } from '../../protocol/selection.ts';
import type { HttpClient } from '../client.ts';
import type { ApiRequest } from '../request.ts';
import { listName } from './list-name.ts';
import { offsetQuery, type Part, type QueryEnd } from './offset-query.ts';
import { SeenRows } from './seen-rows.ts';
import { ShortListError } from './short-list.ts';
import type { Skim } from './sized-page.ts';

/** How a list is paged by offset, and how its end is told. */
export interface OffsetPaging<F extends string, R extends string> {
  /** The record's values that make it unique. */
  readonly key: readonly R[];
  /** The query parameter of the offset, counted in rows from 0: `startAt`. */
  readonly offset: string;
  /**
   * The query parameter of the page size, and the size: `['maxResults', 100]`. Pages that are too heavy for the server
   * are asked for in smaller sizes.
   */
  readonly size: readonly [string, number];
  /** The page's field that is true on the last page. */
  readonly isLast?: F;
  /** The page's field that counts all rows of the list. Name it if there is one, beside `isLast` too. */
  readonly total?: F;
  /**
   * If neither is told: an `empty` page ends the list (→, always right), or also one that is `short`er than
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
  /**
   * A list of which neither is told and that ends at a round number (a multiple of 50 or of the page size) may be the
   * window that the server shows of a longer one. Then this cuts the query into narrower ones that find every row
   * together, some of them twice if it must be; each of them may be cut again. Undefined: it cannot be cut further;
   * `ShortListError` then. See `splitByPrefix`. `false`: the vendor is known to show whole lists.
   */
  readonly split?: ((request: ApiRequest) => readonly ApiRequest[] | undefined) | false;
  /** How a record is asked for that makes each page fail that holds it; → such a page's error is thrown. */
  readonly skim?: Skim;
  /** The server refuses pages that end behind this offset: 10,000 on Elasticsearch and OpenSearch. Needs `restart`. */
  readonly deepest?: number;
  /**
   * How a list in the order of a value is begun anew at its last row, if the server refuses an offset or does not come
   * further: called for the last row of a page as it came. Rows that came already are dropped.
   */
  readonly restart?: (page: Page<never, R>, row: number) => Restart | undefined;
}

/** Where a list is begun anew. */
export interface Restart {
  /** For what stands at the position and behind it, as `updated >= 10:05`. */
  readonly request: ApiRequest;
  /** The position as errors name it: if a list comes back to the same one, there is no way on. */
  readonly position: string;
}

/** Names that begin alike are told apart some characters further; a server that ignores the query never does. */
const MOST_BARREN = 20;
/** Keys that are remembered, at least; a row that comes again later than that is yielded again. */
const REMEMBERED = 10_000;
/** The same if a query is split: its parts share rows. */
const REMEMBERED_OF_PARTS = 100_000;

/**
 * Pages of a list that is asked by offset. Pages overlap, so that a list which shrinks while it is read skips nothing
 * (see `OffsetPlace`); rows that come twice are dropped. Rows are counted, offsets are not trusted: a list ends only if
 * nothing contradicts it, and a vendor that repeats its pages is told.
 * @throws TransientError (`http.cut_short`) if a list ends before it says so, brings nothing new or does not hold still;
 *   ShortListError (`list.short`) behind the last page if its total says more than came, or if it may be a window;
 *   DataError (`http.too_deep`) if more rows than the server shows share one position of `restart`
 */
export async function* pagesByOffset<F extends string, R extends string>(
  http: Pick<HttpClient, 'page'>,
  request: ApiRequest,
  selection: Selection<F, R>,
  paging: OffsetPaging<F, R>,
): AsyncGenerator<Page<F, R>> {
  const { split, deepest = 0 } = paging;
  const remembered = Math.max(split ? REMEMBERED_OF_PARTS : REMEMBERED, 20 * paging.size[1], 2 * deepest);
  const seen = new SeenRows(paging.key, remembered);
  /** A query that fell short of its total, or that may be a window and cannot be split. */
  let short: Extract<QueryEnd, { kind: 'short' | 'round' }> | undefined;
  const parts: Part[] = [{ request }];
  /** Queries in a row that may be windows and brought nothing new. */
  let barren = 0;
  for (let part = parts.pop(); part; part = parts.pop()) {
    const before = seen.all;
    const end = yield* offsetQuery(http, part, selection, paging, seen);
    if (end.kind === 'restart') parts.push(end);
    else if (end.kind === 'short') short ??= end;
    else if (end.kind === 'round' && split !== false) {
      barren = seen.all > before ? 0 : barren + 1;
      const narrower = (barren < MOST_BARREN && split?.(part.request)) || [];
      // It shows the same whatever is asked for.
      if (barren === MOST_BARREN) parts.length = 0;
      if (narrower.length === 0) short ??= end;
      else parts.push(...narrower.map((one) => ({ request: one })).reverse());
    }
  }
  if (short?.kind === 'short') throw new ShortListError(listName(request), short.rows, short.total);
  if (short) throw new ShortListError(listName(request), seen.all, undefined);
}
