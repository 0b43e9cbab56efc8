import { createServer, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { anonymous, type HttpClient, ifFound, pagesByToken, ShortListError } from '../http/index.ts';
import { Page } from '../protocol/page.ts';
import { type TestContext, testContext } from '../testing/open-context.ts';
import { close, listen } from '../testing/test-api/server.ts';
import { timeWindow } from './cursors/time-window.ts';
import { defineStream } from './define.ts';
import { type DetailOptions, detailPages } from './detail-pages.ts';
import { pagesByIds } from './halved.ts';
import { run, told } from './read.test-support.ts';
import { selectFor } from './select.ts';

const select = selectFor({ id: 'id', updated: 'updated' }, ['colour']);
const LIST = select('rows', { next: 'next' });
const DETAIL = select('.');

let server: Server | undefined;
let context: TestContext | undefined;
afterEach(async () => {
  await context?.close();
  if (server) await close(server);
});

/** A vendor that lists `ids` in pages of three, and answers for each as `detail` says. */
async function vendor(
  ids: readonly string[],
  detail: (id: string) => { status?: number; body?: string; delayMs?: number },
): Promise<{ http: HttpClient; most: () => number }> {
  let under = 0;
  let most = 0;
  server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://x');
    if (url.pathname === '/rows') {
      const from = Number(url.searchParams.get('at') ?? 0);
      const rows = ids
        .slice(from, from + 3)
        .map((id) => `{"id":${id},"updated":"2026-01-01T00:00:00Z","colour":"red","x":1.0}`);
      const next = from + 3 < ids.length ? `,"next":"${from + 3}"` : '';
      response.end(`{"rows":[${rows}]${next}}`);
      return;
    }
    const id = url.pathname.slice('/rows/'.length);
    const { status = 200, body = `{ "id": ${id}, "exact": 3.0 }`, delayMs = 0 } = detail(id);
    under++;
    most = Math.max(most, under);
    setTimeout(() => {
      under--;
      response.writeHead(status).end(body);
    }, delayMs);
  });
  context = testContext();
  const http = context.http({ baseUrl: await listen(server), auth: anonymous });
  return { http, most: () => most };
}

const listOf = (http: HttpClient): AsyncGenerator<Page<'next', 'id' | 'updated'>> =>
  pagesByToken(http, { path: '/rows' }, LIST, { token: 'next', query: 'at' });

async function read(
  http: HttpClient,
  more: Partial<DetailOptions<'id' | 'updated', 'id' | 'updated'>> = {},
  list: AsyncIterable<Page<string, 'id' | 'updated'>> = listOf(http),
) {
  const records: string[] = [];
  const owed: string[] = [];
  const pages: Array<Page<never, 'id' | 'updated'>> = [];
  const of = detailPages(http, list, DETAIL, {
    key: 'id',
    request: (page, row) => ({ path: `/rows/${page.id(row, 'id')}` }),
    gone: 'skip',
    log: context!.log,
    ...more,
  });
  let error: unknown;
  try {
    for await (const page of of) {
      pages.push(page);
      owed.push(...page.unreadable);
      for (let row = 0; row < page.count; row++) records.push(Buffer.from(page.record(row)).toString());
    }
  } catch (thrown) {
    error = thrown;
  }
  return { records, owed, pages, error };
}

const BIG = ['1790000000000000001', '1790000000000000002', '1790000000000000003', '1790000000000000004'];

it('brings each record with the vendor’s bytes, in the list’s order, several at a time', async () => {
  const { http, most } = await vendor(BIG, (id) => ({ delayMs: id.endsWith('1') ? 60 : 5 }));
  const { records, error } = await read(http, { most: 3 });
  expect(error).toBeUndefined();
  expect(records).toEqual(BIG.map((id) => `{ "id": ${id}, "exact": 3.0 }`));
  expect(most()).toBe(3);
});

it('lends the list’s values to the cursor where the record has none, and no byte to the record', async () => {
  const { http } = await vendor(['1', '2'], (id) =>
    id === '2' ? { body: '{"id":2,"updated":"2026-02-02T00:00:00Z"}' } : {},
  );
  const { pages, records } = await read(http);
  expect(pages.map((page) => page.text(0, 'updated'))).toEqual([
    '2026-01-01T00:00:00Z',
    '2026-02-02T00:00:00Z',
  ]);
  expect(pages.map((page) => page.id(0, 'id'))).toEqual(['1', '2']);
  expect(records[0]).toBe('{ "id": 1, "exact": 3.0 }');
  // A context field asks what the record itself says.
  expect(pages[0]!.has(0, '=colour' as never)).toBe(false);
});

