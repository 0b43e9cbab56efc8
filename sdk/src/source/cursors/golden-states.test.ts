import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Cursor, Scan } from '../cursor.ts';
import { census } from './census.ts';
import { changedOnly } from './changed-only.ts';
import { heads } from './heads.ts';
import { openSet } from './open-set.ts';
import { resumable } from './resumable.ts';
import { timeWindow } from './time-window.ts';

/**
 * States as releases wrote them, letter by letter: users' destinations hold them. A line here is never
 * changed; what a new release writes is added.
 */
const BEGIN = Date.parse('2026-11-21T03:00:00Z');
const env = { begin: async () => BEGIN, warn: () => {} };
const open = async <From>(cursor: Cursor<From>, state: string): Promise<Scan<From>> =>
  cursor.open(JSON.parse(state) as JsonObject, env);
const ranges = (scan: Scan<{ since: number | undefined; until: number | undefined }>) =>
  scan.parts.map(({ from }) => [from.since, from.until].map((time) => time && new Date(time).toISOString()));

const window = timeWindow({
  key: 'id',
  value: 'updated',
  safetyMinutes: 30,
  start: Date.parse('2020-01-01T00:00:00Z'),
});

describe('a time window’s states', () => {
  it.each([
    // 0.1.0
    [
      '{"position":"2026-11-20T02:30:00.000Z","seen":{"10042":1795142340000}}',
      [['2026-11-20T02:30:00.000Z', undefined]],
    ],
    [
      '{"position":"2024-05-01T00:00:00.000Z","begin":"2026-11-20T03:00:00.000Z","seen":{"10042":1714521600123}}',
      [['2024-05-01T00:00:00.000Z', undefined]],
    ],
    ['{"begin":"2026-11-20T03:00:00.000Z","seen":{}}', [[undefined, undefined]]],
    ['{"seen":{}}', [['2020-01-01T00:00:00.000Z', undefined]]],
    [
      '{"position":"2026-11-20T02:30:00.000Z","seen":{},"of_a_later_release":true}',
      [['2026-11-20T02:30:00.000Z', undefined]],
    ],
    // 0.2.0
    [
      '{"begin":"2026-11-20T03:00:00.000Z","windows":[{"until":"2024-01-01T00:00:00.000Z","position":"2023-01-01T00:00:00.000Z"},{"position":"2026-01-01T00:00:00.000Z"}],"seen":{"7":1795142340000}}',
      [
        ['2023-01-01T00:00:00.000Z', '2024-01-01T00:00:00.000Z'],
        ['2026-01-01T00:00:00.000Z', undefined],
      ],
    ],
    // The open window was through: what came since then is not left for the run after this one.
    [
      '{"begin":"2026-11-20T03:00:00.000Z","windows":[{"until":"2024-01-01T00:00:00.000Z","position":"2023-01-01T00:00:00.000Z"}],"seen":{}}',
      [
        ['2023-01-01T00:00:00.000Z', '2024-01-01T00:00:00.000Z'],
        ['2026-11-20T02:30:00.000Z', undefined],
      ],
    ],
    [
      '{"begin":"2026-11-20T03:00:00.000Z","windows":[{"since":"2026-01-01T00:00:00.000Z","position":"2026-02-01T00:00:00.000Z","read":41,"owed":["9"]}],"seen":{}}',
      [['2026-02-01T00:00:00.000Z', undefined]],
    ],
  ])('%s', async (state, expected) => {
    expect(ranges(await open(window, state))).toEqual(expected);
  });

  it('with what could not be read, as 0.2.0 kept it and as it is kept since', async () => {
    const fetch = async function* () {};
    const asking = timeWindow({ key: 'id', value: 'updated', safetyMinutes: 30, fetch });
    const old =
      '{"begin":"2026-11-20T03:00:00.000Z","windows":[{"since":"2026-01-01T00:00:00.000Z","position":"2026-02-01T00:00:00.000Z","read":41,"owed":["9"]}],"seen":{}}';
    expect((await open(asking, old)).state().owed).toEqual(['9']);
    const state = '{"position":"2026-11-21T02:30:00.000Z","seen":{},"owed":["9"]}';
    const scan = await open(asking, state);
    expect(scan.parts).toHaveLength(2);
    scan.parts[1]!.finish();
    expect(JSON.stringify(scan.state())).toBe(state);
    // Without `fetch` it may be what others owe the stream, which is none of the window's.
    expect((await open(window, state)).state()).not.toHaveProperty('owed');
  });

  it('with where the scan began, in case it has to go back', async () => {
    const state =
      '{"position":"2024-05-01T00:00:00.000Z","begin":"2026-11-20T03:00:00.000Z","from":"2024-04-01T00:00:00.000Z","seen":{}}';
    expect(JSON.stringify((await open(window, state)).state())).toBe(state);
  });

  it('with the hashes that came after 0.1.0 are read, and written as they were', async () => {
    const state =
      '{"position":"2024-05-01T00:00:00.000Z","begin":"2026-11-20T03:00:00.000Z","seen":{"10042":[1714521600123,"9f2c61d0a3b4e587"],"10043":1714521600123,"10044":[null,"8f14e45fceea167a"]}}';
    expect(JSON.stringify((await open(window, state)).state())).toBe(state);
  });

  it('come out as 0.1.0 wrote them where nothing is split or reconciled', async () => {
    for (const state of [
      '{"position":"2024-05-01T00:00:00.000Z","begin":"2026-11-20T03:00:00.000Z","seen":{"10042":1714521600123}}',
      '{"begin":"2026-11-20T03:00:00.000Z","seen":{}}',
    ])
      expect(JSON.stringify((await open(window, state)).state())).toBe(state);
    const done = await open(window, '{"position":"2026-11-20T02:30:00.000Z","seen":{}}');
    done.parts[0]!.finish();
    expect(JSON.stringify(done.state())).toBe('{"position":"2026-11-21T02:30:00.000Z","seen":{}}');
  });
});

