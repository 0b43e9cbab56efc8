import { describe, expect, it } from 'vitest';
import { Choices } from '../cursors/drive.test-support.ts';
import { Kept } from './drive-scan.test-support.ts';
import { ALL, MINUTE, rowOf, SAFETY, World } from './world.test-support.ts';

describe('a scan that several streams share', () => {
  it('brings all entries of an issue that came while their stream was left out', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world);
    for (let i = 0; i < 3; i++) world.create();
    world.create(true);
    const moved = world.issues.at(-1)!;
    world.now += 20 * MINUTE;
    await kept.read(ALL);
    moved.isElsewhere = false;
    world.touch(moved, true);
    world.now += 20 * MINUTE;
    await kept.read(ALL.filter((name) => name !== 'comments'));
    world.touch(moved);
    world.now += 20 * MINUTE;
    await kept.read(ALL);
    expect(kept.missing('comments')).toEqual([]);
  });

  it('brings an entry that was written a little before its issue, on the other side of the position', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world);
    world.create();
    const [issue] = world.issues;
    world.now += 20 * MINUTE;
    await kept.read(ALL);
    const position = world.now - SAFETY * MINUTE;
    world.touch(issue!);
    issue!.comments.at(-1)!.updated = position - 1;
    issue!.versions.at(-1)!.updated = position + 1;
    world.now += 20 * MINUTE;
    await kept.read(ALL);
    expect(kept.missing('comments')).toEqual([]);
  });

  it('looks for what a search left out also where another issue left its window meanwhile', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world);
    // So many that the range is cut into windows.
    for (let i = 0; i < 8; i++) {
      world.create();
      world.now += 5 * MINUTE;
    }
    const [left, leftOut] = world.issues;
    world.hidden = leftOut;
    // A search is over when its last page is asked for.
    world.whenSearched = () => {
      world.touch(left!);
      world.hidden = undefined;
    };
    await kept.read(ALL);
    expect(kept.missing('issues')).not.toContain(JSON.stringify(rowOf(leftOut!)));
  });

  it('brings all entries of an issue that came, also where its move was told before a kill and it changed since', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world);
    world.create();
    world.create(true);
    const moved = world.issues.at(-1)!;
    world.now += 20 * MINUTE;
    await kept.read(ALL);
    moved.isElsewhere = false;
    world.touch(moved, true);
    world.now += MINUTE;
    // Killed once the histories' STATE has left, before one of the comments.
    await kept.read(ALL, {
      until: ({ stream, state }) => stream === 'histories' && JSON.stringify(state ?? {}).includes('2-h1'),
    });
    world.touch(moved);
    world.now += MINUTE;
    await kept.read(ALL);
    expect(kept.missing('comments')).toEqual([]);
  });

  it.each(['histories', 'comments'])(
    'brings all entries of an issue that came while %s failed, read again alone too',
    async (broken) => {
      const world = new World(new Choices([]), false);
      const kept = new Kept(world);
      world.create(true);
      const [moved] = world.issues;
      world.now += 20 * MINUTE;
      await kept.read(ALL);
      moved!.isElsewhere = false;
      world.touch(moved!, true);
      world.broken = broken;
      world.now += 20 * MINUTE;
      await kept.read(ALL, { mayFail: true });
      world.broken = undefined;
      world.now += 20 * MINUTE;
      await kept.read([broken]);
      expect([...kept.missing('comments'), ...kept.missing('histories')]).toEqual([]);
    },
  );

  it('brings later what was listed and could not be read, also behind its position', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world);
    world.create();
    world.now += 20 * MINUTE;
    await kept.read(ALL);
    for (let i = 0; i < 3; i++) {
      world.create();
      world.now += 2 * MINUTE;
    }
    world.hidden = world.issues[1];
    world.unreadable = world.hidden;
    world.now += 4 * MINUTE;
    await kept.read(ALL, { mayFail: true });
    expect(kept.missing('issues')).toHaveLength(1);
    world.unreadable = undefined;
    await kept.read(ALL);
    expect(ALL.slice(0, 3).flatMap((name) => kept.missing(name))).toEqual([]);
  });

  it('goes on where a search failed', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world, false);
    for (let i = 0; i < 5; i++) world.create();
    world.now += 20 * MINUTE;
    world.whenPaged = () => {
      throw new Error('the search failed');
    };
    await kept.read(ALL, { mayFail: true });
    world.now += 20 * MINUTE;
    await kept.read(ALL);
    expect(ALL.slice(0, 3).flatMap((name) => kept.missing(name))).toEqual([]);
  });

  it('brings entries that are too many to be held at once', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world);
    world.commentBytes = 17 << 20;
    world.create();
    world.create();
    world.now += 20 * MINUTE;
    await kept.read(['comments']);
    expect(kept.landed.get('comments')!.map((row) => JSON.parse(row).id)).toEqual(['1-c0', '2-c0']);
  });

  it('owes on what it could not bring because the project was out of sight', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world);
    world.create();
    world.now += 20 * MINUTE;
    await kept.read(ALL);
    kept.landed.clear();
    for (const name of ALL) kept.owe(name, ['1']);
    world.isOutOfSight = true;
    await kept.read(ALL, { mayFail: true });
    world.isOutOfSight = false;
    await kept.read(ALL);
    expect(['issues', 'comments', 'histories'].flatMap((name) => kept.missing(name))).toEqual([]);
  });

  it('finds what was out of sight only while it was searched and counted', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world);
    world.create();
    world.now += 20 * MINUTE;
    // Listed, and gone before it is searched.
    world.whenListed = () => {
      world.isOutOfSight = true;
    };
    world.whenConfirmed = () => {
      world.isOutOfSight = false;
    };
    await kept.read(ALL);
    expect(ALL.slice(0, 3).flatMap((name) => kept.missing(name))).toEqual([]);
  });

  it('finds what was out of sight from the second page of a search on', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world);
    for (let i = 0; i < 5; i++) world.create();
    world.now += 8 * MINUTE;
    world.whenPaged = () => {
      world.isOutOfSight = true;
    };
    world.whenConfirmed = () => {
      world.isOutOfSight = false;
    };
    await kept.read(['issues']);
    expect(kept.missing('issues')).toEqual([]);
  });

  it('asks again for what could not be read, however late the next sync comes', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world);
    world.create();
    world.now += 200 * MINUTE;
    world.hasBrokenPanels = true;
    await kept.read(ALL);
    world.hasBrokenPanels = false;
    world.now += 600 * MINUTE;
    await kept.read(ALL);
    expect(kept.landed.get('panels')).toEqual([JSON.stringify({ id: '1', panel: 0 })]);
  });

  it('does not pass a range whose search and whose list of ids both end early, and reads it again', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world);
    for (let i = 0; i < 150; i++) {
      world.create();
      world.now += MINUTE;
    }
    world.now += 20 * MINUTE;
    world.cap = 6;
    for (let sync = 0; sync < 2; sync++) {
      await kept.read(ALL, { mayFail: true });
      for (const errors of kept.failures.values())
        expect(errors).toMatchObject(errors.map(() => ({ code: 'cursor.short' })));
      expect(kept.failures.get('issues')![0]!.message).toMatch(
        /^the range from .* has \d+ rows, where \d+ are counted$/,
      );
      expect(kept.missing('issues').length).toBeGreaterThan(60);
    }
    world.cap = Number.POSITIVE_INFINITY;
    await kept.read(ALL);
    expect(ALL.slice(0, 3).flatMap((name) => kept.missing(name))).toEqual([]);
  });

  it('believes a count that says a little more than there is, and tells it', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world);
    for (let i = 0; i < 20; i++) world.create();
    world.now += 20 * MINUTE;
    world.cap = 6;
    await kept.read(['issues']);
    expect(kept.missing('issues')).toHaveLength(14);
    expect(kept.warnings.join()).toMatch(/has 6 rows, where 20 are counted/);
  });

  it('brings an issue that changes twice within one tick of the clock, on either side of a read', async () => {
    const world = new World(new Choices([]), false);
    const kept = new Kept(world);
    world.create();
    world.now += 20 * MINUTE;
    for (let edit = 0; edit < 3; edit++) {
      world.touch(world.issues[0]!);
      await kept.read(ALL);
      expect(ALL.slice(0, 3).flatMap((name) => kept.missing(name))).toEqual([]);
    }
    expect(kept.landed.get('issues')).toHaveLength(3);
  });
});
