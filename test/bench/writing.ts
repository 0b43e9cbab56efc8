import { catCat, recordLines } from './lines.ts';
import { compare, mb, pipe, program, type Section, times } from './part.ts';

const SIZES = [1000, 4000, 20_000];
const BYTES = 400e6;
const ROUNDS = 5;

/** Writing pages as RECORD lines into a pipe, compared with plain Node and with the pipe itself. */
export async function writing(): Promise<Section> {
  const rows: string[][] = [];
  let at4kB = 0;
  for (const size of SIZES) {
    const run = (way: string, bytes: number) => async () =>
      (await pipe('"$@" | cat > /dev/null', program('write-records.ts', [way, size, bytes]))).rate!;
    const lines = await recordLines(size, BYTES);
    const { figures, ratios } = await compare(
      ROUNDS,
      run('ours', BYTES),
      run('plain', BYTES / 4),
      catCat(lines),
    );
    lines.remove();
    if (size === 4000) at4kB = ratios[1]!;
    rows.push([`${size / 1000} kB`, ...figures.map(mb), times(ratios[1]!), times(ratios[2]!)]);
  }
  return {
    title: 'Pages to RECORD lines, into a pipe',
    about:
      'Made pages of a Jira search (text in several scripts) become RECORD lines with two context fields in a pipe to `cat > /dev/null`. ' +
      'Headrace: `Selection.scan`, which checks the whole page as strictly as JSON.parse, and `MessageWriter.record`. ' +
      'Plain Node: `JSON.parse` of the page, `JSON.stringify` of each record into batches of 256 KiB. ' +
      '`cat | cat`: the same lines from a file through the same kind of pipe.',
    head: ['record', 'Headrace', 'plain Node', 'cat \\| cat', 'to plain Node', 'to cat \\| cat'],
    rows,
    verdict: `Aim: at least 5 × plain Node at 4 kB. Measured: ${times(at4kB)}.`,
  };
}
