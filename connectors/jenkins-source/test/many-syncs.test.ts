import { startJenkins } from '@headrace/sandbox';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Data, keyOf, type Read, read, recordsOf } from './run.ts';

/** `npm run test:long` uses 1, see the SDK's property tests. */
const cases = Math.ceil(30 * Number(process.env.HEADRACE_FUZZ ?? '0.2'));

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('start' as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('finish' as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('after' as const), count: fc.integer({ min: 1, max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), count: fc.constant(1) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('delete' as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('recreate' as const), count: fc.nat(9) }) },
);

const world = fc.record({
  seed: fc.integer({ min: 1, max: 10_000 }),
  jobs: fc.integer({ min: 1, max: 5 }),
  running: fc.nat(6),
  /** What happens before each sync, and after how many of its states the sync is killed; undefined: it is not. */
  syncs: fc.array(
    fc.record({
      steps: fc.array(step, { maxLength: 6 }),
      killedAfter: fc.option(fc.nat(20), { nil: undefined }),
    }),
    { minLength: 2, maxLength: 8 },
  ),
});

/** A build as it is: a record of it lands again only if this changes. */
const versionOf = (
  one: Data | ReturnType<Awaited<ReturnType<typeof startJenkins>>['builds']>[number],
): string =>
  `${keyOf(one as Data)} ${one.result ?? null} ${one.building} ${one.inProgress} ${one.duration ?? 0}`;

describe('many syncs of builds that finish in any order', () => {
  it('bring each version of each build once, whatever is killed', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ seed, jobs, running, syncs }) => {
        const jenkins = await startJenkins({ seed, jobs, builds: Math.max(20, running), levels: 2, running });
        try {
          const landed: string[] = [];
          let before: Read | undefined;
          const sync = async (killedAfter: number | undefined): Promise<void> => {
            const output = await read(jenkins, ['builds'], {
              before,
              env: { HEADRACE_STATE_INTERVAL_MS: '0' },
            });
            expect(output.code).toBe(0);
            const records = recordsOf(output, 'builds');
            const stop = killedAfter === undefined ? undefined : output.states[killedAfter];
            // What follows the last state that was kept is gone with the process.
            landed.push(...(stop ? records.slice(0, stop.after) : records).map(versionOf));
            before = stop ? { ...output, left: [stop.state] } : output;
          };
          for (const { steps, killedAfter } of syncs) {
            for (const { do: what, count } of steps) {
              jenkins.control.advanceClock({ ms: 1000 });
              if (what === 'start') jenkins.control.start({ count });
              else if (what === 'finish') jenkins.control.finish({ count });
              else if (what === 'after') jenkins.control.finish({ count, inProgress: true });
              else if (what === 'abort') jenkins.control.abort({ count });
              else if (what === 'delete') jenkins.control.deleteBuilds({ count });
              else {
                const projects = jenkins
                  .jobs()
                  .filter(({ kind }) => kind === 'freestyle' || kind === 'pipeline');
                const job = projects[count % Math.max(1, projects.length)];
                if (job) jenkins.control.recreate({ job: job.fullName });
              }
            }
            await sync(killedAfter);
          }
          jenkins.control.finish({ count: 1000 });
          await sync(undefined);
          const final = jenkins.builds();
          expect(landed).toEqual(expect.arrayContaining(final.map(versionOf)));
          expect(new Set(landed).size).toBe(landed.length);
          expect((await read(jenkins, ['builds'], { before })).records).toEqual([]);
        } finally {
          await jenkins.close();
        }
      }),
      { numRuns: cases },
    );
  });
});
