import { Buffer } from 'node:buffer';
import type { After, Item, TestData } from './data.ts';

/** A response body, and additional headers. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly headers?: Record<string, string>;
}

interface RouteCall {
  readonly data: TestData;
  /** The values of `{id}` and `{item}` in the pattern. */
  readonly names: readonly string[];
  readonly url: URL;
}

export interface Route {
  readonly pattern: string;
  readonly path: RegExp;
  readonly answer: (call: RouteCall) => Answer;
}

const COMMA = Buffer.from(',');
const EVER = Number.MAX_SAFE_INTEGER;

function json(value: unknown, status = 200): Answer {
  return { status, body: Buffer.from(JSON.stringify(value)) };
}

export function problem(status: number, message: string): Answer {
  return json({ error: { status, message } }, status);
}

/** An invalid request. The message is sent with a 400. */
export class BadRequest extends Error {}

function whole(url: URL, name: string, otherwise: number): number {
  const text = url.searchParams.get(name);
  if (text === null) return otherwise;
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new BadRequest(`${name} must be a whole number ≥ 0`);
  return value;
}

function limitOf({ data, url }: RouteCall): number {
  const limit = Math.min(whole(url, 'limit', data.settings.pageSize), data.settings.pageSize);
  if (limit === 0) throw new BadRequest('limit must be at least 1');
  return limit;
}

/**
 * A page token is a position in the order, not a number of entries, so changes after it do not move earlier
 * entries.
 */
function tokenOf({ updated, n }: After): string {
  return Buffer.from(`${updated}:${n}`).toString('base64url');
}

function afterOf(url: URL): After | undefined {
  const token = url.searchParams.get('page_token');
  if (token === null) return undefined;
  const found = /^(-?\d+):(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (!found) throw new BadRequest('this is no page token of ours');
  return { updated: Number(found[1]), n: Number(found[2]) };
}

function groupOf({ data, names }: RouteCall): number {
  return data.groupOf(names[0]!);
}

function list(data: TestData, group: number, items: readonly Item[]): Buffer {
  const parts = items.flatMap((item, i) =>
    i === 0 ? [data.bytes(group, item)] : [COMMA, data.bytes(group, item)],
  );
  return Buffer.concat([Buffer.from('['), ...parts, Buffer.from(']')]);
}

/** One page of a group's items by token. One more item is looked up to see whether this is the last page. */
function tokenPage(call: RouteCall): { group: number; items: Item[]; next: string | undefined } {
  const { data, url } = call;
  const group = groupOf(call);
  const limit = limitOf(call);
  const items = data.select(
    group,
    whole(url, 'since', 0),
    whole(url, 'until', EVER),
    afterOf(url),
    limit + 1,
  );
  const next = items.length > limit ? tokenOf(items[limit - 1]!) : undefined;
  return { group, items: items.slice(0, limit), next };
}

function withNext(head: string, entries: Buffer, next: string | undefined, tail = ''): Answer {
  const end = `${tail}${next === undefined ? '' : `,"nextPageToken":${JSON.stringify(next)}`}}`;
  return { status: 200, body: Buffer.concat([Buffer.from(`{"${head}":`), entries, Buffer.from(end)]) };
}

function groups(call: RouteCall): Answer {
  const { data } = call;
  const limit = limitOf(call);
  const from = (afterOf(call.url)?.n ?? -1) + 1;
  const to = Math.min(data.settings.partitions, from + limit);
  const found = Array.from({ length: Math.max(0, to - from) }, (_, k) => describe(data, from + k));
  const next = to < data.settings.partitions ? tokenOf({ updated: 0, n: to - 1 }) : undefined;
  return withNext('groups', Buffer.from(`[${found}]`), next);
}

/** A group's JSON text. */
function describe(data: TestData, group: number): string {
  const { ids } = data;
  return `{"id":${ids.json(ids.group(group))},"name":"Group ${group}","items":${data.items(group).length}}`;
}

function items(call: RouteCall): Answer {
  const { group, items: found, next } = tokenPage(call);
  return withNext('items', list(call.data, group, found), next);
}

function idsOf(call: RouteCall): Answer {
  const { group, items: found, next } = tokenPage(call);
  const { ids } = call.data;
  const short = found.map(
    ({ n, updated }) =>
      `{"id":${ids.json(ids.item(group, n))},"updated":"${new Date(updated).toISOString()}"}`,
  );
  return withNext('ids', Buffer.from(`[${short}]`), next);
}

function count(call: RouteCall): Answer {
  const { data, url } = call;
  return json({ count: data.count(groupOf(call), whole(url, 'since', 0), whole(url, 'until', EVER)) });
}

function one(call: RouteCall): Answer {
  const group = groupOf(call);
  const item = call.data.find(group, call.names[1]!);
  return item ? { status: 200, body: call.data.bytes(group, item) } : problem(404, 'there is no such item');
}

/**
 * Paging by offset. Items added, changed or removed earlier in the list move the later ones, as usual with
 * offsets.
 */
function byOffset(call: RouteCall): Answer {
  const { data, url } = call;
  const group = groupOf(call);
  const offset = whole(url, 'offset', 0);
  const since = whole(url, 'since', 0);
  const limit = limitOf(call);
  const found = data.select(group, since, EVER, undefined, offset + limit).slice(offset);
  const total = data.count(group, since, EVER);
  return withNext('items', list(data, group, found), undefined, `,"offset":${offset},"total":${total}`);
}

function nextUrl({ url }: RouteCall, next: string): string {
  const to = new URL(url);
  to.searchParams.set('page_token', next);
  return to.href;
}

function byLink(call: RouteCall): Answer {
  const { group, items: found, next } = tokenPage(call);
  const first = new URL(call.url);
  first.searchParams.delete('page_token');
  const links = [`<${first.href}>; rel="first"`, ...(next ? [`<${nextUrl(call, next)}>; rel="next"`] : [])];
  return { status: 200, body: list(call.data, group, found), headers: { link: links.join(', ') } };
}

function byNextUrl(call: RouteCall): Answer {
  const { group, items: found, next } = tokenPage(call);
  const tail = `,"next":${next ? JSON.stringify(nextUrl(call, next)) : 'null'}`;
  return withNext('items', list(call.data, group, found), undefined, tail);
}

const route = (pattern: string, answer: Route['answer']): Route => ({
  pattern,
  path: new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '([^/]+)')}$`),
  answer,
});

/** The API's routes; see `startTestApi`. */
export const ROUTES: readonly Route[] = [
  route('/whoami', () => json({ id: 'u1', name: 'Test account' })),
  route('/groups', groups),
  route('/groups/{id}', (call) => ({
    status: 200,
    body: Buffer.from(describe(call.data, groupOf(call))),
  })),
  route('/groups/{id}/items', items),
  route('/groups/{id}/items/{item}', one),
  route('/groups/{id}/ids', idsOf),
  route('/groups/{id}/count', count),
  route('/groups/{id}/offset', byOffset),
  route('/groups/{id}/link', byLink),
  route('/groups/{id}/next', byNextUrl),
];
