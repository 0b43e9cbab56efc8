import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  HOSTILE_KINDS,
  type HostileApi,
  type HostileApiOptions,
  type HostileFault,
  startHostileApi,
} from '../index.ts';
import { FaultPicker } from './faults.ts';

let api: HostileApi | undefined;

afterEach(async () => {
  await api?.stop();
  api = undefined;
});

/** An API whose responses contain the request. */
async function start(faults: HostileFault[], options: Partial<HostileApiOptions> = {}): Promise<HostileApi> {
  let count = 0;
  api = await startHostileApi({
    upstream: (request, response) => {
      response.setHeader('content-type', 'application/json');
      count++;
      const next = `token-${String(count).padStart(6, '0')}`;
      response.end(JSON.stringify({ asked: request.url, count, next, text: 'plain words '.repeat(100) }));
    },
    faults,
    ...options,
  });
  return api;
}

/** Everything sent over the wire for one request, until the connection ends. */
async function raw(path: string, more = ''): Promise<{ head: string; body: Buffer; reset: boolean }> {
  const socket = connect(Number(new URL(api!.url).port), '127.0.0.1');
  const chunks: Buffer[] = [];
  let reset = false;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    reset = error.code === 'ECONNRESET';
  });
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer secret\r\nconnection: close\r\n${more}\r\n`,
  );
  await new Promise((resolve) => socket.on('close', resolve));
  const all = Buffer.concat(chunks);
  const at = all.indexOf('\r\n\r\n');
  return {
    head: all.subarray(0, Math.max(0, at)).toString().toLowerCase(),
    body: all.subarray(at + 4),
    reset,
  };
}

const lengthOf = (head: string): number => Number(/content-length: (\d+)/.exec(head)?.[1]);
const statusOf = (head: string): number => Number(head.split(' ')[1]);

describe('the hostile API', () => {
  it('passes on what it leaves alone', async () => {
    await start([]);
    const { head, body } = await raw('/a?b=c');
    expect(JSON.parse(body.toString())).toMatchObject({ asked: '/a?b=c' });
    expect(head).toMatch(/date: /);
    expect(api!.stats()).toEqual({ requests: 1, met: {} });
  });

  it('says each status in its own way', async () => {
    await start([]);
    const cases: Array<[HostileFault, number, RegExp]> = [
      [{ kind: 'throttle' }, 429, /^(?!.*retry-after)/s],
      [{ kind: 'throttle-seconds', seconds: 7 }, 429, /retry-after: 7/],
      [{ kind: 'throttle-date', seconds: 7 }, 429, /retry-after: \w+, \d+/],
      [{ kind: 'status', status: 404 }, 404, /json/],
      [{ kind: 'status' }, 500, /json/],
      [{ kind: 'bad-gateway' }, 502, /text\/html/],
      [{ kind: 'unavailable' }, 503, /retry-after: 1/],
      [{ kind: 'html' }, 200, /text\/html/],
      [{ kind: 'empty-object' }, 200, /content-length: 2\b/],
      [{ kind: 'empty-body' }, 200, /content-length: 0/],
      [{ kind: 'no-date' }, 200, /^(?!.*\ndate: )/s],
    ];
    for (const [fault, status, header] of cases) {
      api!.setFaults([fault]);
      const { head } = await raw('/a');
      expect([fault.kind, statusOf(head)]).toEqual([fault.kind, status]);
      expect(head).toMatch(header);
    }
    api!.setFaults([{ kind: 'tell-headers' }]);
    expect((await raw('/a')).body.toString()).toContain('Bearer secret');
  });

  it('cuts bodies and connections', async () => {
    await start([]);
    const whole = (await raw('/a')).body.length;
    const half = whole >> 1;
    const meet = (kind: HostileFault['kind']) => {
      api!.setFaults([{ kind }]);
      return raw('/a', 'accept-encoding: gzip\r\n');
    };
    const cut = await meet('cut-body');
    expect([lengthOf(cut.head), cut.body.length]).toEqual([half, half]);
    const short = await meet('cut-short');
    expect([lengthOf(short.head), short.body.length, short.reset]).toEqual([whole, half, false]);
    const reset = await meet('reset-in-body');
    expect([lengthOf(reset.head) || whole, reset.reset]).toEqual([whole, true]);
    expect(reset.body.length).toBeLessThanOrEqual(half);
    expect(await meet('reset')).toMatchObject({ head: '', reset: true });
    const chunks = await meet('cut-chunks');
    expect(chunks.head).toContain('transfer-encoding: chunked');
    expect(chunks.body.toString().endsWith('0\r\n\r\n')).toBe(false);
    const gzip = await meet('cut-gzip');
    expect(gzip.body.length).toBe(lengthOf(gzip.head));
    expect(() => gunzipSync(gzip.body)).toThrow(/unexpected end/);
    expect(Object.keys(api!.stats().met).sort()).toEqual(
      ['cut-body', 'cut-chunks', 'cut-gzip', 'cut-short', 'reset', 'reset-in-body'].sort(),
    );
  });

  it('is slow, repeats itself and sends bytes that are no UTF-8', async () => {
    await start([{ kind: 'slow-head', ms: 120 }]);
    const timed = async (): Promise<number> => {
      const begun = performance.now();
      expect(JSON.parse((await raw('/a')).body.toString())).toMatchObject({ asked: '/a' });
      return performance.now() - begun;
    };
    expect(await timed()).toBeGreaterThan(115);
    api!.setFaults([{ kind: 'slow-body', ms: 120 }]);
    expect(await timed()).toBeGreaterThan(105);
    api!.setFaults([{ kind: 'previous-page' }]);
    const { next } = JSON.parse((await raw('/a')).body.toString()) as { next: string };
    const { asked } = JSON.parse((await raw(`/a?token=${next}`)).body.toString()) as { asked: string };
    expect(asked).toBe('/a');
    // There is no earlier page, so the response is unchanged.
    await raw('/a?token=never-handed-out');
    expect(api!.stats().met['previous-page']).toBe(1);
    for (const [before, page] of [
      ['/o?limit=10', '/o?limit=10&offset=10'],
      ['/r?limit=10&startAt=10', '/r?limit=10&startAt=20'],
      ['/p?q=x', '/p?q=x&page=2'],
      ['/p?q=y&page=2&per_page=50', '/p?q=y&page=3&per_page=50'],
    ] as const) {
      await raw(before);
      expect(JSON.parse((await raw(page)).body.toString())).toMatchObject({ asked: before });
      // Requests with another size, search, id or timestamp belong to other lists.
      for (const other of [
        `${page}&expand=all`,
        page.replace('?', '?groupId=7&'),
        page.replace('?', '?since=7&'),
      ])
        expect(JSON.parse((await raw(other)).body.toString())).toMatchObject({ asked: other });
    }
    expect(api!.stats().met['previous-page']).toBe(5);
    api!.setFaults([{ kind: 'stale' }]);
    const first = (await raw('/b')).body.toString();
    expect((await raw('/b')).body.toString()).toBe(first);
    expect(api!.stats().met.stale).toBe(1);
    api!.setFaults([{ kind: 'bad-utf8' }]);
    const { body, head } = await raw('/a');
    expect(body.includes(0xff)).toBe(true);
    expect(lengthOf(head)).toBe(body.length);
  });

  it('keeps to limits and to what a fault is about', async () => {
    await start([{ kind: 'status', only: /^GET \/b/, after: 1, times: 1 }], {
      limit: { rps: 4, windowMs: 60_000, window: 'sliding', style: 'retry-after' },
    });
    const seen: number[] = [];
    for (const path of ['/b', '/a', '/b', '/b', '/b']) seen.push(statusOf((await raw(path)).head));
    expect(seen).toEqual([200, 200, 500, 200, 429]);
    expect(api!.stats()).toEqual({ requests: 5, met: { status: 1, limit: 1 } });
    expect(api!.log().map(({ met }) => met)).toEqual([undefined, undefined, 'status', undefined, 'limit']);
  });
});

describe('what is drawn', () => {
  const requests = fc.array(fc.constantFrom('GET /a', 'GET /b?x=1', 'GET /b?x=2', 'POST /c'), {
    maxLength: 60,
  });

  it('does not depend on the order of requests, and lets each through in the end', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), requests, (seed, rate, lines) => {
        const draw = (order: readonly string[]): Map<string, boolean[]> => {
          const picker = new FaultPicker(seed, 2);
          picker.set([{ kind: 'status', rate }]);
          const met = new Map<string, boolean[]>();
          for (const line of order)
            met.set(line, [...(met.get(line) ?? []), picker.pick(line, '') !== undefined]);
          return met;
        };
        const one = draw(lines);
        expect(draw([...lines].sort())).toEqual(one);
        for (const met of one.values()) expect(met.map(Number).join('')).not.toContain('111');
      }),
      { numRuns: 300 },
    );
  });

  it('comes as often as it should', () => {
    const picker = new FaultPicker(5, 1000);
    picker.set([{ kind: 'status', rate: 0.2 }]);
    let met = 0;
    for (let n = 0; n < 5000; n++) if (picker.pick(`GET /${n}`, '')) met++;
    expect(met / 5000).toBeCloseTo(0.2, 1);
  });

  it('refuses what it does not know', () => {
    const picker = new FaultPicker(1, 2);
    expect(() => picker.set([{ kind: 'meteor' as never }])).toThrow(/no fault 'meteor'/);
    expect(() => picker.set([{ kind: 'reset', rate: 2 }])).toThrow(/rate/);
    expect(new Set(HOSTILE_KINDS).size).toBe(HOSTILE_KINDS.length);
  });
});
