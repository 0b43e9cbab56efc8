import {
  DataError,
  isoUtc,
  keepRows,
  type Page,
  pageOfRecords,
  pagesByOffset,
  recordsOf,
  type Select,
  type TimeRange,
} from '@headrace/sdk';
import type { JiraApi } from '../api.ts';

const PATH = '/rest/api/3/auditing/record';
/** Maximum page size (docs/vendors/jira-cloud.md, Streams and their calls). */
const LIMIT = 1000;
const MINUTE = 60_000;

/**
 * Pages of the audit log, oldest first. Jira returns the newest records first and pages by offset, so new records shift
 * the others. Therefore the range is split into windows of whole minutes. Each is short enough for one response, and
 * they are read in order. The position is a minute, so the order within a minute does not matter. Records at the border
 * of two windows are read twice.
 * @param select its `record` names `id` and `created`
 * @throws DataError (`jira.no_clock`) if the server does not send its time
 */
export async function* auditPages(
  api: JiraApi,
  { since = 0, until }: TimeRange,
  select: Select<string>,
): AsyncGenerator<Page> {
  // Records created during this read belong to the next run.
  const end = until ?? (await api.http.clock());
  if (end === undefined) throw noClock();
  let minutes = Math.max(1, Math.ceil((end - since) / MINUTE));
  for (let from = since; from <= end; ) {
    const to = Math.min(from + minutes * MINUTE, end);
    const found = await ask(api, from, to, 0, select);
    const more = await hasMore(api, from, to, found, select);
    if (more && minutes > 1) {
      // The total is only a hint, because it can include records that Jira never returns.
      const total = Math.max(1, Number(found.field('total')) || 0);
      minutes = Math.max(1, Math.floor(minutes * Math.min(0.5, (0.8 * LIMIT) / total)));
      continue;
    }
    if (more) yield* minutePages(api, from, to, select);
    else if (found.count > 0) yield pageOfRecords(recordsOf(found).reverse(), select(''));
    if (to === end) return;
    from = to;
    if (found.count < LIMIT / 2) minutes *= 2;
  }
}

type Found = Page<'total', string>;

/** The records created between `from` and `to`, both inclusive (ms since 1970). */
function ask(
  { http }: JiraApi,
  from: number,
  to: number,
  offset: number,
  select: Select<string>,
): Promise<Found> {
  const query = { from: isoUtc(from), to: isoUtc(to), offset, limit: LIMIT };
  return http.page({ path: PATH, query }, select('records', { total: 'total' }));
}

/** Whether a range has more records than one response contains. */
async function hasMore(
  api: JiraApi,
  from: number,
  to: number,
  found: Found,
  select: Select<string>,
): Promise<boolean> {
  if (found.count >= LIMIT) return true;
  if (!(Number(found.field('total')) > found.count)) return false;
  // The total is higher than the number of records. Request the next page to find out.
  return (await ask(api, from, to, found.count, select)).count > 0;
}

async function* minutePages(
  { http }: JiraApi,
  from: number,
  to: number,
  select: Select<string>,
): AsyncGenerator<Page> {
  const query = { from: isoUtc(from), to: isoUtc(to) };
  const pages = pagesByOffset(http, { path: PATH, query }, select('records'), {
    key: ['id'],
    offset: 'offset',
    size: ['limit', LIMIT],
    // Jira can return a full minute, and a minute cannot be split.
    split: false,
  });
  for await (const page of pages) {
    // The range includes its end, but records at the start of the next minute belong to the next window.
    keepRows(page, (row) => page.instant(row, 'created') < from + MINUTE);
    if (page.count > 0) yield page;
  }
}

const noClock = (): DataError =>
  new DataError('the server sends no Date header, so the end of the audit log is unknown', {
    code: 'jira.no_clock',
    place: `GET ${PATH}`,
  });
