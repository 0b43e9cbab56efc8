import { Buffer } from 'node:buffer';
import { type HeadraceError, isHeadraceError, placed } from '../errors.ts';
import { mayBeOneRecords } from '../http/blame.ts';
import type { ApiRequest, HttpClient } from '../http/index.ts';
import { Page } from '../protocol/page.ts';
import { ROW_HEAD } from '../protocol/scan-text.ts';
import type { Selection } from '../protocol/selection.ts';
import type { Log } from '../runtime/log.ts';
import { Streak } from './halved.ts';
import { vendorsOwn } from './select.ts';
import { workAhead } from './work-ahead.ts';

/** How `detailPages` requests records. */
export interface DetailOptions<L extends string, R extends string> {
  /** The request for the record of one row of the list. */
  readonly request: (list: Page<string, L>, row: number) => ApiRequest;
  /** The list's value that identifies a row. If the record cannot be read, the stream's state owes this key. */
  readonly key: L;
  /**
   * What to do if a record is gone (404 or 410) when it is requested. `skip` leaves it out, and a warning says how many
   * there were. A function returns a record to send instead, made with `Page.of`.
   */
  readonly gone: 'skip' | ((list: Page<string, L>, row: number) => Page<never, R>);
  readonly log: Log;
  /** How many records are requested concurrently, and held. Default: 8. */
  readonly most?: number;
}

type Detail<F extends string, R extends string> =
  | { readonly kind: 'here'; readonly page: Page<F, R> }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly key: string; readonly error: HeadraceError }
  | { readonly kind: 'told'; readonly keys: readonly string[] };

/**
 * For vendors whose lists only name the records, so that each needs a request of its own. Yields a page for each record,
 * in the order of the list; several are requested concurrently. If a response lacks a value of the stream's `record`, it
 * is taken from the list's row, if the list selects a value with that name. So a cursor can use a time that only the list
 * has. The value does not become part of the record.
 *
 * A record that cannot be read (5xx after all tries, refused, too large) is in `page.unreadable`, and those after it come.
 * Refused credentials, throttling, a network that is down, and five failures in a row (ten refusals) end the list, because
 * no single record is the reason.
 * ```ts
 * read: ({ api, from, select }) =>
 *   detailPages(api.http, api.ticketList(from, select('tickets', NEXT)), select('.'), {
 *     key: 'id',
 *     request: (list, row) => ({ path: `/tickets/${encodeURIComponent(list.id(row, 'id')!)}` }),
 *     gone: 'skip',
 *     log: api.log,
 *   }),
 * ```
 * @param selection how a response is scanned: `select('.')` if it is the record itself
 */
export async function* detailPages<L extends string, F extends string, R extends string>(
  http: Pick<HttpClient, 'page'>,
  list: AsyncIterable<Page<string, L>>,
  selection: Selection<F, R>,
  options: DetailOptions<L, R>,
): AsyncGenerator<Page<F, R>> {
  const { gone, log, most = 8 } = options;
  const ended: { error?: unknown } = {};
  const streak = new Streak();
  /** Reported only when something came after them: in an outage there are none. */
  let suspects: string[] = [];
  let because: HeadraceError | undefined;
  let skipped = 0;
  let rows = 0;
  for await (const { detail, page, row } of workAhead(rowsOf(list, ended), most, ask)) {
    if (detail.kind === 'told') {
      suspects.push(...detail.keys);
      continue;
    }
    rows++;
    if (detail.kind === 'unreadable') {
      if (!streak.failed(detail.error)) throw detail.error;
      log.warn(`${detail.key} could not be read and will be requested again: ${placed(detail.error)}`);
      suspects.push(detail.key);
      because ??= detail.error;
      continue;
    }
    streak.came();
    if (suspects.length > 0) yield unreadable(selection, suspects, because);
    suspects = [];
    because = undefined;
    if (detail.kind === 'here') yield withListValues(detail.page, page, row);
    else if (gone === 'skip') skipped++;
    else yield withListValues(gone(page, row) as unknown as Page<F, R>, page, row);
  }
  if (suspects.length > 0) yield unreadable(selection, suspects, because);
  if (skipped > 0) log.warn(`${skipped} of ${rows} records were gone (404 or 410) when they were requested`);
  // The records before the list's own error were valid and have been yielded.
  if ('error' in ended) throw ended.error;

  async function ask({ page, row }: ListRow<L>): Promise<ListRow<L> & { detail: Detail<F, R> }> {
    if (row === -1) return { page, row, detail: { kind: 'told', keys: page.unreadable } };
    try {
      return {
        page,
        row,
        detail: { kind: 'here', page: await http.page(options.request(page, row), selection) },
      };
    } catch (error) {
      if (!isHeadraceError(error)) throw error;
      if (error.status === 404 || error.status === 410) return { page, row, detail: { kind: 'gone' } };
      const key = page.id(row, options.key);
      if (key === undefined || !mayBeOneRecords(error)) throw error;
      return { page, row, detail: { kind: 'unreadable', key, error } };
    }
  }
}

/** A row of a list's page; -1: what the page could not read. */
interface ListRow<L extends string> {
  readonly page: Page<string, L>;
  readonly row: number;
}

async function* rowsOf<L extends string>(
  list: AsyncIterable<Page<string, L>>,
  ended: { error?: unknown },
): AsyncGenerator<ListRow<L>> {
  try {
    for await (const page of list) {
      for (let row = 0; row < page.count; row++) yield { page, row };
      if (page.unreadable.length > 0) yield { page, row: -1 };
    }
  } catch (error) {
    ended.error = error;
  }
}

function unreadable<F extends string, R extends string>(
  selection: Selection<F, R>,
  keys: readonly string[],
  because: HeadraceError | undefined,
): Page<F, R> {
  const page = new Page(selection);
  page.unreadable = keys;
  page.because = because;
  return page;
}

/** The page of a record. Selected values that the record lacks are those of the list's row. */
function withListValues<F extends string, R extends string>(
  page: Page<F, R>,
  list: Page<string, string>,
  row: number,
): Page<F, R> {
  if (page.count !== 1) return page;
  const { recordSlot } = page.selection;
  const lent = [...recordSlot].filter(
    ([name]) =>
      // The vendor's member with the name of a context field must be the record's own.
      !name.startsWith(vendorsOwn('')) &&
      !page.has(0, name) &&
      list.selection.recordSlot.has(name) &&
      list.has(row, name),
  );
  if (lent.length === 0) return page;
  const values = lent.map(([name]) => list.raw(row, name));
  const bytes = Buffer.concat([page.bytes, ...values]);
  const whole = page.selection.scan(bytes, 0, page.bytes.length);
  let start = whole.json.base + page.bytes.length;
  for (const [i, [, slot]] of lent.entries()) {
    const end = start + values[i]!.length;
    whole.rows.set([start, end], ROW_HEAD + 2 * slot);
    start = end;
  }
  return whole;
}
