import { describe, expect, it } from 'vitest';
import { ShortListError } from '../http/index.ts';
import type { JsonObject } from '../protocol/messages.ts';
import { Page } from '../protocol/page.ts';
import { childrenOf } from './children-of.ts';
import { resumable } from './cursors/resumable.ts';
import { timeWindow } from './cursors/time-window.ts';
import { defineStream, type Partition } from './define.ts';
import { Gaps } from './gaps.ts';
import { errorsIn, rows, run, stream, type TestRun, told } from './read.test-support.ts';
import { defineScan } from './scan/define.ts';
import { entriesByTime } from './scan/entries.ts';
import { parseStreamState } from './stream-state.ts';

/** What the vendor has and counts: tests change it between runs. */
interface Vendor {
  has: number[];
  total: number;
}

async function* list(vendor: Vendor, path = '/items'): AsyncGenerator<Page> {
  for (let at = 0; at < vendor.has.length; at += 2) yield rows(...vendor.has.slice(at, at + 2));
  if (vendor.total > vendor.has.length)
    throw new ShortListError(`GET ${path}`, vendor.has.length, vendor.total);
}

const GAP = 'GET /items brought 3 of the 5 rows that it counts';
const ids = ({ messages }: TestRun): string[] => told(messages).filter((one) => /:\d/.test(one));
const end = ({ messages }: TestRun): string => told(messages).at(-1)!.split(':')[1]!;

describe('a list that falls short of its total', () => {
  it('is a failure once, and a warning in every run that finds the same: the copy is whole then', async () => {
    const vendor = { has: [1, 2, 3], total: 5 };
    const items = stream('items', { read: () => list(vendor) });
    const first = await run([items]);
    expect([ids(first), end(first)]).toEqual([['items:1', 'items:2', 'items:3'], 'INCOMPLETE']);
    expect(errorsIn(first.messages)[0]).toContain(`items: ${GAP}`);
    const gaps = { '': { 'GET /items': 2 } };
    expect(first.states.get('items')).toMatchObject({
      partitions: { '': { seen: expect.any(String) } },
      gaps,
    });

    const second = await run([items], { states: first.states });
    expect([ids(second), end(second), errorsIn(second.messages)]).toEqual([[], 'COMPLETE', []]);
    expect(second.warnings).toEqual([`items: ${GAP}, as it did in the last run`]);
    expect(second.states.get('items')).toMatchObject({ partitions: {}, gaps });

    const third = await run([items], { states: second.states });
    expect([ids(third).length, end(third), third.warnings.length]).toEqual([3, 'COMPLETE', 1]);
    expect(third.states.get('items')).toMatchObject({ partitions: {}, gaps });
  });

  it('is news again with another number, and forgotten where it is gone', async () => {
    const vendor = { has: [1, 2, 3], total: 5 };
    const items = stream('items', { read: () => list(vendor) });
    const first = await run([items]);
    vendor.total = 6;
    const more = await run([items], { states: first.states });
    expect([end(more), ids(more)]).toEqual(['INCOMPLETE', []]);
    expect(more.states.get('items')).toMatchObject({ gaps: { '': { 'GET /items': 3 } } });
    vendor.has.push(4, 5, 6);
    const whole = await run([items], { states: more.states });
    expect([ids(whole), end(whole), whole.warnings]).toEqual([
      ['items:4', 'items:5', 'items:6'],
      'COMPLETE',
      [],
    ]);
    expect(whole.states.get('items')).not.toHaveProperty('gaps');
    vendor.total = 8;
    const again = await run([items], { states: whole.states });
    expect(end(again)).toBe('INCOMPLETE');
  });

  it('fails one partition of several, and is not forgotten while that is not read', async () => {
    const vendors: Record<string, Vendor> = { a: { has: [1, 2, 3], total: 5 }, b: { has: [7], total: 1 } };
    let isDown = false;
    const items = stream('items', {
      partitions: async () => Object.keys(vendors).map((key) => ({ key })),
      read: async function* ({ partition }) {
        yield* list(vendors[partition.key]!);
        if (isDown && partition.key === 'b') throw new Error('down');
      },
    });
    const first = await run([items]);
    expect(errorsIn(first.messages)).toHaveLength(1);
    expect(errorsIn(first.messages)[0]).toContain('items (a): ');
    isDown = true;
    const known = await run([items], {
      states: new Map([['items', { ...first.states.get('items'), partitions: {} }]]),
    });
    expect([end(known), errorsIn(known.messages)]).toEqual(['INCOMPLETE', ['items (b): down']]);
    // `a` is done, and what is known of it stays while the rest of the copy is read.
    const { partitions, gaps } = known.states.get('items')!;
    expect([partitions, gaps]).toMatchObject([{ a: { done: true } }, { a: { 'GET /items': 2 } }]);
    isDown = false;
    const last = await run([items], { states: known.states });
    expect([end(last), ids(last)]).toEqual(['COMPLETE', []]);
    expect(last.states.get('items')).toMatchObject({ partitions: {}, gaps: { a: { 'GET /items': 2 } } });
  });

  it('is remembered although more rows went out than a state can know: they come again, and it says so', async () => {
    const vendor = { has: Array.from({ length: 20_002 }, (_, id) => id), total: 20_003 };
    const items = stream('items', {
      read: async function* () {
        yield rows(...vendor.has);
        yield* list({ has: [], total: 1 });
      },
    });
    const first = await run([items]);
    expect([first.outcomes[0]!.records, end(first)]).toEqual([20_002, 'INCOMPLETE']);
    expect(first.warnings.join()).toMatch(/more than 20000 rows .* sent again/);
    expect(first.states.get('items')).toMatchObject({
      partitions: { '': {} },
      gaps: { '': { 'GET /items': 1 } },
    });
    const second = await run([items], { states: first.states });
    expect([second.outcomes[0]!.records, end(second)]).toEqual([20_002, 'COMPLETE']);
    expect(second.states.get('items')).toMatchObject({ partitions: {} });
  });

  it('is read from its first page again where it is read by tokens', async () => {
    const tokens: Array<string | undefined> = [];
    const items = defineStream<object>()({
      name: 'items',
      description: 'test',
      schema: { properties: {} },
      primaryKey: ['id'],
      cursor: () => resumable({ token: 'next' }),
      read: async function* ({ from, select }) {
        tokens.push(from.token);
        yield select('items', { next: 'next' }).scan(Buffer.from('{"items":[{"id":1}],"next":"b"}')) as never;
        throw new ShortListError('GET /items', 1, 2);
      },
    });
    const first = await run([items]);
    const second = await run([items], { states: first.states });
    expect([tokens, end(first), end(second)]).toEqual([[undefined, undefined], 'INCOMPLETE', 'COMPLETE']);
    expect(first.warnings.join()).toContain('what was sent will be sent again');
  });

  it('is no gap where what came was kept back: such an error stays one', async () => {
    const items = stream('items', {
      // biome-ignore lint/correctness/useYield: it collects and hands on nothing
      read: async function* () {
        for await (const _ of list({ has: [1, 2, 3], total: 5 }));
      },
    });
    const first = await run([items]);
    const state = { version: 1, origin: 'test.example', partitions: {}, gaps: { '': { 'GET /items': 2 } } };
    const second = await run([items], { states: new Map([['items', state]]) });
    expect([end(first), end(second)]).toEqual(['INCOMPLETE', 'INCOMPLETE']);
  });
});

