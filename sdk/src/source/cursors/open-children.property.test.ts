import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import { Page } from '../../protocol/page.ts';
import { Choices, choices, pageOf, repeated, run } from './drive.test-support.ts';
import { childrenPage, openChildren } from './open-children.ts';
import type { OpenRange } from './open-set-options.ts';

interface Step {
  readonly id: string;
  /** From when on it is there, and until when its bytes change. */
  readonly begins: number;
  readonly ends: number;
}

interface Build {
  readonly number: number;
  /** From when on it is listed, until when it runs, when it is rotated away. */
  readonly listed: number;
  readonly ends: number;
  readonly gone: number;
  readonly steps: readonly Step[];
}

/** Builds with steps, newest first. Neither is listed before it begins, and a build ends after its steps. */
class Vendor {
  now = 0;
  readonly #builds: readonly Build[];
  readonly #decide: Choices;

  constructor(builds: readonly Build[], decide: Choices) {
    this.#builds = builds;
    this.#decide = decide;
  }

  get shown(): Build[] {
    return this.#builds.filter(({ listed, gone }) => listed <= this.now && gone > this.now);
  }

  steps({ number, steps }: Build): object[] {
    return steps
      .filter(({ begins }) => begins <= this.now)
      .map(({ id, begins, ends }) => {
        const until = Math.min(this.now, ends);
        const running = ends > this.now;
        // While it runs its duration drifts, and every 30 units something happens.
        return {
          id,
          of: number,
          events: Math.floor((until - begins) / 30),
          running,
          created: until - begins,
        };
      });
  }

  #pageOf(build: Build): Page {
    const row = { number: build.number, running: build.ends > this.now };
    const steps = this.steps(build);
    if (this.#decide.seldom(15)) return Page.unreadable([String(build.number)]);
    return steps.length === 0 ? pageOf([row]) : childrenPage(pageOf(steps), pageOf([row]));
  }

  async *read(from: OpenRange): AsyncGenerator<Page> {
    for (const id of from.again) {
      const build = this.shown.find(({ number }) => String(number) === id);
      if (build) yield this.#pageOf(build);
      else from.gone(id);
    }
    let after = Number(from.until ?? Number.POSITIVE_INFINITY) + 1;
    for (;;) {
      const next = this.shown
        .filter(({ number }) => number < after && number >= Number(from.since ?? 0))
        .sort((a, b) => b.number - a.number)[0];
      if (!next) return;
      yield this.#pageOf(next);
      after = next.number;
    }
  }
}

const END = 1000;

const world = fc.record({
  builds: fc.uniqueArray(
    fc.record({
      number: fc.integer({ min: 1, max: 600 }),
      steps: fc.array(fc.tuple(fc.nat(100), fc.nat(100)), { maxLength: 4 }),
      after: fc.nat(60),
      lives: fc.oneof(
        { weight: 4, arbitrary: fc.constant(END * 3) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 500 }) },
      ),
    }),
    { maxLength: 12, selector: ({ number }) => number },
  ),
  first: fc.integer({ min: 0, max: 600 }),
  syncs: fc.integer({ min: 1, max: 6 }),
  choices: choices(200),
});

const withoutDuration = (text: string): string => text.replace(/,"created":-?\d+/, '');

describe('children of an open set over a modelled vendor', () => {
  it('come with their last bytes, each version once, however often the read is killed', {
    timeout: LONG,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ builds, first, syncs, choices: values }) => {
        const decide = new Choices(values);
        const vendor = new Vendor(
          builds.map(({ number, steps, after, lives }) => {
            const made = steps.map(([begins, runs], i) => ({
              id: `s${i}`,
              begins: number + begins,
              ends: number + begins + runs,
            }));
            const ends = Math.max(number, ...made.map((step) => step.ends)) + after;
            return { number, listed: number, ends, gone: number + lives, steps: made };
          }),
          decide,
        );
        vendor.now = first;
        const cursor = openChildren({
          key: 'number',
          order: 'number',
          direction: 'descending',
          isOpen: (page, row) => page.value(row, 'running') === true,
          child: 'id',
          drifts: (page, row) => (page.value(row, 'running') === true ? ['created'] : []),
        });
        const stored: string[] = [];
        const warnings: string[] = [];
        let saved: string | undefined;
        for (let k = 0; k < syncs + 2; k++) {
          if (k >= syncs) vendor.now = Math.max(vendor.now, END) + k;
          for (;;) {
            const ran = await run({
              cursor,
              saved,
              begin: 0,
              read: (from) => vendor.read(from),
              choices: decide,
              tick: () => {
                if (decide.seldom(3)) vendor.now += decide.pick(20);
              },
              killOneIn: k <= syncs ? 9 : 0,
              failOneIn: k <= syncs ? 20 : 0,
            });
            stored.push(...ran.stored);
            warnings.push(...ran.warnings);
            saved = ran.state;
            if (ran.outcome === 'done') break;
          }
          vendor.now += decide.pick(150);
        }
        const last = vendor.shown.flatMap((build) => vendor.steps(build));
        expect(stored).toEqual(expect.arrayContaining(last.map((step) => JSON.stringify(step))));
        if (warnings.length === 0) expect(repeated(stored.map(withoutDuration))).toEqual([]);
        const { open = {}, children } = JSON.parse(saved ?? '{}') as { open?: object; children?: object };
        expect([open, children]).toEqual([{}, undefined]);
      }),
      cases(600),
    );
  });
});
