import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import { Choices, choices } from '../cursors/drive.test-support.ts';
import { Kept } from './drive-scan.test-support.ts';
import { ALL, LAG, MINUTE, rowOf, World } from './world.test-support.ts';

const FAMILY = ['issues', 'comments', 'histories'];

function worldOf(issues: number) {
  const world = new World(new Choices([]), false);
  for (let i = 0; i < issues; i++) {
    world.create();
    world.now += 2 * MINUTE;
  }
  world.now += 20 * MINUTE;
  return { world, kept: new Kept(world) };
}

/** What streams named in the last sync: the ids behind the colon. */
const named = (kept: Kept) =>
  Object.fromEntries(
    [...kept.failures].map(([name, errors]) => [
      name,
      errors.map(({ message }) => /: (\d+(?:, \d+)*)/.exec(message)?.[1]),
    ]),
  );
const everyStream = (value: unknown) => Object.fromEntries(ALL.map((name) => [name, value]));

describe('what cannot be read of a scan', () => {
  it('is owed by each stream and named in each run, while the others come and the position moves on', async () => {
    const { world, kept } = worldOf(7);
    const poisoned = world.issues[3]!;
    world.poison(poisoned, 'issues');
    await kept.read(ALL, { mayFail: true });
    expect(named(kept)).toEqual(everyStream(['4']));
    expect(kept.failures.get('comments')).toMatchObject([{ code: 'record.unreadable' }]);
    expect(ALL.map((name) => kept.owed(name))).toEqual(ALL.map(() => ['4']));
    expect(kept.missing('issues')).toEqual([JSON.stringify(rowOf(poisoned))]);
    const before = world.requests;
    const landed = kept.landed.get('issues')!.length;
    world.now += 20 * MINUTE;
    await kept.read(ALL, { mayFail: true });
    expect(named(kept)).toEqual(everyStream(['4']));
    // The owed one, an empty search, and what is looked back at for panels: nothing is read again.
    expect(kept.landed.get('issues')).toHaveLength(landed);
    expect(world.requests - before).toBeLessThan(15);
    world.poisoned.clear();
    await kept.read(ALL);
    expect(FAMILY.flatMap((name) => [...kept.missing(name), kept.owed(name)])).toEqual(
      FAMILY.map(() => undefined),
    );
  });

  it('is owed no more once it is gone, and is if it is only left out', async () => {
    const { world, kept } = worldOf(5);
    const [one, other] = [world.issues[1]!, world.issues[3]!];
    world.poison(one, 'issues');
    world.poison(other, 'issues');
    await kept.read(ALL, { mayFail: true });
    expect(kept.owed('issues')).toEqual(['2', '4']);
    world.poisoned.clear();
    one.isGone = true;
    world.unreadable = other;
    await kept.read(ALL, { mayFail: true });
    expect(named(kept)).toEqual(everyStream(['4']));
    expect(kept.owed('histories')).toEqual(['4']);
    world.unreadable = undefined;
    await kept.read(ALL);
    expect(FAMILY.flatMap((name) => kept.missing(name))).toEqual([]);
  });

  it('is owed by one stream if only its entries are, and comes to that one alone', async () => {
    const { world, kept } = worldOf(9);
    world.poison(world.issues[4]!, 'comments');
    world.poison(world.issues[8]!, 'issues');
    await kept.read(ALL, { mayFail: true });
    expect(named(kept)).toEqual({ ...everyStream(['9']), comments: ['5, 9'] });
    expect(FAMILY.map((name) => kept.missing(name).length)).toEqual([1, 2, 1]);
    world.poisoned.clear();
    await kept.read(ALL);
    expect(FAMILY.flatMap((name) => kept.missing(name))).toEqual([]);
    expect(kept.landed.get('issues')!.filter((row) => JSON.parse(row).id === '5')).toHaveLength(1);
  });

  it('keeps a position before it in a scan that cannot fetch records, and nothing comes twice', async () => {
    const { world, kept } = worldOf(9);
    world.fetches = false;
    await kept.read(ALL);
    for (let i = 0; i < 6; i++) {
      world.create();
      world.now += 2 * MINUTE;
    }
    world.now += 20 * MINUTE;
    world.poison(world.issues[11]!, 'comments');
    world.poison(world.issues[13]!, 'issues');
    await kept.read(ALL, { mayFail: true });
    expect(named(kept)).toEqual({ ...everyStream(['14']), comments: ['12, 14'] });
    expect(ALL.map((name) => kept.owed(name))).toEqual(ALL.map(() => undefined));
    expect(FAMILY.map((name) => kept.missing(name).length)).toEqual([1, 2, 1]);
    world.now += 20 * MINUTE;
    await kept.read(ALL, { mayFail: true });
    expect(named(kept)).toEqual({ ...everyStream(['14']), comments: ['12, 14'] });
    world.poisoned.clear();
    await kept.read(ALL);
    expect(FAMILY.flatMap((name) => kept.missing(name))).toEqual([]);
    const rows = FAMILY.flatMap((name) => kept.landed.get(name)!.map((row) => `${name} ${row}`));
    expect(rows.filter((row, i) => rows.indexOf(row) !== i)).toEqual([]);
  });

  it('is gone if its entries are refused and it cannot be fetched any more', async () => {
    const { world, kept } = worldOf(5);
    world.refuses = true;
    world.poison(world.issues[2]!, 'comments');
    world.unreadable = world.issues[2];
    await kept.read(ALL);
    expect(kept.owed('comments')).toBeUndefined();
  });

  it('is nobody’s fault in an outage: nothing is owed, and the place is kept', async () => {
    const { world, kept } = worldOf(9);
    for (const issue of world.issues) world.poison(issue, 'comments');
    await kept.read(ALL, { mayFail: true });
    const codes = kept.failures.get('comments')!.map(({ code }) => code);
    expect([...new Set(codes)]).toEqual(['http.failed']);
    expect(kept.owed('comments')).toBeUndefined();
    expect([...kept.missing('issues'), ...kept.missing('histories')]).toEqual([]);
    world.poisoned.clear();
    await kept.read(ALL);
    expect(kept.missing('comments')).toEqual([]);
  });

  it('is none of what is too heavy together: halves of it come, and no more is asked for at once from then on', async () => {
    const { world, kept } = worldOf(72);
    world.mostParents = 3;
    await kept.read(['comments']);
    expect(kept.missing('comments')).toEqual([]);
    expect(kept.landed.get('comments')).toHaveLength(72);
    // Two units of at most twelve in each of three windows, twelve to six to three.
    expect(world.tooMany).toBeLessThan(3 * (1 + 2) + 3);
  });

  it('that came by its key comes no second time with the search', async () => {
    const { world, kept } = worldOf(3);
    world.poison(world.issues[2]!, 'issues');
    await kept.read(ALL, { mayFail: true });
    world.poisoned.clear();
    world.touch(world.issues[2]!);
    await kept.read(ALL);
    expect(FAMILY.flatMap((name) => kept.missing(name))).toEqual([]);
    expect(kept.landed.get('issues')).toHaveLength(3);
  });

  it('costs an honest vendor nothing: a search a page, a request for the entries of each issue', async () => {
    const { world, kept } = worldOf(9);
    await kept.read(['issues', 'comments']);
    expect(world.requests).toBe(3 + 9);
  });

  it('is not what only lacks its time: that comes with all that belongs to it, once', async () => {
    const { world, kept } = worldOf(5);
    world.issues[2]!.isUndated = true;
    for (let sync = 0; sync < 3; sync++) {
      await kept.read(ALL);
      world.now += 20 * MINUTE;
    }
    expect(FAMILY.flatMap((name) => kept.missing(name))).toEqual([]);
    expect(FAMILY.map((name) => kept.landed.get(name)!.length)).toEqual([5, 5, 5]);
    const ofFamily = kept.warnings.filter((warning) => !warning.startsWith('panels'));
    expect(ofFamily).toEqual(
      FAMILY.map(
        (name) => `${name} (p): 1 records have no updated, the first of them 3: they were sent all the same`,
      ),
    );
    world.touch(world.issues[2]!);
    world.now += 20 * MINUTE;
    await kept.read(ALL);
    expect(FAMILY.flatMap((name) => kept.missing(name))).toEqual([]);
  });

  it(
    'holds nothing else up, is named each time, and comes once it is healed, killed anywhere',
    async () => {
      await fc.assert(
        fc.asyncProperty(choices(300), async (picks) => {
          const world = new World(new Choices(picks), true);
          const kept = new Kept(world);
          for (let i = 0; i < 12; i++) world.step();
          const poison = (): void => {
            const issue = world.issues[world.choices.pick(world.issues.length)]!;
            world.poison(issue, ['issues', ...ALL][world.choices.pick(5)]!);
          };
          for (let i = 1 + world.choices.pick(2); i > 0; i--) poison();
          const undated = world.choices.pick(3);
          for (const issue of world.issues.slice(0, undated)) issue.isUndated = true;
          for (let sync = 0; sync < 3; sync++) {
            let lines = world.choices.seldom(2) ? world.choices.pick(60) : Number.POSITIVE_INFINITY;
            await kept.read(ALL, { mayFail: true, until: () => lines-- <= 0 });
            for (let i = world.choices.pick(6); i > 0; i--) world.step();
          }
          world.isLive = false;
          world.now += LAG + MINUTE;
          await kept.read(ALL, { mayFail: true });
          for (const name of FAMILY) {
            const culprits = [
              ...(world.poisoned.get('issues') ?? []),
              ...(world.poisoned.get(name) ?? []),
            ].filter(({ isElsewhere }) => !isElsewhere);
            const isCulprits = (row: string): boolean =>
              culprits.some(({ id }) => String(JSON.parse(row).id).split('-')[0] === id);
            expect(kept.missing(name).filter((row) => !isCulprits(row))).toEqual([]);
            // One that came before it was poisoned need not be asked for.
            if (kept.missing(name).length > 0) expect(named(kept)[name]).not.toEqual([]);
          }
          world.poisoned.clear();
          await kept.read(ALL);
          expect(FAMILY.flatMap((name) => kept.missing(name))).toEqual([]);
          expect(ALL.map((name) => kept.owed(name))).toEqual(ALL.map(() => undefined));
        }),
        { ...cases(300), endOnFailure: true },
      );
    },
    LONG,
  );
});
