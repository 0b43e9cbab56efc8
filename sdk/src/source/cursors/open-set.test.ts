import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Scan } from '../cursor.ts';
import { pageOf, scanned } from './drive.test-support.ts';
import { type OpenRange, type OpenSetOptions, openSet } from './open-set.ts';

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
    for (const saved of [{ top: '5' }, { open: [] }, { seen: { a: 'b' } }, { gaps: [[1]] }, { gaps: {} }])
      await expect(open(saved)).rejects.toThrow(/no open set/);
  });
});
