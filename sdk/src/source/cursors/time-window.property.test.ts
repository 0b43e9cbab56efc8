import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import { isoUtc } from '../../protocol/instant.ts';
import type { Page } from '../../protocol/page.ts';
import { Choices, choices, pageOf, repeated, run } from './drive.test-support.ts';
import type { TimeRange } from './split-window.ts';
import { type TimeWindowOptions, timeWindow } from './time-window.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const START = Date.parse('2026-03-01T00:00:00Z');
const SAFETY = 30;

interface Row {
  readonly id: string;
  readonly updated: number;
}

interface Change {
  readonly id: number;
  /** When it happened, and from when on the index shows it. */
  readonly at: number;
  readonly shown: number;
}

/**
 * A vendor whose index shows each change up to `lag` late, in the order of the value; changes go on while it
 * is read. A page's payload may be newer than the index that found it.
 */
class Vendor {
  now = START;
  readonly #changes: readonly Change[];
  /** Rows taken out of a search's answer (it ends early or skips), seen by an id scan all the same. */
  hidden: (row: Row) => boolean = () => false;
  payloadIsAhead = false;
  unreadable = new Set<string>();
  requests = 0;

  constructor(changes: readonly Change[]) {
    this.#changes = [...changes].sort((a, b) => a.at - b.at);
  }

