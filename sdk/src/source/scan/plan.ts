import type { TimeRange } from '../cursors/split-window.ts';

/** One range, read for several tracks at once. */
export interface PlannedWindow extends TimeRange {
  /** The part that each track needs; undefined: nothing. */
  readonly pieces: ReadonlyArray<TimeRange | undefined>;
}

/**
 * The windows that cover what all tracks need. Time is cut at the end of each need and at `cuts`. A window is the union of
 * what the tracks need of such a segment, and the needs are cut in the same places.
 * @param needs for each track, in order and without overlap; the last one is usually open
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

/** Needs end only where segments end, so what they have in common ends with the segment. */
function overlap(range: TimeRange, segment: TimeRange): TimeRange | undefined {
  const { until = Number.POSITIVE_INFINITY } = segment;
  const end = range.until ?? Number.POSITIVE_INFINITY;
  const begin = range.since ?? Number.NEGATIVE_INFINITY;
  const from = segment.since ?? Number.NEGATIVE_INFINITY;
  if (begin >= until || end <= from) return undefined;
  const since = Math.max(begin, from);
  return { since: since === Number.NEGATIVE_INFINITY ? undefined : since, until: segment.until };
}
