import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../errors.ts';
import { ShortListError } from '../../http/index.ts';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import { Page } from '../../protocol/page.ts';
import { Choices, choices, pageOf, repeated, run } from './drive.test-support.ts';
import type { TimeRange } from './split-window.ts';
import { type TimeWindowOptions, timeWindow } from './time-window.ts';
import { asChanges, base, changes, MINUTE, START, texts, Vendor } from './vendor.test-support.ts';

/** A vendor whose list cannot show some records: each stands in `unreadable` at its place. */
class Trap extends Vendor {
  async *list(range: TimeRange, size: number): AsyncGenerator<Page> {
    for await (const page of this.search(range, size, 0)) {
      const ids = Array.from({ length: page.count }, (_, row) => page.id(row, 'id')!);
      const good = this.rows().filter(({ id }) => ids.includes(id) && !this.unreadable.has(id));
      const shown = pageOf(good.map((row) => this.payload(row)));
      shown.unreadable = ids.filter((id) => this.unreadable.has(id));
      yield shown;
    }
  }

  async *byId(ids: readonly string[]): AsyncGenerator<Page> {
    const there = this.rows().filter(({ id }) => ids.includes(id));
    const locked = there.filter(({ id }) => this.unreadable.has(id)).map(({ id }) => id);
    if (locked.length > 0) yield Page.unreadable(locked);
    yield pageOf(there.filter(({ id }) => !this.unreadable.has(id)).map((row) => this.payload(row)));
  }
}

const world = fc.record({
  changes,
  locked: fc.uniqueArray(fc.integer({ min: 1, max: 14 }), { maxLength: 4 }),
  choices: choices(150),
  pageSize: fc.integer({ min: 1, max: 4 }),
});

async function read(
  { changes, locked, choices, pageSize }: typeof world extends fc.Arbitrary<infer T> ? T : never,
  options: (vendor: Trap) => Partial<TimeWindowOptions>,
): Promise<void> {
  const vendor = new Trap(asChanges(changes));
  vendor.now = START + 500 * MINUTE;
  vendor.unreadable = new Set(locked.map(String));
  const decide = new Choices(choices);
  const there = (): string[] => texts(vendor.rows());
  const bad = vendor.rows().filter(({ id }) => vendor.unreadable.has(id));
  const stored: string[] = [];
  let saved: string | undefined;
  const sync = async (killOneIn: number): Promise<string[]> => {
    for (;;) {
      const ran = await run({
        cursor: timeWindow({
          ...base,
          ...options(vendor),
        }),
        saved,
        begin: vendor.now,
        read: (range) => vendor.list(range, pageSize),
        choices: decide,
        killOneIn,
      });
      stored.push(...ran.stored);
      saved = ran.state;
      if (ran.outcome !== 'killed') return [...ran.unreadable].sort();
    }
  };
  const named = bad.map(({ id }) => id).sort();
  for (const killOneIn of [10, 10, 0]) {
    vendor.now += decide.pick(90) * MINUTE;
    const said = await sync(killOneIn);
    // A run that went on behind one does not name it again; the next one does.
    if (killOneIn === 0) expect(said).toEqual(named);
    expect([...stored].sort()).toEqual(
      there()
        .filter((text) => !bad.some(({ id }) => text.includes(`"${id}"`)))
        .sort(),
    );
  }
  // One of them comes, the others go on being named.
  vendor.unreadable.delete(named[0] ?? '');
  expect(await sync(0)).toEqual(named.slice(1));
  vendor.unreadable.clear();
  expect(await sync(0)).toEqual([]);
  expect([...stored].sort()).toEqual(there().sort());
  expect(repeated(stored)).toEqual([]);
  expect(Object.keys(JSON.parse(saved!) as object)).toEqual(['position', 'seen']);
}

describe('a time window over records that cannot be read', () => {
  it('owes them, brings everything else once, and asks for them until they come', {
    timeout: LONG,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(world, (world) => read(world, (vendor) => ({ fetch: (ids) => vendor.byId(ids) }))),
      cases(300),
    );
  });

  it('stays before them if it cannot ask for them', { timeout: LONG }, async () => {
    await fc.assert(
      fc.asyncProperty(world, (world) => read(world, () => ({}))),
      cases(300),
    );
  });

  it('owes none that is gone', async () => {
    const scan = await timeWindow({ ...base, fetch: async function* () {} }).open(
      { position: '2026-03-01T00:00:00.000Z', seen: {}, owed: ['7'] },
      { begin: async () => START + 500 * MINUTE, warn: () => {} },
    );
    expect(scan.parts).toHaveLength(2);
    for await (const page of scan.parts[0]!.pages!()) expect(page.unreadable).toEqual([]);
    expect(scan.state()).toMatchObject({ owed: ['7'] });
    scan.parts[0]!.finish();
    expect(scan.state()).not.toHaveProperty('owed');
  });

  it('owes none that is not found when it is asked for, and goes on owing what fails', async () => {
    const answer = (status: number) =>
      async function* (ids: readonly string[]): AsyncGenerator<Page> {
        if (ids.includes('7')) throw new DataError(`answered ${status}`, { code: `http.${status}`, status });
        yield pageOf([]);
      };
    for (const status of [404, 400]) {
      const scan = await timeWindow({ ...base, fetch: answer(status) }).open(
        { position: '2026-03-01T00:00:00.000Z', seen: {}, owed: ['7', '8'] },
        { begin: async () => START + 500 * MINUTE, warn: () => {} },
      );
      const named: string[] = [];
      for await (const page of scan.parts[0]!.pages!()) named.push(...page.unreadable);
      scan.parts[0]!.finish();
      expect([named, scan.state().owed]).toEqual(status === 404 ? [[], undefined] : [['7'], ['7']]);
    }
  });

  it('goes on owing what a list that fell short did not bring', async () => {
    const fetch = async function* (): AsyncGenerator<Page> {
      yield pageOf([{ id: '8', updated: '2026-02-01T00:00:00.000Z' }]);
      throw new ShortListError('GET /items', 1, 2);
    };
    const scan = await timeWindow({ ...base, fetch }).open(
      { position: '2026-03-01T00:00:00.000Z', seen: {}, owed: ['7', '8'] },
      { begin: async () => START + 500 * MINUTE, warn: () => {} },
    );
    const [part] = scan.parts;
    await expect(
      (async () => {
        for await (const page of part!.pages!()) {
          part!.fresh(page);
          part!.advance(page);
        }
      })(),
    ).rejects.toThrow(ShortListError);
    // The engine ends a part like this if the last run found the same gap.
    part!.finish();
    expect(scan.state()).toMatchObject({ owed: ['7'] });
  });

  it('stays before them if they are more than a state keeps', async () => {
    const scan = await timeWindow({ ...base, fetch: async function* () {} }).open(undefined, {
      begin: async () => START,
      warn: () => {},
    });
    const part = scan.parts[0]!;
    const page = pageOf([{ id: '1', updated: '2026-01-01T00:00:30.000Z' }]);
    part.fresh(page);
    part.advance(page);
    part.owe!(Array.from({ length: 1001 }, (_, id) => String(id)));
    part.finish();
    expect(scan.state()).toMatchObject({ position: '2026-01-01T00:00:00.000Z' });
    expect(scan.state()).not.toHaveProperty('owed');
  });
});
