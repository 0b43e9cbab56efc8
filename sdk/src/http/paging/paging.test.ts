import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Page } from '../../protocol/page.ts';
import { Selection } from '../../protocol/selection.ts';
import { systemClock } from '../../runtime/clock.ts';
import { bearer } from '../auth/auth.ts';
import { createHttp, type HttpClient } from '../client.ts';
import type { ApiRequest } from '../request.ts';
import { pagesByLink, pagesByNextUrl } from './by-next-url.ts';
import { type OffsetPaging, pagesByOffset } from './by-offset.ts';
import { pagesByToken } from './by-token.ts';
import { linkNext } from './link-header.ts';
import { isShortList } from './short-list.ts';

const PAGES = new Selection({
  records: 'items',
  record: { id: 'id' },
  fields: { next: 'next', isLast: 'isLast', total: 'total' },
});
type Answer = { body: object; headers?: Record<string, string> };

const servers: Server[] = [];
const clients: HttpClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A client of a server that answers each request, with its JSON body, according to `answer`. */
async function serve(answer: (url: URL, body: Record<string, unknown>, request: IncomingMessage) => Answer) {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    request.on('end', () => {
      const url = new URL(request.url ?? '', `http://${request.headers.host}`);
      const { body, headers } = answer(url, JSON.parse(text || '{}') as Record<string, unknown>, request);
      response.writeHead(200, headers).end(JSON.stringify(body));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const http = createHttp(
    { baseUrl: `${url}/api`, auth: bearer('very-secret-token') },
    {
      clock: systemClock,
      random: () => 0,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      signal: new AbortController().signal,
      backoff: { firstMs: 1, maxMs: 1, tries: 2 },
    },
  );
  clients.push(http);
  return { http, url };
}

const items = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => ({ id: from + k }));

async function ids(pages: AsyncIterable<Page<string, 'id'>>): Promise<unknown[]> {
  const out: unknown[] = [];
  for await (const page of pages) for (let row = 0; row < page.count; row++) out.push(page.value(row, 'id'));
  return out;
}

/** The rows before an error, and that error. */
async function readAll(
  pages: AsyncIterable<Page<string, 'id'>>,
): Promise<{ got: unknown[]; error: unknown }> {
  const got: unknown[] = [];
  try {
    for await (const page of pages)
      for (let row = 0; row < page.count; row++) got.push(page.value(row, 'id'));
  } catch (error) {
    return { got, error };
  }
  return { got, error: undefined };
}
const all = (n: number) => items(0, n).map(({ id }) => id);

describe('pages by token', () => {
  const chain: Record<string, object> = {
    '': { items: items(0, 2), next: 'b' },
    b: { items: items(2, 3), next: 'c' },
    c: { items: [], next: 'd' },
    d: { items: items(3, 5), next: null },
  };

  it('are followed through the query, an empty page too', async () => {
    const { http } = await serve((url) => {
      expect(url.searchParams.get('q')).toBe('1');
      return { body: chain[url.searchParams.get('token') ?? '']! };
    });
    const request = { path: '/list', query: { q: 1 } };
    expect(await ids(pagesByToken(http, request, PAGES, { token: 'next', query: 'token' }))).toEqual(all(5));
  });

  it('are followed through the body', async () => {
    const { http } = await serve((_, body) => {
      expect(body.jql).toBe('x');
      return { body: chain[String(body.token ?? '')]! };
    });
    const request: ApiRequest = { method: 'POST', path: '/list', body: { jql: 'x' } };
    expect(await ids(pagesByToken(http, request, PAGES, { token: 'next', body: 'token' }))).toEqual(all(5));
  });

  it('end where a page says that it is the last, whatever its token', async () => {
    const { http } = await serve(() => ({ body: { items: items(0, 2), next: 'x', isLast: true } }));
    const pages = pagesByToken(http, { path: '/' }, PAGES, { token: 'next', query: 't', isLast: 'isLast' });
    expect(await ids(pages)).toEqual(all(2));
  });

  it('are cut short where a page is not the last one and names no next one', async () => {
    const { http } = await serve(() => ({ body: { items: items(0, 2), isLast: false } }));
    const pages = pagesByToken(http, { path: '/l' }, PAGES, { token: 'next', query: 't', isLast: 'isLast' });
    await expect(ids(pages)).rejects.toMatchObject({
      code: 'http.cut_short',
      failureType: 'transient_error',
    });
  });

  it.each([1, 2, 3, 7, 20])('do not go round in a circle of %d', async (length) => {
    let asked = 0;
    const { http } = await serve((url) => {
      asked++;
      const at = Number(url.searchParams.get('t') ?? -3);
      return { body: { items: items(0, 1), next: at + 1 < length ? at + 1 : 0 } };
    });
    const pages = pagesByToken(http, { path: '/l' }, PAGES, { token: 'next', query: 't' });
    await expect(ids(pages)).rejects.toMatchObject({ code: 'http.cut_short' });
    expect(asked).toBeLessThan(4 * (length + 4));
  });
});

describe('pages by URL', () => {
  it('follow a field, absolute or relative', async () => {
    const { http } = await serve((url, _, request) => {
      expect(request.headers.authorization).toBe('Bearer very-secret-token');
      const at = Number(url.searchParams.get('page') ?? 0);
      const path = `/api/list?page=${at + 1}&q=a%20b`;
      const next = [`${url.origin}${path}`, path, `?page=${at + 1}`, `https://${url.host}${path}`, ''][at];
      expect(url.pathname).toBe('/api/list');
      return { body: { items: items(at, at + 1), next } };
    });
    expect(await ids(pagesByNextUrl(http, { path: '/list' }, PAGES, 'next'))).toEqual(all(5));
  });

  it('follow a Link header', async () => {
    const { http } = await serve((url) => {
      const at = Number(url.searchParams.get('page') ?? 0);
      const link = `<${url.origin}/x>; rel="prev", <${url.origin}/api/list?page=${at + 1}>; title="a, b"; rel="last next"`;
      return { body: { items: items(at, at + 1) }, headers: at < 3 ? { link } : undefined };
    });
    expect(await ids(pagesByLink(http, { path: '/list' }, PAGES))).toEqual(all(4));
  });

  it('are never asked of another host, which gets no credentials', async () => {
    const asked: string[] = [];
    const other = await serve((url) => {
      asked.push(url.href);
      return { body: { items: [] } };
    });
    for (const next of [`${other.url}/api/list?token=hidden-value`, `//${new URL(other.url).host}/list`]) {
      const { http, url } = await serve(() => ({ body: { items: items(0, 1), next } }));
      const error = (await ids(pagesByNextUrl(http, { path: '/list' }, PAGES, 'next')).catch(
        (thrown: unknown) => thrown,
      )) as Error & { place: string };
      expect(error).toMatchObject({ code: 'http.other_host', failureType: 'config_error' });
      expect(error.message).toContain(new URL(url).host);
      expect(error.message).toContain(new URL(other.url).host);
      expect(error.message + error.place).not.toContain('hidden-value');
    }
    expect(asked).toEqual([]);
  });

  it('do not go round in a circle', async () => {
    const { http } = await serve((url) => ({ body: { items: items(0, 1), next: url.href } }));
    await expect(ids(pagesByNextUrl(http, { path: '/list' }, PAGES, 'next'))).rejects.toMatchObject({
      code: 'http.cut_short',
    });
  });

  it.each([
    ['<https://a/?p=2>; rel="next"', 'https://a/?p=2'],
    ['<https://a/?p=2>; rel=next', 'https://a/?p=2'],
    ['<a>; rel=prev, <b>; REL="Next last"', 'b'],
    ['<a,b;c>; title="x>; rel=\\"next\\", <q>"; rel="next"', 'a,b;c'],
    ['<a>; rel="prev"; rel="next"', undefined],
    ['<a>; rel="nextish"', undefined],
    ['<a>', undefined],
    ['', undefined],
    ['nonsense; rel="next"', undefined],
    [['<a>; rel="prev"', '<b>; rel="next"'], 'b'],
  ])('the next link of %j is %j', (header, next) => {
    expect(linkNext(header)).toBe(next);
  });
});

/** A list paged by offset and limit whose rows change between requests. */
function changingList(
  rows: number[],
  size: number,
  changes: (list: number[], request: number) => void,
  cap = size,
) {
  const list = [...rows];
  let asked = 0;
  const page = async <F extends string, R extends string>(
    request: ApiRequest,
    selection: Selection<F, R>,
  ) => {
    changes(list, asked++);
    const offset = Number(request.query!.offset);
    const slice = list.slice(offset, offset + Math.min(Number(request.query!.limit), cap));
    const body = {
      items: slice.map((id) => ({ id })),
      total: list.length,
      isLast: offset + slice.length >= list.length,
    };
    return selection.scan(Buffer.from(JSON.stringify(body)));
  };
  return { http: { page } as Pick<HttpClient, 'page'>, list, asked: () => asked };
}

describe('pages by offset', () => {
  const PAGING = { key: ['id'], offset: 'offset', size: ['limit', 10] } as const;
  const ends: Array<[string, Partial<OffsetPaging<'isLast' | 'total', 'id'>>]> = [
    ['isLast', { isLast: 'isLast' }],
    ['total', { total: 'total' }],
    ['an empty page', {}],
    ['a short page', { end: 'short' }],
  ];

  it.each(ends)('read a list to its end, told by %s', async (_, end) => {
    for (const length of [0, 1, 9, 10, 11, 18, 19, 20, 21, 55]) {
      const { http, asked } = changingList(all(length), 10, () => {});
      expect(await ids(pagesByOffset(http, { path: '/l' }, PAGES, { ...PAGING, ...end }))).toEqual(
        all(length),
      );
      expect(asked()).toBeLessThanOrEqual(Math.ceil(length / 9) + 2);
    }
  });

  it.each(ends)('are not fooled by a vendor that caps its pages silently, told by %s', async (_, end) => {
    const { http } = changingList(all(37), 10, () => {}, 3);
    expect(await ids(pagesByOffset(http, { path: '/l' }, PAGES, { ...PAGING, ...end }))).toEqual(all(37));
  });

  it.each([
    [{ isLast: 'isLast' }, { code: 'http.cut_short' }],
    [{ total: 'total' }, { code: 'list.short', rows: 0, total: 7 }],
    [
      { isLast: 'isLast', total: 'total' },
      { code: 'list.short', rows: 0, total: 7 },
    ],
  ] as const)('say where a list ends too early, told by %o', async (end, error) => {
    const page = async <F extends string, R extends string>(_: ApiRequest, selection: Selection<F, R>) =>
      selection.scan(Buffer.from('{"items":[],"isLast":false,"total":7}'));
    const http = { page } as Pick<HttpClient, 'page'>;
    const pages = pagesByOffset(http, { path: '/l' }, PAGES, { ...PAGING, ...end });
    await expect(ids(pages)).rejects.toMatchObject(error);
  });

  it.each([1, 3, 30, 200])('step by whole pages where the vendor shows one row in %d', async (part) => {
    let asked = 0;
    const http = {
      page: async <F extends string, R extends string>({ query }: ApiRequest, selection: Selection<F, R>) => {
        asked++;
        const offset = Number(query!.offset);
        const slice = items(offset, Math.min(offset + Number(query!.limit), 600));
        const shown = slice.filter(({ id }) => id % part === 0);
        return selection.scan(Buffer.from(JSON.stringify({ items: shown, total: 600 })));
      },
    } as Pick<HttpClient, 'page'>;
    const paging = { ...PAGING, step: 'size', total: 'total' } as const;
    expect(await ids(pagesByOffset(http, { path: '/l' }, PAGES, paging))).toEqual(
      all(600).filter((id) => id % part === 0),
    );
    expect(asked).toBeLessThan(4 * 67);
  });

  it('work over HTTP', async () => {
    const { http } = await serve((url) => {
      const at = Number(url.searchParams.get('offset'));
      return {
        body: { items: items(at, Math.min(at + Number(url.searchParams.get('limit')), 25)), total: 25 },
      };
    });
    const pages = pagesByOffset(http, { path: '/list' }, PAGES, { ...PAGING, total: 'total' });
    expect(await ids(pages)).toEqual(all(25));
  });

  it('skip nothing that stays, whatever leaves and comes meanwhile', async () => {
    const change = fc.record({
      isRemoval: fc.boolean(),
      at: fc.double({ min: 0, max: 0.999, noNaN: true }),
      many: fc.integer({ min: 0, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 80 }),
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.array(change, { maxLength: 2 }), { maxLength: 12 }),
        fc.constantFrom(...ends.map(([, end]) => end)),
        async (length, size, overlap, script, end) => {
          let fresh = 1000;
          const { http, list } = changingList(all(length), size, (rows, request) => {
            for (const { isRemoval, at, many } of script[request] ?? []) {
              const from = Math.floor(at * (rows.length + 1));
              if (isRemoval) rows.splice(from, many);
              else rows.splice(from, 0, ...Array.from({ length: many }, () => fresh++));
            }
          });
          const paging = { ...PAGING, size: ['limit', size] as const, overlap, ...end };
          const { got, error } = await readAll(pagesByOffset(http, { path: '/l' }, PAGES, paging));
          // Rows inserted before the current place are counted but not seen; and a list may have the length of a
          // window.
          if (error !== undefined && !isShortList(error)) throw error;
          expect(new Set(got).size).toBe(got.length);
          // Every row that was there from beginning to end must have been read.
          const stayed = list.filter((id) => id < 1000);
          expect(stayed.filter((id) => !got.includes(id))).toEqual([]);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
