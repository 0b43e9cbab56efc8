/** The precomputed offsets of a time zone. Intl is far too slow for every timestamp of every issue. */
export interface Zone {
  name: string;
  /** Minutes east of UTC at an instant (ms since 1970). */
  offsetAt(ms: number): number;
  /** Converts a wall-clock time, given as if it were UTC ms. In a gap or an overlap, the earlier offset applies. */
  instantOf(localMs: number): number;
}

const FROM = Date.UTC(1995, 0, 1);
const UNTIL = Date.UTC(2045, 0, 1);
const STEP = 14 * 86_400_000;

/** @param name an IANA zone such as `Europe/Berlin`; throws RangeError if it is unknown */
export function zoneOf(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const ask = (ms: number): number => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(ms)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    const wall = Date.UTC(year, month - 1, day, hour, minute, second);
    return Math.round((wall - Math.floor(ms / 1000) * 1000) / 60_000);
  };
  const { starts, offsets } = transitions(ask);
  const offsetAt = (ms: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= ms) low = middle;
      else high = middle - 1;
    }
    return offsets[low]!;
  };
  const instantOf = (localMs: number): number => {
    const early = localMs - offsetAt(localMs - 86_400_000) * 60_000;
    const late = localMs - offsetAt(localMs + 86_400_000) * 60_000;
    const fits = (instant: number) => instant + offsetAt(instant) * 60_000 === localMs;
    // In a gap, neither offset fits. Use the one from before the change.
    return !fits(early) && fits(late) ? late : early;
  };
  return { name, offsetAt, instantOf };
}

/** Steps through fifty years two weeks at a time, and bisects each offset change to the minute. */
function transitions(ask: (ms: number) => number): { starts: number[]; offsets: number[] } {
  const starts = [Number.NEGATIVE_INFINITY];
  const offsets = [ask(FROM)];
  for (let at = FROM; at < UNTIL; at += STEP) {
    let before = at;
    let after = at + STEP;
    const offset = ask(after);
    if (offset === offsets.at(-1)) continue;
    while (after - before > 60_000) {
      const middle = before + Math.floor((after - before) / 120_000) * 60_000;
      if (ask(middle) === offset) after = middle;
      else before = middle;
    }
    starts.push(after);
    offsets.push(offset);
  }
  return { starts, offsets };
}