const SINCE = Date.now() - 24 * 3_600_000;
const timed = (...numbers: number[]): Page =>
  Page.of(
    numbers.map((id) => ({ id, updated: new Date(SINCE + 60_000 * id).toISOString() })),
    { id: 'id', updated: 'updated' },
  ) as unknown as Page;
type Range = { since: number | undefined };
const cut = (vendor: Vendor, { since = 0 }: Range) => ({
  has: vendor.has.filter((id) => SINCE + 60_000 * id >= since),
  total: vendor.total,
});
async function* timedList(vendor: Vendor, range: Range): AsyncGenerator<Page> {
  const { has, total } = cut(vendor, range);
  for (const id of has) yield timed(id);
  if (total > vendor.has.length)
    throw new ShortListError('GET /timed', has.length, has.length + total - vendor.has.length);
}

describe('a stream with a place in time whose list falls short', () => {
  const described = {
    description: 'test',
    schema: { properties: {} },
    primaryKey: ['id'],
    cursorField: 'updated',
  };
  const own = (vendor: Vendor) =>
    defineStream<object>()({
      ...described,
      name: 'timed',
      record: { id: 'id', updated: 'updated' },
      cursor: () => timeWindow({ key: 'id', value: 'updated', safetyMinutes: 30 }),
      read: ({ from }) => timedList(vendor, from) as never,
    });
  const scanned = (vendor: Vendor) =>
    defineScan<object>()({
      name: 'timed',
      record: { id: 'id', updated: 'updated' },
      key: 'id',
      value: 'updated',
      partitions: async () => [{ key: '' }],
      window: () => ({ safetyMinutes: 30 }),
      read: ({ range }) => timedList(vendor, range),
      fetch: async function* () {},
    }).records({ ...described, name: 'timed' });

  for (const [kind, made] of Object.entries({ own, scanned })) {
    it(`reads on from what came, so that nothing is passed over (${kind})`, async () => {
      const vendor = { has: [1, 2, 3], total: 6 };
      const timed = made(vendor);
      const first = await run([timed]);
      expect([ids(first), end(first)]).toEqual([['timed:1', 'timed:2', 'timed:3'], 'INCOMPLETE']);
      expect(first.states.get('timed')).toMatchObject({ gaps: { '': { 'GET /timed': 3 } } });
      vendor.has.push(4, 5, 6);
      const second = await run([timed], { states: first.states });
      expect([ids(second), end(second)]).toEqual([['timed:4', 'timed:5', 'timed:6'], 'COMPLETE']);
      expect(second.states.get('timed')).not.toHaveProperty('gaps');
    });

    it(`goes on where the next run finds the same (${kind})`, async () => {
      const vendor = { has: [1, 2, 3], total: 6 };
      const timed = made(vendor);
      const first = await run([timed]);
      const second = await run([timed], { states: first.states });
      expect([ids(second), end(second), second.warnings.length]).toEqual([[], 'COMPLETE', 1]);
      const { partitions } = second.states.get('timed') as { partitions: Record<string, JsonObject> };
      expect(Date.parse(String(partitions['']!.position))).toBeGreaterThan(SINCE + 3_600_000);
    });
  }

  it('in several windows of a scan: together they are one gap, whichever of them ends last', async () => {
    const lacking = [1, 2];
    const scan = defineScan<object>()({
      name: 'timed',
      record: { id: 'id', updated: 'updated' },
      key: 'id',
      value: 'updated',
      partitions: async () => [{ key: '' }],
      window: () => ({ safetyMinutes: 30, countFromMinutes: 1, split: { rows: 1, most: 2 } }),
      count: async (_, __, { since = SINCE, until = SINCE + 4 * 60_000 }) =>
        [1, 2, 3, 4].filter((id) => SINCE + id * 60_000 >= since && SINCE + id * 60_000 < until).length,
      read: async function* ({ range: { since, until } }) {
        const inRange = [1, 2, 3, 4].filter(
          (id) => SINCE + id * 60_000 >= (since ?? 0) && SINCE + id * 60_000 < (until ?? Date.now()),
        );
        const nth = until === undefined ? 1 : 0;
        yield timed(...inRange);
        // Each time another window ends last.
        if (nth === lacking[0]! % 2) await new Promise((resolve) => setTimeout(resolve, 20));
        throw new ShortListError('GET /timed', inRange.length, inRange.length + nth + 1);
      },
    });
    const stream = scan.records({ ...described, name: 'timed' });
    const first = await run([stream]);
    expect(first.states.get('timed')).toMatchObject({ gaps: { '': { 'GET /timed': 3 } } });
    lacking.reverse();
    const second = await run([stream], { states: first.states });
    expect([end(second), errorsIn(second.messages)]).toEqual(['COMPLETE', []]);
    expect(second.states.get('timed')).toMatchObject({ gaps: { '': { 'GET /timed': 3 } } });
  });

  it('and that is read whole: a part of it says nothing of the gap', async () => {
    const vendor = { has: [1, 2, 3], total: 6 };
    let isHiddenBefore = false;
    const timed = defineStream<object>()({
      ...described,
      name: 'timed',
      record: { id: 'id', updated: 'updated' },
      cursor: () => timeWindow({ key: 'id', value: 'updated', safetyMinutes: 30 }),
      read: ({ from }) =>
        timedList(
          isHiddenBefore && from.since !== undefined ? { ...vendor, total: 3 } : vendor,
          from,
        ) as never,
    });
    const first = await run([timed], { full: ['timed'] });
    isHiddenBefore = true;
    const second = await run([timed], { full: ['timed'], states: first.states });
    const third = await run([timed], { full: ['timed'], states: second.states });
    expect([first, second, third].map(end)).toEqual(['INCOMPLETE', 'COMPLETE', 'COMPLETE']);
    expect([second.states.get('timed')!.partitions, ids(third).length]).toEqual([{}, 3]);
  });
});

