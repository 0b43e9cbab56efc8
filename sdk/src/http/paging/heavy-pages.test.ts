import { describe, expect, it } from 'vitest';
import type { Page } from '../../protocol/page.ts';
import { Selection } from '../../protocol/selection.ts';
import { json, serve, status } from '../serve.test-support.ts';
import { type OffsetPaging, pagesByOffset } from './by-offset.ts';
import { pagesByToken } from './by-token.ts';
import type { Skim } from './sized-page.ts';
import { splitByPrefix } from './split-by-prefix.ts';

const ROWS = new Selection({
  records: 'items',
  record: { id: 'id' },
  fields: { next: 'next', total: 'total' },
});
const SKIM: Skim = {
  request: (failed) => ({ ...failed, query: { ...failed.query, only: 'id' } }),
  selection: new Selection<never, string>({ records: 'items', record: { id: 'id' } }),
  key: 'id',
};

interface Vendor {
  readonly rows: number;
  /** Larger pages get a 504, depending on the number of requests so far. Default: none do. */
  readonly most?: (asked: number) => number;
  /** Rows that make each page with them a 500, unless only ids are requested. */
  readonly poison?: readonly number[];
  /** Every request gets this response. */
  readonly down?: (asked: number) => boolean;
}

/** A vendor with paging by offset and by token: the token is the offset. */
async function vendor({
  rows,
  most = () => Number.POSITIVE_INFINITY,
  poison = [],
  down = () => false,
}: Vendor) {
  let asked = 0;
  const sizes: number[] = [];
  const served = await serve([
    (request, response) => {
      const { searchParams: query } = new URL(request.url!, 'http://host');
      const [at, size] = [Number(query.get('at') ?? 0), Number(query.get('n'))];
      sizes.push(size);
      const ids = Array.from({ length: Math.max(0, Math.min(size, rows - at)) }, (_, k) => at + k);
      asked++;
      if (down(asked)) return json(response, '{}', 503);
      if (ids.length > most(asked)) return json(response, '<html>504</html>', 504);
      if (!query.has('only') && ids.some((id) => poison.includes(id))) return json(response, '{}', 500);
      const next = at + ids.length < rows ? at + ids.length : undefined;
      return json(response, JSON.stringify({ items: ids.map((id) => ({ id })), total: rows, next }));
    },
  ]);
  return { ...served, sizes };
}

type Client = Awaited<ReturnType<typeof vendor>>['http'];
const byOffset = (http: Client, skim?: Skim, more: Partial<OffsetPaging<'total' | 'next', 'id'>> = {}) =>
  pagesByOffset(http, { path: '/list/7' }, ROWS, {
    key: ['id'],
    offset: 'at',
    size: ['n', 64],
    total: 'total',
    skim,
    ...more,
  });
const byToken = (http: Client, skim?: Skim) =>
  pagesByToken(http, { path: '/list/7' }, ROWS, { token: 'next', query: 'at', size: ['n', 64], skim });

async function read<R extends string>(pages: AsyncIterable<Page<string, R | 'id'>>) {
  const ids: unknown[] = [];
  const lost: string[] = [];
  let error: unknown;
  try {
    for await (const page of pages) {
      for (let row = 0; row < page.count; row++) ids.push(page.value(row, 'id'));
      lost.push(...page.unreadable);
    }
  } catch (thrown) {
    error = thrown;
  }
  return { ids, lost, error };
}
const all = (rows: number, without: readonly number[] = []) =>
  Array.from({ length: rows }, (_, id) => id).filter((id) => !without.includes(id));

