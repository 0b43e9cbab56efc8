import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bearer, pagesByLink, pagesByNextUrl } from '../../http/index.ts';
import { Selection } from '../../protocol/selection.ts';
import {
  type Recorder,
  type Replay,
  type ReplayOptions,
  startHostileApi,
  startRecorder,
  startReplay,
} from '../index.ts';
import { testContext } from '../open-context.ts';
import { close, collect, listen } from '../test-api/server.ts';

let folder: string;
let vendor: Server | undefined;
let recorder: Recorder | undefined;
let replay: Replay | undefined;

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'recording-')), 'recorded');
});

afterEach(async () => {
  await recorder?.stop();
  await replay?.stop().catch(() => {});
  if (vendor) await close(vendor);
  [recorder, replay, vendor] = [undefined, undefined, undefined];
  rmSync(join(folder, '..'), { recursive: true });
});

type Answer = (request: IncomingMessage, body: string) => { status?: number; headers?: object; body: string };

/** A vendor with these responses, and a recorder in front of it. */
async function record(answer: Answer, more: { secrets?: string[]; prefix?: string } = {}): Promise<string> {
  const listener: RequestListener = async (request, response) => {
    const { status = 200, headers = {}, body } = answer(request, (await collect(request)).toString());
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
  vendor = createServer(listener);
  const target = `${await listen(vendor)}${more.prefix ?? ''}`;
  recorder = await startRecorder({ target, folder, secrets: more.secrets });
  return recorder.url;
}

async function play(options: Omit<ReplayOptions, 'folder'> = {}): Promise<string> {
  await recorder!.stop();
  await close(vendor!);
  replay = await startReplay({ folder, ...options });
  return replay.url;
}

const text = async (url: string, init?: RequestInit): Promise<string> => (await fetch(url, init)).text();
const post = (body: string, type = 'application/json'): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': type },
});

describe('a recording', () => {
  it('is plain files: a head, and the vendor’s bytes beside it', async () => {
    const bytes = '{"id": 1790000000000000001, "exact":3.0, "path":"a\\/b"}';
    const url = await record(() => ({
      body: bytes,
      headers: { 'x-total': '1', 'x-internal': 'no', date: '' },
    }));
    expect(await text(`${url}/things/1?since=0`)).toBe(bytes);
    expect(readdirSync(folder).sort()).toEqual([
      '00001-get-things-1-since-0.body.json',
      '00001-get-things-1-since-0.json',
      'recording.json',
    ]);
    expect(readFileSync(join(folder, '00001-get-things-1-since-0.body.json'), 'utf8')).toBe(bytes);
    const head: unknown = JSON.parse(readFileSync(join(folder, '00001-get-things-1-since-0.json'), 'utf8'));
    expect(head).toMatchObject({ method: 'GET', url: '/things/1?since=0', status: 200 });
    expect((head as { headers: object }).headers).toEqual({
      'content-type': 'application/json',
      date: '',
      'x-total': '1',
    });
  });

  it('holds what was packed unpacked', async () => {
    const packed = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync('{"a":1}'));
    });
    vendor = packed;
    recorder = await startRecorder({ target: await listen(packed), folder });
    expect(await text(`${recorder.url}/a`)).toBe('{"a":1}');
    expect(await text(`${await play()}/a`)).toBe('{"a":1}');
  });

  it('is made whole: a folder that holds something is left as it is', async () => {
    await record(() => ({ body: '{}' }));
    await expect(startRecorder({ target: 'http://x', folder })).rejects.toThrow(/not empty/);
    await expect(startRecorder({ target: 'http://me:secret@x', folder: `${folder}2` })).rejects.toThrow(
      /credentials/,
    );
  });

  it('holds no secret, in whatever form it travels', async () => {
    const token = 'canary+token/of=the test é"1';
    const secrets = [token, 'pin7'];
    const learned = [
      'canary-bearer-0123',
      'canary-password-0123',
      'canary-access-0123',
      'canary-refresh-0123',
      'canary-client-0123',
      'canary-apikey-0123',
      'canary-header-0123',
      'canary-session-0123',
    ];
    const [sent, password, access, refresh, client, apiKey, header, session] = learned as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const url = await record(
      (request) => ({
        headers: {
          'set-cookie': `session=${session}; Path=/; HttpOnly`,
          link: `<http://x/next?api_key=${apiKey}>; rel="next"`,
          etag: `"${header}"`,
        },
        body: JSON.stringify({
          access_token: access,
          refresh_token: refresh,
          said: [request.headers, request.url, token, session, 'pin7', Buffer.from(token).toString('base64')],
          ascii: 'x'.repeat(10),
        }).replace(
          '"ascii"',
          `${JSON.stringify(token).replaceAll('/', '\\/').replace('é', '\\u00e9')}:1,"ascii"`,
        ),
      }),
      { secrets },
    );
    const basic = `Basic ${Buffer.from(`me@example.com:${password}`).toString('base64')}`;
    await text(
      `${url}/a/${encodeURIComponent(token)}?api_key=${apiKey}&q${new URLSearchParams([['', token]])}`,
      {
        headers: { authorization: `Bearer ${sent}`, 'x-api-key': header },
      },
    );
    await text(`${url}/pin7?again=${access}`, { headers: { authorization: basic, cookie: `s=${session}` } });
    await text(
      `${url}/token`,
      post(
        `grant_type=refresh_token&client_secret=${client}&refresh_token=${refresh}`,
        'application/x-www-form-urlencoded',
      ),
    );
    await text(`${url}/token`, post(JSON.stringify({ client_secret: client, password, note: token })));
    const written = readdirSync(folder)
      .map((name) => name + readFileSync(join(folder, name), 'utf8'))
      .join('\n');
    const forms = [...secrets, ...learned, basic].flatMap((one) => [
      one,
      encodeURIComponent(one),
      Buffer.from(one).toString('base64').replace(/=+$/, ''),
      Buffer.from(one).toString('base64url'),
      JSON.stringify(one).slice(1, -1),
    ]);
    for (const form of forms) expect(written).not.toContain(form);
    for (const piece of ['canary', 'u00e9', Buffer.from('me@example.com:').toString('base64').slice(0, 12)])
      expect(written).not.toContain(piece);
    expect(recorder!.count).toBe(4);
    // With other secrets, it is still the response to the same requests.
    const replayed = await play();
    const other = await fetch(`${replayed}/a/another-one?api_key=x&q=y`);
    expect([other.status, (await other.text()).includes('"access_token":"****"')]).toEqual([200, true]);
  });

  it('does not touch what only looks like a secret', async () => {
    const body = '{"next_page_token":"abc-def-ghi-jkl","key":"PROJ","token":"of a bus","items":[]}';
    const url = await record(() => ({ body }));
    await text(`${url}/x?page_token=abc-def-ghi-jkl&key=PROJ`);
    expect(await text(`${await play()}/x?key=PROJ&page_token=abc-def-ghi-jkl`)).toBe(body);
  });
});