describe('entries whose list falls short', () => {
  it('come as far as they did; their record is asked for again by the next run, the others are read', async () => {
    const asked: string[][] = [];
    const scan = defineScan<object>()({
      name: 'things',
      record: { id: 'id', updated: 'updated' },
      key: 'id',
      value: 'updated',
      partitions: async () => [{ key: '' }],
      window: () => ({ safetyMinutes: 30 }),
      read: ({ range }) => timedList({ has: [1, 2, 3, 4], total: 4 }, range),
      fetch: async function* ({ ids: wanted }) {
        yield timed(...wanted.map(Number));
      },
    });
    const entries = scan.entries({
      name: 'entries',
      description: 'test',
      schema: { properties: {} },
      primaryKey: ['id'],
      cursorField: 'updated',
      sent: entriesByTime<never>('id' as never, 'updated' as never),
      read: async function* ({ parents }) {
        asked.push(parents.map(({ key }) => key));
        for (const owner of parents) {
          yield { page: timed(10 * Number(owner.key)) as never, owner };
          if (owner.key === '2') throw new ShortListError('GET /things/2/entries', 1, 2);
        }
      },
    });
    const first = await run([entries]);
    expect([ids(first).sort(), end(first)]).toEqual([
      ['entries:10', 'entries:20', 'entries:30', 'entries:40'],
      'INCOMPLETE',
    ]);
    expect(errorsIn(first.messages)).toHaveLength(1);
    asked.length = 0;
    const second = await run([entries], { states: first.states });
    expect([end(second), asked.flat()]).toEqual(['COMPLETE', ['2']]);
    const third = await run([entries], { states: second.states });
    expect(end(third)).toBe('COMPLETE');
  });
});

