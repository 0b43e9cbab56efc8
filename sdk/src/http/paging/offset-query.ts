import { DataError, type HeadraceError, isHeadraceError, TransientError } from '../../errors.ts';
import type { Page } from '../../protocol/page.ts';
import type { Selection } from '../../protocol/selection.ts';
import type { HttpClient } from '../client.ts';
import { isTooHeavy } from '../heavy.ts';
import type { ApiRequest } from '../request.ts';
import type { OffsetPaging, Restart } from './by-offset.ts';
import { cutShort } from './chain.ts';
import { afterPage, believed, isRepetition, isShort, type PageFacts } from './end-of-list.ts';
import { keepRows } from './keep-rows.ts';
import { listName } from './list-name.ts';
import { OffsetPlace } from './offset-place.ts';
import type { SeenRows } from './seen-rows.ts';
import { type Sized, sizedPages } from './sized-page.ts';
import { toldLast, toldTotal } from './told-total.ts';

/** One query of a list; it has a `position` if the list was restarted there. */
export interface Part {
  readonly request: ApiRequest;
  readonly position?: string;
}

/** How one query ended: see `Next`. */
export type QueryEnd =
  | { readonly kind: 'end' }
  | { readonly kind: 'round' }
  | { readonly kind: 'short'; readonly rows: number; readonly total: number }
  | ({ readonly kind: 'restart' } & Restart);

/** Reads one query from its first page to its end. */
export async function* offsetQuery<F extends string, R extends string>(
  http: Pick<HttpClient, 'page'>,
  { request, position }: Part,
  selection: Selection<F, R>,
  paging: OffsetPaging<F, R>,
  seen: SeenRows<R>,
): AsyncGenerator<Page<F, R>, QueryEnd> {
  const list = listName(request);
  const [sizeName, most] = paging.size;
  const isFiltered = paging.step === 'size';
  const isUntold = paging.isLast === undefined && paging.total === undefined;
  const ask = sizedPages(http, request, selection, most, paging.skim);
  const place = new OffsetPlace(paging.overlap ?? Math.ceil(most / 20));
  seen.begin();
  /** Where the list can be restarted. */
  let anew: Restart | undefined;
  const mayRestart = (): boolean => anew !== undefined && place.offset > 0 && anew.position !== position;
  let [longest, furthest, repeated, short, empty] = [0, 0, 0, 0, 0];
  let due: number | undefined;

  async function next(): Promise<Sized<F, R> | Restart> {
    const { deepest = Number.POSITIVE_INFINITY } = paging;
    const at = (size: number): ApiRequest => ({
      ...request,
      query: { ...request.query, [paging.offset]: place.offset, [sizeName]: size },
    });
    if (anew && place.offset > 0 && place.offset + most > deepest) {
      if (mayRestart()) return anew;
      throw tooDeep(list, place.offset, anew.position);
    }
    try {
      return await ask(at, mayRestart);
    } catch (error) {
      if (!anew || place.offset === 0 || !mayBeDepth(error)) throw error;
      if (mayRestart()) return anew;
      throw tooDeep(list, place.offset, anew.position, error);
    }
  }

  for (;;) {
    const answer = await next();
    if (!('page' in answer)) return { kind: 'restart', ...answer };
    const { page, size } = answer;
    const rows = page.count + page.unreadable.length;
    const told = toldTotal(page, paging.total);
    // If a page is empty but the total says that there are rows here, the list has not shrunk. If only a row's key
    // was returned, it says nothing about the rows before it.
    const isKnown = page.count > 0 ? seen.has(page, 0) : rows > 0 || isFiltered || place.offset < (told ?? 0);
    if (place.hasGap(isKnown)) {
      if (!place.back(size)) throw cutShort(list, 'the list does not hold still');
      continue;
    }
    if (page.count > 0) anew = paging.restart?.(page as never, page.count - 1) ?? anew;
    const before = seen.distinct;
    keepRows(page, (row) => seen.add(page, row));
    for (const key of page.unreadable) seen.addKey(`unreadable ${key}`);
    const isNew = seen.distinct > before;
    // A short page was filtered, or the server limits its page size. In the second case the next rows follow
    // immediately.
    const ahead = isFiltered && !(isUntold && isNew) ? size : rows;
    place.came(!isNew && isFiltered);

    longest = Math.max(longest, rows);
    empty = rows === 0 ? empty + 1 : 0;
    const facts: PageFacts = {
      offset: place.offset,
      reached: place.reached,
      furthest,
      ...{ rows, ahead, size, longest, isFiltered, isNew, empty },
      isLast: toldLast(page, paging),
      total: told,
      distinct: seen.distinct,
      due,
      repeated,
      short,
      endsShort: paging.end === 'short',
    };
    const total = believed(facts);
    if (total !== undefined && (rows > 0 || due === undefined)) due = Math.min(due ?? total, total);
    repeated = isRepetition(facts) ? repeated + 1 : 0;
    short = repeated > 0 && isShort(facts) ? short + 1 : 0;
    if (isNew) furthest = Math.max(furthest, place.offset + ahead);
    const then = afterPage({ ...facts, due, repeated, short });
    if (page.count > 0 || page.unreadable.length > 0) yield page;
    if (then === 'end') return { kind: 'end' };
    if (then === 'round') return { kind: 'round' };
    if (then === 'short') {
      if (anew && mayRestart()) return { kind: 'restart', ...anew };
      if (anew && place.offset > 0) throw tooDeep(list, place.offset, anew.position);
      return { kind: 'short', rows: seen.distinct, total: due! };
    }
    if (typeof then === 'object') throw cutShort(list, then.cut);
    if (then === 'more') place.on(ahead);
    else if (then === 'beyond') place.beyond(rows === 0 ? size : ahead);
  }
}

/** Whether a server may be refusing an offset that it does not support: it rejects the request, or fails. */
function mayBeDepth(error: unknown): error is HeadraceError {
  if (isTooHeavy(error)) return true;
  return isHeadraceError(error) && (error.status ?? 0) >= 400 && !OTHER.has(error.status!);
}
/** Credentials, missing resources, and rate limits. */
const OTHER: ReadonlySet<number> = new Set([401, 403, 404, 405, 410, 429]);

/** The server shows no more rows, and restarting at the last row shows the same rows again. */
function tooDeep(list: string, offset: number, position: string, cause?: HeadraceError): HeadraceError {
  const why = cause ? `: ${cause.message}` : '';
  const message = `no page came after the first ${offset} rows, all of which are at ${position}${why}`;
  const hint = 'more rows share this position than the server shows: spread them, or raise its limit';
  const details = { code: 'http.too_deep', place: list, hint, cause };
  // A failure may succeed next time; a refusal will not.
  return isTooHeavy(cause) ? new TransientError(message, details) : new DataError(message, details);
}
