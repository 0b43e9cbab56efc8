import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases } from '../../protocol/fuzz.test-support.ts';
import { floorMinute, isoUtc } from '../../protocol/instant.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import { Page } from '../../protocol/page.ts';
import type { ScanPart } from '../cursor.ts';
import { scanned } from './drive.test-support.ts';
import { SEEN_MOST } from './seen-most.ts';
import type { TimeRange } from './split-window.ts';
import { timeWindow } from './time-window.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-03-01T00:00:00Z');
const SAFETY = 30;

interface Issue {
  id: number;
  updated: number | string;
  title?: string;
}

const pageOf = (issues: readonly Issue[]): Page =>
  Page.of(
    issues.map(({ id, updated, ...rest }) => ({
      ...rest,
      id: String(id),
      updated: typeof updated === 'number' ? isoUtc(updated) : updated,
    })),
    { id: 'id', updated: 'updated' },
  ) as unknown as Page;

const cursor = timeWindow({ key: 'id', value: 'updated', safetyMinutes: SAFETY });
/** A scan and its one part, as one thing. */
type Opened = Omit<ScanPart<TimeRange>, 'from'> & { from: number | undefined; state: () => JsonObject };
async function open(
  saved: object | undefined,
  begin: number,
  warn = (_: string): unknown => undefined,
  window = cursor,
): Promise<Opened> {
  const scan = await window.open(saved as never, { begin: async () => begin, warn });
  const part = scan.parts[0]!;
  return { ...part, from: part.from.since, state: () => scan.state() };
}

/** Sends one page through a scan, as the engine does, and returns what went out. */
function send<I extends Issue>(scan: Opened, issues: readonly I[]): I[] {
  const page = pageOf(issues);
  const fresh = scan.fresh(page)!;
  const out = issues.filter((_, row) => fresh[row] === 1);
  scan.advance(page);
  return out;
}

