import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeadraceError } from '../../errors.ts';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import { floorMinute, isoUtc } from '../../protocol/instant.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Page } from '../../protocol/page.ts';
import type { Cursor } from '../cursor.ts';
import { Choices, choices, pageOf, run } from './drive.test-support.ts';
import { openWindows } from './open-windows.ts';
import type { TimeRange } from './split-window.ts';
import { timeWindow } from './time-window.ts';
import { base, DAY, MINUTE, type Row, START, texts } from './vendor.test-support.ts';

const BEGIN = START + DAY;

/** Rows that stopped changing long ago, in the order that the vendor happens to list them. */
const listed = fc
  .uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 12 })
  .chain((minutes) => fc.shuffledSubarray(minutes, { minLength: minutes.length }))
  .map((minutes) => minutes.map((minute, id): Row => ({ id: String(id), updated: START - minute * 40_000 })));

const isOrdered = (times: readonly number[]): boolean =>
  times.every((time, i) => times.slice(0, i).every((before) => floorMinute(before) <= floorMinute(time)));

async function* list(rows: readonly Row[], { since = 0 }: TimeRange, size: number): AsyncGenerator<Page> {
  const shown = rows.filter(({ updated }) => updated >= since);
  for (let at = 0; at < shown.length; at += size)
    yield pageOf(shown.slice(at, at + size).map(({ id, updated }) => ({ id, updated: isoUtc(updated) })));
}

/** A cursor that tells which rows it was handed, in each reading of each run. */
function watched(cursor: Cursor<TimeRange>, readings: number[][]): Cursor<TimeRange> {
  return {
    open: async (saved, env) => {
      const scan = await cursor.open(saved, env);
      for (const part of scan.parts) {
        const { advance, again } = part;
        readings.push([]);
        part.advance = (page) => {
          for (let row = 0; row < page.count; row++) readings.at(-1)!.push(page.instant(row, 'updated'));
          advance(page);
        };
        part.again = () => {
          const isAsked = again!();
          if (isAsked) readings.push([]);
          return isAsked;
        };
      }
      return scan;
    },
  };
}