  /** What the index shows now, in the order of the value. */
  rows({ since, until }: TimeRange = { since: undefined, until: undefined }): Row[] {
    const shown = new Map<string, number>();
    for (const { id, at, shown: from } of this.#changes)
      if (from <= this.now) shown.set(String(id), Math.max(at, shown.get(String(id)) ?? 0));
    return [...shown]
      .map(([id, updated]) => ({ id, updated }))
      .filter(({ updated }) => updated >= (since ?? 0) && updated < (until ?? Number.POSITIVE_INFINITY))
      .sort((a, b) => a.updated - b.updated || Number(a.id) - Number(b.id));
  }

  payload(row: Row): { id: string; updated: string } {
    let { updated } = row;
    if (this.payloadIsAhead)
      for (const { id, at } of this.#changes)
        if (String(id) === row.id && at <= this.now) updated = Math.max(updated, at);
    return { id: row.id, updated: isoUtc(updated) };
  }

  /** Pages by a token that says what was passed; `overlap` rows of the last page come again. */
  async *search({ since, until }: TimeRange, size: number, overlap: number): AsyncGenerator<Page> {
    expect((since ?? 0) % MINUTE).toBe(0);
    expect((until ?? 0) % MINUTE).toBe(0);
    let after: Row | undefined;
    let last: Row[] = [];
    for (;;) {
      this.requests++;
      const here = after;
      const rest = this.rows({ since, until }).filter(
        (row) =>
          !this.hidden(row) &&
          (here === undefined ||
            row.updated > here.updated ||
            (row.updated === here.updated && Number(row.id) > Number(here.id))),
      );
      if (rest.length === 0) return;
      const rows = rest.slice(0, size);
      yield pageOf([...(overlap === 0 ? [] : last.slice(-overlap)), ...rows].map((row) => this.payload(row)));
      after = rows.at(-1);
      last = rows;
    }
  }
}

const changes = fc.array(
  fc.record({
    id: fc.integer({ min: 1, max: 14 }),
    // Half a year, thick in the last hours: windows, ties, lag and the safety window all matter.
    at: fc.oneof(
      fc.integer({ min: -180 * DAY, max: 0 }),
      fc.integer({ min: -3 * DAY, max: 0 }),
      fc.integer({ min: -90 * MINUTE, max: 300 * MINUTE }),
      fc.constantFrom(-50 * DAY, -2 * DAY, -31 * MINUTE, -10 * MINUTE, 5 * MINUTE),
    ),
    lag: fc.integer({ min: 0, max: (SAFETY - 2) * MINUTE }),
  }),
  { maxLength: 40 },
);

const world = fc.record({
  changes,
  choices: choices(200),
  syncs: fc.integer({ min: 1, max: 5 }),
  pageSize: fc.integer({ min: 1, max: 4 }),
  overlap: fc.integer({ min: 0, max: 3 }),
  split: fc.boolean(),
  payloadIsAhead: fc.boolean(),
});

const base = { key: 'id', value: 'updated', safetyMinutes: SAFETY } as const;
const asChanges = (list: ReadonlyArray<{ id: number; at: number; lag: number }>): Change[] =>
  list.map(({ id, at, lag }) => ({ id, at: START + at, shown: START + at + lag }));
const texts = (rows: readonly Row[]): string[] =>
  rows.map(({ id, updated }) => JSON.stringify({ id, updated: isoUtc(updated) }));

describe('a time window over a modelled vendor', () => {
  it('loses nothing and repeats nothing: split or not, killed and resumed, while things change', {
    timeout: LONG,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        world,
        async ({ changes, choices, syncs, pageSize, overlap, split, payloadIsAhead }) => {
          const vendor = new Vendor(asChanges(changes));
          vendor.payloadIsAhead = payloadIsAhead;
          const decide = new Choices(choices);
          const options: TimeWindowOptions = split
            ? {
                ...base,
                count: async (range) => {
                  vendor.requests++;
                  return Math.max(0, vendor.rows(range).length + decide.pick(3) - 1);
                },
                split: { rows: 2, most: 4 },
              }
            : base;
          const stored: string[] = [];
          let saved: string | undefined;
          const sync = async (killOneIn: number): Promise<void> => {
            for (;;) {
              const shown = payloadIsAhead ? [] : texts(vendor.rows());
              const ran = await run({
                cursor: timeWindow(options),
                saved,
                begin: vendor.now,
                read: (range) => vendor.search(range, pageSize, overlap),
                choices: decide,
                tick: () => {
                  if (decide.seldom(4)) vendor.now += decide.pick(10) * MINUTE;
                },
                killOneIn,
                failOneIn: 2 * killOneIn,
              });
              stored.push(...ran.stored);
              saved = ran.state;
              expect(ran.parts).toBeLessThanOrEqual(5);
              if (ran.outcome !== 'done') {
                vendor.now += decide.pick(60) * MINUTE;
                continue;
              }
              // What was there when a run began is there when it is done, also where it went on with an old scan.
              const now = new Set(texts(vendor.rows()));
              expect(stored).toEqual(expect.arrayContaining(shown.filter((text) => now.has(text))));
              break;
            }
          };
          for (let k = 0; k < syncs; k++) {
            await sync(12);
            vendor.now += decide.pick(120) * MINUTE;
          }
          vendor.now = Math.max(vendor.now, START + 500 * MINUTE);
          await sync(12);
          vendor.now += 60 * MINUTE;
          await sync(0);
          expect(stored).toEqual(expect.arrayContaining(texts(vendor.rows())));
          expect(repeated(stored)).toEqual([]);
          expect(Object.keys(JSON.parse(saved!) as object)).toEqual(['position', 'seen']);
        },
      ),
      cases(2000),
    );
  });

  const reconciled = (vendor: Vendor, split: boolean): TimeWindowOptions => ({
    ...base,
    count: async (range) => vendor.rows(range).length,
    split: split ? { rows: 3, most: 4 } : undefined,
    reconcile: {
      batch: 3,
      ids: async function* (range) {
        const ids = vendor.rows(range).map(({ id }) => id);
        for (let k = 0; k < ids.length; k += 5) yield ids.slice(k, k + 5);
      },
      fetch: async function* (ids) {
        const rows = vendor.rows().filter(({ id }) => ids.includes(id) && !vendor.unreadable.has(id));
        expect(ids.length).toBeLessThanOrEqual(3);
        if (rows.length > 0) yield pageOf(rows.map((row) => vendor.payload(row)));
      },
    },
  });

  it('finds what a search leaves out, once, while things change', { timeout: LONG }, async () => {
    await fc.assert(
      fc.asyncProperty(world, fc.func(fc.boolean()), async (world, leftOut) => {
        const vendor = new Vendor(asChanges(world.changes));
        const decide = new Choices(world.choices);
        vendor.payloadIsAhead = world.payloadIsAhead;
        const stored: string[] = [];
        let saved: string | undefined;
        for (let k = 0; k < world.syncs + 2; k++) {
          vendor.hidden = ({ id }) => leftOut(id, k);
          if (k >= world.syncs) vendor.now = Math.max(vendor.now, START + 500 * MINUTE) + k * 60 * MINUTE;
          const ran = await run({
            cursor: timeWindow(reconciled(vendor, world.split)),
            saved,
            begin: vendor.now,
            read: (range) => vendor.search(range, world.pageSize, world.overlap),
            choices: decide,
            tick: () => {
              if (k < world.syncs && decide.seldom(4)) vendor.now += decide.pick(10) * MINUTE;
            },
          });
          stored.push(...ran.stored);
          saved = ran.state;
          vendor.now += decide.pick(120) * MINUTE;
        }
        expect(stored).toEqual(expect.arrayContaining(texts(vendor.rows())));
        expect(repeated(stored)).toEqual([]);
      }),
      cases(1000),
    );
  });

  it('finds what a search leaves out although it is killed; repeats it only where it says so', {
    timeout: LONG,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(world, fc.func(fc.boolean()), async (world, leftOut) => {
        const vendor = new Vendor(asChanges(world.changes));
        const decide = new Choices(world.choices);
        const stored: string[] = [];
        const warnings: string[] = [];
        let saved: string | undefined;
        for (let k = 0; k < world.syncs; k++) {
          vendor.now += decide.pick(120) * MINUTE;
          for (let tries = 0; ; tries++) {
            vendor.hidden = ({ id }) => leftOut(id, k, tries);
            const ran = await run({
              cursor: timeWindow(reconciled(vendor, world.split)),
              saved,
              begin: vendor.now,
              read: (range) => vendor.search(range, world.pageSize, world.overlap),
              choices: decide,
              killOneIn: 8,
              failOneIn: 15,
            });
            stored.push(...ran.stored);
            warnings.push(...ran.warnings);
            saved = ran.state;
            if (ran.outcome === 'done') break;
          }
          expect(stored).toEqual(expect.arrayContaining(texts(vendor.rows())));
        }
        if (!warnings.some((warning) => warning.includes('read again'))) expect(repeated(stored)).toEqual([]);
      }),
      cases(1000),
    );
  });