describe('a list of partitions that falls short', () => {
  const short = () => new ShortListError('GET /projects', 2, 3);
  const read = async function* ({ partition }: { partition: Partition }) {
    yield rows(Number(partition.key));
  };
  const listings = {
    'by a generator': stream('items', {
      partitions: async function* () {
        yield* [{ key: '1' }, { key: '2' }];
        throw short();
      },
      read,
    }),
    'as a parent’s': stream('items', {
      partitions: (_, __, { failed }) =>
        childrenOf(['x'], {
          list: async function* () {
            yield* [{ key: '1' }, { key: '2' }];
            throw short();
          },
          name: (parent) => parent,
          failed,
        }),
      read,
    }),
    'by a scan': defineScan<object>()({
      name: 'items',
      record: { id: 'id', updated: 'updated' },
      key: 'id',
      value: 'updated',
      partitions: async function* () {
        yield* [{ key: '1' }, { key: '2' }];
        throw short();
      },
      window: () => ({ safetyMinutes: 30 }),
      read: async function* ({ partition }) {
        yield timed(Number(partition.key));
      },
      fetch: async function* () {},
    }).records({
      name: 'items',
      description: 'test',
      schema: { properties: {} },
      primaryKey: ['id'],
      cursorField: 'updated',
    }),
  };
  for (const [how, items] of Object.entries(listings)) {
    it(`is read as far as it came, a failure once and a warning then (${how})`, async () => {
      const first = await run([items]);
      expect([ids(first).sort(), end(first)]).toEqual([['items:1', 'items:2'], 'INCOMPLETE']);
      expect(first.states.get('items')).toMatchObject({ gaps: { '': { 'GET /projects': 1 } } });
      const second = await run([items], { states: first.states });
      expect([ids(second), end(second)]).toEqual([[], 'COMPLETE']);
      expect(second.warnings.filter((one) => one.includes('GET /projects'))).toHaveLength(1);
      expect(second.states.get('items')).toMatchObject({ gaps: { '': { 'GET /projects': 1 } } });
    });
  }

  it('is forgotten where it is whole again, and stays where a parent could not be looked into', async () => {
    const gaps = { '': { 'GET /projects': 1 } };
    const saved = new Map([['items', { version: 1, origin: 'test.example', partitions: {}, gaps }]]);
    const listed = (trouble: boolean) =>
      stream('items', {
        partitions: async function* (_, __, { failed }) {
          if (trouble) failed('board 1', new Error('down'));
          yield { key: '1' };
        },
        read,
      });
    expect((await run([listed(false)], { states: saved })).states.get('items')).not.toHaveProperty('gaps');
    expect((await run([listed(true)], { states: saved })).states.get('items')).toMatchObject({ gaps });
  });

  it('is an error each time where nothing came of it, as of a promise', async () => {
    const gaps = { '': { 'GET /projects': 1 } };
    const saved = new Map([['items', { version: 1, origin: 'test.example', partitions: {}, gaps }]]);
    const promised = stream('items', { partitions: () => Promise.reject(short()), read });
    const result = await run([promised], { states: saved });
    expect([end(result), ids(result)]).toEqual(['INCOMPLETE', []]);
  });
});

describe('gaps', () => {
  it('of windows that are read side by side are one', () => {
    const errors = [new ShortListError('GET /a', 1, 3), new ShortListError('GET /a', 5, 6)];
    const gaps = new Gaps({ p: { 'GET /a': 3 } });
    expect([gaps.add('p', errors), gaps.now()]).toEqual([[], { p: { 'GET /a': 3 } }]);
    expect(new Gaps({ p: { 'GET /a': 2 } }).add('p', errors)).toEqual(errors);
  });

  it('that are none are refused with the state', () => {
    const saved = { version: 1, origin: 'o', partitions: {}, gaps: { p: { 'GET /a': 'two' } } };
    expect(() => parseStreamState(saved, { name: 'items' }, { origin: 'o' })).toThrow(
      /not a state of this source/,
    );
  });
});