describe('states of 0.2.0', () => {
  it.each(['{"done":true}', '{}', '{"seen":"0QPKKjuvZZI"}'])('resumable: %s', async (state) => {
    const scan = await open(resumable(), state);
    expect(JSON.stringify(scan.state())).toBe(state);
    expect(scan.parts).toHaveLength(state.includes('done') ? 0 : 1);
  });

  it('resumable by token', async () => {
    expect((await open(resumable({ token: 'next' }), '{"token":"CAEaAggD"}')).parts[0]!.from.token).toBe(
      'CAEaAggD',
    );
  });

  it('open set', async () => {
    const cursor = openSet({ key: 'number', order: 'number', direction: 'descending', isOpen: () => false });
    const state =
      '{"top":812,"open":{"810":"8f14e45fceea167a"},"seen":{"640":640,"812":812},"gaps":[[null,640]]}';
    const scan = await open(cursor, state);
    expect(scan.parts.map(({ from }) => [from.again, from.since, from.until])).toEqual([
      [['810'], 812, undefined],
      [[], undefined, 640],
    ]);
    expect(JSON.stringify(scan.state())).toBe(state);
  });

  it('open set over numbers above 2^53, since 0.1.0', async () => {
    const cursor = openSet({ key: 'number', order: 'number', direction: 'descending', isOpen: () => false });
    const state =
      '{"top":"1790000000000000812","open":{},"seen":{"640":"1790000000000000640"},"gaps":[[12,"1790000000000000640"]]}';
    const scan = await open(cursor, state);
    expect(scan.parts.map(({ from }) => [from.since, from.until])).toEqual([
      [1790000000000000812n, undefined],
      [12, 1790000000000000640n],
    ]);
    expect(JSON.stringify(scan.state())).toBe(state);
  });

  it('heads', async () => {
    const cursor = heads({ hash: 'hash', parents: () => [], current: async () => ['c3'] });
    const state =
      '{"heads":["c1"],"older":["c0"],"walks":[{"frontier":["b9"],"exclude":["a1"]}],"recent":"0123456789abcdef"}';
    const scan = await open(cursor, state);
    expect(scan.parts.map(({ from }) => [from.include, from.exclude])).toEqual([
      [['b9'], ['a1']],
      [['c3'], ['c1']],
    ]);
  });

  it('what changed only, since 0.1.0', async () => {
    const state = '{"hashes":"0QPKKjuvZZJ1-x8mOY5qVA","unsure":"0QPKKjuvZZI"}';
    expect(JSON.stringify((await open(changedOnly({ key: 'id' }), state)).state())).toBe(state);
  });

  it('census', async () => {
    const state = '{"known":{"numbers":"2.3.SAU","texts":["0abc","2d"]},"hidden":{"numbers":"3.1.QA"}}';
    const scan = await open(census(), state);
    expect(scan.parts[0]!.from.known).toBe(5);
  });
});
