import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Scan } from '../cursor.ts';
import { pageOf, scanned } from './drive.test-support.ts';
import { openSet } from './open-set.ts';
import type { OpenRange, OpenSetOptions } from './open-set-options.ts';

const warnings: string[] = [];
const open = async (saved?: JsonObject, options: Partial<OpenSetOptions> = {}): Promise<Scan<OpenRange>> =>
  openSet({
    key: 'id',
    order: 'number',
    direction: 'descending',
    isOpen: (page, row) => page.value(row, 'running') === true,
    ...options,
  }).open(saved && JSON.parse(JSON.stringify(saved)), {
    begin: async () => 0,
    warn: (text) => warnings.push(text),
  });

interface Build {
  id: number;
  number: number;
  running?: boolean;
  at?: number;
}
const build = (number: number, more: Partial<Build> = {}): Build => ({ id: number, number, ...more });

/** Brings builds through a part and says which went out. */
function bring(scan: Scan<OpenRange>, part: number, ...builds: Build[]): number[] {
  const page = pageOf(builds);
  const fresh = scan.parts[part]!.fresh(page)!;
  scan.parts[part]!.advance(page);
  return builds.flatMap(({ id }, row) => (fresh[row] ? [id] : []));
}

describe('an open set', () => {
  it('asks again for what is not finished, and sends it when its bytes changed', async () => {
    const first = await open();
    bring(first, 0, build(3, { running: true }), build(2, { running: true }), build(1));
    first.parts[0]!.finish();
    const second = await open(first.state());
    const { from } = second.parts[0]!;
    expect([from.again, from.since]).toEqual([['3', '2'].sort(), 3]);
    expect(bring(second, 0, build(3, { running: true, at: 1 }), build(2, { running: true }))).toEqual([3]);
    expect(bring(second, 0, build(4), build(3, { running: true, at: 1 }))).toEqual([4]);
    expect(bring(second, 0, build(2))).toEqual([2]);
    second.parts[0]!.finish();
    expect(Object.keys(second.state().open as object)).toEqual(['3']);
  });

  it('says of a page which things are worth another request', async () => {
    const options = { overlap: 10, reopens: true };
    const first = await open(undefined, options);
    const wants = ({ parts }: typeof first, ...builds: Build[]) => [...parts[0]!.from.wants(pageOf(builds))];
    expect(wants(first, build(3, { running: true }), build(2), build(1))).toEqual([1, 1, 1]);
    bring(first, 0, build(3, { running: true }), build(2), build(1));
    first.parts[0]!.finish();
    const second = await open(first.state(), options);
    expect(wants(second, build(4), build(3, { running: true }), build(2, { at: 5 }), build(1))).toEqual([
      1, 1, 1, 0,
    ]);
    // It was open when it was sent, and is not any more.
    expect(wants(second, build(3))).toEqual([1]);
    expect(bring(second, 0, build(4), build(3, { running: true }), build(2, { at: 5 }), build(1))).toEqual([
      4, 2,
    ]);
  });

  it('lets go of what the vendor no longer has', async () => {
    const first = await open();
    bring(first, 0, build(2, { running: true }), build(1, { running: true }));
    first.parts[0]!.finish();
    const second = await open(first.state());
    second.parts[0]!.from.gone('1');
    second.parts[0]!.finish();
    expect(Object.keys(second.state().open as object)).toEqual(['2']);
  });

  it('leaves a gap where a newest-first read is killed, and reads head and gap side by side', async () => {
    const first = await open();
    bring(first, 0, build(9), build(8));
    expect(first.state()).toEqual({ top: 9, open: {}, seen: { 8: 8, 9: 9 }, gaps: [[null, 8]] });
    const second = await open(first.state());
    expect(second.parts.map(({ from }) => [from.since, from.until])).toEqual([
      [9, undefined],
      [undefined, 8],
    ]);
    expect(bring(second, 1, build(10), build(9), build(8), build(7))).toEqual([7]);
    // What a gap's list shows above it moves nothing: 11 and 10 are for the head to bring.
    expect(second.state()).toMatchObject({ top: 9, gaps: [[null, 7]] });
    expect(bring(second, 0, build(11), build(10))).toEqual([11, 10]);
    expect(bring(second, 0, build(9))).toEqual([]);
    second.parts[0]!.finish();
    second.parts[1]!.finish();
    expect(second.state()).toEqual({ top: 11, open: {}, seen: { 11: 11 } });
  });

  it('leaves older bytes of an open thing alone, which another part shows', async () => {
    const first = await open();
    bring(first, 0, build(9, { running: true }), build(8));
    const second = await open(first.state());
    expect(bring(second, 0, build(9, { at: 2 }))).toEqual([9]);
    expect(bring(second, 1, build(9, { running: true }), build(8))).toEqual([]);
    expect(second.state().open).toEqual({});
    const third = await open(first.state());
    expect(bring(third, 1, build(9, { at: 1, running: true }), build(8))).toEqual([]);
  });

  it('drops a thing that stands twice in a page', async () => {
    expect(bring(await open(), 0, build(2), build(2), build(1))).toEqual([2, 1]);
  });

  it('begins anew where the numbers do', async () => {
    const first = await open();
    bring(first, 0, build(900, { running: true }), build(899));
    const second = await open(first.state());
    const [head, gap] = second.parts;
    head!.from.restart();
    expect([head!.from.again, head!.from.since]).toEqual([[], undefined]);
    expect(bring(second, 1, build(3))).toEqual([]);
    expect(bring(second, 0, build(3), build(2))).toEqual([3, 2]);
    expect(second.state()).toMatchObject({ top: 3, gaps: [[null, 2]] });
    gap!.finish();
    head!.finish();
    expect(second.state()).toEqual({ top: 3, open: {}, seen: { 3: 3 } });
  });

  it('counts timestamps in ms, and lists the overlap again', async () => {
    const created = (minute: number) => `2026-11-20T10:${String(minute).padStart(2, '0')}:00.000Z`;
    const options: Partial<OpenSetOptions> = {
      order: 'created',
      direction: 'ascending',
      overlap: 5 * 60_000,
    };
    const scan = await open(undefined, options);
    const row = (id: number, minute: number) => ({ id, number: 0, created: created(minute) });
    bring(scan, 0, row(1, 1), row(2, 9), row(3, 10));
    scan.parts[0]!.finish();
    const next = await open(scan.state(), options);
    expect(next.parts[0]!.from.since).toBe(Date.parse(created(5)));
    expect(bring(next, 0, row(4, 7), row(2, 9), row(3, 10), row(5, 10))).toEqual([4, 5]);
  });

  it('orders numbers above 2^53 by their digits, in quotes or not, and writes them as text', async () => {
    const row = (n: string) => `{"id":"${n}","number":${n}}`;
    const big = (end: number) => `179000000000000000${end}`;
    const bringText = (scan: Scan<OpenRange>, part: number, ...rows: string[]): number[] => {
      const page = scanned(`[${rows.join(',')}]`);
      const fresh = [...scan.parts[part]!.fresh(page)!];
      scan.parts[part]!.advance(page);
      return fresh;
    };
    const first = await open();
    expect(bringText(first, 0, row(big(3)), row(big(2)))).toEqual([1, 1]);
    expect(first.state()).toEqual({
      top: big(3),
      open: {},
      seen: { [big(2)]: big(2), [big(3)]: big(3) },
      gaps: [[null, big(2)]],
    });
    const second = await open(first.state());
    expect(second.parts.map(({ from }) => [from.since, from.until])).toEqual([
      [BigInt(big(3)), undefined],
      [undefined, BigInt(big(2))],
    ]);
    const quoted = `{"id":"x","number":"${big(4)}"}`;
    expect(bringText(second, 0, quoted, row(big(3)))).toEqual([1, 0]);
    expect(bringText(second, 1, row(big(3)), row(big(2)), row(big(1)), row('7'))).toEqual([0, 0, 1, 1]);
    for (const part of second.parts) part.finish();
    expect(second.state()).toEqual({ top: big(4), open: {}, seen: { x: big(4) } });
    expect(() => bringText(second, 0, row(big(1)), row(big(2)))).toThrow(/not in the order/);
  });

  it('sends a finished thing again that was run again within the overlap, once per change', async () => {
    const options: Partial<OpenSetOptions> = { overlap: 5, reopens: true };
    const first = await open(undefined, options);
    expect(bring(first, 0, build(9), build(6), build(2))).toEqual([9, 6, 2]);
    first.parts[0]!.finish();
    expect(first.state().seen).toEqual({ 9: [9, expect.any(String)], 6: [6, expect.any(String)] });
    const second = await open(first.state(), options);
    expect(bring(second, 0, build(9), build(6, { at: 1, running: true }))).toEqual([6]);
    second.parts[0]!.finish();
    const third = await open(second.state(), options);
    expect(third.parts[0]!.from.again).toEqual(['6']);
    expect(bring(third, 0, build(6, { at: 2 }))).toEqual([6]);
    expect(bring(third, 0, build(9), build(6, { at: 2 }))).toEqual([]);
    // Without the option it is finished for good.
    const closed = await open(second.state());
    expect(bring(closed, 0, build(9, { at: 1 }))).toEqual([9]);
    const known = await open({ top: 9, open: {}, seen: { 9: 9 } }, options);
    expect(bring(known, 0, build(9, { at: 1 }))).toEqual([]);
  });

  it('owes a finished thing that cannot be read within the overlap only if it may have been run again', async () => {
    for (const reopens of [false, true]) {
      const options: Partial<OpenSetOptions> = { overlap: 5, reopens };
      const first = await open(undefined, options);
      bring(first, 0, build(9), build(6));
      first.parts[0]!.finish();
      const second = await open(first.state(), options);
      second.parts[0]!.owe!(['6']);
      second.parts[0]!.finish();
      const third = await open(second.state(), options);
      expect(third.parts[0]!.from.again).toEqual(reopens ? ['6'] : []);
      // It is sent again only if it did change.
      expect(bring(third, 0, build(6))).toEqual([]);
      const changed = await open(second.state(), options);
      expect(bring(changed, 0, build(6, { at: 1 }))).toEqual(reopens ? [6] : []);
    }
  });

  it('asks for what is open for long only now and then', async () => {
    const DAY = 86_400_000;
    let now = 100 * DAY;
    const options: Partial<OpenSetOptions> = { stale: { afterMs: 30 * DAY, everyMs: 7 * DAY } };
    const at = async (saved?: JsonObject) =>
      openSet({
        key: 'id',
        order: 'number',
        direction: 'descending',
        isOpen: (page, row) => page.value(row, 'running') === true,
        ...options,
      }).open(saved, { begin: async () => now, warn() {} });
    const first = await at();
    const young = build(99 * DAY, { running: true });
    const old = build(60 * DAY, { running: true });
    bring(first, 0, young, old);
    first.parts[0]!.finish();
    now += DAY;
    const second = await at(first.state());
    expect(second.parts[0]!.from.again).toEqual([String(young.id)]);
    // A list that shows both: only the one whose turn it is wants another request, and the other's turn is not put off.
    expect([...second.parts[0]!.from.wants(pageOf([young, old]))]).toEqual([1, 0]);
    bring(second, 0, young, old);
    second.parts[0]!.finish();
    expect(Object.keys(second.state().open as object)).toHaveLength(2);
    now += 6 * DAY;
    const third = await at(second.state());
    expect(third.parts[0]!.from.again.toSorted()).toEqual([old.id, young.id].map(String).toSorted());
    bring(third, 0, young, { ...old, running: false });
    third.parts[0]!.finish();
    const { open: left, asked } = third.state() as { open: object; asked: object };
    expect([Object.keys(left), Object.keys(asked)]).toEqual([[String(young.id)], [String(young.id)]]);
  });

  it('compares bytes without values that change by themselves', async () => {
    const row = (estimate: unknown, at: number) => ({ id: 1, number: 1, running: true, noise: estimate, at });
    const options = { aside: ['noise'] };
    const first = await open(undefined, options);
    expect(bring(first, 0, row(17, 0))).toEqual([1]);
    first.parts[0]!.finish();
    const second = await open(first.state(), options);
    expect(bring(second, 0, row('900', 0))).toEqual([]);
    expect(bring(second, 0, row('900', 1))).toEqual([1]);
    second.parts[0]!.finish();
    const plain = await open(second.state());
    expect(bring(plain, 0, row('900', 1))).toEqual([1]);
  });

  it('counts what is not wanted as read, and lets go of it', async () => {
    const options: Partial<OpenSetOptions> = {
      isWanted: (page, row) => Number(page.value(row, 'number')) > 3,
    };
    const first = await open();
    bring(first, 0, build(3, { running: true }));
    first.parts[0]!.finish();
    const second = await open(first.state(), options);
    expect(bring(second, 0, build(3, { running: true, at: 1 }))).toEqual([]);
    expect(bring(second, 0, build(5), build(3, { running: true, at: 1 }))).toEqual([5]);
    second.parts[0]!.finish();
    expect(second.state()).toMatchObject({ top: 5, open: {} });
    const none = await open(undefined, { isWanted: () => false });
    expect(bring(none, 0, build(8), build(7, { running: true }))).toEqual([]);
    none.parts[0]!.finish();
    expect(none.state()).toEqual({ top: 8, open: {} });
  });

  it('shows the newest thing, so that a later one with its id is told from it', async () => {
    const options: Partial<OpenSetOptions> = { born: 'created' };
    const row = (id: number, created: number) => ({ id, number: id, created });
    const first = await open(undefined, options);
    expect(first.parts[0]!.from.top).toBeUndefined();
    bring(first, 0, row(9, 1_790_000_000_123), row(8, 1_780_000_000_000));
    first.parts[0]!.finish();
    expect(first.state()).toMatchObject({ top: 9, newest: ['9', '1790000000123'] });
    const second = await open(first.state(), options);
    expect(second.parts[0]!.from.top).toEqual({ id: '9', born: '1790000000123' });
    second.parts[0]!.from.restart();
    expect(second.parts[0]!.from.top).toBeUndefined();
    expect(bring(second, 0, row(9, 1_799_000_000_000))).toEqual([9]);
    expect(second.state()).toMatchObject({ newest: ['9', '1799000000000'] });
  });

  it('takes no list that is not in its order, and no record without one', async () => {
    const scan = await open();
    expect(() => bring(scan, 0, build(1), build(2))).toThrow(/not in the order/);
    // From page to page too; but pages may overlap.
    bring(scan, 0, build(9), build(5));
    expect(bring(scan, 0, build(9), build(5), build(4))).toEqual([4]);
    expect(() => bring(scan, 0, build(8), build(3))).toThrow(/order of number: 8 \(8\) comes after 4/);
    expect(() => bring(scan, 0, { id: 1 } as Build)).toThrow(/without a readable number/);
    expect(() => bring(scan, 0, { number: 1 } as Build)).toThrow(/without a id/);
  });

  it('has at most sixteen gaps: then two are read as one, and it says so', async () => {
    let state: JsonObject | undefined;
    warnings.length = 0;
    for (let k = 1; k <= 20; k++) {
      const scan = await open(state);
      bring(scan, 0, build(100 * k), build(100 * k - 1));
      state = scan.state();
      expect((state.gaps as unknown[]).length).toBeLessThanOrEqual(16);
    }
    expect(warnings).toHaveLength(4);
  });

  it('refuses a state that is another cursor’s', async () => {
    for (const saved of [
      { top: '5' },
      { open: [] },
      { seen: { a: 'b' } },
      { gaps: [[1]] },
      { gaps: {} },
      { asked: { a: 1 } },
      { newest: ['a'] },
    ])
      await expect(open(saved)).rejects.toThrow(/not an open set/);
  });
});