describe('a time window', () => {
  it('begins at the start and, once it is through, at begin − safety, down to the minute', async () => {
    const scan = await open(undefined, START + 12_345);
    expect(scan.from).toBeUndefined();
    send(scan, [{ id: 1, updated: START - 90 * MINUTE }]);
    scan.finish();
    expect(scan.state()).toEqual({ position: isoUtc(START - SAFETY * MINUTE), seen: {} });
    expect((await open(scan.state(), START + MINUTE)).from).toBe(START - SAFETY * MINUTE);
  });

  it('reads keys and values that are numbers, milliseconds since 1970', async () => {
    const rows = (times: readonly number[]) =>
      Page.of(
        times.map((updated, k) => ({ id: k + 1, updated })),
        { id: 'id', updated: 'updated' },
      ) as unknown as Page;
    const first = await open(undefined, START);
    const page = rows([START - 90 * MINUTE, START - MINUTE]);
    expect([...first.fresh(page)!]).toEqual([1, 1]);
    first.advance(page);
    first.finish();
    expect(first.state()).toEqual({
      position: isoUtc(START - SAFETY * MINUTE),
      seen: { '2': [START - MINUTE, expect.any(String)] },
    });
    const next = await open(first.state(), START + MINUTE);
    expect([...next.fresh(rows([START, START - MINUTE]))!]).toEqual([1, 0]);
  });

  it('never takes max(updated): what an index shows late is still within the next window', async () => {
    const scan = await open(undefined, START);
    send(scan, [{ id: 1, updated: START - MINUTE }]);
    scan.finish();
    // Issue 2 was updated before issue 1 and shown later.
    const next = await open(scan.state(), START + 10 * MINUTE);
    expect(next.from).toBeLessThan(START - 2 * MINUTE);
    const sent = send(next, [
      { id: 2, updated: START - 2 * MINUTE },
      { id: 1, updated: START - MINUTE },
    ]);
    expect(sent.map(({ id }) => id)).toEqual([2]);
  });

  it('keeps its first begin through every resume', async () => {
    const scan = await open(undefined, START);
    send(scan, [{ id: 1, updated: START - 200 * MINUTE }]);
    const resumed = await open(scan.state(), START + 600 * MINUTE);
    resumed.finish();
    expect(resumed.state().position).toBe(isoUtc(START - SAFETY * MINUTE));
  });

  it('inside a scan stands at the last record’s minute, not beyond begin − safety', async () => {
    const scan = await open(undefined, START);
    send(scan, [{ id: 1, updated: START - 100 * MINUTE + 59_000 }]);
    expect(scan.state().position).toBe(isoUtc(START - 100 * MINUTE));
    send(scan, [{ id: 2, updated: START - SAFETY * MINUTE - 1 }]);
    expect(scan.state().position).toBe(isoUtc(START - (SAFETY + 1) * MINUTE));
  });

  it('is not moved by a row that was changed after the scan began and stands where its old value was', async () => {
    const scan = await open(undefined, START);
    const early = { id: 1, updated: START - 100 * MINUTE };
    send(scan, [early, { id: 2, updated: START + MINUTE }]);
    expect(scan.state().position).toBe(isoUtc(early.updated));
    expect(scan.state().seen).toEqual({
      1: [early.updated, expect.any(String)],
      2: [START + MINUTE, expect.any(String)],
    });
  });

  it('sends rows once where pages overlap, also before its position', async () => {
    const scan = await open(undefined, START);
    const rows = [1, 2, 3].map((id) => ({ id, updated: START - (200 - id) * MINUTE }));
    expect(send(scan, rows.slice(0, 2))).toHaveLength(2);
    expect(send(scan, [...rows, ...rows.slice(2)]).map(({ id }) => id)).toEqual([3]);
  });

  it('does not move a position of the far future and sends nothing before it', async () => {
    const scan = await open({ position: '2100-01-01T00:00:00.000Z', seen: {} }, START);
    expect(scan.from).toBe(Date.parse('2100-01-01T00:00:00Z'));
    scan.finish();
    expect(scan.state()).toEqual({ position: '2100-01-01T00:00:00.000Z', seen: {} });
  });

  it('sends an issue again when it changed, and once', async () => {
    const first = await open(undefined, START);
    send(first, [{ id: 1, updated: START - 5 * MINUTE }]);
    first.finish();
    const second = await open(first.state(), START + MINUTE);
    expect(send(second, [{ id: 1, updated: START - 5 * MINUTE }])).toEqual([]);
    expect(send(second, [{ id: 1, updated: START }])).toHaveLength(1);
  });

  it('remembers 20,000 pairs at most and says what it forgot', async () => {
    const warnings: string[] = [];
    const scan = await open(undefined, START, (warning) => warnings.push(warning));
    const tied = Array.from({ length: SEEN_MOST + 500 }, (_, id) => ({
      id: id + 1,
      updated: START - MINUTE,
    }));
    send(scan, tied);
    expect(Object.keys(scan.state().seen as object)).toHaveLength(SEEN_MOST);
    scan.finish();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('500');
    expect(send(await open(scan.state(), START), tied)).toHaveLength(500);
  });

  it('refuses a state that is no time window', async () => {
    await expect(open({ position: 'yesterday', seen: {} }, START)).rejects.toThrow(/not a time window/);
  });

  it('compares instants, whatever offset they are written with', async () => {
    const scan = await open(undefined, START);
    send(scan, [{ id: 1, updated: '2026-03-01T07:10:00.000+0800' }]);
    expect(scan.state().position).toBe('2026-02-28T23:10:00.000Z');
    send(scan, [{ id: 2, updated: '2026-02-28T23:09:00.000+0000' }]);
    expect(scan.state().position).toBe('2026-02-28T23:10:00.000Z');
  });

  it('sends a second edit within one tick of the vendor’s clock, in this run and in the next', async () => {
    const first = await open(undefined, START);
    const edit = (title: string) => ({ id: 1, updated: START - 5 * MINUTE, title });
    expect(send(first, [edit('a')])).toHaveLength(1);
    expect(send(first, [edit('a')])).toHaveLength(0);
    expect(send(first, [edit('b')])).toHaveLength(1);
    first.finish();
    const second = await open(first.state(), START + MINUTE);
    expect(send(second, [edit('b')])).toHaveLength(0);
    expect(send(second, [edit('c')])).toHaveLength(1);
    // Wherever in a page it stood, and within one page too.
    const rest = Array.from({ length: 30 }, (_, i) => ({ id: 10 + i, updated: START - 4 * MINUTE }));
    const wide = await open(undefined, START);
    expect(send(wide, [edit('a'), ...rest])).toHaveLength(31);
    expect(send(wide, [edit('b'), ...rest])).toHaveLength(1);
    expect(send(wide, [edit('c'), edit('d'), edit('d')])).toHaveLength(2);
    wide.finish();
    expect(send(await open(wide.state(), START + MINUTE), [edit('d'), ...rest])).toHaveLength(0);
    // Behind the position too: what a list brings twice is the same only if its bytes are.
    const old = (title: string) => ({ id: 2, updated: START - 500 * MINUTE, title });
    const third = await open(undefined, START);
    send(third, [old('a'), { id: 3, updated: START - 400 * MINUTE }]);
    expect(send(third, [old('a')])).toHaveLength(0);
    expect(send(third, [old('b')])).toHaveLength(1);
  });

  it('goes by the time alone for what an earlier release remembered', async () => {
    const saved = { position: isoUtc(START - 30 * MINUTE), seen: { 1: START - 5 * MINUTE } };
    const edit = (title: string) => ({ id: 1, updated: START - 5 * MINUTE, title });
    const scan = await open(saved, START);
    expect(send(scan, [edit('a')])).toHaveLength(0);
    // From now on its bytes are known.
    expect(send(scan, [edit('b')])).toHaveLength(1);
  });

  it('sends a record that lacks its value, once, with one warning a run', async () => {
    const warnings: string[] = [];
    const lacking = (id: number, updated: unknown, title = '') => ({ id, updated: updated as string, title });
    const rows = [
      lacking(1, null),
      lacking(2, undefined),
      { id: 3, updated: START - 90 * MINUTE },
      lacking(4, ''),
    ];
    const first = await open(undefined, START, (warning) => warnings.push(warning));
    expect(send(first, rows)).toHaveLength(4);
    expect(first.state().position).toBe(isoUtc(START - 90 * MINUTE));
    first.finish();
    expect(warnings).toEqual([expect.stringMatching(/^3 records have no updated, the first of them 1:/)]);
    const second = await open(first.state(), START + 60 * MINUTE);
    expect(send(second, [lacking(1, null), lacking(2, undefined, 'edited')]).map(({ id }) => id)).toEqual([
      2,
    ]);
    second.finish();
    // What is not listed any more is not remembered for ever.
    expect(Object.keys(second.state().seen as object)).toEqual(['1', '2']);
  });

  it('refuses a value that is no timestamp, and a record without a key, by its place', async () => {
    const scan = await open(undefined, START);
    const fine = { id: 1, updated: START - 90 * MINUTE };
    expect(() => send(scan, [fine, { id: 2, updated: 'yesterday' }])).toThrow(
      /record 2 of the 2 of a page, 2, has a updated that is no timestamp/,
    );
    expect(() => scan.fresh(scanned(`[{"id":"1","updated":null},{"updated":null}]`))).toThrow(
      /record 2 of the 2 of a page came without a id, after the record 1/,
    );
  });

  it('looks back at what changes without its value moving, and sends it where its bytes did', async () => {
    const cursor = timeWindow({ key: 'id', value: 'updated', safetyMinutes: SAFETY, lookbackMinutes: 90 });
    const row = (id: number, minutes: number, title: string) => ({
      id,
      updated: START - minutes * MINUTE,
      title,
    });
    const first = await open(undefined, START, undefined, cursor);
    send(first, [row(1, 300, 'a'), row(2, 110, 'a'), row(3, 20, 'a')]);
    expect(first.state().position).toBe(isoUtc(START - 300 * MINUTE));
    first.finish();
    expect(first.state().position).toBe(isoUtc(START - (SAFETY + 90) * MINUTE));
    const second = await open(first.state(), START + MINUTE, undefined, cursor);
    expect(second.from).toBe(START - (SAFETY + 90) * MINUTE);
    expect(send(second, [row(2, 110, 'b'), row(3, 20, 'a')]).map(({ id }) => id)).toEqual([2]);
    second.finish();
    // A state without looking back goes on at its position.
    const plain = await open({ position: isoUtc(START), seen: {} }, START + MINUTE, undefined, cursor);
    expect(plain.from).toBe(START);
  });

  it('tells ids above 2^53 apart, and writes them as text', async () => {
    const scan = await open(undefined, START);
    const text = (id: string) => `{"id":${id},"updated":${START - MINUTE}}`;
    const ids = ['1790000000000000001', '1790000000000000002', '"1790000000000000003"'];
    const page = scanned(`[${ids.map(text).join(',')}]`);
    expect([...scan.fresh(page)!]).toEqual([1, 1, 1]);
    scan.advance(page);
    expect(Object.keys(scan.state().seen as object)).toEqual(ids.map((id) => id.replaceAll('"', '')));
  });
});

