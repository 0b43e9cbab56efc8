import type { HeadraceError } from '../errors.ts';
import { mayBeOneRecords, mayBeOutage } from '../http/blame.ts';
import type { ShortListError } from '../http/index.ts';
import { type Requests, withTries } from '../http/tries.ts';
import { Page } from '../protocol/page.ts';
import { gathered } from './gathered.ts';

/** Requests are tried so often once a whole list has failed: most of those that hold the culprit fail too. */
const TRIES = 2;
/** So many single ones in a row that fail, nothing coming between, are no culprits: the vendor fails. */
const MOST_FAULTS = 5;
/** The same for refusals: all of them mean that the request is wrong. */
const MOST_REFUSALS = 10;

const NONE: Requests = { made: 0, answered: 0 };

/** Counts single ones that fail in a row; to be shared by lists that are asked one after the other. */
export class Streak {
  #length = 0;
  #asksVendor = false;

  /** @returns whether it is still the culprits' fault */
  failed(error: HeadraceError, { made }: Requests = NONE): boolean {
    this.#length++;
    this.#asksVendor ||= made > 0;
    return this.#length < (mayBeOutage(error) ? MOST_FAULTS : MOST_REFUSALS);
  }

  /** Something came. What came without a request, as an issue's embedded comments, says nothing of the vendor. */
  came({ answered }: Requests = NONE): void {
    if (answered > 0 || !this.#asksVendor) this.#length = 0;
  }
}

/**
 * Asks for a list at once. A request that fails, perhaps because of one of them (see `mayBeOneRecords`), is made again
 * for one half and then for the other, down to the culprit; so is one whose answer is undefined: it was too much for one.
 * @param ask what it collects counts only if it resolves, so nothing is yielded twice
 * @param lost told of each culprit, before anything that stands behind it is yielded
 * @returns answers, in the list's order
 * @throws the first error if too many in a row fail: that is an outage or a wrong request; at once any other error
 */
export async function* halved<T, A>(
  list: readonly T[],
  ask: (part: readonly T[]) => Promise<A | undefined>,
  lost: (one: T, error: HeadraceError) => void,
  streak = new Streak(),
): AsyncGenerator<A> {
  let first: HeadraceError | undefined;
  /** Culprits, until something came: in an outage there are none. */
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

/** The second one first, as a stack takes them. */
function halvesOf<T>(part: readonly T[]): Array<readonly T[]> {
  const half = part.length >> 1;
  return [part.slice(half), part.slice(0, half)];
}

/**
 * Pages of records that are asked for by their ids, many a request. One that makes its request fail is looked for by
 * halves and stands in the `unreadable` of an empty page of its own; the others come, in the ids' order:
 * `pagesByIds(ids, (ids) => http.page({ method: 'POST', path: '/bulk', body: { ids } }, select('values')))`.
 * @param ask brings some of them, as a page or as the pages of a chain: those are held until its end
 * @param options.most ids a request is given at most; → 100
 * @throws what `ask` throws that is no single record's fault, and its first error if too many in a row fail; a
 *   `ShortListError` of a chain once all are asked for
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

/** All pages of a chain, or the one of an answer. */
export async function collected(pages: Promise<Page> | AsyncIterable<Page>): Promise<Page[]> {
  if (!(Symbol.asyncIterator in pages)) return [await pages];
  const all: Page[] = [];
  for await (const page of pages) all.push(page);
  return all;
}
