import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Selection } from '../../protocol/selection.ts';
import type { HttpClient } from '../client.ts';
import type { ApiRequest } from '../request.ts';
import { type OffsetPaging, pagesByOffset } from './by-offset.ts';
import { pagesByToken } from './by-token.ts';
import { isShortList } from './short-list.ts';

const ROWS = new Selection({
  records: 'items',
  record: { id: 'id' },
  fields: { isLast: 'isLast', total: 'total', next: 'next' },
});

/** A list, and the ways in which the vendor misreports it. */
interface Lies {
  readonly length: number;
  readonly size: number;
  /** The most rows in a page. */
  readonly cap: number;
  /** After this many requests, offsets are ignored: the same page is returned again. */
  readonly stuckFrom: number;
  /** Offsets after the last page return the last page. */
  readonly clamps: boolean;
  readonly total: 'right' | 'high' | 'low' | 'page' | 'absent';
  readonly isLast: 'right' | 'early' | 'never' | 'absent';
  /** The number of rows added or removed at the front before each request; the first ones are counted. */
  readonly moves: readonly number[];
}

const LIES = fc.record<Lies>({
  length: fc.integer({ min: 0, max: 130 }),
  size: fc.integer({ min: 2, max: 20 }),
  cap: fc.integer({ min: 2, max: 25 }),
  stuckFrom: fc.oneof({ weight: 2, arbitrary: fc.constant(10_000) }, fc.integer({ min: 1, max: 12 })),
  clamps: fc.boolean(),
  total: fc.constantFrom('right', 'high', 'low', 'page', 'absent'),
  isLast: fc.constantFrom('right', 'early', 'never', 'absent'),
  moves: fc.oneof(fc.constant([]), fc.array(fc.integer({ min: -6, max: 6 }), { maxLength: 6 })),
});

function lyingVendor(lies: Lies) {
  const rows = Array.from({ length: lies.length }, (_, id) => id);
  let [asked, fresh, stuckAt] = [0, 1000, 0];
  const page = async <F extends string, R extends string>({ query }: ApiRequest, by: Selection<F, R>) => {
    const move = lies.moves[asked] ?? 0;
    if (move < 0) rows.splice(0, -move);
    else rows.unshift(...Array.from({ length: move }, () => fresh++));
    if (++asked <= lies.stuckFrom) stuckAt = Number(query!.offset);
    const size = Math.min(lies.cap, Number(query!.limit));
    const last = Math.max(0, rows.length - size);
    const offset = lies.clamps ? Math.min(stuckAt, last) : stuckAt;
    const items = rows.slice(offset, offset + size).map((id) => ({ id }));
    const isEnd = offset + items.length >= rows.length;
    const totals = { right: rows.length, high: rows.length + 7, low: rows.length >> 1, page: items.length };
    const lasts = { right: isEnd, early: isEnd || asked > 1, never: false };
    const body = {
      items,
      ...(lies.total === 'absent' ? {} : { total: totals[lies.total] }),
      ...(lies.isLast === 'absent' ? {} : { isLast: lasts[lies.isLast] }),
    };
    return by.scan(Buffer.from(JSON.stringify(body)));
  };
  return { http: { page } as Pick<HttpClient, 'page'>, rows, asked: () => asked };
}

