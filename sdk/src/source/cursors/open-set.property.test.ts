import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HeadraceError } from '../../errors.ts';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import type { Page } from '../../protocol/page.ts';
import { Choices, choices, pageOf, repeated, run } from './drive.test-support.ts';
import { openSet } from './open-set.ts';
import type { OpenRange } from './open-set-options.ts';

interface Build {
  readonly id: number;
  readonly number: number;
  /** From when on it is listed, until when it runs, when it is rotated away. */
  readonly listed: number;
  readonly ends: number;
  readonly gone: number;
}

/** Builds that are listed in either order, by pages that may overlap, while they begin, run, end and vanish. */
class Vendor {
  now = 0;
  /** Set if a member of each answer changes by itself. */
  isNoisy = false;
  readonly #builds: readonly Build[];

  constructor(builds: readonly Build[]) {
    this.#builds = builds;
  }

  /** A running build's bytes change every ten units of time. */
  body({ id, number, ends }: Build): object {
    const running = ends > this.now;
    const progress = Math.floor(Math.min(this.now, ends) / 10);
    return { id, number, running, ...(this.isNoisy ? { noise: [this.now] } : {}), progress };
  }

  get shown(): Build[] {
    return this.#builds.filter(({ listed, gone }) => listed <= this.now && gone > this.now);
  }

  async *read(from: OpenRange, descending: boolean, size: number, overlap: number): AsyncGenerator<Page> {
    for (let at = 0; at < from.again.length; at += size) {
      const ids = from.again.slice(at, at + size);
      const found = this.shown.filter(({ id }) => ids.includes(String(id)));
      for (const id of ids) if (!found.some((build) => String(build.id) === id)) from.gone(id);
      yield pageOf(found.map((build) => this.body(build)));
    }
    const sign = descending ? -1 : 1;
    const compare = (a: Build, b: Build): number => sign * (a.number - b.number || a.id - b.id);
    // It cuts nothing: what it brings beyond the range is the cursor's business.
    const begins = (build: Build): boolean =>
      descending
        ? build.number <= Number(from.until ?? build.number) + 60
        : build.number >= Number(from.since ?? build.number) - 60;
    const beyond = (build: Build): boolean =>
      descending ? build.number < (from.since ?? build.number) : build.number > (from.until ?? build.number);
    let after: Build | undefined;
    for (;;) {
      const here = after;
      const all = this.shown.sort(compare).filter(begins);
      const rest = here === undefined ? all : all.filter((build) => compare(build, here) > 0);
      if (rest.length === 0) return;
      const passed = here === undefined ? [] : all.filter((build) => compare(build, here) <= 0);
      const rows = rest.slice(0, size);
      yield pageOf(
        [...(overlap === 0 ? [] : passed.slice(-overlap)), ...rows].map((build) => this.body(build)),
      );
      after = rows.at(-1)!;
      if (beyond(after)) return;
    }
  }
}

interface SavedOpenSet {
  open?: object;
  gaps?: object;
  seen?: Record<string, number | [number, string]>;
  top?: number;
}

const END = 1000;
const OVERLAP = 40;

const world = fc.record({
  builds: fc.array(
    fc.record({
      number: fc.integer({ min: 0, max: 600 }),
      late: fc.integer({ min: 0, max: OVERLAP - 1 }),
      runs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
      lives: fc.oneof(
        { weight: 4, arbitrary: fc.constant(END * 2) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 500 }) },
      ),
    }),
    { maxLength: 25 },
  ),
  ties: fc.boolean(),
  lateOnes: fc.boolean(),
  descending: fc.boolean(),
  noisy: fc.boolean(),
  reopens: fc.boolean(),
  unwantedBelow: fc.constantFrom(0, 0, 200),
  pageSize: fc.integer({ min: 1, max: 4 }),
  pageOverlap: fc.integer({ min: 0, max: 2 }),
  first: fc.integer({ min: 0, max: 600 }),
  syncs: fc.integer({ min: 1, max: 6 }),
  choices: choices(200),
});

describe('an open set over a modelled vendor', () => {
  it('brings every thing’s last bytes, once, in either order, however often it is killed', {
    timeout: LONG,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(world, async (world) => {
        const numbers = world.ties
          ? world.builds.map(({ number }) => Math.floor(number / 40) * 40)
          : [...new Set(world.builds.map(({ number }) => number))];
        const vendor = new Vendor(
          numbers.map((number, id) => {
            const { late, runs, lives } = world.builds[id]!;
            const listed = number + (world.lateOnes ? late : 0);
            return { id, number, listed, ends: listed + runs, gone: listed + lives };
          }),
        );
        vendor.now = world.first;
        vendor.isNoisy = world.noisy;
        const decide = new Choices(world.choices);
        const cursor = openSet({
          key: 'id',
          order: 'number',
          direction: world.descending ? 'descending' : 'ascending',
          isOpen: (page, row) => page.value(row, 'running') === true,
          overlap: world.lateOnes ? OVERLAP : undefined,
          isWanted: (page, row) => Number(page.value(row, 'number')) >= world.unwantedBelow,
          aside: world.noisy ? ['noise'] : undefined,
          // Nothing that is finished changes here, so it makes no difference.
          reopens: world.reopens,
        });
        const stored: string[] = [];
        const warnings: string[] = [];
        let saved: string | undefined;
        let mostGaps = 0;
        for (let k = 0; k < world.syncs + 2; k++) {
          if (k >= world.syncs) vendor.now = Math.max(vendor.now, END) + k;
          for (;;) {
            const ran = await run({
              cursor,
              saved,
              begin: 0,
              read: (from) => vendor.read(from, world.descending, world.pageSize, world.pageOverlap),
              choices: decide,
              tick: () => {
                if (decide.seldom(3)) vendor.now += decide.pick(20);
              },
              // The last row of a page may vanish before one that is late is listed beside it: the next read goes on.
              mayFail: (error) => (error as HeadraceError).code === 'cursor.order' && world.lateOnes,
              killOneIn: k <= world.syncs ? 9 : 0,
              failOneIn: k <= world.syncs ? 20 : 0,
            });
            stored.push(...ran.stored.map((row) => row.replace(/"noise":\[\d+\],/, '')));
            warnings.push(...ran.warnings);
            saved = ran.state;
            for (const state of ran.states)
              mostGaps = Math.max(mostGaps, (JSON.parse(state) as { gaps?: unknown[] }).gaps?.length ?? 0);
            if (ran.outcome === 'done') break;
          }
          vendor.now += decide.pick(150);
        }
        vendor.isNoisy = false;
        const wanted = vendor.shown.filter(({ number }) => number >= world.unwantedBelow);
        expect(stored).toEqual(
          expect.arrayContaining(wanted.map((build) => JSON.stringify(vendor.body(build)))),
        );
        for (const row of stored)
          expect((JSON.parse(row) as Build).number).toBeGreaterThanOrEqual(world.unwantedBelow);
        if (warnings.length === 0) expect(repeated(stored)).toEqual([]);
        expect(mostGaps).toBeLessThanOrEqual(16);
        const { open = {}, gaps, seen = {}, top = 0 } = JSON.parse(saved ?? '{}') as SavedOpenSet;
        for (const one of Object.values(seen)) expect([one].flat()[0]).toBeGreaterThanOrEqual(top - OVERLAP);
        expect(open).toEqual({});
        expect(gaps).toBeUndefined();
      }),
      cases(2000),
    );
  });
});
