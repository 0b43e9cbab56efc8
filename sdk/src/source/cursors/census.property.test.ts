import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import type { Page } from '../../protocol/page.ts';
import { type Census, census, type Fate } from './census.ts';
import { Choices, choices, pageOf, run } from './drive.test-support.ts';

type Condition = 'there' | 'lagging' | 'hidden' | 'moved' | 'deleted';

/** Things that are listed, or lag behind in the list, or are hidden, moved or deleted for good. */
class Vendor {
  readonly things = new Map<string, Condition>();
  /** The list ends early, the count does not. */
  cutAt: number | undefined;

  get listed(): string[] {
    return [...this.things].filter(([, condition]) => condition === 'there').map(([id]) => id);
  }

  async *take(from: Census, size: number): AsyncGenerator<Page> {
    const vendor = this;
    yield* from.take({
      batch: size,
      list: async function* () {
        const ids = vendor.listed.slice(0, vendor.cutAt);
        for (let at = 0; at < ids.length; at += size) {
          const some = ids.slice(at, at + size);
          yield at % 2 === 0 ? some : pageOf(some.map((id) => ({ id })));
        }
      },
      count: async () => vendor.listed.length,
      ask: async (ids) => {
        expect(ids.length).toBeLessThanOrEqual(size);
        return new Map(ids.map((id) => [id, vendor.#fate(id)]));
      },
      page: (changes) => pageOf(changes),
    });
  }

  #fate(id: string): Fate {
    const condition = this.things.get(id)!;
    const fates = {
      there: 'here',
      lagging: 'here',
      hidden: 'not_visible',
      moved: 'moved',
      deleted: 'deleted',
    } as const;
    return fates[condition];
  }
}

const world = fc.record({
  runs: fc.array(
    fc.record({
      changes: fc.array(
        fc.record({
          id: fc.integer({ min: 1, max: 9 }).map((k) => (k % 2 === 0 ? String(k) : `thing-${k}`)),
          to: fc.constantFrom<Condition>('there', 'there', 'lagging', 'hidden', 'moved', 'deleted'),
        }),
        { maxLength: 8 },
      ),
      cutAt: fc.option(fc.nat(6), { nil: undefined, freq: 4 }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  size: fc.integer({ min: 1, max: 3 }),
  choices: choices(100),
});

describe('a census over a modelled vendor', () => {
  it('reports each disappearance once and exactly, killed or not, and nothing that is only not listed', {
    timeout: LONG,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ runs, size, choices }) => {
        const vendor = new Vendor();
        const decide = new Choices(choices);
        // What should be known and reported, kept beside by hand.
        let known = new Map<string, 'visible' | 'hidden'>();
        let saved: string | undefined;
        for (const { changes, cutAt } of runs) {
          for (const { id, to } of changes) {
            // A deleted thing's id is not used again.
            if (vendor.things.get(id) !== 'deleted') vendor.things.set(id, to);
          }
          vendor.cutAt = cutAt;
          const isShort = cutAt !== undefined && cutAt < vendor.listed.length;
          const shown = new Set(vendor.listed.slice(0, cutAt));
          const expected: string[] = [];
          const after = new Map(known);
          for (const id of shown) {
            if (known.get(id) === 'hidden') expected.push(JSON.stringify({ id, reason: 'visible_again' }));
            after.set(id, 'visible');
          }
          for (const [id, was] of isShort ? [] : known) {
            if (shown.has(id)) continue;
            const is = vendor.things.get(id)!;
            if (is === 'deleted') expected.push(JSON.stringify({ id, reason: 'deleted' }));
            if (is === 'hidden' && was !== 'hidden')
              expected.push(JSON.stringify({ id, reason: 'not_visible' }));
            if ((is === 'lagging' || is === 'moved') && was === 'hidden')
              expected.push(JSON.stringify({ id, reason: 'visible_again' }));
            if (is === 'deleted' || is === 'moved') after.delete(id);
            else after.set(id, is === 'hidden' ? 'hidden' : 'visible');
          }
          known = after;
          const stored: string[] = [];
          const warnings: string[] = [];
          for (;;) {
            const ran = await run({
              cursor: census(),
              saved,
              begin: 0,
              read: (from) => vendor.take(from, size),
              choices: decide,
              killOneIn: 5,
              failOneIn: 12,
            });
            stored.push(...ran.stored);
            warnings.push(...ran.warnings);
            saved = ran.state;
            if (ran.outcome === 'done') break;
          }
          expect(stored.sort()).toEqual(expected.sort());
          if (isShort) expect(warnings.at(-1)).toContain('nothing is reported');
          else expect(warnings.filter((warning) => !warning.includes('counted'))).toEqual([]);
        }
      }),
      cases(2000),
    );
  });
});
