import type { Page } from '../../protocol/page.ts';
import type { Selection } from '../../protocol/selection.ts';
import type { HttpClient } from '../client.ts';
import type { ApiRequest } from '../request.ts';
import { listName } from './list-name.ts';
import { offsetQuery, type Part, type QueryEnd } from './offset-query.ts';
import { SeenRows } from './seen-rows.ts';
import { ShortListError } from './short-list.ts';
import type { Skim } from './sized-page.ts';

/** How a list is paged by offset, and how its end is recognised. */
export interface OffsetPaging<F extends string, R extends string> {
  /** The fields that identify a record. */
  readonly key: readonly R[];
  /** The query parameter for the offset, counted in rows from 0: `startAt`. */
  readonly offset: string;
  /**
   * The query parameter for the page size, and the size: `['maxResults', 100]`. Pages that are too heavy for the
   * server are requested in smaller sizes.
   */
  readonly size: readonly [string, number];
  /** The page's field that is true on the last page. */
  readonly isLast?: F;
  /** The page's field with the total number of rows. Set it if there is one, even if there is an `isLast` too. */
  readonly total?: F;
  /**
   * If there is neither: `empty` ends the list with an empty page (default; always correct). `short` also ends it
   * with a page that is shorter than an earlier one, which saves a request.
   */
  readonly end?: 'empty' | 'short';
  /**
   * What offsets count: the `rows` in the pages (default), or the rows before the vendor's own filter. With
   * `size`, each page begins a whole page size after the last, however short that was.
   */
  readonly step?: 'rows' | 'size';
  /** How many rows of a page the next one repeats. Default: a twentieth of a page. */
  readonly overlap?: number;
  /**
   * If a list reports neither and ends at a round number (a multiple of 50 or of the page size), it may be only a
   * window of a longer list. This function then splits the query into narrower ones that together find every row;
   * they may overlap, and each may be split again. If it returns undefined, the query cannot be split further, and
   * a `ShortListError` follows. See `splitByPrefix`. `false`: the vendor is known to show whole lists.
   */
  readonly split?: ((request: ApiRequest) => readonly ApiRequest[] | undefined) | false;
  /** How to request a record that makes every page with it fail. By default such a page's error is thrown. */
  readonly skim?: Skim;
  /**
   * The server refuses pages that end after this offset: 10,000 on Elasticsearch and OpenSearch. Requires
   * `restart`.
   */
  readonly deepest?: number;
  /**
   * For a list sorted by a value: how to restart it at its last row if the server refuses an offset or shows no
   * more. Called with the last row of the page as received. Rows that were already read are dropped.
   */
  readonly restart?: (page: Page<never, R>, row: number) => Restart | undefined;
}

/** Where a list is restarted. */
export interface Restart {
  /** The request for everything at and after the position, e.g. `updated >= 10:05`. */
  readonly request: ApiRequest;
  /** The position, as shown in errors. If a list comes back to the same position, it cannot be continued. */
  readonly position: string;
}

/**
 * Names with a common beginning differ after some more characters; a server that ignores the query returns the
 * same for ever.
 */
const MOST_BARREN = 20;
/** The least number of keys that are remembered. A row that is repeated later than that is yielded again. */
const REMEMBERED = 10_000;
/** The same for a query that is split: its parts share rows. */
const REMEMBERED_OF_PARTS = 100_000;

/**
 * Reads the pages of a list by offset. Pages overlap, so that a list which shrinks while it is read skips no row
 * (see `OffsetPlace`). Rows that come twice are dropped. Rows are counted rather than trusting offsets: a list
 * ends only if nothing contradicts that, and a vendor that repeats its pages is an error.
 * @throws TransientError (`http.cut_short`) if a list ends before it says so, brings nothing new or keeps
 *   changing; ShortListError (`list.short`) after the last page if its total is larger than the number of rows, or
 *   if it may be a window; DataError (`http.too_deep`) if more rows than the server shows share one position of
 *   `restart`
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
  /** A query that returned fewer rows than its total, or that may be a window and cannot be split. */
  let short: Extract<QueryEnd, { kind: 'short' | 'round' }> | undefined;
  const parts: Part[] = [{ request }];
  /** Consecutive queries that may be windows and brought nothing new. */
  let barren = 0;
  for (let part = parts.pop(); part; part = parts.pop()) {
    const before = seen.all;
    const end = yield* offsetQuery(http, part, selection, paging, seen);
    if (end.kind === 'restart') parts.push(end);
    else if (end.kind === 'short') short ??= end;
    else if (end.kind === 'round' && split !== false) {
      barren = seen.all > before ? 0 : barren + 1;
      const narrower = (barren < MOST_BARREN && split?.(part.request)) || [];
      // The server returns the same rows whatever is requested.
      if (barren === MOST_BARREN) parts.length = 0;
      if (narrower.length === 0) short ??= end;
      else parts.push(...narrower.map((one) => ({ request: one })).reverse());
    }
  }
  if (short?.kind === 'short') throw new ShortListError(listName(request), short.rows, short.total);
  if (short) throw new ShortListError(listName(request), seen.all, undefined);
}
