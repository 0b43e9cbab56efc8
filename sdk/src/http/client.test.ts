import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ConfigError, type HeadraceError } from '../errors.ts';
import { Secrets } from '../protocol/secrets.ts';
import { Selection } from '../protocol/selection.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { basic } from './auth/auth.ts';
import { backoffMs, defaultBackoff } from './backoff.ts';
import type { Answer } from './classify.ts';
import { createHttp, type HttpOptions } from './client.ts';
import { isTooHeavy } from './heavy.ts';
import { RetryAnswer } from './retry-answer.ts';
import {
  closeAfterwards,
  GOOD,
  good,
  type Handler,
  json,
  PAGE,
  serve,
  status,
} from './serve.test-support.ts';

describe('an HTTP client', () => {
  it('asks below the base URL with its credentials and reads the vendor’s clock', async () => {
    const { http, asked, page } = await serve([
      (_, response) => json(response, GOOD, 200, { date: 'Sat, 28 Mar 2026 08:00:00 GMT' }),
    ]);
    expect(http.vendorClock()).toBeUndefined();
    expect((await page()).count).toBe(2);
    expect(asked).toEqual([
      `GET /prefix/list?startAt=0 Basic ${Buffer.from('me:very-secret-token').toString('base64')}`,
    ]);
    expect(http.vendorClock()).toBe(Date.parse('2026-03-28T08:00:00Z'));
  });

  it('scrubs what a server repeats before it is cut: nothing of a secret is left at the end', async () => {
    const secret = 'a pass phrase of "several" words';
    const secrets = new Secrets([secret]);
    const repeats = (letters: number) =>
      `you sent ${'x'.repeat(letters)} ${secret} and more of it, ${'y'.repeat(300)}`;
    for (const letters of [260, 270, 280, 284])
      for (const [code, body] of [
        [400, repeats(letters)],
        [403, JSON.stringify({ message: repeats(letters) })],
        [400, `<html><title>${repeats(letters)}</title></html>`],
        [200, `<html><title>${repeats(letters - 180)}</title></html>`],
        [200, repeats(letters - 180)],
        [200, repeats(letters - 30)],
      ] as const) {
        const { page } = await serve([(_, response) => json(response, body, code)], {
          env: { scrub: (text) => secrets.scrub(text), backoff: { ...defaultBackoff, tries: 1 } },
        });
        const error = (await page().catch((thrown: unknown) => thrown)) as HeadraceError;
        expect(error.message).not.toMatch(/a pass|phrase|several/);
      }
    const { http } = await serve([(_, response) => json(response, JSON.stringify({ secret }))], {
      env: { scrub: (text) => secrets.scrub(text) },
    });
    expect(await http.json({ path: '/list' })).toEqual({ secret });
    for (let letters = 0; letters < 320; letters++)
      expect(http.excerpt(repeats(letters))).not.toMatch(/a pass|phrase|several/);
  });

  it('quotes the beginning of a text on one line, without half a letter at its end', async () => {
    const { http } = await serve([good]);
    expect(http.excerpt('  a\n b\t')).toBe('a b');
    expect(http.excerpt('x'.repeat(300))).toBe('x'.repeat(300));
    expect(http.excerpt('x'.repeat(301))).toBe(`${'x'.repeat(300)}…`);
    expect(http.excerpt('xx🙂🙂', 3)).toBe('xx…');
  });

  it('unpacks gzip', async () => {
    const { page } = await serve([
      (_, response) => json(response, gzipSync(GOOD), 200, { 'content-encoding': 'gzip' }),
    ]);
    expect((await page()).count).toBe(2);
  });

  it('unpacks what a gateway has packed otherwise, and says what it cannot unpack', async () => {
    const { page, asked } = await serve([
      (_, response) => json(response, brotliCompressSync(GOOD), 200, { 'content-encoding': 'br' }),
      (_, response) => json(response, GOOD, 200, { 'content-encoding': 'compress' }),
    ]);
    expect((await page()).count).toBe(2);
    await expect(page()).rejects.toMatchObject({
      code: 'http.unknown_encoding',
      message: 'the response has an encoding that was not requested: compress',
    });
    expect(asked).toHaveLength(2);
  });

  it.each(['acme', 'https://acme.example:port', 'ftp://acme.example'])(
    'has no base URL %s',
    async (baseUrl) => {
      await expect(serve([good], { options: { baseUrl } })).rejects.toMatchObject({
        failureType: 'config_error',
        code: 'http.bad_base_url',
      });
    },
  );

  it.each([
    ['https://me:s3cret-pass@acme.example', 'http.credentials_in_url'],
    ['http://s3cret-pass@acme.example/jira', 'http.credentials_in_url'],
    ['ftp://me:s3cret-pass@acme.example', 'http.credentials_in_url'],
    ['https://me:s3cret-pass@acme.example:port', 'http.bad_base_url'],
  ])('takes no credentials from an address, and does not show them: %s', async (baseUrl, code) => {
    const error = await serve([good], { options: { baseUrl } }).catch((error) => error);
    expect(error).toMatchObject({ failureType: 'config_error', code });
    expect(`${error.message} ${error.hint}`).not.toContain('s3cret');
  });

  const faults: Array<[string, Handler]> = [
    ['500', status(500)],
    ['502', status(502)],
    ['503', status(503)],
    ['a reset before the answer', (request) => void request.socket.destroy()],
    [
      'a reset inside the body',
      (request, response) => {
        response.writeHead(200, { 'content-length': 1000 });
        response.write(GOOD.slice(0, 10), () => request.socket.destroy());
      },
    ],
    [
      'a body shorter than its Content-Length',
      (_, response) => {
        response.writeHead(200, { 'content-length': GOOD.length + 50 });
        response.write(GOOD, () => response.socket?.end());
      },
    ],
    [
      'a chunked body without its end',
      (_, response) => {
        response.writeHead(200);
        response.write(GOOD, () => response.socket?.end());
      },
    ],
    ['JSON that is cut in a whole answer', (_, response) => json(response, GOOD.slice(0, -3))],
    ['an empty 200', (_, response) => json(response, '')],
    [
      'a cut gzip stream',
      (_, response) => json(response, gzipSync(GOOD).subarray(0, 20), 200, { 'content-encoding': 'gzip' }),
    ],
  ];
  it.each(faults)('asks again after %s', async (_, fault) => {
    const { page, asked, slept } = await serve([fault, fault, good]);
    expect((await page()).count).toBe(2);
    expect(asked).toHaveLength(3);
    expect(slept).toEqual([2000, 4000]);
  });

  it.each([
    ['{"isLast":true,"items":[]}', 'PAGE', 'the answer has no “values”: it has isLast, items'],
    ['{"values":"none"}', 'PAGE', 'the records are looked for at “values”, and “values” is a string'],
    ['[1,2]', 'PAGE', 'the records are looked for at “values”, and the answer is a list'],
    ['"maintenance"', 'PAGE', 'the answer is a string'],
    ['{"values":null}', 'PAGE', '“values” is null'],
    ['{"errors":[]}', '', 'a list of records was expected, not an object: it has errors'],
    ['[{"id":1}]', '.', 'one record was expected, not a list'],
    ['{"data":{"rows":[]}}', 'data.items', '“data” has no “items”: it has rows'],
  ])('says at once that %s has another shape', async (body, records, said) => {
    const { http, asked } = await serve([(_, response) => json(response, body)]);
    const selection = records === 'PAGE' ? PAGE : new Selection({ records });
    await expect(http.page({ path: '/list' }, selection)).rejects.toMatchObject({
      code: 'answer.wrong_shape',
      place: 'GET /prefix/list',
      message: expect.stringContaining(said),
    });
    expect(asked).toHaveLength(1);
  });

  it('asks again where a body stalls', async () => {
    const stall: Handler = (_, response) => {
      response.writeHead(200);
      response.write(GOOD.slice(0, 10));
    };
    const { page } = await serve([stall, good], { options: { timeouts: { body: 100 } } });
    expect((await page()).count).toBe(2);
  });

  describe('an answer that comes byte by byte', () => {
    /** A clock that advances by `ms` each time it is read. */
    const passing = (ms: number): Clock => {
      let now = 1_000_000;
      return { now: () => (now += ms), sleep: async () => {} };
    };
    const drip =
      (pieces: readonly string[]): Handler =>
      async (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        for (const piece of pieces) {
          if (response.destroyed) return;
          await new Promise((resolve) => response.write(piece, () => setTimeout(resolve, 2)));
        }
        response.end();
      };
    const hints: Handler = (_, response) => {
      const again = setInterval(() => response.writeEarlyHints({ link: '</a>; rel=preload' }), 2);
      response.on('close', () => clearInterval(again));
    };

    it.each([
      ['in its body', drip([...' '.repeat(2000), GOOD])],
      ['before it begins', hints],
    ])('is given up as a time-out: %s', async (_, handler) => {
      const { http, asked } = await serve([handler], { env: { clock: passing(1000) } });
      const error = await http.page({ path: '/list' }, PAGE, { tries: 1 }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        failureType: 'transient_error',
        code: 'http.timed_out',
        message: expect.stringMatching(/comes too slowly: \d+ bytes in 30\d s/),
      });
      expect(asked).toHaveLength(1);
    });

    it('has a second more for each KiB that is there: a big one that is slow and honest is read', async () => {
      // 20 s for each piece of 64 KiB: twenty minutes in total.
      const pieces = Array.from({ length: 16 }, () => ' '.repeat(256 << 10));
      const { http } = await serve([drip([...pieces, GOOD])], { env: { clock: passing(20_000) } });
      expect((await http.page({ path: '/list' }, PAGE)).count).toBe(2);
    });
  });

  it('gives up a fault after its tries, as transient, naming the request and no secret', async () => {
    const { page, asked } = await serve([status(500)], { env: { backoff: { ...defaultBackoff, tries: 3 } } });
    const error = await page().catch((thrown: unknown) => thrown as HeadraceError);
    expect(error).toMatchObject({
      failureType: 'transient_error',
      place: 'GET /prefix/list',
      code: 'http.failed',
    });
    expect(asked).toHaveLength(3);
    expect(JSON.stringify([error, String((error as HeadraceError).stack)])).not.toContain('secret');
  });

  it('tells what may have been too heavy: a server that fails over it, a time-out, too many bytes', async () => {
    const stall: Handler = (_, response) => {
      response.writeHead(200);
      response.write(GOOD.slice(0, 10));
    };
    const big: Handler = (_, response) => json(response, Buffer.alloc(2000, 32));
    const answers: Handler[] = [status(504), stall, () => {}, big, status(404)];
    const { http, asked } = await serve(answers, {
      options: { timeouts: { headers: 100, body: 100 }, maxAnswerBytes: 1000 },
    });
    const thrown = () =>
      http.page({ path: '/list' }, PAGE, { tries: 1 }).catch((error: HeadraceError) => error);
    const errors = [];
    for (let k = 0; k < 5; k++) errors.push(await thrown());
    expect(errors.map((error) => [(error as HeadraceError).code, isTooHeavy(error)])).toEqual([
      ['http.failed', true],
      ['http.timed_out', true],
      ['http.timed_out', true],
      ['http.too_large', true],
      ['http.404', false],
    ]);
    expect(errors[0]).toMatchObject({ status: 504 });
    expect(asked).toHaveLength(5);
  });

  it('makes no more tries of a call than the process makes of any', async () => {
    const { http, asked } = await serve([status(500)], { env: { backoff: { ...defaultBackoff, tries: 3 } } });
    await expect(http.json({ path: '/x' }, { tries: 9 })).rejects.toMatchObject({ code: 'http.failed' });
    expect(asked).toHaveLength(3);
  });

  it.each([
    [{ 'retry-after': '7' }, 7125],
    [{ 'retry-after': new Date(1_000_000 + 30_000).toUTCString(), date: '' }, 30_125],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '20', 'x-ratelimit-limit': '9' }, 21_000],
    [{}, 2000],
    [{ 'retry-after': '-7' }, 2000],
    [{ 'retry-after': 'soon' }, 2000],
  ])('a 429 with %j waits %d ms', async (headers, ms) => {
    const until: number[] = [];
    const { page, slept } = await serve([status(429, headers), good], {
      env: { onThrottled: (time) => until.push(time) },
    });
    expect((await page()).count).toBe(2);
    expect(slept[0]).toBe(ms);
    expect(until).toEqual(ms > 5000 ? [1_000_000 + ms] : []);
  });

  it('throttled answers count as no faults', async () => {
    const many = Array.from({ length: 20 }, () => status(429, { 'retry-after': '7' }));
    const { page, asked } = await serve([...many, good]);
    expect((await page()).count).toBe(2);
    expect(asked).toHaveLength(21);
  });

  it('does not wait for ever where it is throttled', async () => {
    const { page } = await serve([status(429, { 'retry-after': '7200' })]);
    await expect(page()).rejects.toMatchObject({ code: 'http.throttled', failureType: 'transient_error' });
  });

  it.each([
    [401, 'config_error'],
    [403, 'config_error'],
    [302, 'config_error'],
    [400, 'system_error'],
    [404, 'system_error'],
  ])('%d is final: %s', async (code, failureType) => {
    const { page, asked } = await serve([status(code, { location: 'http://127.0.0.1:1/elsewhere' })]);
    await expect(page()).rejects.toMatchObject({ failureType, place: 'GET /prefix/list' });
    expect(asked).toHaveLength(1);
  });

  it('asks the vendor’s own reading first', async () => {
    const classify: HttpOptions['classify'] = ({ status: code }) =>
      code === 404 ? { kind: 'retry', why: 'not there yet' } : undefined;
    const { page, logged } = await serve([status(404), good], { options: { classify } });
    expect((await page()).count).toBe(2);
    expect(logged.join()).toContain('not there yet');
  });

  it('keeps to what the vendor’s own reading says of a throttled answer', async () => {
    const classify: HttpOptions['classify'] = ({ status: code }) =>
      code === 403 ? { kind: 'throttled', afterMs: 6000, scope: 'credential' } : undefined;
    const { page, slept } = await serve([status(403), good], { options: { classify } });
    expect((await page()).count).toBe(2);
    expect(slept[0]).toBe(6125);
  });

  it('hands over the whole answer, and asks again where it is said to be broken', async () => {
    const { http } = await serve([
      (_, response) => json(response, 'cut'),
      (_, response) => json(response, 'whole', 200, { 'x-next': '7' }),
    ]);
    const read = ({ bytes, headers, status: code, request }: Answer) => {
      if (bytes.toString() === 'cut') throw new RetryAnswer('it is cut');
      return [bytes.toString(), headers['x-next'], code, request];
    };
    expect(await http.ask({ path: '/a', query: { token: 'x' } }, read)).toEqual([
      'whole',
      '7',
      200,
      'GET /prefix/a',
    ]);
  });

  it('sends JSON, forms and headers', async () => {
    const seen: unknown[] = [];
    const { http } = await serve([
      (request, response) => {
        seen.push([request.headers['content-type'], request.headers.accept]);
        json(response, '{}');
      },
    ]);
    await http.json({ method: 'POST', path: '/a', body: { a: 1 } });
    await http.json({
      method: 'POST',
      path: '/a',
      form: { a: '1 &', b: ['2', '3'] },
      headers: { accept: 'text/plain' },
    });
    expect(seen).toEqual([
      ['application/json', 'application/json'],
      ['application/x-www-form-urlencoded', 'text/plain'],
    ]);
  });

  it('follows an absolute URL of its own host, whatever its scheme, and none of another', async () => {
    const { http, asked, server } = await serve([good]);
    const { port } = server.address() as AddressInfo;
    await http.json({ path: `https://127.0.0.1:${port}/elsewhere?a=1`, query: { b: 2 } });
    expect(asked[0]).toMatch(/^GET \/elsewhere\?a=1&b=2 Basic /);
    for (const path of [
      'http://evil.example/prefix/list?secret=1',
      `http://127.0.0.1:${port}@evil.example/`,
      '//evil.example/list',
      `ftp://127.0.0.1:${port}/`,
      'nowhere',
    ])
      await expect(http.json({ path })).rejects.toMatchObject({
        failureType: 'config_error',
        code: 'http.other_host',
        message: expect.stringContaining(`127.0.0.1:${port}`),
        place: expect.not.stringContaining('secret'),
      });
    expect(asked).toHaveLength(1);
  });

  it('refuses an answer that is too large: announced, sent in pieces, packed', async () => {
    const big = Buffer.alloc(20_000, 32);
    const pieces: Handler = (_, response) => {
      response.writeHead(200);
      response.write(big.subarray(0, 900), () => response.end(big));
    };
    const { http, asked } = await serve(
      [
        (_, response) => json(response, big, 200, { 'content-length': big.length }),
        pieces,
        (_, response) => json(response, gzipSync(big), 200, { 'content-encoding': 'gzip' }),
      ],
      { options: { maxAnswerBytes: 1000 } },
    );
    for (let k = 0; k < 3; k++)
      await expect(http.json({ path: '/big' })).rejects.toMatchObject({
        code: 'http.too_large',
        place: 'GET /prefix/big',
      });
    expect(asked).toHaveLength(3);
  });

  it('sends a list in the query as a parameter that comes once for each value', async () => {
    const { http, asked } = await serve([good]);
    await http.json({ path: '/a?id=0&x=1', query: { id: ['1', 'a&b'], none: [], left: undefined } });
    expect(asked[0]).toMatch(/^GET \/prefix\/a\?x=1&id=1&id=a%26b Basic /);
  });

  it('says where a redirect leads, without its query', async () => {
    const { page } = await serve([status(302, { location: 'https://login.example/sso?ticket=12345678' })]);
    const error = (await page().catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).toContain('login.example/sso');
    expect(error.message).not.toContain('12345678');
  });

  it('has at most `concurrency` requests under way, also where two clients share a credential', async () => {
    let underWay = 0;
    let most = 0;
    const slow: Handler = (_, response) => {
      most = Math.max(most, ++underWay);
      setTimeout(() => {
        underWay--;
        json(response, GOOD);
      }, 20);
    };
    const auth = basic('me', 'very-secret-token');
    const env = { clock: systemClock, concurrency: 3 };
    const { http, asked, server } = await serve([slow], { options: { auth }, env });
    const other = createHttp(
      { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, auth },
      {
        ...env,
        random: () => 0.5,
        log: { debug() {}, info() {}, warn() {}, error() {} },
        signal: new AbortController().signal,
      },
    );
    closeAfterwards(other);
    await Promise.all(Array.from({ length: 12 }, (_, k) => (k % 2 ? http : other).json({ path: '/list' })));
    expect(asked).toHaveLength(12);
    expect(most).toBe(3);
  });

  it('slows the endpoint that was asked too fast, and no other', async () => {
    const times: Record<string, number> = {};
    let isFirst = true;
    const { http } = await serve(
      [
        (request, response) => {
          if (request.url!.endsWith('/a') && isFirst) {
            isFirst = false;
            return status(429, { 'retry-after': '1' })(request, response);
          }
          return good(request, response);
        },
      ],
      { options: { scope: ({ path }) => path }, env: { clock: systemClock } },
    );
    const began = Date.now();
    const timed = async (path: string) => {
      await http.json({ path });
      times[path] = Date.now() - began;
    };
    await Promise.all([
      timed('/a'),
      new Promise((resolve) => setTimeout(resolve, 200)).then(() => timed('/b')),
    ]);
    expect(times['/a']).toBeGreaterThanOrEqual(1000);
    expect(times['/b']).toBeLessThan(900);
  });

  it('does not wait for a server that is not there longer than its tries, and says what to look at', async () => {
    const { http, server } = await serve([good], { env: { backoff: { ...defaultBackoff, tries: 2 } } });
    await new Promise((resolve) => server.close(resolve));
    await expect(http.json({ path: '/x' })).rejects.toMatchObject({
      failureType: 'transient_error',
      hint: expect.stringContaining('base_url'),
    });
  });

  it('asks for the vendor’s clock where no answer came yet: once, unsigned, whatever the status', async () => {
    const date = 'Sat, 28 Mar 2026 08:00:00 GMT';
    const { http, asked } = await serve([
      (_, response) => response.writeHead(404, { date }).end(),
      (_, response) => json(response, GOOD, 200, { date: 'Sat, 28 Mar 2026 09:00:00 GMT' }),
    ]);
    expect(await Promise.all([http.clock(), http.clock()])).toEqual([Date.parse(date), Date.parse(date)]);
    expect(asked).toEqual(['HEAD /prefix/ ']);
    expect(http.vendorClock()).toBeUndefined();
    await http.json({ path: '/list' });
    expect(await http.clock()).toBe(Date.parse('2026-03-28T09:00:00Z'));
  });

  it.each<[string, Handler]>([
    [
      'sends no Date',
      (_, response) => {
        response.sendDate = false;
        response.writeHead(200).end();
      },
    ],
    ['hangs up', (request) => void request.socket.destroy()],
  ])('knows no clock of a server that %s', async (_, handler) => {
    const { http } = await serve([handler]);
    expect(await http.clock()).toBeUndefined();
  });

  it('asks no more once the credentials were refused five times in a row; one good answer begins anew', async () => {
    const refuse: Handler = (_, response) => json(response, '{}', 401);
    const good: Handler = (_, response) => json(response, GOOD);
    const { http, asked } = await serve([refuse, refuse, refuse, refuse, good, refuse]);
    const ask = () => http.json({ path: '/x' }).catch((error: HeadraceError) => error.code);
    for (let k = 0; k < 12; k++) await ask();
    expect(asked).toHaveLength(4 + 1 + 5);
    expect(await ask()).toBe('http.401');
  });

  it('takes for a refusal of the credentials what the vendor’s own reading says is one', async () => {
    const classify: HttpOptions['classify'] = ({ request }) => ({
      kind: 'fatal',
      error: new ConfigError('no', { code: 'test.no', place: request }),
      isRefusal: request.endsWith('/bad'),
    });
    const { http, asked } = await serve([(_, response) => json(response, '{}', 401)], {
      options: { classify },
    });
    const ask = (path: string) => http.json({ path }).catch((error: HeadraceError) => error.place);
    for (let k = 0; k < 12; k++) expect(await ask('/x')).toBe('GET /prefix/x');
    for (let k = 0; k < 5; k++) await ask('/bad');
    expect(await ask('/x')).toBe('GET /prefix/bad');
    expect(asked).toHaveLength(12 + 5);
  });

  it('stops at once when it is told to', async () => {
    const abort = new AbortController();
    const { page, asked } = await serve([() => setTimeout(() => abort.abort(new Error('stop')), 20)], {
      env: { signal: abort.signal },
    });
    await expect(page()).rejects.toThrow('stop');
    expect(asked).toHaveLength(1);
  });
});

describe('backoff', () => {
  it('doubles from 2 s to 30 s with jitter 0.7–1.3', () => {
    expect([2, 3, 4, 5, 6, 7].map((next) => backoffMs(defaultBackoff, next, 0.5))).toEqual([
      2000, 4000, 8000, 16_000, 30_000, 30_000,
    ]);
    expect(backoffMs(defaultBackoff, 2, 0)).toBeCloseTo(1400);
    expect(backoffMs(defaultBackoff, 2, 0.9999)).toBeCloseTo(2600, 0);
  });
});
