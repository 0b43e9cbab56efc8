import type { Answer } from '../../http/answer.ts';
import { type Call, originOf } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { Refusal } from '../../http/refusal.ts';
import { type ByteWriter, put, putAscii } from '../../http/writer.ts';
import { raw } from '../answer.ts';
import { compareValues, fieldsOf, matcher } from '../query/evaluate.ts';
import type { AnyListing } from '../query/listing.ts';
import { parseQuery } from '../query/parser.ts';
import type { Site } from '../site.ts';

/** How the vendor pages through a list. */
export interface ListRules {
  /** The most rows of a page. Not documented; more is a 400. */
  most: number;
  /** Rows of a page if the request does not say; default 10. */
  standard?: number;
  /** Whether `size` is there; default true. */
  sized?: boolean;
  /** What happens to `q`; default `filters`. */
  q?: 'filters' | 'ignored';
  /** What happens to `sort`; default `sorts`. */
  sort?: 'sorts' | 'refused';
  /** `next` lacks the request's `q` and `sort`. */
  forgets?: boolean;
}

/** The rows that a request asks for, all pages. */
function selected(
  call: Call,
  { items, fieldOf }: AnyListing,
  { q = 'filters', sort = 'sorts' }: ListRules,
): readonly unknown[] {
  const query = call.query.get('q') ?? '';
  const order = call.query.get('sort') ?? '';
  let rows = items;
  if (query !== '' && q === 'filters') rows = rows.filter(matcher(parseQuery(query), fieldOf));
  if (order === '') return rows;
  if (sort === 'refused') throw new Refusal(`Invalid sort field: ${order}`);
  const descending = order.startsWith('-');
  const field = order.replace(/^-/, '');
  const keys = new Map(
    rows.map((row) => {
      const value = fieldOf(row, field);
      if (value === undefined) throw new Refusal(`Invalid sort field: ${field}`);
      return [row, value] as const;
    }),
  );
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => sign * compareValues(keys.get(a)!, keys.get(b)!));
}

/** Fields of the request's `q`. */
export function queriedFields(call: Call): string[] {
  const query = call.query.get('q') ?? '';
  return query === '' ? [] : fieldsOf(parseQuery(query));
}

/** How many rows a page is to have. */
export function pagelenOf(call: Call, { most, standard = 10 }: ListRules): number {
  const asked = call.query.get('pagelen');
  if (asked === null) return standard;
  const pagelen = /^\d{1,9}$/.test(asked) ? Number(asked) : 0;
  if (pagelen < 1 || pagelen > most) throw new Refusal('Invalid pagelen');
  return pagelen;
}

/** A page by number, out of the list as it is now: rows that are added or removed shift those of later pages. */
export function listed(site: Site, call: Call, list: AnyListing, rules: ListRules): Answer {
  const pagelen = pagelenOf(call, rules);
  const asked = call.query.get('page') ?? '1';
  if (!/^[1-9]\d{0,8}$/.test(asked)) throw new Refusal('Invalid page');
  const number = Number(asked);
  const rows = selected(call, list, rules);
  const from = (number - 1) * pagelen;
  const isLast = from + pagelen >= rows.length;
  const { out, put: putMember } = pageOf(site, list, rows.slice(from, from + pagelen));
  putMember(`"pagelen":${pagelen}`);
  const size = rules.sized === false ? undefined : sizeOf(site, rows.length);
  if (size !== undefined) putMember(`"size":${size}`);
  putMember(`"page":${number}`);
  const next = nextPage(call, isLast, number > 1 ? number : undefined, number + 1);
  if (next !== undefined) putMember(`"next":${JSON.stringify(linkTo(site, call, { page: next }, rules))}`);
  putAscii(out, '}');
  return raw(out);
}

/** The beginning of a page, and what adds a member to it. */
export function pageOf(
  site: Site,
  { bytes }: AnyListing,
  rows: readonly unknown[],
): { out: ByteWriter; put(member: string): void } {
  const out = page(site);
  putAscii(out, '{"values":[');
  for (const [i, row] of rows.entries()) {
    if (i > 0) putAscii(out, ',');
    put(out, bytes(row));
  }
  putAscii(out, ']');
  return { out, put: (member) => put(out, Buffer.from(`,${member}`)) };
}

/** The page that `next` leads to, with the paging faults; undefined for none. */
export function nextPage<Page>(
  { paging }: Call,
  isLast: boolean,
  here: Page | undefined,
  next: Page,
): Page | undefined {
  if (paging === 'end-early') return undefined;
  if (paging === 'repeat-token' && here !== undefined) return here;
  return isLast ? undefined : next;
}

/** `next`: the request's own address with another page. */
export function linkTo(
  { linkOrigin }: Site,
  call: Call,
  changed: Record<string, string | number>,
  { forgets = false }: Pick<ListRules, 'forgets'> = {},
): string {
  const [path = ''] = call.url.split('?', 1);
  const query = new URLSearchParams(call.query);
  if (forgets) for (const name of ['q', 'sort']) query.delete(name);
  for (const [name, value] of Object.entries(changed)) query.set(name, String(value));
  return `${linkOrigin ?? originOf(call)}${path}?${query}`;
}

/** `size` is not reliable with the vendor: here it is right, missing, or wrong by some rows. */
function sizeOf({ sizes }: Site, count: number): number | undefined {
  if (sizes === 'missing') return undefined;
  return sizes === 'wrong' ? Math.max(0, count + (count % 2 === 0 ? 3 : -1)) : count;
}
