import { DataError } from '../../errors.ts';
import { floorMinute } from '../../protocol/instant.ts';

/** What `read` of a time window has to return: ms since 1970, whole minutes; undefined: no bound. */
export interface TimeRange {
  /** Included. */
  readonly since: number | undefined;
  /** Not included. */
  readonly until: number | undefined;
}

/** Returns about how many rows a range has; undefined if the vendor does not say. */
export type CountRows = (range: TimeRange) => Promise<number | undefined>;

/** How a long range is cut into windows. */
export interface SplitOptions {
  /** About how many rows a window should have. */
  readonly rows: number;
  /** The most windows. */
  readonly most: number;
}

export interface CountedRange extends TimeRange {
  /** About how many rows it had when the scan began. */
  readonly counted: number;
}

const FIRST_STEP = 30 * 86_400_000;

/**
 * Cuts a range into windows with about the same number of rows: contiguous, on whole minutes, the last one open. The
 * fullest piece is halved first. Only its left half is counted, and the right half has the rest, so each cut costs one
 * request, at most 4 × `most` + 8 in total. Then small pieces are joined up to the wanted size. An empty piece joins its
 * neighbour. A range is never left out because it counts 0, because counts may be wrong.
 * @param settled cuts are before this time, because younger records still move
 */
export async function cutRange(
  whole: CountedRange,
  settled: number,
  { rows, most }: SplitOptions,
  count: CountRows,
): Promise<readonly CountedRange[]> {
  const target = Math.max(rows, whole.counted / most);
  let pieces: CountedRange[] = [whole];
  for (let requests = 4 * most + 8; requests > 0; requests--) {
    const fullest = pieces
      .filter((piece) => piece.counted > target && middle(piece, settled) !== undefined)
      .reduce<CountedRange | undefined>((a, b) => (a && a.counted >= b.counted ? a : b), undefined);
    if (!fullest) break;
    const cut = middle(fullest, settled);
    const { since, until } = fullest;
    const left = await countChecked(count, { since, until: cut });
    if (left === undefined) break;
    const counted = Math.min(left, fullest.counted);
    const halves = [
      { since, until: cut, counted },
      { since: cut, until, counted: fullest.counted - counted },
    ];
    pieces = pieces.flatMap((piece) => (piece === fullest ? halves : [piece]));
  }
  return join(pieces, target, most);
}

/** @throws DataError if the vendor's count is not a number of rows */
export async function countChecked<Range>(
  count: (range: Range) => Promise<number | undefined>,
  range: Range,
): Promise<number | undefined> {
  const n = await count(range);
  if (n === undefined || (Number.isFinite(n) && n >= 0)) return n;
  throw new DataError(`a count of rows is ${n}`, { code: 'cursor.count' });
}

/** Where a piece is cut: in the middle; without a beginning, 30, 60, 120 … days before `settled`. */
function middle({ since, until }: TimeRange, settled: number): number | undefined {
  const end = Math.min(until ?? settled, settled);
  const cut = floorMinute(
    since === undefined ? Math.min(end - FIRST_STEP, 2 * end - settled) : (since + end) / 2,
  );
  return cut > (since ?? 0) && cut < end ? cut : undefined;
}

function join(pieces: readonly CountedRange[], target: number, most: number): CountedRange[] {
  const joined: CountedRange[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    const fits =
      last && (last.counted === 0 || piece.counted === 0 || last.counted + piece.counted <= target * 1.25);
    if (fits) joined.splice(-1, 1, both(last, piece));
    else joined.push(piece);
  }
  while (joined.length > most) {
    let least = 0;
    for (let i = 1; i + 1 < joined.length; i++) if (sum(joined, i) < sum(joined, least)) least = i;
    joined.splice(least, 2, both(joined[least]!, joined[least + 1]!));
  }
  return joined;
}

const sum = (pieces: readonly CountedRange[], i: number): number =>
  pieces[i]!.counted + pieces[i + 1]!.counted;

const both = (a: CountedRange, b: CountedRange): CountedRange => ({
  since: a.since,
  until: b.until,
  counted: a.counted + b.counted,
});
