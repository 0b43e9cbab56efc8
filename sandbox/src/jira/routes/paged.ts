import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { putAscii, putRows } from '../../http/writer.ts';
import { json, raw } from '../answer.ts';
import { SITE } from '../data/site.ts';
import type { Site } from '../site.ts';
import { within } from './parameters.ts';

/** The window requested with `startAt` and `maxResults`, limited to what the vendor allows. */
function windowOf(call: Call, fallback: number, most: number): { startAt: number; maxResults: number } {
  return {
    startAt: within(call.query.get('startAt'), 0, 0, Number.MAX_SAFE_INTEGER, 'startAt'),
    maxResults: within(call.query.get('maxResults'), fallback, 1, most, 'maxResults'),
  };
}

/** A page of a list: `{"self", "nextPage"?, "maxResults", "startAt", "total", "isLast", "values"}`. */
export function pagedAnswer(
  site: Site,
  call: Call,
  rows: readonly Buffer[],
  sizes: { fallback: number; most: number },
): Answer {
  const { startAt, maxResults } = windowOf(call, sizes.fallback, sizes.most);
  const isLast = startAt + maxResults >= rows.length;
  const url = (from: number) => `${SITE}${call.path}?maxResults=${maxResults}&startAt=${from}`;
  const out = page(site);
  putAscii(out, `{"self":"${url(startAt)}",${isLast ? '' : `"nextPage":"${url(startAt + maxResults)}",`}`);
  putAscii(out, `"maxResults":${maxResults},"startAt":${startAt},"total":${rows.length},"isLast":${isLast},`);
  putAscii(out, '"values":[');
  putRows(out, rows.slice(startAt, startAt + maxResults));
  putAscii(out, ']}');
  return raw(out);
}

/** A page of an agile list. It has no links. */
export function agilePage(site: Site, call: Call, rows: readonly Buffer[]): Answer {
  // The vendor never sends more than 50, whatever the request says.
  const { startAt, maxResults } = windowOf(call, 50, 50);
  const isLast = startAt + maxResults >= rows.length;
  const out = page(site);
  putAscii(
    out,
    `{"maxResults":${maxResults},"startAt":${startAt},"total":${rows.length},"isLast":${isLast},`,
  );
  putAscii(out, '"values":[');
  putRows(out, rows.slice(startAt, startAt + maxResults));
  putAscii(out, ']}');
  return raw(out);
}

/** A whole list: a plain array, or the member `name` of an object. */
export function wholeAnswer(site: Site, rows: readonly Buffer[], name?: string): Answer {
  const out = page(site);
  putAscii(out, name === undefined ? '[' : `{"${name}":[`);
  putRows(out, rows);
  putAscii(out, name === undefined ? ']' : ']}');
  return raw(out);
}

/** The answer for a paged list to an anonymous caller: empty. */
export function noValues(): Answer {
  return json({ maxResults: 50, startAt: 0, total: 0, isLast: true, values: [] });
}
