/** 50 kills of each victim at random points of progress, under the runner and in a shell loop. */
import { type Outcome, runTrial, type Trial } from '../crash/trial.ts';

const KILLS = Number(process.env.KILLS ?? 50);
const kinds: Array<Pick<Trial, 'by' | 'victim'>> = [
  { by: 'runner', victim: 'source' },
  { by: 'runner', victim: 'destination' },
  { by: 'runner', victim: 'runner' },
  { by: 'shell', victim: 'source' },
  { by: 'shell', victim: 'destination' },
];

/** Trials side by side: a trial mostly waits for the slowed sandbox. */
const AT_ONCE = 4;

export async function crashes(): Promise<{ passed: number; failed: number }> {
  const result = { passed: 0, failed: 0 };
  for (const kind of kinds) {
    const outcomes: Outcome[] = [];
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (next < KILLS) {
          const seed = 1000 + next++;
          try {
            outcomes.push(await runTrial({ ...kind, seed }));
          } catch (error) {
            result.failed++;
            process.stdout.write(`  seed ${seed}: ${(error as Error).message}\n`);
          }
        }
      }),
    );
    const bad = outcomes.filter(({ missing, duplicated, altered }) => missing + duplicated + altered > 0);
    const inside = outcomes.filter(({ committed, lost }) => committed > 0 && lost > 0);
    // Without a committed state behind the kill and lost records after it, a trial proves little.
    const proves = inside.length >= 0.6 * KILLS;
    result.passed += outcomes.length - bad.length;
    result.failed += bad.length + (proves ? 0 : 1);
    const sum = (pick: (outcome: Outcome) => number): number =>
      outcomes.reduce((total, outcome) => total + pick(outcome), 0);
    process.stdout.write(
      `kill -9 of the ${kind.victim}, by ${kind.by}: ${outcomes.length} kills, ${inside.length} with a committed state from inside the scan and records lost after it ` +
        `(${sum(({ lost }) => lost)} records); missing ${sum(({ missing }) => missing)}, twice ${sum(({ duplicated }) => duplicated)}, altered ${sum(({ altered }) => altered)}\n`,
    );
  }
  return result;
}