describe.each([
  ['offset', byOffset],
  ['token', byToken],
] as const)('pages by %s', (_, pages) => {
  it('are halved if they are too heavy, and the endpoint’s next lists begin with that size', async () => {
    const { http, sizes } = await vendor({ rows: 300, most: () => 20 });
    expect(await read(pages(http))).toEqual({ ids: all(300), lost: [], error: undefined });
    // Three tries of each size, and the old size once more after ten good pages.
    expect(sizes.slice(0, 7)).toEqual([64, 64, 64, 32, 32, 32, 16]);
    expect(sizes.filter((size) => size > 16)).toHaveLength(9);
    sizes.splice(0);
    await read(pages(http));
    expect(new Set(sizes)).toEqual(new Set([16]));
  });

  it('are as large as before if it was a blip', async () => {
    const { http, sizes } = await vendor({ rows: 600, most: (asked) => (asked < 5 ? 40 : 64) });
    expect((await read(pages(http))).ids).toEqual(all(600));
    expect(sizes.filter((size) => size === 32).length).toBeLessThan(13);
    expect(sizes.at(-1)).toBe(64);
  });

  it('name a row that fails each page that has it, and bring the others in the old size', async () => {
    const poison = [0, 30, 31, 130, 199];
    const { http, sizes } = await vendor({ rows: 200, poison });
    const { ids, lost, error } = await read(pages(http, SKIM));
    expect([ids, lost, error]).toEqual([all(200, poison), poison.map(String), undefined]);
    expect(sizes.length).toBeLessThan(5 * 40);
    expect(sizes.filter((size) => size === 64).length).toBeGreaterThan(5);
  });

  it('throw what such a row is answered with if it cannot be skimmed', async () => {
    const { http } = await vendor({ rows: 100, poison: [10] });
    const { ids, error } = await read(pages(http));
    expect(error).toMatchObject({ code: 'http.failed', status: 500 });
    expect(ids).toEqual(all(10));
  });

  it('take many rows in a row that cannot be read for a failure', async () => {
    const { http } = await vendor({ rows: 100, poison: all(60) });
    const { lost, error } = await read(pages(http, SKIM));
    expect(error).toMatchObject({ code: 'http.failed', status: 500 });
    expect(lost).toHaveLength(20);
  });

  it('endure an outage no less than one request does, and lose nothing to it', async () => {
    const { http, slept } = await vendor({ rows: 100, down: () => true });
    const { ids, lost, error } = await read(pages(http, SKIM));
    expect([ids, lost]).toEqual([[], []]);
    expect(error).toMatchObject({
      code: 'http.failed',
      status: 503,
      message: expect.stringContaining('8 times'),
    });
    expect(slept.reduce((sum, ms) => sum + ms)).toBeGreaterThan(2000 + 4000 + 8000 + 16_000 + 3 * 30_000);

    const short = await vendor({ rows: 100, down: (asked) => asked < 28 });
    expect(await read(pages(short.http, SKIM))).toEqual({ ids: all(100), lost: [], error: undefined });
  });
});

it('a server that says when to come again is asked again then, and not for less', async () => {
  const { http, asked, slept } = await serve([
    status(503, { 'retry-after': '20' }),
    status(503, { 'retry-after': '20' }),
    status(503, { 'retry-after': '20' }),
    status(503, { 'retry-after': '20' }),
    (_, response) => json(response, '{"items":[{"id":1}],"total":1}'),
  ]);
  expect((await read(byOffset(http))).ids).toEqual([1]);
  expect(asked.every((line) => line.includes('n=64'))).toBe(true);
  expect(slept.filter((ms) => ms >= 20_000)).toHaveLength(4);
});

describe('a list whose server shows only so many rows', () => {
  /** Rows are sorted by a time, which `since` bounds. Pages that end after `limit` are refused. */
  async function window(rows: readonly { id: number; at: number }[], limit: number, code: number) {
    return serve([
      (request, response) => {
        const { searchParams: query } = new URL(request.url!, 'http://host');
        const [at, size] = [Number(query.get('at')), Number(query.get('n'))];
        const found = rows.filter((row) => row.at >= Number(query.get('since') ?? 0));
        const items = at + size > limit ? [] : found.slice(at, at + size);
        const body = JSON.stringify({ items, total: found.length });
        const isShown = at + size <= limit || code === 200;
        json(response, isShown ? body : '{"error":"too deep"}', isShown ? 200 : code);
      },
    ]);
  }
  const TIMED = new Selection({
    records: 'items',
    record: { id: 'id', at: 'at' },
    fields: { next: 'next', total: 'total' },
  });
  const timed = (http: Client, deepest?: number) =>
    pagesByOffset(http, { path: '/list' }, TIMED, {
      key: ['id'],
      offset: 'at',
      size: ['n', 10],
      total: 'total',
      deepest,
      restart: (page, row) => {
        const since = String(page.value(row, 'at'));
        return { request: { path: '/list', query: { since } }, position: since };
      },
    });
  const rows = Array.from({ length: 200 }, (_, id) => ({ id, at: Math.floor(id / 7) }));

  it.each([400, 422, 500, 200])('is begun anew at its last row (%d)', async (code) => {
    const { http } = await window(rows, 50, code);
    expect(await read(timed(http))).toEqual({ ids: all(200), lost: [], error: undefined });
  });

  it('is not asked for what is known to be refused', async () => {
    const { http, asked } = await window(rows, 50, 400);
    expect((await read(timed(http, 50))).ids).toEqual(all(200));
    expect(asked.length).toBeLessThan(30);
    for (const line of asked) expect(Number(/at=(\d+)/.exec(line)![1]) + 10).toBeLessThanOrEqual(50);
  });

  it.each([400, 200, 500, undefined])(
    'says so if more rows than that share a position (%s)',
    async (code) => {
      const { http, asked } = await window(
        rows.map(({ id }) => ({ id, at: Math.min(id, 30) })),
        50,
        code ?? 400,
      );
      const { error, ids } = await read(timed(http, code === undefined ? 50 : undefined));
      expect(error).toMatchObject({
        code: 'http.too_deep',
        message: expect.stringContaining('all of which are at 30'),
      });
      expect(ids.length).toBeGreaterThan(60);
      expect(asked.length).toBeLessThan(80);
    },
  );
});