it.each([404, 410])('leaves out what is gone by %i, and says how many', async (status) => {
  const { http } = await vendor(BIG, (id) => (id === BIG[1] ? { status } : {}));
  const { records, owed, error } = await read(http);
  expect([records.length, owed, error]).toEqual([3, [], undefined]);
  expect(context!.logged).toContain('WARN 1 of 4 records were gone (404 or 410) when they were requested');
});

it('or puts a record in its place', async () => {
  const { http } = await vendor(['1', '2'], (id) => (id === '2' ? { status: 404 } : {}));
  const { records, pages } = await read(http, {
    gone: (list, row) =>
      Page.of([{ id: list.id(row, 'id'), deleted: true }], { id: 'id', updated: 'updated' }),
  });
  expect(records[1]).toBe('{"id":"2","deleted":true}');
  expect(pages[1]!.text(0, 'updated')).toBe('2026-01-01T00:00:00Z');
});

it.each([500, 422])('names what cannot be read (%i) at its place, and brings the rest', async (status) => {
  const { http } = await vendor(BIG, (id) => (id === BIG[1] ? { status, body: '{"message":"no"}' } : {}));
  const { records, owed, pages, error } = await read(http);
  expect(error).toBeUndefined();
  expect(owed).toEqual([BIG[1]]);
  expect(pages.map(({ count }) => count)).toEqual([1, 0, 1, 1]);
  expect(records).toHaveLength(3);
  expect(context!.logged.filter((line) => line.startsWith('WARN'))).toEqual([
    expect.stringContaining(`${BIG[1]} could not be read`),
  ]);
});

it('ends where nothing can be read any more: that is not those records’ fault', async () => {
  const ids = Array.from({ length: 30 }, (_, i) => String(i));
  const { http } = await vendor(ids, (id) => (Number(id) >= 5 ? { status: 503 } : {}));
  const { records, owed, error } = await read(http);
  expect(error).toMatchObject({ code: 'http.failed', status: 503 });
  expect([records.length, owed]).toEqual([5, []]);
});

it('ends at refused credentials, with what came before', async () => {
  const { http } = await vendor(BIG, (id) => (id === BIG[2] ? { status: 403 } : {}));
  const { records, owed, error } = await read(http);
  expect(error).toMatchObject({ code: 'http.403' });
  expect([records.length, owed]).toEqual([2, []]);
});

it('passes on what the list could not read, and its failure behind all that it brought', async () => {
  const { http } = await vendor(['1', '2', '3', '4'], () => ({ delayMs: 5 }));
  const short = async function* () {
    for await (const page of listOf(http)) yield page;
    const lost = new Page(LIST);
    lost.unreadable = ['99'];
    yield lost;
    throw new ShortListError('GET /rows', 4, 6);
  };
  const { records, owed, error } = await read(http, {}, short());
  expect([records.length, owed]).toEqual([4, ['99']]);
  expect(error).toBeInstanceOf(ShortListError);
});

it('owes what cannot be read, asks for it by the next run, and forgets what is gone', async () => {
  const failing = new Set(['2', '3']);
  const gone = new Set<string>();
  const { http } = await vendor(['1', '2', '3', '4'], (id) => ({
    status: gone.has(id) ? 404 : failing.has(id) ? 500 : 200,
  }));
  const stream = defineStream<object>()({
    name: 'rows',
    description: 'rows',
    schema: { properties: { id: { type: 'integer' }, updated: { type: 'string' } } },
    primaryKey: ['id'],
    cursorField: 'updated',
    record: { id: 'id', updated: 'updated' },
    cursor: (_api, _partition, select) =>
      timeWindow({
        key: 'id',
        value: 'updated',
        safetyMinutes: 1,
        fetch: (ids) =>
          pagesByIds(
            ids,
            async function* ([id]) {
              const page = await ifFound(http.page({ path: `/rows/${id}` }, select('.')));
              if (page) yield page;
            },
            { most: 1 },
          ),
      }),
    read: ({ select }) =>
      detailPages(http, listOf(http), select('.'), {
        key: 'id',
        request: (page, row) => ({ path: `/rows/${page.id(row, 'id')}` }),
        gone: 'skip',
        log: context!.log,
      }),
  });
  const first = await run([stream]);
  expect(told(first.messages)).toEqual([
    'rows:STARTED',
    'rows:RUNNING',
    'rows:1',
    'rows:4',
    'rows:INCOMPLETE',
  ]);
  expect(first.text).toContain('2, 3');
  failing.delete('2');
  const second = await run([stream], { states: first.states });
  expect(told(second.messages).filter((line) => /\d/.test(line))).toContain('rows:2');
  expect(told(second.messages).at(-1)).toBe('rows:INCOMPLETE');
  gone.add('3');
  const third = await run([stream], { states: second.states });
  expect(told(third.messages).at(-1)).toBe('rows:COMPLETE');
  expect(JSON.stringify([...third.states.values()])).not.toContain('owed');
});
