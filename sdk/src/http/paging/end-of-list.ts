import { isRound } from './round.ts';

/** What is known of a list by offset when a page of it has come. */
export interface PageFacts {
  readonly offset: number;
  /** Rows in the page, known ones too. */
  readonly rows: number;
  /** How many rows further the next page begins: `rows`, or the size where pages are filtered. */
  readonly ahead: number;
  /** The size that was asked for, and the most rows that any page had. */
  readonly size: number;
  readonly longest: number;
  /** Pages are filtered after they were counted: rows are fewer than places. */
  readonly isFiltered: boolean;
  /** Where the page before ended, and the furthest that pages with anything new did. */
  readonly reached: number;
  readonly furthest: number;
  /** Whether the page has a row that no page had before it. */
  readonly isNew: boolean;
  /** Different rows until now, and how many there must be: the smallest total that a believable page told. */
  readonly distinct: number;
  readonly due: number | undefined;
  /** Of the pages that brought nothing new, how many in a row repeat others, how many of these are short, and are empty. */
  readonly repeated: number;
  readonly short: number;
  readonly empty: number;
  /** What the page says of itself. */
  readonly isLast: boolean | undefined;
  readonly total: number | undefined;
  /** Whether a page that is shorter than others ends a list of which nothing else is told. */
  readonly endsShort: boolean;
}

/**
 * `more`: the next page, overlapping this one. `beyond`: behind all that came, for something says that this is the end
 * and something else that it is not. `again`: the same place. `end`: the list is whole; `short`: it ended, and its total
 * says more; `round`: it ended at a number at which windows end. Else why the list cannot be read to its end.
 */
export type Next = 'more' | 'beyond' | 'again' | 'end' | 'short' | 'round' | { readonly cut: string };

/** So many pages in a row a vendor's filter may leave empty. */
const MOST_EMPTY = 1000;
/** A page that repeats others is asked for again so often: an answer may have been mixed up. */
const MOST_AGAIN = 2;
/** So many in a row are read on if the list seems to end here. */
const MOST_SHORT = MOST_AGAIN + 5;

/** What to do behind a page: a list ends only if nothing in its answers contradicts it. */
export function afterPage(page: PageFacts): Next {
  if (page.rows === 0) return afterEmpty(page);
  return isRepetition(page) ? afterRepetition(page) : afterRows(page);
}

/** Whether a page that stands behind all others has only their rows. */
export function isRepetition({ rows, isNew, offset, reached, furthest }: PageFacts): boolean {
  return rows > 0 && !isNew && offset + rows > Math.max(furthest, reached);
}

/** The page's total, unless more rows than that stand there: then it counts something else. */
export function believed({ total, offset, rows }: PageFacts): number | undefined {
  return total === undefined || offset + rows > total ? undefined : total;
}

function afterEmpty(page: PageFacts): Next {
  const { isFiltered, isLast, due, distinct, empty } = page;
  if (isFiltered && (isLast === false || isCounted(page) === false))
    return empty > MOST_EMPTY ? { cut: `${empty} pages in a row are empty, none of them the last` } : 'more';
  if (isFiltered) return isLast === undefined && page.total === undefined ? closed(page) : 'end';
  if (due !== undefined && distinct < due) return isLast === true || empty > 1 ? 'short' : 'beyond';
  if (due !== undefined || isLast === true) return 'end';
  if (isLast === undefined) return closed(page);
  // It is not the last, and nothing counts rows: one page further must be empty as well.
  if (empty < 2) return 'beyond';
  return distinct > 0 ? 'end' : { cut: 'its pages are empty and not the last' };
}

/** The vendor repeats a page or ignores the offset; or rows came before this place, and pushed what is known here. */
function afterRepetition(page: PageFacts): Next {
  const { isLast, repeated, offset, furthest, distinct, rows } = page;
  const isWhole = isCounted(page) === true && !isMissing(page);
  if (isWhole && isLast !== false) return 'end';
  if (repeated <= MOST_AGAIN) return 'again';
  if (isLast === true && page.due === undefined) return 'end';
  // Nothing stands behind a short page. What has come before a full one since is hardly more than all that was read:
  // its own rows would be seen here.
  const isSoon = isShort(page)
    ? page.short <= MOST_SHORT
    : offset <= furthest + 2 * distinct + 3 * rows && !(isWhole && repeated > MOST_SHORT);
  if (isSoon) return 'more';
  return isWhole ? 'end' : { cut: 'pages repeat rows that came before, and none of them is the last' };
}

function afterRows(page: PageFacts): Next {
  const { isLast, offset, rows, reached, isNew, size, isFiltered, endsShort } = page;
  /** Only the overlap stands here. */
  const isTail = isShort(page) && !isNew && offset + rows <= reached;
  const counted = isCounted(page);
  const isMore = counted === false || isMissing(page);
  const further = isTail ? 'beyond' : 'more';
  if (isMore || (isLast === false && (counted || !isTail))) return further;
  if (counted) return isLast === undefined && mayCountPage(page) ? further : 'end';
  if (isLast === true) return rows >= size || isRound(page.distinct, size) ? further : 'end';
  if (isLast === false) return 'beyond';
  if (isFiltered) return 'more';
  // Shorter than another one: nothing stands behind it, as far as the vendor can be believed to fill its pages.
  return isTail || (isShort(page) && endsShort) ? closed(page) : 'more';
}

/** Whether it has fewer rows than others had and than were asked for. */
export const isShort = ({ rows, longest, size }: PageFacts): boolean => rows < Math.min(longest, size);

/** Whether the total says that nothing stands behind this page; undefined if it is not told, or wrong. */
function isCounted(page: PageFacts): boolean | undefined {
  const total = believed(page);
  return total === undefined ? undefined : page.offset + page.ahead >= total;
}

function isMissing({ isFiltered, due, distinct }: PageFacts): boolean {
  return !isFiltered && due !== undefined && distinct < due;
}

/** The first page is full and the total is its own number of rows: some vendors count that. */
function mayCountPage({ offset, rows, size, total }: PageFacts): boolean {
  return offset === 0 && rows >= size && total === rows;
}

/** It ended, and nothing was told of its length. */
function closed({ distinct, size }: PageFacts): Next {
  return isRound(distinct, size) ? 'round' : 'end';
}