describe('a replay', () => {
  it('follows the vendor’s next pages here, and leaves records as they are', async () => {
    const page = (request: IncomingMessage): { n: number; base: string } => ({
      n: Number(new URL(request.url!, 'http://x').searchParams.get('page') ?? 0),
      base: `http://${request.headers.host}/api/v2`,
    });
    const url = await record(
      (request) => {
        const { n, base } = page(request);
        const row = `{"id":${n}, "next":"${base}/items?page=9","self":"${base.replaceAll('/', '\\/')}"}`;
        if (request.url!.includes('/links'))
          return {
            body: `[${row}]`,
            headers: n < 2 ? { link: `<${base}/links?page=${n + 1}>; rel="next"` } : {},
          };
        return {
          body: `{"items":[${row}],"links":{"self":"${base}","next":${n < 2 ? `"${base.replaceAll('/', '\\/')}\\/items?page=${n + 1}"` : null}}}`,
        };
      },
      { prefix: '/api/v2' },
    );
    const context = testContext();
    const read = async (baseUrl: string): Promise<string[]> => {
      const http = context.http({ baseUrl, auth: bearer('any-token-will-do') });
      const items = new Selection({ records: 'items', fields: { next: 'links.next' } });
      const pages = [];
      for await (const one of pagesByNextUrl(http, { path: '/items' }, items, 'next')) pages.push(one);
      for await (const one of pagesByLink(http, { path: '/links' }, new Selection({ records: '' })))
        pages.push(one);
      return pages.map((one) => Buffer.from(one.record(0)).toString());
    };
    const live = await read(url);
    const about = JSON.parse(readFileSync(join(folder, 'recording.json'), 'utf8')) as { target: string };
    expect(live).toHaveLength(6);
    expect(live[0]).toBe(
      `{"id":0, "next":"${about.target}/items?page=9","self":"${about.target.replaceAll('/', '\\/')}"}`,
    );
    const replayed = await play();
    expect(await read(replayed)).toEqual(live);
    // The conformance suite puts this in front of it.
    const hostile = await startHostileApi({ upstream: replayed });
    expect(await read(hostile.url)).toEqual(live);
    await hostile.stop();
    await context.close();
    expect(replay!.unrecorded).toEqual([]);
  });

  it('knows a request by method, path, query and body, and gives its answers in their order', async () => {
    let n = 0;
    const url = await record((request, body) => ({ body: JSON.stringify([n++, request.method, body]) }));
    await text(`${url}/a?x=1&y=2`);
    await text(`${url}/a?x=1&y=2`);
    await text(`${url}/a?x=2&y=2`);
    await text(`${url}/a`, post('{"ids":[1790000000000000001],"f":"x"}'));
    await text(`${url}/a`, post('{"ids":[1790000000000000002],"f":"x"}'));
    const replayed = await play();
    const first = async (of: Promise<string>): Promise<number> => (JSON.parse(await of) as number[])[0]!;
    expect(await first(text(`${replayed}/a?y=2&x=1`))).toBe(0);
    expect(await first(text(`${replayed}/a?y=2&x=1`))).toBe(1);
    expect(await first(text(`${replayed}/a?x=1&y=2`))).toBe(1);
    expect(await first(text(`${replayed}/a?x=2&y=2`))).toBe(2);
    expect(await first(text(`${replayed}/a`, post('{ "f":"x", "ids":[1790000000000000002] }')))).toBe(4);
    expect(await first(text(`${replayed}/a`, post('{"ids":[1790000000000000001],"f":"x"}')))).toBe(3);
    replay!.restart();
    expect(await first(text(`${replayed}/a?x=1&y=2`))).toBe(0);
    expect((await fetch(`${replayed}/a?x=1&y=2`, { method: 'HEAD' })).status).toBe(200);
  });

  it('answers 501 to what was not recorded, and fails the test by name', async () => {
    const url = await record(() => ({ body: '{}' }));
    await text(`${url}/a`);
    const replayed = await play();
    const answer = await fetch(`${replayed}/b?x=1`, post('{}'));
    expect([answer.status, await answer.json()]).toEqual([
      501,
      { error: 'this request was not recorded', request: 'POST /b?x=1' },
    ]);
    await text(`${replayed}/b?x=1`, post('{}'));
    expect(replay!.unrecorded).toHaveLength(1);
    await expect(replay!.stop()).rejects.toThrow(/not in .*recorded:\n {2}POST \/b\?x=1/);
  });

  it('lets the clock differ where it is told to, and cuts lists by time where a window is declared', async () => {
    const rows = [10, 20, 30].map((day) => `{"id":${day}, "at":"2026-01-${day}T00:00:00Z"}`);
    const body = `{"items": [ ${rows.join(' , ')} ],"next":null}`;
    const url = await record(() => ({ body }));
    await text(`${url}/items?nonce=1`);
    await text(`${url}/search`, post('{"since":0,"q":"x"}'));
    const replayed = await play({
      ignore: ['nonce'],
      windows: [{ since: 'since', until: 'until', records: 'items', value: 'at' }],
    });
    expect(await text(`${replayed}/items?nonce=2`)).toBe(body);
    const at = (day: number): number => Date.UTC(2026, 0, day);
    expect(await text(`${replayed}/items?since=${at(20)}`)).toBe(
      `{"items": [ ${rows[1]},${rows[2]} ],"next":null}`,
    );
    expect(await text(`${replayed}/items?since=${at(10) / 1000}&until=2026-01-20`)).toBe(
      `{"items": [ ${rows[0]} ],"next":null}`,
    );
    expect(await text(`${replayed}/search`, post(`{"q":"x","since":"2026-01-30T00:00:00+00:00"}`))).toBe(
      `{"items": [ ${rows[2]} ],"next":null}`,
    );
    expect(await text(`${replayed}/items?since=${at(31)}`)).toBe('{"items": [  ],"next":null}');
    expect((await fetch(`${replayed}/items?since=yesterday`)).status).toBe(501);
    expect(replay!.unrecorded[0]).toContain('since=yesterday is no time');
  });

  it.each(['keep', 'shift'] as const)('has a Date: %s', async (date) => {
    const past = 'Fri, 02 Jan 2026 03:04:05 GMT';
    const url = await record(() => ({ body: '{}', headers: { date: past } }));
    await text(`${url}/a`);
    const about = join(folder, 'recording.json');
    writeFileSync(
      about,
      readFileSync(about, 'utf8').replace(/"recorded": "[^"]*"/, '"recorded": "2026-01-02T03:00:00Z"'),
    );
    const said = (await fetch(`${await play({ date })}/a`)).headers.get('date');
    if (date === 'keep') expect(said).toBe(past);
    else expect(Math.abs(Date.parse(said!) - Date.now() - 245_000)).toBeLessThan(5000);
  });

  it('refuses other credentials than the ones it is told', async () => {
    const url = await record(() => ({ body: '{}' }));
    await text(`${url}/a`);
    const replayed = await play({ authorization: 'Bearer good' });
    const statuses = ['Bearer good', 'Bearer bad'].map(
      async (authorization) => (await fetch(`${replayed}/a`, { headers: { authorization } })).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 401]);
    await replay!.stop();
  });
});
