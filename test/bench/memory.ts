import { pipe, program, type Section } from './part.ts';

const RECORD = 4000;
/** Size of the line of a 4 kB record, including envelope and context. */
const LINE = 4140;
const COUNTS = [10_000, 100_000, 1_000_000];
const ROUNDS = 3;

/** Peak memory of a writing process, by number of records (invariant 8). */
export async function memory(): Promise<Section> {
  const peaks: number[] = [];
  for (const count of COUNTS) {
    const rounds: number[] = [];
    for (let round = 0; round < (count < 1_000_000 ? ROUNDS : 1); round++) {
      rounds.push(
        (await pipe('"$@" | cat > /dev/null', program('write-records.ts', ['ours', RECORD, count * LINE])))
          .rss!,
      );
    }
    peaks.push(Math.max(...rounds));
  }
  const change = (peak: number) =>
    `${peak >= peaks[0]! ? '+' : '−'}${Math.abs(Math.round((peak / peaks[0]! - 1) * 100))} %`;
  return {
    title: 'Memory',
    about:
      'Peak resident memory (`ru_maxrss`) of the process that turns pages into RECORD lines, as in the first part, 4 kB a record; ' +
      'the worst of three runs, one run of a million.',
    head: ['records', 'peak RSS', 'to 10,000 records'],
    rows: COUNTS.map((count, i) => [
      count.toLocaleString('en'),
      `${Math.round(peaks[i]!)} MB`,
      change(peaks[i]!),
    ]),
    verdict: `Aim: the same ± 15 %. Measured: ${change(peaks.at(-1)!)} for a million.`,
  };
}
