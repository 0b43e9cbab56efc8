import { type HeadraceError, isHeadraceError } from '../../errors.ts';
import { InvalidJsonError } from '../../protocol/json-bytes.ts';
import type { Page } from '../../protocol/page.ts';
import type { Selection } from '../../protocol/selection.ts';
import type { HttpClient } from '../client.ts';
import { isTooHeavy } from '../heavy.ts';
import type { ApiRequest } from '../request.ts';
import { pageSizeOf } from './page-size.ts';

/**
 * How to request only the key of a record that makes every page with it fail. The record is then owed
 * (`Page.unreadable`), and the list continues after it.
 */
export interface Skim {
  /**
   * Turns the failed request for a page of one row into one for fewer fields. It must keep its place in the list.
   */
  readonly request: (failed: ApiRequest) => ApiRequest;
  /** The key's name in `selection`. */
  readonly key: string;
  /** Selects the key. The page's other fields are read as usual. */
  readonly selection: Selection<never, string>;
}

/** A page that arrived, with the size that was requested in the end. */
export interface Sized<F extends string, R extends string> {
  readonly page: Page<F, R>;
  readonly size: number;
}

/** Fewer tries, as long as a smaller page can be requested. */
const FEW = 3;
/** If this many records in a row cannot be read, the records are not the problem. */
const MOST_UNREADABLE = 20;

/**
 * Requests the pages of one list. If a page is too heavy, half of it is requested, down to a single row, and the
 * endpoint's next pages are as small. A row that cannot be read is skimmed. An outage is retried as often as
 * without this.
 * @param at the request for a page of a given size, at a place that the caller knows
 * @param gives whether the caller has a better way to handle a page that is too heavy; the error is then thrown
 */
export function sizedPages<F extends string, R extends string>(
  http: Pick<HttpClient, 'page'>,
  list: ApiRequest,
  selection: Selection<F, R>,
  most: number,
  skim?: Skim,
): (at: (size: number) => ApiRequest, gives?: () => boolean) => Promise<Sized<F, R>> {
  const pages = pageSizeOf(http, list, most);
  let unreadable = 0;

  /**
   * The row at a place where only the key can be read; undefined if the whole row can be read, or not even the
   * key.
   */
  async function skimmed(
    failed: ApiRequest,
    by: Skim,
    because: HeadraceError,
  ): Promise<Page<F, R> | undefined> {
    const found = await attempt(http.page(by.request(failed), by.selection, { tries: FEW }), isHeadraceError);
    const key = found?.count === 1 ? found.id(0, by.key) : undefined;
    if (found === undefined || key === undefined || unreadable === MOST_UNREADABLE) return undefined;
    const page = selection.scan(found.bytes);
    page.count = 0;
    page.unreadable = [key];
    page.because = because;
    return page;
  }

  return async (at, gives) => {
    const before = pages.next();
    for (let size = before; ; size = pages.next()) {
      const request = at(size);
      const mayShrink = size > 1 || skim !== undefined;
      try {
        const page = await http.page(request, selection, mayShrink ? { tries: FEW } : undefined);
        pages.came(size);
        unreadable = 0;
        return { page, size };
      } catch (error) {
        const isHeavy = isHeavyPage(error);
        if (!isHeavy && !isUnreached(error)) throw error;
        if (isHeavy && gives?.()) throw error;
        if (isHeavy && size > 1) {
          pages.tooHeavy(size);
          continue;
        }
        // It was not the size.
        if (isHeavy) pages.restore(before);
        if (!mayShrink) throw error;
        const page = isHeavy && skim ? await skimmed(request, skim, error) : undefined;
        if (!page) return { page: await http.page(request, selection), size };
        // An outage may have ended meanwhile.
        const whole = await attempt(http.page(request, selection, { tries: 1 }), isHeavyPage);
        unreadable = whole ? 0 : unreadable + 1;
        return { page: whole ?? page, size };
      }
    }
  };
}

/**
 * Whether a smaller page may succeed: see `isTooHeavy`. Gateways also cut responses that are too large for them.
 */
function isHeavyPage(error: unknown): error is HeadraceError {
  return isTooHeavy(error) || (isHeadraceError(error) && error.cause instanceof InvalidJsonError);
}

/** Whether all tries were used up on some other problem that may pass. */
function isUnreached(error: unknown): boolean {
  return isHeadraceError(error) && error.code === 'http.failed';
}

/** Undefined if the request fails with one of these errors. */
async function attempt<T>(answer: Promise<T>, fails: (error: unknown) => boolean): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (fails(error)) return undefined;
    throw error;
  }
}
