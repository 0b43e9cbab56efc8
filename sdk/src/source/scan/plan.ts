import type { TimeRange } from '../cursors/split-window.ts';

/** One range that is read for several tracks at once. */
export interface PlannedWindow extends TimeRange {
  /** What each track needs of it; undefined: nothing. */
  readonly pieces: ReadonlyArray<TimeRange | undefined>;
}

/**
 * The windows that serve what all tracks need: the time line is cut at every end of a need and at `cuts`; of each
 * piece the union is read that somebody needs, and a need is cut where its windows are.
 * @param needs per track, in order, not overlapping; the last of a track is mostly open
 */
export function planWindows(
  needs: ReadonlyArray<readonly TimeRange[]>,
  cuts: readonly number[] = [],
): PlannedWindow[] {
  const ends = needs.flat().flatMap(({ until }) => (until === undefined ? [] : [until]));
  const bounds = [...new Set([...ends, ...cuts])].sort((a, b) => a - b);
  const windows: PlannedWindow[] = [];
  for (let i = 0; i <= bounds.length; i++) {
    const segment: TimeRange = { since: bounds[i - 1], until: bounds[i] };
    const pieces = needs.map((ranges) =>
      ranges.map((range) => overlap(range, segment)).find((piece) => piece !== undefined),
    );
    const present = pieces.filter((piece) => piece !== undefined);
    if (present.length === 0) continue;
    const since = present.some((piece) => piece.since === undefined)
      ? undefined
      : Math.min(...present.map((piece) => piece.since!));
    windows.push({ since, until: segment.until, pieces });
  }
  return windows;
}

/** A need ends where segments end, so what they share ends with the segment. */
function overlap(range: TimeRange, segment: TimeRange): TimeRange | undefined {
  const { until = Number.POSITIVE_INFINITY } = segment;
  const end = range.until ?? Number.POSITIVE_INFINITY;
  const begin = range.since ?? Number.NEGATIVE_INFINITY;
  const from = segment.since ?? Number.NEGATIVE_INFINITY;
  if (begin >= until || end <= from) return undefined;
  const since = Math.max(begin, from);
  return { since: since === Number.NEGATIVE_INFINITY ? undefined : since, until: segment.until };
}
