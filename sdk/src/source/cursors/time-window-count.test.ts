import { describe, expect, it } from 'vitest';
import { isoUtc } from '../../protocol/instant.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Scan } from '../cursor.ts';
import { pageOf, rowText } from './drive.test-support.ts';
import type { TimeRange } from './split-window.ts';
import { type TimeWindowOptions, timeWindow } from './time-window.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const START = Date.parse('2026-03-01T00:00:00Z');
const warnings: string[] = [];

const open = async (options: Partial<TimeWindowOptions>, saved?: JsonObject): Promise<Scan<TimeRange>> => {
  warnings.length = 0;
  return timeWindow({ key: 'id', value: 'updated', safetyMinutes: 30, ...options }).open(
    saved && JSON.parse(JSON.stringify(saved)),
    { begin: async () => START, warn: (text) => warnings.push(text) },
  );
};

const row = (id: number, updated: number) => ({ id: String(id), updated: isoUtc(updated) });
function bring(scan: Scan<TimeRange>, part: number, ...rows: ReturnType<typeof row>[]): string[] {
  const page = pageOf(rows);
  const fresh = scan.parts[part]!.fresh(page)!;
  scan.parts[part]!.advance(page);
  return rows.flatMap(({ id }, k) => (fresh[k] ? [id] : []));
}
async function missed(scan: Scan<TimeRange>, part = 0): Promise<string[]> {
  const sent: string[] = [];
  for await (const page of scan.parts[part]!.missed!()) {
    const fresh = scan.parts[part]!.fresh(page)!;
    for (let k = 0; k < page.count; k++)
      if (fresh[k]) sent.push((JSON.parse(rowText(page, k)) as { id: string }).id);
    scan.parts[part]!.advance(page);
  }
  return sent;
}

const positions = (days: number): JsonObject => ({ position: isoUtc(START - days * DAY), seen: {} });

describe('a counted time window', () => {
  it('says how many rows it will bring, where the vendor can tell', async () => {
    expect((await open({ count: async () => 1200 })).estimate).toBe(1200);
    expect((await open({ count: async () => undefined })).estimate).toBeUndefined();
    await expect(open({ count: async () => -1 })).rejects.toThrow(/count of rows is -1/);
  });

  it('is not counted where little time has passed, nor when it goes on', async () => {
    let asked = 0;
    const options = { count: async () => ++asked, split: { rows: 1, most: 4 } };
    await open(options, { position: isoUtc(START - 10 * 60 * MINUTE), seen: {} });
    await open(options, { ...positions(100), begin: isoUtc(START - DAY) });
    await open({ ...options, countFromMinutes: 100 * 1440 }, positions(50));
    expect(asked).toBe(0);
    await open({ ...options, countFromMinutes: 40 * 1440 }, positions(50));
    expect(asked).toBeGreaterThan(0);
  });

  it('is read as one where its rows are few', async () => {
    expect((await open({ count: async () => 9, split: { rows: 10, most: 4 } })).parts).toHaveLength(1);
  });

  it('keeps a position per window, drops finished ones and ends as one', async () => {
    const times = Array.from({ length: 40 }, (_, k) => START - (40 - k) * DAY);
    const count = async ({ since = 0, until = Number.POSITIVE_INFINITY }: TimeRange) =>
      times.filter((time) => time >= since && time < until).length;
    const options = { count, split: { rows: 10, most: 4 }, start: START - 40 * DAY };
    const scan = await open(options);
    expect(scan.estimate).toBe(40);
    expect(scan.parts.length).toBeGreaterThanOrEqual(3);
    const bounds = scan.parts.map(({ from }) => from);
    bring(scan, 1, row(1, bounds[1]!.since! + 5 * MINUTE + 7));
    scan.parts[0]!.finish();
    const { windows, seen, begin } = scan.state() as {
      windows: Array<Record<string, string>>;
      seen: object;
      begin: string;
    };
    expect(begin).toBe(isoUtc(START));
    expect(windows).toHaveLength(bounds.length - 1);
    expect(windows[0]).toEqual({
      until: isoUtc(bounds[1]!.until!),
      position: isoUtc(bounds[1]!.since! + 5 * MINUTE),
    });
    expect(seen).toEqual({ 1: [bounds[1]!.since! + 5 * MINUTE + 7, expect.any(String)] });
    const resumed = await open(options, scan.state());
    expect(resumed.parts.map(({ from }) => from)).toEqual([
      { since: bounds[1]!.since! + 5 * MINUTE, until: bounds[1]!.until },
      ...bounds.slice(2),
    ]);
    for (const part of resumed.parts) part.finish();
    expect(resumed.state()).toEqual({ position: isoUtc(START - 30 * MINUTE), seen: {} });
  });

  it('needs a count for what is built on it', () => {
    expect(() =>
      timeWindow({ key: 'id', value: 'updated', safetyMinutes: 1, split: { rows: 1, most: 2 } }),
    ).toThrow(/count/);
  });
});

