import type { HeadraceError } from '../errors.ts';
import { mayBeOneRecords, mayBeOutage } from '../http/blame.ts';
import type { ShortListError } from '../http/index.ts';
import { type Requests, withTries } from '../http/tries.ts';
import { Page } from '../protocol/page.ts';
import { gathered } from './gathered.ts';

/** How often requests are tried after the whole list has failed. Most of those with the culprit fail too. */
const TRIES = 2;
/** If this many single requests in a row fail, there is no culprit: the vendor is down. */
const MOST_FAULTS = 5;
/** The same for refusals, which then mean that the request is wrong. */
const MOST_REFUSALS = 10;

const NONE: Requests = { made: 0, answered: 0 };

/** Counts single requests that fail in a row. Lists that are requested one after the other share it. */
export class Streak {
  #length = 0;
  #asksVendor = false;

  /** @returns whether single culprits may still be the reason */
  failed(error: HeadraceError, { made }: Requests = NONE): boolean {
    this.#length++;
    this.#asksVendor ||= made > 0;
    return this.#length < (mayBeOutage(error) ? MOST_FAULTS : MOST_REFUSALS);
  }

  /** Something came. If no request was needed for it, as for embedded comments, it says nothing about the vendor. */
  came({ answered }: Requests = NONE): void {
    if (answered > 0 || !this.#asksVendor) this.#length = 0;
  }
}

/**
 * Requests a list at once. If that fails, perhaps because of one item (see `mayBeOneRecords`), it requests the two halves,
 * and so on, until it finds the culprit. It does the same if the answer is undefined, which means that it was too large.
 * @param ask its result counts only if it resolves, so nothing is yielded twice
 * @param lost called with each culprit, before anything after it is yielded
 * @returns answers, in the order of the list
 * @throws the first error if too many requests in a row fail, which is an outage or a wrong request; any other error at
 *   once
 */
export async function* halved<T, A>(
  list: readonly T[],
  ask: (part: readonly T[]) => Promise<A | undefined>,
  lost: (one: T, error: HeadraceError) => void,
  streak = new Streak(),
): AsyncGenerator<A> {
  let first: HeadraceError | undefined;
  /** Culprits are only suspects until something comes: in an outage there are none. */
  let suspects: Array<[one: T, error: HeadraceError]> = [];
  const tell = (): void => {
    for (const suspect of suspects) lost(...suspect);
    suspects = [];
  };
  for (const parts = list.length > 0 ? [list] : []; parts.length > 0; ) {
    const part = parts.pop()!;
    let answer: A | undefined;
    const requests: Requests = { made: 0, answered: 0 };
    try {
      answer = await withTries(first ? TRIES : Number.POSITIVE_INFINITY, () => ask(part), requests);
    } catch (error) {
      if (!mayBeOneRecords(error)) throw error;
      first ??= error;
      if (part.length > 1) parts.push(...halvesOf(part));
      else if (streak.failed(error, requests)) suspects.push([part[0]!, error]);
      else throw first;
      continue;
    }
    if (answer === undefined && part.length > 1) {
      parts.push(...halvesOf(part));
      continue;
    }
    streak.came(requests);
    tell();
    yield answer as A;
  }
  tell();
}

/** The second half comes first, because it is pushed to a stack. */
function halvesOf<T>(part: readonly T[]): Array<readonly T[]> {
  const half = part.length >> 1;
  return [part.slice(half), part.slice(0, half)];
}

/**
 * Pages of records that are requested by their ids, many per request:
 * `pagesByIds(ids, (ids) => http.page({ method: 'POST', path: '/bulk', body: { ids } }, select('values')))`.
 * If a record makes its request fail, it is found by halving, and is in the `unreadable` of an empty page. The others
 * come, in the order of the ids.
 * @param ask returns some of them, as a page or as the pages of a chain, which are held until its end
 * @param options.most the most ids per request. Default: 100
 * @throws errors of `ask` that are not the fault of a single record, and its first error if too many in a row fail; a
 *   `ShortListError` of a chain after all ids were requested
 */
export async function* pagesByIds<Id extends string | number>(
  ids: readonly Id[],
  ask: (ids: readonly Id[]) => Promise<Page> | AsyncIterable<Page>,
  { most = 100 }: { readonly most?: number } = {},
): AsyncGenerator<Page> {
  const streak = new Streak();
  const unreadable: Page[] = [];
  let short: ShortListError | undefined;
  const whole = async (pages: Promise<Page> | AsyncIterable<Page>): Promise<Page[]> => {
    if (!(Symbol.asyncIterator in pages)) return [await pages];
    const answer = await gathered(pages);
    short ??= answer.short;
    return answer.items;
  };
  for (let at = 0; at < ids.length; at += most) {
    const answers = halved(
      ids.slice(at, at + most),
      (part) => whole(ask(part)),
      (id, error) => unreadable.push(Page.unreadable([String(id)], error)),
      streak,
    );
    for await (const pages of answers) {
      yield* unreadable.splice(0);
      yield* pages;
    }
    yield* unreadable.splice(0);
  }
  if (short) throw short;
}

/** All pages of a chain, or the single page of a response. */
export async function collected(pages: Promise<Page> | AsyncIterable<Page>): Promise<Page[]> {
  if (!(Symbol.asyncIterator in pages)) return [await pages];
  const all: Page[] = [];
  for await (const page of pages) all.push(page);
  return all;
}
