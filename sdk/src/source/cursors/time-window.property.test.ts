import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import { splitWindow } from '../scan/split.test-support.ts';
import { Choices, choices, repeated, run } from './drive.test-support.ts';
import type { TimeRange } from './split-window.ts';
import { timeWindow } from './time-window.ts';
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
          const count = async (range: TimeRange): Promise<number> => {
            vendor.requests++;
            return Math.max(0, vendor.rows(range).length + decide.pick(3) - 1);
          };
          const cursor = split ? splitWindow(base, count, { rows: 2, most: 4 }) : timeWindow(base);
          const stored: string[] = [];
          let saved: string | undefined;
          const sync = async (killOneIn: number): Promise<void> => {
            for (;;) {
              const shown = payloadIsAhead ? [] : texts(vendor.rows());
              const ran = await run({
                cursor,
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
});
