import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FAULT_KINDS, type FaultKind } from '../http/faults.ts';
import { type JiraSandbox, startJira } from './sandbox.ts';
import { ask, type Got, rawExchange, search } from './testing/client.ts';

let jira: JiraSandbox;
beforeAll(async () => {
  jira = await startJira({ issues: 400 });
});
afterAll(() => jira.close());
beforeEach(() => {
  jira.control.clearFaults();
  jira.control.resetStats();
});

const USERS = '/rest/api/3/users/search?maxResults=40';
const ALL = { jql: 'id > 0 ORDER BY id ASC', fields: ['id', 'summary'], maxResults: 50 };

describe('a fault affects one answer only', () => {
  const whole = async (): Promise<Buffer> => (await ask(jira, 'GET', USERS)).body;
  const broken = async (kind: FaultKind): Promise<Got | Error> => {
    jira.control.fail({ route: 'users/search', kind });
    return ask(jira, 'GET', USERS).catch((error: Error) => error);
  };

  it.each<[FaultKind, number, string | undefined]>([
    ['500', 500, undefined],
    ['502', 502, undefined],
    ['503', 503, undefined],
    ['429', 429, '1'],
    ['429-bare', 429, undefined],
  ])('%s', async (kind, status, retryAfter) => {
    const got = (await broken(kind)) as Got;
    expect(got.status).toBe(status);
    expect(got.headers['retry-after']).toBe(retryAfter);
    expect(JSON.parse((await whole()).toString())).toHaveLength(40);
  });

  it('429 and 503 carry the configured headers', async () => {
    jira.control.fail({ kind: '503', retryAfterSeconds: 7 });
    jira.control.fail({
      kind: '429',
      retryAfterSeconds: 3,
      headers: { 'RateLimit-Reason': 'jira-quota-tenant-based' },
    });
    expect((await ask(jira, 'GET', USERS)).headers['retry-after']).toBe('7');
    expect((await ask(jira, 'GET', USERS)).headers).toMatchObject({
      'retry-after': '3',
      'ratelimit-reason': 'jira-quota-tenant-based',
    });
  });

  it.each<FaultKind>(['reset', 'reset-body', 'cut-length', 'cut-chunked'])(
    '%s breaks the connection',
    async (kind) => {
      const got = await broken(kind);
      expect(got).toBeInstanceOf(Error);
      expect(JSON.parse((await whole()).toString())).toHaveLength(40);
    },
  );

  it('cut-json is valid HTTP with half of the JSON', async () => {
    const got = (await broken('cut-json')) as Got;
    const full = await whole();
    expect(got.status).toBe(200);
    expect(got.headers['content-length']).toBe(String(got.body.length));
    expect(got.body).toEqual(full.subarray(0, full.length >> 1));
    expect(() => JSON.parse(got.body.toString())).toThrow();
  });

  it('empty is a 200 without a body', async () => {
    const got = (await broken('empty')) as Got;
    expect([got.status, got.body.length]).toEqual([200, 0]);
  });

  it('slow-body is slow and complete', async () => {
    jira.control.fail({ route: 'users/search', kind: 'slow-body', ms: 200 });
    const began = performance.now();
    expect(JSON.parse((await whole()).toString())).toHaveLength(40);
    expect(performance.now() - began).toBeGreaterThan(150);
  });
});

