import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { html, json, redirect, text } from './answer.ts';
import { bearerOf } from './auth.ts';
import { originOf } from './call.ts';
import { type ServiceControl, serviceControl } from './control.ts';
import { type FaultKind, nextFault } from './faults.ts';
import { page } from './page.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';
import { SERVICE_DEFAULTS, type Service, serviceOf } from './service.ts';
import type { Vendor } from './vendor.ts';
import { putAscii, putRows } from './writer.ts';

/** A small vendor: a paged list and one of its rows, a proxy's prefix, a budget for an hour. */
interface Library extends Service {
  books: Buffer[];
}

interface LibraryControl extends ServiceControl<FaultKind | 'sign-in-page' | 'sign-in'> {
  addBook(book: { title: string }): number;
}

const BUDGET = 5;
const TOO_MANY = 'Rate limit for this resource has been exceeded';
const error = (status: number, message: string) => json({ type: 'error', error: { message } }, status);

const library: Vendor<Library> = {
  routes: () => [
    {
      method: 'GET',
      template: '/2.0/books',
      handle: (service, call) => {
        const from = Number(call.query.get('page') ?? 1) - 1;
        const last = call.paging === 'end-early' || from + 1 >= service.books.length;
        const next = `${originOf(call)}${call.url.split('?')[0]}?page=${call.paging === 'repeat-token' ? from + 1 : from + 2}`;
        const out = page(service);
        putAscii(out, '{"values":[');
        putRows(out, service.books.slice(from, from + 1));
        putAscii(out, last ? ']}' : `],"next":"${next}"}`);
        return { status: 200, headers: { 'Content-Type': 'application/json' }, body: out };
      },
    },
    {
      method: 'GET',
      template: '/2.0/shelves/{path*}/books/{n}',
      handle: (service, { params }) => {
        const book = service.books[Number(params.n)];
        return book
          ? json({ shelf: params.path, title: JSON.parse(book.toString()).title })
          : error(404, 'no book');
      },
    },
  ],
  ownRoutes: [{ method: 'GET', template: '/_sandbox/books', handle: ({ books }) => json(books.length) }],
  access: (_, { path, headers }) => {
    const caller = bearerOf(headers.authorization);
    const below = path.replace(/^\/proxy/, '');
    return caller ? { path: below, caller } : { path: below, refusal: error(401, 'Token is invalid') };
  },
  headers: () => ({ 'X-OAuth-Scopes': 'book' }),
  error,
  notFound: ({ path }) => error(404, `No route ${path}`),
};

let now: number;
let service: Library;
let sandbox: Sandbox<LibraryControl>;

beforeEach(async () => {
  now = Date.UTC(2026, 10, 20, 12);
  service = {
    ...serviceOf(
      { ...SERVICE_DEFAULTS, seed: 7, clock: () => now },
      (clock) => [
        {
          name: 'hour',
          kind: 'rolling',
          amount: undefined,
          windowMs: 3_600_000,
          now: () => clock.now(),
          counter: ({ caller }) => caller,
          headers: ({ amount, left, resetMs }) => ({
            'X-RateLimit-Limit': String(amount),
            'X-RateLimit-Remaining': String(left),
            'X-RateLimit-Reset': String(Math.ceil(resetMs / 1000)),
          }),
          refuse: () => text(TOO_MANY, 429),
        },
      ],
      {
        '429-bare': () => text(TOO_MANY, 429),
        'sign-in-page': () => html('<html>Sign in</html>'),
        'sign-in': () => redirect('/login'),
      },
    ),
    // A double that JSON.stringify would write differently.
    books: ['{"title":"A","price":1.10}', '{"title":"B","price":1e2}'].map((row) => Buffer.from(row)),
  };
  const control: LibraryControl = {
    ...serviceControl(service),
    addBook: ({ title }) => service.books.push(Buffer.from(JSON.stringify({ title }))),
  };
  sandbox = await startSandbox(library, service, control);
});
afterEach(() => sandbox.close());

