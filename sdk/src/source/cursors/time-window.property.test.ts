import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import { Choices, choices, pageOf, repeated, run } from './drive.test-support.ts';
import { type TimeWindowOptions, timeWindow } from './time-window.ts';
import { asChanges, base, changes, MINUTE, START, texts, Vendor } from './vendor.test-support.ts';

const world = fc.record({
  changes,
  choices: choices(200),
  syncs: fc.integer({ min: 1, max: 5 }),
  pageSize: fc.integer({ min: 1, max: 4 }),
  overlap: fc.integer({ min: 0, max: 3 }),
  split: fc.boolean(),
  payloadIsAhead: fc.boolean(),
});

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
              expect(ran.warnings).toEqual([]);
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
        let named: readonly string[] = [];
        let saved: string | undefined;
        const sync = async (): Promise<string> => {
          const ran = await run({
            cursor: timeWindow(reconciled(vendor, world.split)),
            saved,
            begin: vendor.now,
            read: (range) => vendor.search(range, world.pageSize, 0),
            choices: decide,
          });
          stored.push(...ran.stored);
          saved = ran.state;
          named = ran.unreadable;
          return ran.outcome;
        };
        for (let k = 0; k < 3; k++) {
          expect(await sync()).toBe(there.length > 0 ? 'failed' : 'done');
          expect([...named].sort()).toEqual(there.map(({ id }) => id).sort());
          // The scan is done all the same: what comes is read from its end on (invariant 4).
          expect(Object.keys(JSON.parse(saved!) as object)).toEqual(
            there.length > 0 ? ['position', 'seen', 'owed'] : ['position', 'seen'],
          );
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
