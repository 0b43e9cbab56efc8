import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { anonymous } from '../http/auth/auth.ts';
import { createHttp, type HttpClient } from '../http/client.ts';
import { ShortListError } from '../http/index.ts';
import { Selection } from '../protocol/selection.ts';
import { halved, pagesByIds } from './halved.ts';

const SELECTION = new Selection({ records: 'values', record: { id: 'id' }, fields: { next: 'next' } });
const IDS = Array.from({ length: 100 }, (_, i) => String(i));

let server: Server | undefined;
let http: HttpClient | undefined;

afterEach(async () => {
  await http?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

/** A bulk endpoint: answers with a status and, if that is 200, with what it has of the ids. */
async function serve(statusOf: (ids: readonly string[], request: number) => number) {
  const asked: number[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const { ids } = JSON.parse(body) as { ids: string[] };
      asked.push(ids.length);
      const status = statusOf(ids, asked.length);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(status === 200 ? JSON.stringify({ values: ids.map((id) => ({ id })) }) : '{"no":1}');
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  http = createHttp(
    { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, auth: anonymous },
    {
      clock: { now: () => 0, sleep: async () => {} },
      random: () => 0.5,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      signal: new AbortController().signal,
    },
  );
  return asked;
}

async function read(ids: readonly string[] = IDS, most?: number) {
  const [came, unreadable]: [string[], string[]] = [[], []];
  const ask = (part: readonly string[]) =>
    http!.page({ method: 'POST', path: '/bulk', body: { ids: part } }, SELECTION);
  for await (const page of pagesByIds(ids, ask, { most })) {
    unreadable.push(...page.unreadable);
    for (let row = 0; row < page.count; row++) came.push(page.id(row, 'id' as never)!);
  }
  return { came, unreadable };
}

const without = (...culprits: string[]) => IDS.filter((id) => !culprits.includes(id));

describe('records that are asked for by their ids', () => {
  it('come in one request if all is well, and none is made for no ids', async () => {
    const asked = await serve(() => 200);
    expect(await read()).toEqual({ came: IDS, unreadable: [] });
    expect(await read([])).toEqual({ came: [], unreadable: [] });
    expect(asked).toEqual([100]);
  });

  it.each([400, 404, 413, 422, 500, 502, 503, 504])(
    'all come in their order but the one that makes any answer a %d',
    async (status) => {
      await serve((ids) => (ids.includes('37') ? status : 200));
      expect(await read()).toEqual({ came: without('37'), unreadable: ['37'] });
    },
  );

  it('are tried fewer times once the first request has failed', async () => {
    const asked = await serve((ids) => (ids.includes('0') ? 500 : 200));
    await read(IDS.slice(0, 8));
    // Eight tries of all, two of each half that holds it, one of each that does not.
    expect(asked).toEqual([...Array(8).fill(8), 4, 4, 2, 2, 1, 1, 1, 2, 4]);
  });

  it('all come but culprits that stand side by side, and those of several requests', async () => {
    await serve((ids) => (ids.some((id) => ['10', '11', '12', '99'].includes(id)) ? 500 : 200));
    const expected = { came: without('10', '11', '12', '99'), unreadable: ['10', '11', '12', '99'] };
    expect(await read(IDS, 25)).toEqual(expected);
  });

  it.each([
    ['an outage', 500, 60],
    ['a wrong request', 400, 30],
  ])('are not called unreadable in %s', async (_, status, most) => {
    const asked = await serve(() => status);
    const reading = read();
    await expect(reading).rejects.toMatchObject({ status });
    expect(asked.length).toBeLessThan(most);
  });

  it('are not called unreadable one by one either, asked one a request in an outage', async () => {
    const asked = await serve(() => 503);
    await expect(read(IDS, 1)).rejects.toMatchObject({ status: 503 });
    expect(asked.length).toBeLessThan(8 * 6);
  });

  it('come once each where the chain of their answers breaks behind its first page', async () => {
    await serve((ids) => (ids.includes('37') ? 500 : 200));
    const page = (ids: readonly string[]) =>
      http!.page({ method: 'POST', path: '/bulk', body: { ids } }, SELECTION);
    const came: string[] = [];
    const pages = pagesByIds(IDS, async function* (part) {
      for (let at = 0; at < part.length; at += 10) yield await page(part.slice(at, at + 10));
    });
    for await (const one of pages) for (let row = 0; row < one.count; row++) came.push(one.id(row, 'id')!);
    expect(came).toEqual(without('37'));
  });

  it('come although the list of some falls short of its total: that is thrown behind the last', async () => {
    await serve(() => 200);
    const came: string[] = [];
    const reading = async () => {
      const ask = async function* (part: readonly string[]) {
        yield await http!.page({ method: 'POST', path: '/bulk', body: { ids: part } }, SELECTION);
        if (part.includes(IDS[0]!)) throw new ShortListError('POST /bulk', part.length, part.length + 1);
      };
      for await (const page of pagesByIds(IDS, ask, { most: 25 }))
        for (let row = 0; row < page.count; row++) came.push(page.id(row, 'id' as never)!);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'list.short' });
    expect(came).toEqual(IDS);
  });

  it.each([401, 403, 302])('fail at once with a %d', async (status) => {
    const asked = await serve(() => status);
    await expect(read()).rejects.toMatchObject({ status });
    expect(asked).toHaveLength(1);
  });

  it('that came before an outage stay, each once', async () => {
    await serve((_, request) => (request > 1 ? 500 : 200));
    const came: string[] = [];
    const reading = async () => {
      const ask = (part: readonly string[]) =>
        http!.page({ method: 'POST', path: '/bulk', body: { ids: part } }, SELECTION);
      for await (const page of pagesByIds(IDS, ask, { most: 50 }))
        for (let row = 0; row < page.count; row++) came.push(page.id(row, 'id' as never)!);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'http.failed' });
    expect(came).toEqual(IDS.slice(0, 50));
  });

  it('is not talked out of an outage by what needs no request', async () => {
    const asked = await serve(() => 500);
    const lost: string[] = [];
    // Every second one stands in what came before, as most issues embed all of their comments.
    const ask = async (part: readonly string[]): Promise<readonly string[]> => {
      const ids = part.filter((id) => Number(id) % 2 === 1);
      if (ids.length > 0) await http!.page({ method: 'POST', path: '/bulk', body: { ids } }, SELECTION);
      return part;
    };
    const reading = async (): Promise<void> => {
      for await (const _ of halved(IDS, ask, (id) => lost.push(id)));
    };
    await expect(reading()).rejects.toMatchObject({ code: 'http.failed' });
    expect(asked.length).toBeLessThan(60);
    expect(lost.length).toBeLessThan(5);
  });
});