describe('a vendor that lies by offset', () => {
  it('loses nothing in silence, and is not asked for ever', async () => {
    const key = ['id'] as const;
    let [whole, told] = [0, 0];
    await fc.assert(
      fc.asyncProperty(LIES, async (lies) => {
        // Rows inserted before the current place are counted but not seen. As many may be missing from a list that
        // repeats pages.
        fc.pre(lies.moves.length === 0 || (lies.stuckFrom === 10_000 && !lies.clamps));
        // A single, wrong statement about the length: no client could know better.
        fc.pre(!(lies.isLast === 'early' && lies.total !== 'right' && lies.total !== 'high'));
        fc.pre(!(lies.total === 'low' && lies.isLast === 'absent'));
        fc.pre(!(lies.total === 'page' && lies.isLast === 'absent' && lies.cap < lies.size));
        const { http, rows, asked } = lyingVendor(lies);
        const paging = {
          key,
          offset: 'offset',
          size: ['limit', lies.size],
          isLast: 'isLast',
          total: 'total',
        } as const;
        const got = new Set<unknown>();
        let error: unknown;
        try {
          for await (const page of pagesByOffset(http, { path: '/l' }, ROWS, paging))
            for (let row = 0; row < page.count; row++) {
              if (got.has(page.value(row, 'id'))) throw new Error('a row came twice');
              got.add(page.value(row, 'id'));
            }
        } catch (thrown) {
          error = thrown;
        }
        const missing = rows.filter((id) => id < 1000 && !got.has(id));
        if (error === undefined) expect(missing).toEqual([]);
        else expect(error).toMatchObject({ code: expect.stringMatching(/^(http.cut_short|list.short)$/) });
        if (isShortList(error) && lies.stuckFrom === 10_000 && lies.moves.length === 0)
          expect(missing).toEqual([]);
        const step = Math.max(1, Math.min(lies.size, lies.cap) - Math.ceil(lies.size / 20));
        const needed = Math.ceil((lies.length + 36) / step) + 1;
        expect(asked()).toBeLessThanOrEqual(4 * needed + 20);
        if (error === undefined) whole++;
        else told++;
      }),
      { numRuns: 1000 },
    );
    expect([whole > 200, told > 60]).toEqual([true, true]);
  });

  it.each([
    ['20 of 60 and the total says 60', { stuckFrom: 1, total: 'right' }],
    ['20 of 60 and nothing told', { stuckFrom: 1, total: 'absent' }],
    ['20 of 60, never the last', { stuckFrom: 1, total: 'absent', isLast: 'never' }],
    ['a last page that repeats and the total says more', { clamps: true, total: 'high' }],
  ] as const)('is told soon: %s', async (_, lies) => {
    const { http, asked } = lyingVendor({ ...HONEST, ...lies });
    const paging = {
      key: ['id'],
      offset: 'offset',
      size: ['limit', 20],
      isLast: 'isLast',
      total: 'total',
    } as const;
    const read = async () => {
      for await (const page of pagesByOffset(http, { path: '/l' }, ROWS, paging))
        expect(page.count).toBeGreaterThan(0);
    };
    await expect(read()).rejects.toMatchObject({ code: 'http.cut_short', place: 'GET /l' });
    expect(asked()).toBeLessThan(25);
  });

  it.each([
    [{ total: 'right', isLast: 'right' }, 4],
    [{ total: 'right' }, 4],
    [{ isLast: 'right' }, 4],
    [{ total: 'right', isLast: 'never' }, 6],
    [{ total: 'right', isLast: 'early' }, 4],
    [{ total: 'page', isLast: 'right' }, 4],
    [{ isLast: 'never' }, 7],
  ] as const)('%o: 60 rows in %d requests', async (lies, requests) => {
    const { http, asked } = lyingVendor({ ...HONEST, ...lies });
    const paging = {
      key: ['id'],
      offset: 'offset',
      size: ['limit', 20],
      isLast: 'isLast',
      total: 'total',
    } as const;
    let rows = 0;
    for await (const page of pagesByOffset(http, { path: '/l' }, ROWS, paging)) rows += page.count;
    expect([rows, asked()]).toEqual([60, requests]);
  });
});

const HONEST: Lies = {
  length: 60,
  size: 20,
  cap: 20,
  stuckFrom: 10_000,
  clamps: false,
  total: 'absent',
  isLast: 'absent',
  moves: [],
};