/** A vendor whose index shows each change up to `lag` late, read through a time window that is killed at will. */
interface World {
  changes: Array<{ id: number; at: number; lag: number }>;
  syncs: number[];
  pageSize: number;
  /** For each page read: is the process killed after it, and how many units back is the last safe state? */
  kills: boolean[];
}

const world: fc.Arbitrary<World> = fc.record({
  changes: fc.array(
    fc.record({
      id: fc.integer({ min: 1, max: 12 }),
      at: fc.integer({ min: 0, max: 300 * MINUTE }),
      lag: fc.integer({ min: 0, max: (SAFETY - 2) * MINUTE }),
    }),
    { maxLength: 40 },
  ),
  syncs: fc.array(fc.integer({ min: 0, max: 330 * MINUTE }), { maxLength: 8 }),
  pageSize: fc.integer({ min: 1, max: 4 }),
  kills: fc.array(fc.boolean(), { maxLength: 30 }),
});

describe('a time window over a lagging index', () => {
  it('delivers every version that stays, and never one twice where nothing was killed', async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ changes, syncs, pageSize, kills }) => {
        const versions = [...changes]
          .sort((a, b) => a.at - b.at)
          .map((change) => ({ ...change, at: START + change.at }));
        const shown = (now: number): Array<{ id: number; updated: number }> => {
          const last = new Map<number, number>();
          for (const { id, at, lag } of versions)
            if (at + lag <= now) last.set(id, Math.max(at, last.get(id) ?? 0));
          return [...last]
            .map(([id, updated]) => ({ id, updated }))
            .sort((a, b) => a.updated - b.updated || a.id - b.id);
        };
        const stored: string[] = [];
        let saved: object | undefined;
        const killsLeft = [...kills];
        const end = START + 400 * MINUTE;
        for (const now of [...syncs.map((at) => START + at).sort((a, b) => a - b), end, end]) {
          for (;;) {
            const scan = await open(saved, now);
            const from = scan.from === undefined ? 0 : floorMinute(scan.from);
            const rows = shown(now).filter(({ updated }) => updated >= from);
            let killed = false;
            for (let k = 0; k < rows.length && !killed; k += pageSize) {
              const sent = send(scan, rows.slice(k, k + pageSize));
              killed = killsLeft.shift() ?? false;
              // A kill loses the unit that no state covers; otherwise the state after the unit is kept.
              if (!killed) {
                stored.push(...sent.map(({ id, updated }) => `${id}@${updated}`));
                saved = JSON.parse(JSON.stringify(scan.state())) as object;
              }
            }
            if (killed) continue;
            scan.finish();
            saved = JSON.parse(JSON.stringify(scan.state())) as object;
            break;
          }
        }
        const lastVersions = shown(end).map(({ id, updated }) => `${id}@${updated}`);
        expect(stored).toEqual(expect.arrayContaining(lastVersions));
        expect(new Set(stored).size).toBe(stored.length);
      }),
      cases(2000),
    );
  });
});
