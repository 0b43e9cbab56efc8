import { afterEach, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi, type TestApiOptions } from '../index.ts';

let api: TestApi | undefined;

afterEach(async () => {
  await api?.stop();
  api = undefined;
});

async function start(options: TestApiOptions = {}): Promise<TestApi> {
  api = await startTestApi(options);
  return api;
}

async function ask(path: string, token = api!.token): Promise<Response> {
  return fetch(path.startsWith('http') ? path : api!.url + path, {
    headers: { authorization: `Bearer ${token}` },
  });
}

interface Listed {
  items: Array<{ id: string; updated: string; version: number }>;
  ids: Array<{ id: string }>;
  groups: Array<{ id: string; items: number }>;
  nextPageToken?: string;
  next?: string | null;
  total?: number;
}

const body = async (path: string): Promise<Listed> => (await ask(path)).json() as Promise<Listed>;

/** Every entry of a list with paging by token. */
async function all(path: string, name: 'items' | 'ids' | 'groups'): Promise<string[]> {
  const found: string[] = [];
  for (let token: string | undefined = ''; token !== undefined; ) {
    const page = await body(`${path}${path.includes('?') ? '&' : '?'}${token && `page_token=${token}`}`);
    found.push(...page[name].map(({ id }) => id));
    token = page.nextPageToken;
  }
  return found;
}