describe('a reconciled time window', () => {
  const listing = (ids: readonly string[], fetched = ids): NonNullable<TimeWindowOptions['reconcile']> => ({
    ids: async function* () {
      yield pageOf(ids.map((id) => ({ id })));
    },
    fetch: async function* (asked) {
      const found = fetched.filter((id) => asked.includes(id));
      if (found.length > 0) yield pageOf(found.map((id) => row(Number(id), START - 50 * DAY)));
    },
  });

  it('lists no ids where the count is not higher than what was read', async () => {
    const scan = await open({ count: async () => 1, reconcile: listing(['1', '2']) });
    bring(scan, 0, row(1, START - 60 * DAY));
    expect(await missed(scan)).toEqual([]);
  });

  it('is suspicious of a count from before, too: what was read and moved on hides what was missed', async () => {
    // Two rows when the scan began; one was read and moved on, the other never came: one is left, one was read.
    const counts = [2, 1];
    const scan = await open({ count: async () => counts.shift(), reconcile: listing(['2']) });
    bring(scan, 0, row(1, START - 60 * DAY));
    expect(await missed(scan)).toEqual(['2']);
    expect(warnings).toEqual([expect.stringContaining('1 records')]);
  });

  it('does not count for read what belongs to another window by now', async () => {
    const since = isoUtc(START - 90 * DAY);
    const windows = [{ since, until: isoUtc(START - 40 * DAY), position: since, read: 0 }];
    const saved = { begin: isoUtc(START - DAY), windows, seen: {} };
    const scan = await open({ count: async () => 1, reconcile: listing(['2']) }, saved);
    expect(bring(scan, 0, row(1, START - 30 * DAY))).toEqual(['1']);
    expect(await missed(scan)).toEqual(['2']);
  });

  it('does not mind ids that are gone when they are asked for', async () => {
    let lists = 0;
    const scan = await open({
      count: async () => 2,
      reconcile: {
        ids: async function* () {
          yield ++lists === 1 ? ['1', '2'] : ['1'];
        },
        fetch: async function* () {},
      },
    });
    bring(scan, 0, row(1, START - 60 * DAY));
    expect(await missed(scan)).toEqual([]);
    expect(lists).toBe(2);
  });

  it('names what exists and cannot be read, and owes it', async () => {
    const scan = await open({ count: async () => 2, reconcile: listing(['1', '2'], ['1']) });
    bring(scan, 0, row(1, START - 60 * DAY));
    const unreadable: string[] = [];
    for await (const page of scan.parts[0]!.missed!()) unreadable.push(...page.unreadable);
    expect(unreadable).toEqual(['2']);
    scan.parts[0]!.owe!(unreadable);
    scan.parts[0]!.finish();
    expect(scan.state()).toEqual({ position: isoUtc(START - 30 * MINUTE), seen: {}, owed: ['2'] });
  });

  it('is read again from its begin where more is counted than was read before it was interrupted', async () => {
    const window = { since: isoUtc(START - 90 * DAY), position: isoUtc(START - 50 * DAY), read: 5 };
    const saved = { begin: isoUtc(START - DAY), windows: [window], seen: {} };
    const same = await open({ count: async () => 5, reconcile: listing([]) }, saved);
    expect(same.parts[0]!.from.since).toBe(START - 50 * DAY);
    const more = await open({ count: async () => 6, reconcile: listing([]) }, saved);
    expect(more.parts[0]!.from.since).toBe(START - 90 * DAY);
    expect(warnings).toEqual([expect.stringContaining('read again')]);
  });

  it('is not passed if its list and its ids bring much less than is counted, and is read again', async () => {
    const reconcile = listing(['1', '2']);
    const cut = await open({ count: async () => 23, reconcile });
    bring(cut, 0, row(1, START - 60 * DAY));
    await expect(missed(cut)).rejects.toMatchObject({
      code: 'cursor.short',
      message: 'the range from the beginning has 2 rows, where 23 are counted',
    });
    const { parts } = await open({ count: async () => 23, reconcile }, cut.state());
    expect(parts[0]!.from.since).toBeUndefined();
    // A count may be a little off, and what left meanwhile is not missed.
    for (const counts of [
      [23, 22, 22],
      [23, 23, 2],
    ]) {
      const near = await open({ count: async () => counts.shift(), reconcile });
      bring(near, 0, row(1, START - 60 * DAY));
      expect(await missed(near)).toEqual(['2']);
    }
  });
});