const get = async (path: string, token = 'one') => {
  const answer = await fetch(`${sandbox.url}${path}`, {
    redirect: 'manual',
    headers: { authorization: `Bearer ${token}`, connection: 'close' },
  });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
};
const tell = async (order: object) => {
  const answer = await fetch(`${sandbox.url}/_sandbox/control`, {
    method: 'POST',
    body: JSON.stringify(order),
  });
  return {
    status: answer.status,
    body: (await answer.json()) as { result?: unknown; error?: { message: string } },
  };
};
const hour = (amount: number | null) => sandbox.control.limit({ name: 'hour', amount });

describe('a vendor on the HTTP layer', () => {
  it('answers its own bytes, links to where it was asked, and sets its headers and the clock’s date', async () => {
    const { headers, body } = await get('/proxy/2.0/books');
    expect(body).toBe(
      `{"values":[{"title":"A","price":1.10}],"next":"${sandbox.url}/proxy/2.0/books?page=2"}`,
    );
    expect(headers).toMatchObject({ 'x-oauth-scopes': 'book', date: new Date(now).toUTCString() });
    expect((await get('/2.0/books?page=2')).body).toBe('{"values":[{"title":"B","price":1e2}]}');
  });

  it('takes any number of segments as sent, and one segment decoded', async () => {
    expect(JSON.parse((await get('/2.0/shelves/a%2Fb/c%20d/books/0')).body)).toEqual({
      shelf: 'a%2Fb/c%20d',
      title: 'A',
    });
    expect((await get('/2.0/shelves/books/0')).status).toBe(404);
    expect(JSON.parse((await get('/2.0/nothing')).body)).toEqual({
      type: 'error',
      error: { message: 'No route /2.0/nothing' },
    });
  });

  it('refuses a caller without a token, whatever the route', async () => {
    const answer = await fetch(`${sandbox.url}/2.0/nothing`);
    expect([answer.status, await answer.text()]).toEqual([
      401,
      '{"type":"error","error":{"message":"Token is invalid"}}',
    ]);
  });

  it.each([
    ['500', 500, '{"type":"error","error":{"message":"Internal server error"}}', undefined],
    ['502', 502, '<html><head><title>502 Bad Gateway</title></head></html>', undefined],
    ['429', 429, '{"type":"error","error":{"message":"Too many requests"}}', '1'],
    ['429-bare', 429, TOO_MANY, undefined],
    ['sign-in-page', 200, '<html>Sign in</html>', undefined],
    ['sign-in', 302, '', undefined],
    ['cut-json', 200, '{"values":[{"title"', undefined],
    ['empty', 200, '', undefined],
  ] as const)('%s takes its route’s next answer, and no other', async (kind, status, body, retryAfter) => {
    sandbox.control.fail({ route: '2.0/books', kind, headers: { 'X-Reset': '12' } });
    expect((await get('/2.0/shelves/a/books/0')).status).toBe(200);
    const broken = await get('/2.0/books?page=2');
    expect([broken.status, broken.headers['retry-after']]).toEqual([status, retryAfter]);
    expect(broken.body).toBe(body);
    if (status > 200 || kind === 'sign-in-page') expect(broken.headers['x-reset']).toBe('12');
    expect(JSON.parse((await get('/2.0/books?page=2')).body).values).toHaveLength(1);
    expect(sandbox.stats().faults).toEqual({ [kind]: 1 });
  });

  it('breaks a connection, and gives pages that lead to themselves or end too early', async () => {
    sandbox.control.fail({ kind: 'reset-body' });
    await expect(get('/2.0/books')).rejects.toThrow();
    sandbox.control.fail({ kind: 'repeat-token' });
    expect(JSON.parse((await get('/2.0/books')).body).next).toMatch(/page=1$/);
    sandbox.control.fail({ kind: 'end-early' });
    expect(JSON.parse((await get('/2.0/books')).body)).not.toHaveProperty('next');
  });

  it('draws random faults of its own kinds from the seed', () => {
    sandbox.control.faultRate({ rate: 0.5, kinds: ['sign-in-page', '500'] });
    const drawn = () => Array.from({ length: 40 }, () => nextFault(service.faults, 'GET', '/x', '')?.kind);
    const first = drawn();
    expect(new Set(first)).toEqual(new Set(['sign-in-page', '500', undefined]));
    service.faults.drawn = 0;
    expect(drawn()).toEqual(first);
  });

  it('lets each caller spend its budget of an hour over all routes, by its own clock', async () => {
    hour(BUDGET);
    for (let left = BUDGET - 1; left >= 0; left--) {
      const { status, headers } = await get(left % 2 ? '/2.0/books' : '/2.0/nothing');
      expect([status, headers['x-ratelimit-remaining']]).toEqual([left % 2 ? 200 : 404, String(left)]);
      now += 60_000;
    }
    const refused = await get('/2.0/books');
    expect([refused.status, refused.body]).toEqual([429, TOO_MANY]);
    // The first of five requests, a minute apart, leaves the hour next.
    expect(refused.headers).toMatchObject({ 'x-ratelimit-reset': String(55 * 60), 'x-oauth-scopes': 'book' });
    expect(refused.headers).not.toHaveProperty('retry-after');
    expect((await get('/2.0/books', 'two')).status).toBe(200);
    expect(await tell({ do: 'advanceClock', ms: 55 * 60_000 - 1 })).toMatchObject({ status: 200 });
    expect((await get('/2.0/books')).status).toBe(429);
    now += 1;
    expect((await get('/2.0/books')).status).toBe(200);
    expect((await get('/2.0/books')).status).toBe(429);
    expect(sandbox.stats()).toMatchObject({ throttled: 3, statuses: { 200: 4, 404: 3, 429: 3 } });
    hour(null);
    expect((await get('/2.0/books')).headers).not.toHaveProperty('x-ratelimit-limit');
  });

  it('is controlled over HTTP: latency, data, counters by route; and says what it does not know', async () => {
    await tell({ do: 'latency', route: '2.0/books', ms: 80 });
    const began = performance.now();
    await get('/2.0/books');
    expect(performance.now() - began).toBeGreaterThan(75);
    expect(await tell({ do: 'addBook', title: 'C' })).toEqual({ status: 200, body: { result: 3 } });
    expect(await (await fetch(`${sandbox.url}/_sandbox/books`)).json()).toBe(3);
    await get('/2.0/shelves/a/books/2');
    const stats = await (await fetch(`${sandbox.url}/_sandbox/stats`)).json();
    expect(stats).toMatchObject({
      requests: 2,
      routes: {
        'GET /2.0/books': { requests: 1, statuses: { 200: 1 } },
        'GET /2.0/shelves/{path*}/books/{n}': { requests: 1, statuses: { 200: 1 } },
      },
      held: 0,
    });
    for (const [order, said] of [
      [{ do: 'fail', kind: 'fire' }, /no fault 'fire'.*sign-in-page/],
      [{ do: 'limit', name: 'day', amount: 1 }, /no limit 'day'; there are: hour/],
      [{ do: 'dance' }, /"do" must be one of fail, .*addBook/],
    ] as const) {
      const { status, body } = await tell(order);
      expect([status, body.error?.message]).toEqual([400, expect.stringMatching(said)]);
    }
  });
});

it('the HTTP layer knows no vendor', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => !name.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(10);
  for (const name of files) {
    const source = readFileSync(`${import.meta.dirname}/${name}`, 'utf8');
    const foreign = source.match(
      /from '\.\.\/.*'|jira|jql|issue|atlassian|seraph|worklog|bitbucket|jenkins/gi,
    );
    expect(foreign ?? [], name).toEqual([]);
  }
});