describe('on the wire', () => {
  const parts = ({ bytes }: { bytes: Buffer }) => {
    const at = bytes.indexOf('\r\n\r\n');
    return { head: bytes.toString('latin1', 0, at), body: bytes.subarray(at + 4) };
  };

  it('reset: no bytes at all', async () => {
    jira.control.fail({ kind: 'reset' });
    expect(await rawExchange(jira, USERS)).toEqual({ bytes: Buffer.alloc(0), end: 'reset' });
  });

  it('reset-body: half of the announced bytes, then a reset', async () => {
    jira.control.fail({ kind: 'reset-body' });
    const got = await rawExchange(jira, USERS);
    const { head, body } = parts(got);
    const announced = Number(/Content-Length: (\d+)/.exec(head)![1]);
    expect(got.end).toBe('reset');
    expect(body.length).toBe(announced >> 1);
  });

  it('cut-length: half of the announced bytes, then a regular end', async () => {
    jira.control.fail({ kind: 'cut-length' });
    const got = await rawExchange(jira, USERS);
    const { head, body } = parts(got);
    expect(head).toMatch(/^HTTP\/1.1 200 /);
    expect(got.end).toBe('fin');
    expect(body.length).toBe(Number(/Content-Length: (\d+)/.exec(head)![1]) >> 1);
  });

  it('cut-chunked: a chunk, then a regular end without the last chunk', async () => {
    jira.control.fail({ kind: 'cut-chunked' });
    const got = await rawExchange(jira, USERS);
    const { head, body } = parts(got);
    expect(head).toMatch(/Transfer-Encoding: chunked/i);
    expect(got.end).toBe('fin');
    expect(body.toString()).not.toMatch(/0\r\n\r\n$/);
    expect(body.length).toBeGreaterThan(1000);
  });
});

describe('pages', () => {
  it('repeat-token returns the same token again', async () => {
    const { nextPageToken } = await search(jira, ALL);
    jira.control.fail({ route: 'search/jql', kind: 'repeat-token' });
    const again = await search(jira, { ...ALL, nextPageToken });
    expect(again).toMatchObject({ nextPageToken, isLast: false });
    expect((await search(jira, { ...ALL, nextPageToken })).nextPageToken).not.toBe(nextPageToken);
  });

  it('end-early claims to be the last page', async () => {
    jira.control.fail({ route: 'search/jql', kind: 'end-early' });
    const page = await search(jira, ALL);
    expect([page.issues.length, page.isLast, page.nextPageToken]).toEqual([50, true, undefined]);
  });
});

describe('faults apply to', () => {
  const statuses = async (count: number, path = USERS) => {
    const seen: number[] = [];
    for (let i = 0; i < count; i++) seen.push((await ask(jira, 'GET', path)).status);
    return seen;
  };

  it('the next requests, later ones, or all', async () => {
    jira.control.fail({ route: 'users/search', kind: '500', times: 2, after: 1 });
    expect(await statuses(5)).toEqual([200, 500, 500, 200, 200]);
    jira.control.fail({ route: 'GET /rest/api/3/users/*', kind: '503', times: null });
    expect(await statuses(4)).toEqual([503, 503, 503, 503]);
    expect(await statuses(2, '/rest/api/3/myself')).toEqual([200, 200]);
  });

  it('requests whose body or URL contains a text', async () => {
    jira.control.fail({ route: 'search/jql', containing: 'project = OPS', kind: '500', times: null });
    const status = async (jql: string) => (await ask(jira, 'POST', '/rest/api/3/search/jql', { jql })).status;
    expect([await status('project = ENG'), await status('project = OPS')]).toEqual([200, 500]);
    expect((await ask(jira, 'GET', '/rest/api/3/search/jql?jql=project%20%3D%20OPS')).status).toBe(500);
  });

  it('a share of requests, the same ones for the same seed', async () => {
    const run = async () => {
      const site = await startJira({
        issues: 1,
        seed: 9,
        faults: { rate: 0.2, kinds: ['500', '503'], route: 'myself' },
      });
      const seen: number[] = [];
      for (let i = 0; i < 200; i++) seen.push((await ask(site, 'GET', '/rest/api/3/myself')).status);
      const stats = site.stats();
      await site.close();
      return { seen, stats };
    };
    const { seen, stats } = await run();
    const failed = seen.filter((status) => status !== 200).length;
    expect(failed).toBeGreaterThan(20);
    expect(failed).toBeLessThan(65);
    expect(stats.faults['500']! + stats.faults['503']!).toBe(failed);
    expect(stats.routes['GET /rest/api/3/myself']).toMatchObject({
      requests: 200,
      statuses: { 200: 200 - failed },
    });
    expect((await run()).seen).toEqual(seen);
  });

  it('requests over the burst limit, with the vendor’s headers', async () => {
    jira.control.burstLimit({ perSecond: 5 });
    const got = await Promise.all(Array.from({ length: 20 }, () => ask(jira, 'GET', USERS)));
    jira.control.burstLimit({ perSecond: null });
    const refused = got.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(12);
    expect(refused[0]!.headers).toMatchObject({
      'retry-after': '1',
      'ratelimit-reason': 'jira-burst-based',
      'x-ratelimit-limit': '5',
    });
    expect(jira.stats().throttled).toBe(refused.length);
  });
});

