import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Page } from '../../protocol/page.ts';
import type { Scan } from '../cursor.ts';
import { changedOnly } from './changed-only.ts';
import { Choices, choices, pageOf, run } from './drive.test-support.ts';

interface Thing {
  readonly id: number;
  version: number;
}

/** Things without an order: they change, change back, come and go while they are read, and pages overlap or skip. */
class Vendor {
  things: Thing[] = [];
  readonly #decide: Choices;

  constructor(decide: Choices) {
    this.#decide = decide;
  }

  step(): void {
    const { things } = this;
    const at = this.#decide.pick(Math.max(1, things.length));
    const what = this.#decide.pick(6);
    if (what === 0 || things.length < 3) things.splice(at, 0, { id: this.#decide.pick(12), version: 0 });
    else if (what === 1) things.splice(at, 1);
    else if (what === 2) things.push(...things.splice(at, 1));
    else things[at]!.version = this.#decide.pick(3);
    this.things = [...new Map(things.map((thing) => [thing.id, thing])).values()];
  }

  async *read(size: number, overlap: number): AsyncGenerator<Page> {
    for (let at = 0; at < this.things.length; at += size)
      yield pageOf(this.things.slice(Math.max(0, at - overlap), at + size));
  }
}

const open = (saved?: object): Scan<undefined> =>
  changedOnly({ key: 'id' }).open(saved as JsonObject | undefined, {
    begin: async () => 0,
    warn: (text) => warnings.push(text),
  }) as Scan<undefined>;
const warnings: string[] = [];

/** Brings things through a scan and says which went out. */
function bring(scan: Scan<undefined>, ...things: Array<{ id: number; version: number }>): number[] {
  const page = pageOf(things);
  const fresh = scan.parts[0]!.fresh(page)!;
  scan.parts[0]!.advance(page);
  return things.flatMap(({ id }, row) => (fresh[row] ? [id] : []));
}
const thing = (id: number, version = 0) => ({ id, version });

describe('what changed only', () => {
  it('leaves the destination with what the vendor has, however often it is killed, while things change', {
    timeout: LONG,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        choices(200),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 2 }),
        async (choices, size, overlap) => {
          const decide = new Choices(choices);
          const vendor = new Vendor(decide);
          const landed = new Map<number, string>();
          let saved: string | undefined;
          const sync = async (tick: () => void, killOneIn: number): Promise<number> => {
            for (;;) {
              const ran = await run({
                cursor: changedOnly({ key: 'id' }),
                saved,
                begin: 0,
                read: () => vendor.read(size, overlap),
                choices: decide,
                tick,
                killOneIn,
                failOneIn: 2 * killOneIn,
              });
              for (const text of ran.stored) landed.set((JSON.parse(text) as Thing).id, text);
              saved = ran.state;
              if (ran.outcome === 'done') return ran.stored.length;
              vendor.step();
            }
          };
          for (let k = 0; k < 4; k++) {
            for (let n = decide.pick(5); n >= 0; n--) vendor.step();
            await sync(() => decide.seldom(3) && vendor.step(), 10);
          }
          await sync(() => {}, 0);
          for (const it of vendor.things) expect(landed.get(it.id)).toBe(JSON.stringify(it));
          expect(await sync(() => {}, 0)).toBe(0);
          vendor.things.reverse();
          expect(await sync(() => {}, 0)).toBe(0);
        },
      ),
      cases(250),
    );
  });

  it('keeps the hashes of the last whole read if a read fails, and sends again what that one sent', () => {
    const first = open();
    expect(bring(first, thing(1), thing(2), thing(3))).toEqual([1, 2, 3]);
    first.parts[0]!.finish();
    const failed = open(first.state());
    expect(bring(failed, thing(1, 1), thing(2))).toEqual([1]);
    // It changed back before the next read: what landed is the other version.
    const next = open(failed.state());
    expect(bring(next, thing(1), thing(2), thing(3))).toEqual([1]);
    next.parts[0]!.finish();
    expect(bring(open(next.state()), thing(3), thing(2), thing(1))).toEqual([]);
  });

  it('does not trust what changed while it was read', () => {
    const scan = open();
    bring(scan, thing(1), thing(2));
    expect(bring(scan, thing(1, 1))).toEqual([1]);
    expect(bring(scan, thing(1))).toEqual([1]);
    scan.parts[0]!.finish();
    expect(bring(open(scan.state()), thing(1), thing(2))).toEqual([1]);
  });

  it('knows 200,000 records at most, 8 bytes each, and sends the others each time', () => {
    warnings.length = 0;
    const many = Array.from({ length: 200_100 }, (_, id) => thing(id));
    const scan = open();
    for (let at = 0; at < many.length; at += 20_000) bring(scan, ...many.slice(at, at + 20_000));
    scan.parts[0]!.finish();
    expect(warnings).toEqual([expect.stringMatching(/^more than 200000 records: 100 of them/)]);
    const state = scan.state() as { hashes: string };
    expect(Buffer.from(state.hashes, 'base64url')).toHaveLength(8 * 200_000);
    expect(bring(open(state), ...many.slice(-300))).toEqual(many.slice(-100).map(({ id }) => id));
  });

  it('refuses a state that is another cursor’s', () => {
    for (const saved of [{ hashes: 'abc' }, { hashes: 7 }, { hashes: [] }, { unsure: {} }])
      expect(() => open(saved)).toThrow(/not a list of what was sent/);
  });
});