describe('rows of a list by offset', () => {
  async function read(
    answers: readonly string[],
    paging: Partial<OffsetPaging<'isLast' | 'total', 'id'>> = {},
  ) {
    let at = 0;
    const http = {
      page: async <F extends string, R extends string>(_: ApiRequest, by: Selection<F, R>) =>
        by.scan(Buffer.from(answers[Math.min(at++, answers.length - 1)]!)),
    } as Pick<HttpClient, 'page'>;
    const ids: Array<string | undefined> = [];
    const pages = pagesByOffset(http, { path: '/x' }, ROWS, {
      key: ['id'],
      offset: 'o',
      size: ['n', 3],
      ...paging,
    });
    for await (const page of pages) for (let row = 0; row < page.count; row++) ids.push(page.id(row, 'id'));
    return ids;
  }

  it('are told apart by the digits of their ids', async () => {
    const ids = ['1790000000000000001', '1790000000000000002', '1790000000000000003'];
    const items = ids.map((id) => `{"id":${id}}`).join();
    expect(await read([`{"items":[${items}]}`, '{"items":[]}'])).toEqual(ids);
  });

  it('are strings or numbers, and told by their bytes if they have no key', async () => {
    const items = '{"id":1},{"id":"1"},{"id":"1","n":2},{"n":1},{"n":2},{"id":null},{"n":1}';
    expect(await read([`{"items":[${items}]}`, '{"items":[]}'], { size: ['n', 7] })).toEqual([
      '1',
      '1',
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('a vendor that lies by token', () => {
  async function read(answers: (token: number) => object) {
    let asked = 0;
    const http = {
      page: async <F extends string, R extends string>({ query }: ApiRequest, by: Selection<F, R>) => {
        asked++;
        return by.scan(Buffer.from(JSON.stringify(answers(Number(query?.t ?? 0)))));
      },
    } as Pick<HttpClient, 'page'>;
    const ids: unknown[] = [];
    let error: unknown;
    const paging = { token: 'next', query: 't', isLast: 'isLast', total: 'total' } as const;
    try {
      for await (const page of pagesByToken(http, { path: '/l' }, ROWS, paging))
        for (let row = 0; row < page.count; row++) ids.push(page.value(row, 'id'));
    } catch (thrown) {
      error = thrown;
    }
    return { ids, asked, error: error as { code: string; total?: number } | undefined };
  }
  const at = (page: number) => [{ id: 2 * page }, { id: 2 * page + 1 }];

  it('is followed past a page that calls itself the last or reaches the total', async () => {
    for (const told of [{ isLast: true }, { total: 2 }, { isLast: false, total: 6 }]) {
      const { ids, error } = await read((token) => ({
        items: at(token),
        ...told,
        ...(token < 2 ? { next: token + 1 } : { isLast: undefined }),
      }));
      expect([ids, error]).toEqual([[0, 1, 2, 3, 4, 5], undefined]);
    }
  });

  it('ends where nothing comes behind what calls itself the last', async () => {
    const { ids, asked, error } = await read((token) => ({
      items: token < 2 ? at(token) : [],
      isLast: token > 0,
      next: token + 1,
    }));
    expect([ids, asked, error]).toEqual([[0, 1, 2, 3], 3, undefined]);
  });

  it('is told if its total says more than came', async () => {
    const { ids, error } = await read((token) => ({
      items: at(token),
      total: 9,
      next: token < 2 ? token + 1 : null,
    }));
    expect(ids).toHaveLength(6);
    expect(error).toMatchObject({ code: 'list.short', rows: 6, total: 9 });
  });

  it.each([
    ['one page', (token: number) => ({ items: at(0), next: token + 1 }), 10],
    ['two pages by turns', (token: number) => ({ items: at(token % 2), next: token + 1 }), 15],
    ['empty pages', (token: number) => ({ items: [], next: token + 1 }), 1010],
  ])('is not followed for ever: %s', async (_, answers, most) => {
    const { asked, error, ids } = await read(answers);
    expect(error).toMatchObject({ code: 'http.cut_short' });
    expect(asked).toBeLessThan(most);
    expect(ids.length).toBeLessThan(4 * most);
  });
});
