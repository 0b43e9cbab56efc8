import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, LONG } from '../protocol/fuzz.test-support.ts';
import type { AirbyteMessage, JsonObject } from '../protocol/messages.ts';
import { Page } from '../protocol/page.ts';
import type { Cursor } from './cursor.ts';
import { census, type Fate } from './cursors/census.ts';
import { Choices, choices } from './cursors/drive.test-support.ts';
import { defineStream, type Stream } from './define.ts';
import { run, statesIn } from './read.test-support.ts';

const KEYS = ['a', 'b'];

/** Things that are made, changed, moved between partitions and deleted, also while they are read. */
class Vendor {
  readonly things = new Map<number, { where: string; changed: number; isGone: boolean }>();
  #changes = 0;
  isQuiet = false;
  readonly choices: Choices;

  constructor(choices: Choices) {
    this.choices = choices;
  }

  /** Something may happen now. */
  pass(): void {
    if (!this.isQuiet && this.choices.seldom(4)) this.happen();
  }

  happen(): void {
    const what = this.choices.pick(8);
    const alive = [...this.things.values()].filter(({ isGone }) => !isGone);
    const one = alive[this.choices.pick(Math.max(1, alive.length))];
    const changed = ++this.#changes;
    if (what < 3 || !one) {
      this.things.set(100 + this.things.size, { where: KEYS[what % 2]!, changed, isGone: false });
      return;
    }
    if (what === 3) one.changed = changed;
    else if (what === 4) Object.assign(one, { where: one.where === 'a' ? 'b' : 'a', changed });
    else if (what < 7) one.isGone = true;
  }

  in(where: string): number[] {
    return [...this.things].flatMap(([id, thing]) => (thing.where === where && !thing.isGone ? [id] : []));
  }

  fate(id: number, where: string): Fate {
    const { isGone, where: is } = this.things.get(id)!;
    return isGone ? 'deleted' : is === where ? 'here' : { movedTo: is };
  }
}

/** What has changed since: a place is the number of a change. */
const changes: Cursor<number> = {
  open: (saved) => {
    let at = Number(saved?.at ?? 0);
    return {
      parts: [
        {
          from: at,
          fresh: () => undefined,
          advance(page) {
            for (let row = 0; row < page.count; row++) at = Math.max(at, Number(page.value(row, 'changed')));
          },
          finish() {},
        },
      ],
      state: () => ({ at }),
    };
  },
};

function streamsOf(vendor: Vendor, isCensusFirst: boolean): Stream<object>[] {
  const described = { description: 'test', schema: { properties: {} }, primaryKey: ['id'] };
  const partitions = async () => KEYS.map((key) => ({ key }));
  const things = defineStream<object>()({
    ...described,
    name: 'things',
    cursorField: 'changed',
    follows: isCensusFirst ? ['gone'] : [],
    partitions,
    cursor: () => changes,
    record: { id: 'id', changed: 'changed' },
    read: async function* ({ partition, from }) {
      for (let at = from; ; ) {
        const [next] = [...vendor.things]
          .filter(([, { where, changed, isGone }]) => where === partition.key && changed > at && !isGone)
          .sort(([, one], [, two]) => one.changed - two.changed);
        if (!next) return;
        at = next[1].changed;
        yield Page.of([{ id: next[0], changed: at }], { id: 'id', changed: 'changed' }) as never;
        vendor.pass();
      }
    },
  });
  const gone = defineStream<object>()({
    ...described,
    name: 'gone',
    cursorField: 'id',
    watches: { stream: 'things', key: 'id' },
    partitions,
    cursor: () => census({ moves: true }),
    read: ({ partition, from }) =>
      from.take({
        batch: 2,
        list: async function* () {
          for (const id of vendor.in(partition.key)) {
            yield [String(id)];
            vendor.pass();
          }
        },
        ask: async (ids) => {
          vendor.pass();
          return new Map(ids.map((id) => [id, vendor.fate(Number(id), partition.key)]));
        },
        page: (found) => Page.of(found, { id: 'id' }) as never,
      }) as never,
  });
  return [things, gone];
}

/** What a destination has that keeps records up to the last STATE of their stream. */
function landed(messages: readonly AirbyteMessage[], of: string): Array<{ id: number }> {
  const kept: Array<{ id: number }> = [];
  let open: Array<{ id: number }> = [];
  for (const message of messages) {
    if (message.type === 'RECORD' && message.record.stream === of)
      open.push({ id: Number(message.record.data.id) });
    if (message.type !== 'STATE' || message.state.stream?.stream_descriptor.name !== of) continue;
    kept.push(...open);
    open = [];
  }
  return kept;
}

const world = fc.record({
  runs: fc.array(
    fc.record({
      before: fc.nat(4),
      names: fc.constantFrom<string[]>(
        ['things', 'gone'],
        ['things', 'gone'],
        ['things', 'gone'],
        ['things'],
        ['gone'],
      ),
      isCensusFirst: fc.boolean(),
      /** After so many messages the process is killed. */
      killedAt: fc.option(fc.nat(40), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  choices: choices(200),
});

describe('a census that watches a stream', () => {
  it('reports each thing that landed and is gone, whenever it went, and no other', {
    timeout: LONG,
  }, async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(world, async ({ runs, choices }) => {
        const vendor = new Vendor(new Choices(choices));
        let states = new Map<string, JsonObject>();
        /** Things of which the census knows, or has to. */
        const watched = new Set<number>();
        const reports: number[] = [];

        const read = async (names: readonly string[], isCensusFirst: boolean, killedAt?: number) => {
          const censusHad = Object.keys(states.get('gone')?.partitions ?? {});
          const { messages } = await run(streamsOf(vendor, isCensusFirst), {
            names,
            states,
            pacing: { atLeast: 0, atMost: 0 },
          });
          const kept = messages.slice(0, killedAt);
          // A census that was never taken is not told of what is read without it.
          if (names.includes('gone') || KEYS.every((key) => censusHad.includes(key)))
            for (const { id } of landed(kept, 'things')) watched.add(id);
          reports.push(...landed(kept, 'gone').map(({ id }) => id));
          states = new Map([...states, ...statesIn(kept)]);
        };

        for (const { before, names, isCensusFirst, killedAt } of runs) {
          for (let k = 0; k < before; k++) vendor.happen();
          await read(names, isCensusFirst, killedAt);
        }
        vendor.isQuiet = true;
        await read(['things', 'gone'], true);
        await read(['things', 'gone'], true);

        const isGone = (id: number) => vendor.things.get(id)!.isGone;
        expect(reports.filter((id) => !isGone(id))).toEqual([]);
        expect([...watched].filter((id) => isGone(id) && !reports.includes(id))).toEqual([]);
        found += reports.length;
        if (runs.every(({ killedAt }) => killedAt === undefined))
          expect(reports.length).toBe(new Set(reports).size);
      }),
      cases(100),
    );
    expect(found).toBeGreaterThan(5);
  });
});