describe('a time window over a list without an order', () => {
  it('brings everything, reads it twice, says which rows, and does not move', { timeout: LONG }, async () => {
    await fc.assert(
      fc.asyncProperty(listed, fc.integer({ min: 1, max: 4 }), async (rows, size) => {
        const errors: unknown[] = [];
        const readings: number[][] = [];
        const ran = await run({
          cursor: watched(timeWindow(base), readings),
          saved: undefined,
          begin: BEGIN,
          read: (range) => list(rows, range, size),
          choices: new Choices([]),
          mayFail: (error) => errors.push(error) > 0,
        });
        expect([...new Set(ran.stored)].sort()).toEqual(texts(rows).sort());
        if (isOrdered(rows.map(({ updated }) => updated))) {
          expect([ran.outcome, readings.length]).toEqual(['done', 1]);
          expect(ran.warnings).toEqual([]);
          return;
        }
        expect([ran.outcome, readings.length]).toEqual(['failed', 2]);
        expect(ran.warnings).toEqual([expect.stringContaining('read once more')]);
        expect(errors).toEqual([expect.any(HeadraceError)]);
        expect(errors[0]).toMatchObject({ code: 'cursor.order', place: 'updated' });
        const named = /the record (\d+) \((.*)\) came after (\d+) \((.*)\)/.exec(
          (errors[0] as Error).message,
        )!;
        const [late, early] = [rows[Number(named[1])]!, rows[Number(named[3])]!];
        expect(named.slice(2)).toEqual([isoUtc(late.updated), early.id, isoUtc(early.updated)]);
        expect(late.updated).toBeLessThan(early.updated);
        expect(JSON.parse(ran.state!)).not.toHaveProperty('position');
      }),
      cases(300),
    );
  });

  it('never passes a row in silence, wherever it is killed', { timeout: LONG }, async () => {
    await fc.assert(
      fc.asyncProperty(listed, fc.integer({ min: 1, max: 3 }), choices(80), async (rows, size, choices) => {
        const decide = new Choices(choices);
        const stored: string[] = [];
        const readings: number[][] = [];
        const warnings: string[] = [];
        let saved: string | undefined;
        let outcome = 'killed';
        while (outcome === 'killed') {
          const ran = await run({
            cursor: watched(timeWindow(base), readings),
            saved,
            begin: BEGIN,
            read: (range) => list(rows, range, size),
            choices: decide,
            killOneIn: 6,
            mayFail: (error) => (error as HeadraceError).code === 'cursor.order',
          });
          stored.push(...ran.stored);
          warnings.push(...ran.warnings);
          saved = ran.state;
          outcome = ran.outcome;
        }
        const missing = rows.filter((row) => !stored.includes(texts([row])[0]!));
        if (outcome === 'failed') expect(missing).toEqual([]);
        // What no reading has shown nobody can tell; what one has shown is told, even if it is killed at once.
        else if (missing.length > 0) expect(readings.every(isOrdered)).toBe(warnings.length === 0);
        const { position, begin } = JSON.parse(saved ?? '{}') as JsonObject;
        if (outcome === 'failed') expect([position, typeof begin]).toEqual([undefined, 'string']);
      }),
      cases(500),
    );
  });

  it('goes back to where the scan began, not to where the run did', async () => {
    const at = (minute: number) => START + minute * MINUTE;
    const rows = [at(0), at(10), at(5), at(20), at(15)].map((updated, id) => ({ id: String(id), updated }));
    const saved = {
      position: isoUtc(at(10)),
      from: isoUtc(at(0)),
      begin: isoUtc(BEGIN),
      seen: {},
    };
    const asked: Array<number | undefined> = [];
    const ran = await run({
      cursor: timeWindow(base),
      saved: JSON.stringify(saved),
      begin: BEGIN,
      read: (range) => {
        asked.push(range.since);
        return list(rows, range, 1);
      },
      choices: new Choices([]),
      mayFail: () => true,
    });
    expect(asked).toEqual([at(10), at(0)]);
    // What the run before passed over comes now.
    expect(ran.stored).toContain(texts([rows[2]!])[0]);
    expect(JSON.parse(ran.state!)).toMatchObject({ position: isoUtc(at(0)) });
  });

  it('does not mind pages that overlap before its own beginning, if they are read for others too', () => {
    const at = (minute: number) => START + minute * MINUTE;
    const warnings: string[] = [];
    const start = { since: at(100), until: undefined, position: at(100), first: at(100), read: 0 };
    const { windows } = openWindows(
      base,
      {
        begin: BEGIN,
        settled: BEGIN - MINUTE,
        from: at(100),
        starts: [start],
        seen: [],
        isResumed: false,
        isShared: true,
      },
      (text) => warnings.push(text),
    );
    const sent: number[] = [];
    for (const minutes of [
      [1, 2],
      [1, 2, 5, 50],
      [5, 50, 101, 102],
      [101, 102, 103],
    ]) {
      const page = pageOf(minutes.map((minute) => ({ id: minute, updated: isoUtc(at(minute)) })));
      const fresh = windows[0]!.part.fresh(page)!;
      windows[0]!.part.advance(page);
      sent.push(...minutes.filter((_, row) => fresh[row] === 1));
    }
    expect([sent, warnings, windows[0]!.part.again!()]).toEqual([[101, 102, 103], [], false]);
  });

  it('does not mind rows that stand within a minute, overlap, or changed while they were read', async () => {
    const at = (minute: number) => isoUtc(START + minute * MINUTE);
    const pages = [
      [
        { id: '1', updated: at(0.9) },
        { id: '2', updated: at(0.1) },
      ],
      [
        { id: '3', updated: at(50) },
        { id: '4', updated: at(60) },
      ],
      // A page that overlaps by more than one page.
      [
        { id: '1', updated: at(0.9) },
        { id: '3', updated: at(50) },
        { id: '4', updated: at(60) },
      ],
      // Where its old value was stands what changed since the scan began; the list goes on behind.
      [
        { id: '5', updated: isoUtc(BEGIN) },
        { id: '6', updated: at(61) },
      ],
      [
        { id: '7', updated: isoUtc(BEGIN - 40 * MINUTE) },
        { id: '8', updated: isoUtc(BEGIN - 50 * MINUTE) },
      ],
    ];
    const ran = await run({
      cursor: timeWindow(base),
      saved: undefined,
      begin: BEGIN,
      async *read() {
        for (const rows of pages) yield pageOf(rows);
      },
      choices: new Choices([]),
    });
    expect([ran.outcome, ran.warnings, ran.stored.length]).toEqual(['done', [], 8]);
  });
});