it('a client that retries every incomplete page gets everything despite all faults', async () => {
  const kinds = FAULT_KINDS.filter((kind) => !['slow-body', 'repeat-token', 'end-early'].includes(kind));
  const site = await startJira({ issues: 3000, seed: 2, faults: { rate: 0.4, kinds } });
  const found: string[] = [];
  let nextPageToken: string | undefined;
  for (let asked = 0; asked < 2000; asked++) {
    const page = await search(site, { ...ALL, nextPageToken }).catch(() => undefined);
    if (page?.issues === undefined) continue;
    found.push(...page.issues.map(({ id }) => id));
    nextPageToken = page.nextPageToken;
    if (page.isLast) break;
  }
  expect(found).toEqual(site.ids().map(({ id }) => id));
  expect(Object.keys(site.stats().faults).length).toBeGreaterThan(5);
  await site.close();
});

describe('through POST /_sandbox/control', () => {
  const tell = async (order: object) => {
    const { status, body } = await ask(jira, 'POST', '/_sandbox/control', order, { authorization: '' });
    return { status, ...(JSON.parse(body.toString()) as { result?: unknown; errorMessages?: string[] }) };
  };

  it('controls faults, changes and the clock', async () => {
    expect(await tell({ do: 'fail', route: 'users/search', kind: '500' })).toEqual({
      status: 200,
      result: null,
    });
    expect((await ask(jira, 'GET', USERS)).status).toBe(500);
    expect(await tell({ do: 'touch', issues: ['10001'] })).toMatchObject({ result: [{ id: '10001' }] });
    expect(await tell({ do: 'advanceClock', ms: 1000 })).toMatchObject({ result: expect.any(Number) });
  });

  it('refuses an invalid command and says why', async () => {
    expect(await tell({ do: 'explode' })).toMatchObject({
      status: 400,
      errorMessages: [expect.stringContaining('"do" must be one of fail')],
    });
    expect(await tell({ do: 'fail', kind: 'fire' })).toMatchObject({
      status: 400,
      errorMessages: [expect.stringContaining("no fault 'fire'")],
    });
    expect(await tell({ do: 'touch', issues: ['1'] })).toMatchObject({
      status: 400,
      errorMessages: ['no issue 1'],
    });
  });

  it('holds requests until they are released', async () => {
    await tell({ do: 'hold', route: 'users/search', after: 1 });
    expect((await ask(jira, 'GET', USERS)).status).toBe(200);
    let answered = false;
    const held = ask(jira, 'GET', USERS).then((got) => {
      answered = true;
      return got;
    });
    await expect.poll(() => jira.stats().held).toBe(1);
    expect((await ask(jira, 'GET', '/rest/api/3/myself')).status).toBe(200);
    expect(answered).toBe(false);
    expect(await tell({ do: 'release', route: 'users/search' })).toMatchObject({ result: 1 });
    expect((await held).status).toBe(200);
  });

  it('stops counting a held request once its client is gone', async () => {
    await tell({ do: 'hold', route: 'users/search' });
    const socket = connect(jira.port, '127.0.0.1', () =>
      socket.write('GET /rest/api/3/users/search HTTP/1.1\r\nHost: x\r\n\r\n'),
    );
    await expect.poll(() => jira.stats().held).toBe(1);
    socket.destroy();
    await expect.poll(() => jira.stats().held).toBe(0);
    expect(await tell({ do: 'release' })).toMatchObject({ result: 0 });
  });

  it('sets the latency of a route', async () => {
    await tell({ do: 'latency', route: 'myself', ms: 120 });
    const time = async (path: string) => {
      const began = performance.now();
      await ask(jira, 'GET', path);
      return performance.now() - began;
    };
    expect(await time('/rest/api/3/myself')).toBeGreaterThan(115);
    expect(await time(USERS)).toBeLessThan(100);
    await tell({ do: 'latency', route: 'myself', ms: 0 });
  });
});