  it('fails by name on what is listed and cannot be read, and brings it when it can', {
    timeout: LONG,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(world, fc.uniqueArray(fc.integer({ min: 1, max: 14 })), async (world, locked) => {
        const vendor = new Vendor(asChanges(world.changes));
        vendor.now = Math.max(vendor.now, START + 500 * MINUTE);
        const decide = new Choices(world.choices);
        vendor.unreadable = new Set(locked.map(String));
        vendor.hidden = ({ id }) => vendor.unreadable.has(id);
        const there = vendor.rows().filter(({ id }) => vendor.unreadable.has(id));
        const stored: string[] = [];
        const errors: string[] = [];
        let saved: string | undefined;
        const sync = async (): Promise<string> => {
          const ran = await run({
            cursor: timeWindow(reconciled(vendor, world.split)),
            saved,
            begin: vendor.now,
            read: (range) => vendor.search(range, world.pageSize, 0),
            choices: decide,
            mayFail: (error) => errors.push((error as Error).message) > 0,
          });
          stored.push(...ran.stored);
          saved = ran.state;
          return ran.outcome;
        };
        for (let k = 0; k < 3; k++) {
          errors.length = 0;
          expect(await sync()).toBe(there.length > 0 ? 'failed' : 'done');
          const named = errors.flatMap((error) => /read: ([0-9, ]+)/.exec(error)![1]!.split(', '));
          if (there.length < 6) expect(named.sort()).toEqual(there.map(({ id }) => id).sort());
          expect([...stored].sort()).toEqual(
            texts(vendor.rows().filter(({ id }) => !vendor.unreadable.has(id))).sort(),
          );
        }
        vendor.unreadable.clear();
        expect(await sync()).toBe('done');
        expect([...stored].sort()).toEqual(texts(vendor.rows()).sort());
      }),
      cases(500),
    );
  });
});
