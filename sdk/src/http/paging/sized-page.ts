import { type HeadraceError, isHeadraceError } from '../../errors.ts';
import { InvalidJsonError } from '../../protocol/json-bytes.ts';
import type { Page } from '../../protocol/page.ts';
import type { Selection } from '../../protocol/selection.ts';
import type { HttpClient } from '../client.ts';
import { isTooHeavy } from '../heavy.ts';
import type { ApiRequest } from '../request.ts';
import { pageSizeOf } from './page-size.ts';

/**
 * How the record at one place is asked for by its key alone, if it makes each page that holds it fail: it is owed then
 * (`Page.unreadable`), and the list goes on behind it.
 */
export interface Skim {
  /** The request that failed, for a page of one row, as one for fewer fields: its place must stay. */
  readonly request: (failed: ApiRequest) => ApiRequest;
  /** The key's name in `selection`. */
  readonly key: string;
  /** Takes the key; the fields of the page are read as those of any other. */
  readonly selection: Selection<never, string>;
}

/** A page that came, of the size that was asked for in the end. */
export interface Sized<F extends string, R extends string> {
  readonly page: Page<F, R>;
  readonly size: number;
}

/** Fewer tries while less can be asked for. */
const FEW = 3;
/** So many records in a row that cannot be read are no bad records. */
const MOST_UNREADABLE = 20;

/**
 * Asks for the pages of one list. One that is too heavy is asked for by half of it, down to a single row, and the
 * endpoint's next pages are as small; a row that cannot be had is skimmed. An outage is endured no less than without.
 * @param at the request for a page of a size, at a place that the caller knows
 * @param gives whether the caller knows something better to do about a page that is too heavy: it is thrown then
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

  /** The row at a place of which nothing more than the key can be had; undefined if it can, or not even that. */
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
        // An outage may have ended in between.
        const whole = await attempt(http.page(request, selection, { tries: 1 }), isHeavyPage);
        unreadable = whole ? 0 : unreadable + 1;
        return { page: whole ?? page, size };
      }
    }
  };
}

/** Whether less may be answered: see `isTooHeavy`; gateways also cut what is too large for them. */
function isHeavyPage(error: unknown): error is HeadraceError {
  return isTooHeavy(error) || (isHeadraceError(error) && error.cause instanceof InvalidJsonError);
}

/** Whether tries were used up on something else that may pass. */
function isUnreached(error: unknown): boolean {
  return isHeadraceError(error) && error.code === 'http.failed';
}

/** Undefined if it fails with one of these. */
async function attempt<T>(answer: Promise<T>, fails: (error: unknown) => boolean): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (fails(error)) return undefined;
    throw error;
  }
}
