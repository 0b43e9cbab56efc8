import { isRound } from './round.ts';

/** What is known about an offset-paged list when one of its pages has arrived. */
export interface PageFacts {
  readonly offset: number;
  /** Rows in the page, including known ones. */
  readonly rows: number;
  /** How many rows further the next page begins: `rows`, or the page size if pages are filtered. */
  readonly ahead: number;
  /** The requested size, and the most rows that any page had. */
  readonly size: number;
  readonly longest: number;
  /** Whether the vendor filters pages after counting them, so that a page has fewer rows than places. */
  readonly isFiltered: boolean;
  /** Where the previous page ended, and the furthest end of a page with anything new. */
  readonly reached: number;
  readonly furthest: number;
  /** Whether the page has a row that no earlier page had. */
  readonly isNew: boolean;
  /** Distinct rows so far, and how many there must be: the smallest believable total that a page reported. */
  readonly distinct: number;
  readonly due: number | undefined;
  /**
   * Pages without new rows: how many in a row repeat others, how many of them are short, and how many are empty.
   */
  readonly repeated: number;
  readonly short: number;
  readonly empty: number;
  /** What the page says about being the last. */
  readonly isLast: boolean | undefined;
  readonly total: number | undefined;
  /** Whether a page shorter than others ends a list that reports neither a total nor a last page. */
  readonly endsShort: boolean;
}

/**
 * `more`: read the next page, overlapping this one. `beyond`: read after everything so far, because the signals
 * about the end contradict each other. `again`: read the same place again. `end`: the list is complete. `short`:
 * it ended, but its total is larger. `round`: it ended at a number at which windows end. Anything else is the
 * reason why the list cannot be read to its end.
 */
export type Next = 'more' | 'beyond' | 'again' | 'end' | 'short' | 'round' | { readonly cut: string };

/** A vendor's filter may leave this many pages in a row empty. */
const MOST_EMPTY = 1000;
/** How often a page that repeats others is requested again, in case a response was mixed up. */
const MOST_AGAIN = 2;
/** How many such pages in a row are read if the list seems to end here. */
const MOST_SHORT = MOST_AGAIN + 5;

/** Decides what to do after a page. A list ends only if nothing in its responses contradicts that. */
export function afterPage(page: PageFacts): Next {
  if (page.rows === 0) return afterEmpty(page);
  return isRepetition(page) ? afterRepetition(page) : afterRows(page);
}

/** Whether a page at a position after all others has only their rows. */
export function isRepetition({ rows, isNew, offset, reached, furthest }: PageFacts): boolean {
  return rows > 0 && !isNew && offset + rows > Math.max(furthest, reached);
}

/** The page's total, unless there are more rows than that; then it counts something else. */
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
  // It is not the last page, and there is no row count: one more page must be empty as well.
  if (empty < 2) return 'beyond';
  return distinct > 0 ? 'end' : { cut: 'its pages are empty and not the last' };
}

/**
 * Either the vendor repeats a page or ignores the offset, or rows were inserted before this place and moved known
 * rows here.
 */
function afterRepetition(page: PageFacts): Next {
  const { isLast, repeated, offset, furthest, distinct, rows } = page;
  const isWhole = isCounted(page) === true && !isMissing(page);
  if (isWhole && isLast !== false) return 'end';
  if (repeated <= MOST_AGAIN) return 'again';
  if (isLast === true && page.due === undefined) return 'end';
  // Nothing follows a short page. Before a full one, hardly more rows can have been inserted than were read so
  // far: the page would show some of them.
  const isSoon = isShort(page)
    ? page.short <= MOST_SHORT
    : offset <= furthest + 2 * distinct + 3 * rows && !(isWhole && repeated > MOST_SHORT);
  if (isSoon) return 'more';
  return isWhole ? 'end' : { cut: 'pages repeat rows that came before, and none of them is the last' };
}

function afterRows(page: PageFacts): Next {
  const { isLast, offset, rows, reached, isNew, size, isFiltered, endsShort } = page;
  /** Only the overlap is left here. */
  const isTail = isShort(page) && !isNew && offset + rows <= reached;
  const counted = isCounted(page);
  const isMore = counted === false || isMissing(page);
  const further = isTail ? 'beyond' : 'more';
  if (isMore || (isLast === false && (counted || !isTail))) return further;
  if (counted) return isLast === undefined && mayCountPage(page) ? further : 'end';
  if (isLast === true) return rows >= size || isRound(page.distinct, size) ? further : 'end';
  if (isLast === false) return 'beyond';
  if (isFiltered) return 'more';
  // Shorter than another page: nothing follows it, if the vendor fills its pages.
  return isTail || (isShort(page) && endsShort) ? closed(page) : 'more';
}

/** Whether it has fewer rows than other pages had and than were requested. */
export const isShort = ({ rows, longest, size }: PageFacts): boolean => rows < Math.min(longest, size);

/** Whether the total says that nothing follows this page; undefined if there is no total, or it is wrong. */
function isCounted(page: PageFacts): boolean | undefined {
  const total = believed(page);
  return total === undefined ? undefined : page.offset + page.ahead >= total;
}

function isMissing({ isFiltered, due, distinct }: PageFacts): boolean {
  return !isFiltered && due !== undefined && distinct < due;
}

/**
 * The first page is full and the total equals its number of rows: some vendors report the page's rows as the
 * total.
 */
function mayCountPage({ offset, rows, size, total }: PageFacts): boolean {
  return offset === 0 && rows >= size && total === rows;
}

/** The list ended, and nothing said how long it is. */
function closed({ distinct, size }: PageFacts): Next {
  return isRound(distinct, size) ? 'round' : 'end';
}