describe('the test API', () => {
  it('lists its groups and items page by page, in order, each once', async () => {
    const { items } = await start({ partitions: 250, records: 33, pageSize: 10, perInstant: 4 });
    const groups = await all('/groups', 'groups');
    expect(groups).toHaveLength(250);
    expect(new Set(groups).size).toBe(250);
    const expected = [...items('g00007')].map(({ id }) => id);
    expect(expected).toHaveLength(33);
    expect(await all('/groups/g00007/items', 'items')).toEqual(expected);
    expect(await all('/groups/g00007/ids?limit=7', 'ids')).toEqual(expected);
  });

  it('gives the same items in every way of paging', async () => {
    const { items } = await start({ partitions: 2, records: 25, pageSize: 10 });
    const expected = [...items(1)].map(({ id }) => id);
    const byLink: string[] = [];
    for (let url: string | undefined = '/groups/g00001/link'; url; ) {
      const answer: Response = await ask(url);
      byLink.push(...((await answer.json()) as Listed['items']).map(({ id }) => id));
      url = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link')!)?.[1];
    }
    const byNext: string[] = [];
    for (let url: string | null | undefined = '/groups/g00001/next'; url; ) {
      const page: Listed = await body(url);
      byNext.push(...page.items.map(({ id }) => id));
      url = page.next;
    }
    const byOffset: string[] = [];
    for (let total = 1; byOffset.length < total; ) {
      const page = await body(`/groups/g00001/offset?offset=${byOffset.length}`);
      byOffset.push(...page.items.map(({ id }) => id));
      total = page.total!;
    }
    expect([byLink, byNext, byOffset]).toEqual([expected, expected, expected]);
  });

  it('cuts windows at `since` (included) and `until` (not), and counts them', async () => {
    const { items } = await start({ partitions: 1, records: 100, pageSize: 100, perInstant: 3 });
    const list = [...items(0)];
    const since = list[30]!.updated;
    const until = list[60]!.updated;
    const within = list.filter(({ updated }) => updated >= since && updated < until).map(({ id }) => id);
    expect(within).toHaveLength(30);
    expect(await all(`/groups/g00000/items?since=${since}&until=${until}&limit=4`, 'items')).toEqual(within);
    expect(await body(`/groups/g00000/count?since=${since}&until=${until}`)).toEqual({ count: 30 });
    expect(await body('/groups/g00000/count')).toEqual({ count: 100 });
  });

  it('sends items of the size that was asked for, always the same bytes', async () => {
    const { bytes, items } = await start({ partitions: 1, records: 200, recordBytes: 777 });
    const answer = await ask('/groups/g00000/items?limit=100');
    const text = await answer.text();
    const first = [...items(0)].slice(0, 100).map((item) => bytes(item).toString());
    expect(text.startsWith(`{"items":[${first.join(',')}]`)).toBe(true);
    for (const item of items(0)) {
      expect(bytes(item)).toHaveLength(777);
      expect(JSON.parse(bytes(item).toString())).toMatchObject({ id: item.id, version: 1 });
    }
    expect(Number(answer.headers.get('content-length'))).toBe(Buffer.byteLength(text));
  });

  it('numbers things with 19 digits if it is told to, so that neighbours are one double', async () => {
    const { items, bytes, add, change, remove } = await start({
      partitions: 2,
      records: 20,
      ids: 'snowflake',
      perInstant: 2,
    });
    const made = [...items(1)];
    const text = await (await ask('/groups/1790000000000000002/items')).text();
    expect(text).toContain(`{"id":${made[7]!.id},"group":1790000000000000002,`);
    expect(text).toContain(bytes(made[7]!).toString());
    expect(new Set(made.map(({ id }) => id)).size).toBe(20);
    expect(new Set(made.map(({ id }) => Number(id))).size).toBe(1);
    expect(await (await ask('/groups')).text()).toMatch(/^\{"groups":\[\{"id":1790000000000000001,/);
    expect((await ask(`/groups/1790000000000000002/items/${made[7]!.id}`)).status).toBe(200);
    expect((await ask('/groups/1790000000000000002/items/1791000000000000001')).status).toBe(404);
    expect((await ask('/groups/1790000000000000000/items')).status).toBe(404);
    const id = add(made[0]!.group);
    change(1, id);
    remove(1, made[0]!.id);
    expect([...items(1)].at(-1)).toMatchObject({ id, version: 2 });
    expect(await (await ask('/groups/1790000000000000002/ids')).text()).toContain(`{"id":${id},`);
  });

  it('moves what was changed to the end, adds and removes', async () => {
    const now = Date.UTC(2026, 5, 1);
    const { change, add, remove } = await start({ partitions: 2, records: 5, clock: () => now });
    change('g00000', 'g00000-000001');
    remove(0, 'g00000-000003');
    expect(add(0)).toBe('g00000-000005');
    expect(await all('/groups/g00000/items', 'items')).toEqual(
      [0, 2, 4, 1, 5].map((n) => `g00000-00000${n}`),
    );
    expect((await body(`/groups/g00000/items?since=${now}`)).items).toMatchObject([
      { id: 'g00000-000001', version: 2, updated: new Date(now).toISOString() },
      { id: 'g00000-000005', version: 1 },
    ]);
    expect(await all('/groups/g00001/items', 'items')).toHaveLength(5);
    expect((await ask('/groups/g00000/items/g00000-000003')).status).toBe(404);
    expect((await ask('/groups/g00000/items/g00000-000002')).status).toBe(200);
  });

  it('says no to a wrong token, a wrong path and a wrong question', async () => {
    await start();
    expect((await ask('/groups', 'other')).status).toBe(401);
    expect((await ask('/nowhere')).status).toBe(404);
    expect((await ask('/groups/g99999/items')).status).toBe(404);
    expect((await ask('/groups/g00001/items?since=yesterday')).status).toBe(400);
    expect((await ask('/groups/g00001/items?page_token=x')).status).toBe(400);
    api!.setToken('another');
    expect((await ask('/whoami', 'another')).status).toBe(200);
    expect(api!.stats()).toMatchObject({ requests: 6, unauthorized: 1, answered: 1, throttled: 0 });
  });

  it('waits before it answers, and tells how many were waiting', async () => {
    const { stats } = await start({ latencyMs: 100 });
    const begun = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => ask('/whoami')));
    expect(performance.now() - begun).toBeGreaterThan(95);
    expect(stats()).toMatchObject({ requests: 20, peakInFlight: 20, peakRps: 20 });
  });

  it.each([
    ['none', []],
    ['retry-after', ['retry-after']],
    ['retry-after-date', ['retry-after']],
    ['x-ratelimit', ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset']],
    ['ratelimit', ['ratelimit', 'ratelimit-policy']],
  ] as const)('throttles and says so by %s', async (style, names) => {
    const { stats } = await start({ limit: { rps: 5, windowMs: 60_000, window: 'sliding', style } });
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask('/whoami')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    const throttled = answers.find(({ status }) => status === 429)!;
    for (const name of [
      'retry-after',
      'x-ratelimit-limit',
      'x-ratelimit-remaining',
      'x-ratelimit-reset',
      'ratelimit',
      'ratelimit-policy',
    ])
      expect([name, throttled.headers.has(name)]).toEqual([name, names.includes(name as never)]);
    const reset = throttled.headers.get('retry-after') ?? throttled.headers.get('x-ratelimit-reset');
    if (style === 'retry-after') expect(Number(reset)).toBeCloseTo(60, -1);
    if (style === 'retry-after-date') expect((Date.parse(reset!) - Date.now()) / 1000).toBeCloseTo(60, -1);
    if (style === 'x-ratelimit') expect(Number(reset) - Date.now() / 1000).toBeCloseTo(60, -1);
    expect(stats()).toMatchObject({ requests: 8, throttled: 3, answered: 5 });
    expect(stats().routes['/whoami']).toEqual({ requests: 8, throttled: 3 });
  });

  it.each(['fixed', 'sliding', 'bucket'] as const)(
    'allows again what its window (%s) allows',
    async (window) => {
      const limit = { rps: 10, windowMs: 200, window } as const;
      const { stats } = await start({ limit });
      const end = performance.now() + 1000;
      while (performance.now() < end) await Promise.all([ask('/whoami'), ask('/whoami'), ask('/whoami')]);
      const { answered, throttled } = stats();
      expect(throttled).toBeGreaterThan(0);
      // A little more than five windows; a fixed window and a bucket may allow one more at the edges.
      expect(answered).toBeGreaterThanOrEqual(45);
      expect(answered).toBeLessThanOrEqual(75);
    },
  );

  it('limits one route and leaves the others', async () => {
    await start({ limit: { rps: 1, windowMs: 60_000, window: 'sliding', only: /\/count$/ } });
    const paths = ['/groups/g00001/count', '/groups/g00001/count', '/whoami', '/whoami'];
    const statuses: number[] = [];
    for (const path of paths) statuses.push((await ask(path)).status);
    expect(statuses).toEqual([200, 429, 200, 200]);
  });

  it('hands out access tokens, and a refresh token only once', async () => {
    const client = { clientId: 'me', clientSecret: 'of-the-client' };
    await start({ oauth: { ...client, refreshToken: 'first' } });
    const token = async (form: Record<string, string>, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${api!.url}/oauth/token`, {
        method: 'POST',
        headers,
        body: new URLSearchParams(form),
      });
      const said = (await answer.json()) as { access_token: string };
      return { ...said, status: answer.status };
    };
    const inForm = { client_id: 'me', client_secret: 'of-the-client' };
    const first = await token({ grant_type: 'refresh_token', refresh_token: 'first', ...inForm });
    expect(first).toMatchObject({ status: 200, refresh_token: api!.refreshToken });
    expect((await ask('/whoami', first.access_token)).status).toBe(200);
    const again = await token({ grant_type: 'refresh_token', refresh_token: 'first', ...inForm });
    expect(again).toMatchObject({ status: 400, error: 'invalid_grant' });
    const authorization = `Basic ${Buffer.from('me:of-the-client').toString('base64')}`;
    const own = await token({ grant_type: 'client_credentials' }, { authorization });
    expect((await ask('/groups', own.access_token)).status).toBe(200);
    expect(await token({ grant_type: 'client_credentials' })).toMatchObject({ status: 401 });
    api!.revokeAccess();
    expect((await ask('/whoami', own.access_token)).status).toBe(401);
    expect(api!.stats().routes['/oauth/token']).toEqual({ requests: 4, throttled: 0 });
  });
});
