import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, LONG } from '../../protocol/fuzz.test-support.ts';
import { Choices, choices } from '../cursors/drive.test-support.ts';
import { keep, type Partitions, readOnce } from './drive-scan.test-support.ts';
import { ALL, expected, LAG, MINUTE, World } from './world.test-support.ts';

const LATE = ['comments', 'panels'];

/** What is landed of a stream more than once. */
const twice = (rows: readonly string[] = []): string[] => rows.filter((row, i) => rows.indexOf(row) !== i);

describe('records whose entries change long after the records did', () => {
  it(
    'bring every entry once, killed anywhere, and also after they could not be listed',
    async () => {
      let late = 0;
      await fc.assert(
        fc.asyncProperty(choices(300), fc.boolean(), async (picks, hasTrouble) => {
          const world = new World(new Choices(picks), false);
          world.lookbackMs = 30 * MINUTE;
          if (hasTrouble) world.lateTroubleOneIn = 3;
          for (let i = 0; i < 20; i++) world.step();
          world.now += LAG + 60 * MINUTE;
          const landed = new Map<string, string[]>();
          const saved = new Map<string, Partitions>();
          for (let sync = 0; sync < 6; sync++) {
            const lines = await readOnce(world, ALL, saved, true, hasTrouble);
            const isCut = world.choices.seldom(2);
            keep(isCut ? lines.slice(0, world.choices.pick(lines.length + 1)) : lines, landed, saved);
            for (let i = world.choices.pick(4); i > 0; i--) {
              world.now += 1 + world.choices.pick(20 * MINUTE);
              world.changeLate(world.issues[world.choices.pick(world.issues.length)]!);
            }
          }
          world.lateTroubleOneIn = 0;
          for (let sync = 0; sync < 2; sync++) {
            world.now += 10 * MINUTE;
            keep(await readOnce(world, ALL, saved, true), landed, saved);
          }
          late += world.late.length;
          const comments = landed.get('comments') ?? [];
          expect([...new Set(comments)].sort()).toEqual([...expected(world).get('comments')!].sort());
          const here = world.issues.filter(({ isElsewhere }) => !isElsewhere);
          const panels = new Set(landed.get('panels'));
          for (const { id, panel } of here) expect(panels).toContain(JSON.stringify({ id, panel }));
          expect(twice(comments)).toEqual([]);
          // A closed issue's panel is remembered as long as it may be requested again; an open one's for good.
          expect(twice(landed.get('panels')).filter((row) => JSON.parse(row).id % 2 === 1)).toEqual([]);
          world.now += 60 * MINUTE;
          const next = await readOnce(world, ALL, saved, true);
          expect(next.filter(({ record }) => record !== undefined)).toEqual([]);
          expect(LATE.every((name) => saved.has(name))).toBe(true);
        }),
        { ...cases(300), endOnFailure: true },
      );
      process.stdout.write(`${late} late changes\n`);
    },
    LONG,
  );
});
