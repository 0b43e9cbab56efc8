import { crc32 } from 'node:zlib';
import { TransientError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import { ShortListError } from './short-list.ts';
import { toldLast, toldTotal } from './told-total.ts';

/** What a page may say about the whole chain. */
export interface ChainSignals<F extends string> {
  /** The page's field that says whether it is the last page, if there is one. */
  readonly isLast?: F;
  /** The page's field that says whether another page follows, if there is one: GraphQL's `hasNextPage`. */
  readonly hasNext?: F;
  /** The page's field with the total number of rows, if there is one. */
  readonly total?: F;
}

/**
 * A page of a chain and the request for the next one (undefined on the last). `name` distinguishes it from others.
 */
export interface ChainLink<F extends string, R extends string, N> {
  readonly page: Page<F, R>;
  readonly next?: { readonly to: N; readonly name: string };
  /** What identifies the page: `a page token`. */
  readonly by: string;
}

/** A vendor's filter may leave this many pages in a row empty. */
const MOST_EMPTY = 1000;
/** How many pages in a row may be repeats, in addition to the number of pages so far. */
const MOST_KNOWN = 5;

/**
 * Follows pages that each name the next one, until one names none. If a page calls itself the last, or reaches the
 * total, but names a next page, that one is read as well. If it brings nothing, the list had ended.
 * @throws TransientError (`http.cut_short`), ShortListError: see `pagesByToken`
 */
export async function* followChain<F extends string, R extends string, N>(
  list: string,
  first: N,
  ask: (at: N) => Promise<ChainLink<F, R, N>>,
  signals: ChainSignals<F>,
): AsyncGenerator<Page<F, R>> {
  const isRepeated = cycleDetector();
  const known = new KnownPages();
  let [rows, good, idle, empty] = [0, 0, 0, 0];
  let due: number | undefined;
  let isEnd = false;
  for (let at = first; ; ) {
    const { page, next, by } = await ask(at);
    const count = page.count + page.unreadable.length;
    const [last, total] = [toldLast(page, signals), toldTotal(page, signals.total)];
    const sight = known.look(page);
    if (sight !== 'twice') rows += count;
    // A total smaller than the number of rows received counts something else.
    if (total !== undefined && total >= rows) due = Math.min(due ?? total, total);
    // After the end, the last page may be repeated. Elsewhere, equal rows may be different records.
    if (sight !== 'twice' || !isEnd) yield page;
    empty = count === 0 ? empty + 1 : 0;
    idle = count > 0 && sight === 'new' ? 0 : idle + 1;
    if (idle === 0) good++;

    const isMissing = due !== undefined && rows < due;
    isEnd = last === true || (due !== undefined && !isMissing);
    if (next === undefined && last === false && due !== rows)
      throw cutShort(list, 'a page is not the last one and names no next one');
    if (next === undefined || (isEnd && (idle > 0 || isRepeated(next.name)))) {
      if (isMissing) throw new ShortListError(list, rows, due!);
      return;
    }
    if (!isEnd && isRepeated(next.name)) throw cutShort(list, `${by} came a second time`);
    if (empty > MOST_EMPTY) throw cutShort(list, `${empty} pages in a row are empty`);
    if (empty === 0 && idle > MOST_KNOWN + good) throw cutShort(list, 'pages bring what came before');
    at = next.to;
  }
}

/** Recognises pages that are repeated under another name. It stores a fingerprint of each page, not the page. */
class KnownPages {
  #last: string | undefined;
  readonly #marks = new Set<string>();

  /** `twice`: same rows as the previous page; `known`: probably the same as an earlier one. */
  look(page: Page): 'new' | 'known' | 'twice' {
    if (page.count === 0) return 'new';
    const mark = markOf(page);
    const isTwice = mark === this.#last;
    const isKnown = this.#marks.has(mark);
    this.#last = mark;
    this.#marks.add(mark);
    if (this.#marks.size > MOST_MARKS) this.#marks.delete(this.#marks.values().next().value!);
    return isTwice ? 'twice' : isKnown ? 'known' : 'new';
  }
}
const MOST_MARKS = 10_000;

/** The number of rows, their total size, and the first and last row. */
function markOf(page: Page): string {
  const { rows, count, selection } = page;
  const length = rows[(count - 1) * selection.stride + 1]! - rows[0]!;
  return `${count} ${length} ${crc32(page.record(0))} ${crc32(page.record(count - 1))}`;
}

/**
 * Detects whether a chain repeats itself, in bounded memory (Brent's cycle detection). Otherwise a vendor that
 * repeats a token would be followed for ever.
 */
function cycleDetector(): (token: string) => boolean {
  let anchor: string | undefined;
  let steps = 0;
  let limit = 1;
  return (token) => {
    if (token === anchor) return true;
    if (++steps === limit) {
      anchor = token;
      limit *= 2;
      steps = 0;
    }
    return false;
  };
}

/**
 * The error for a chain of pages that cannot be followed to its end. What was read is kept; the rest is read in
 * the next run.
 */
export function cutShort(place: string, what: string): TransientError {
  return new TransientError(`the answers end too early: ${what}`, {
    code: 'http.cut_short',
    place,
    hint: 'the rows read so far are kept, and the next run reads the list again',
  });
}
