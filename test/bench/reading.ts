import { catCat, recordLines } from './lines.ts';
import { compare, mb, pipe, program, type Section, times } from './part.ts';

const SIZES = [1000, 4000, 20_000];
const BYTES = 400e6;
const ROUNDS = 5;

/** Reading messages from a pipe, compared with plain Node and with the pipe itself. */
export async function reading(): Promise<Section> {
  const rows: string[][] = [];
  for (const size of SIZES) {
    const lines = await recordLines(size, BYTES);
    const read = (way: string) => async () => {
      const [command, ...args] = program('read-messages.ts', [way]);
      return (await pipe('file="$1"; shift; cat "$file" | "$@"', [lines.path, command, ...args])).rate!;
    };
    const { figures, ratios } = await compare(ROUNDS, read('headrace'), read('readline'), catCat(lines));
    lines.remove();
    rows.push([`${size / 1000} kB`, ...figures.map(mb), times(ratios[1]!), times(ratios[2]!)]);
  }
  return {
    title: 'RECORD lines from a pipe to records',
    about:
      'The lines of the part before come through a pipe from `cat`. ' +
      'Headrace: `readLines` and `MessageReader`, which checks each whole line as JSON and gives `data` as a slice. ' +
      'Plain Node: `readline` and `JSON.parse`. `cat | cat`: the same lines, read by nobody.',
    head: ['record', 'Headrace', 'plain Node', 'cat \\| cat', 'to plain Node', 'to cat \\| cat'],
    rows,
    verdict: 'Nothing is promised here but that a destination does not wait for its reader.',
  };
}