describe('a list of which the server shows a window', () => {
  const NAMES = new Selection({ records: '', record: { name: 'name' } });
  /** People are found by the beginnings of their names; `.` finds everybody. A query shows at most `most`. */
  async function people(names: readonly string[], most: number) {
    return serve([
      (request, response) => {
        const { searchParams: query } = new URL(request.url!, 'http://host');
        const [q, at, size] = [query.get('q')!, Number(query.get('at')), Number(query.get('n'))];
        const found = names.filter((name) => q === '.' || name.startsWith(q)).slice(0, most);
        json(response, JSON.stringify(found.slice(at, at + size).map((name) => ({ name }))));
      },
    ]);
  }
  const listed = (http: Client, more: Partial<OffsetPaging<never, 'name'>>) =>
    pagesByOffset(http, { path: '/people', query: { q: '.' } }, NAMES, {
      key: ['name'],
      offset: 'at',
      size: ['n', 1000],
      ...more,
    });
  const split = splitByPrefix({ query: 'q', all: '.', alphabet: 'abcdef' });
  async function namesOf(pages: ReturnType<typeof listed>) {
    const names: string[] = [];
    let error: unknown;
    try {
      for await (const page of pages)
        for (let row = 0; row < page.count; row++) names.push(page.text(row, 'name')!);
    } catch (thrown) {
      error = thrown;
    }
    return { names: names.sort(), error };
  }
  /** `aaa`, `aab` … */
  const NAMED = Array.from({ length: 216 }, (_, n) =>
    [n / 36, (n / 6) % 6, n % 6].map((digit) => 'abcdef'[Math.floor(digit)]).join(''),
  );

  it.each([50, 100, 150])('is split until its parts come whole (%d)', async (most) => {
    const { http } = await people(NAMED, most);
    expect(await namesOf(listed(http, { split }))).toEqual({ names: NAMED, error: undefined });
  });

  it('was whole if its parts bring nothing new', async () => {
    const { http, asked } = await people(NAMED.slice(0, 100), 1000);
    expect(await namesOf(listed(http, { split }))).toEqual({ names: NAMED.slice(0, 100), error: undefined });
    expect(asked.length).toBeLessThan(2 + 2 * 6 + 1);
  });

  it.each([
    ['it cannot be split', undefined],
    ['it cannot be split further', splitByPrefix({ query: 'q', all: '.', alphabet: 'abcdef', most: 1 })],
  ])('is short if %s', async (_, by) => {
    const names = NAMED.flatMap((name) => [`${name}x`, `${name}y`]);
    const { http } = await people(names, 50);
    const { names: got, error } = await namesOf(listed(http, { split: by }));
    expect(error).toMatchObject({
      code: 'list.short',
      list: 'GET /people',
      rows: got.length,
      total: undefined,
    });
    expect(got.length).toBe(by ? 300 : 50);
  });

  it('is believed if the vendor is known to show whole lists, or if it has another length', async () => {
    const { http } = await people(NAMED.slice(0, 100), 1000);
    expect((await namesOf(listed(http, { split: false }))).error).toBeUndefined();
    const other = await people(NAMED.slice(0, 101), 1000);
    expect((await namesOf(listed(other.http, {}))).error).toBeUndefined();
  });
});
