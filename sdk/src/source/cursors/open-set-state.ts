import { DataError } from '../../errors.ts';
import type { JsonObject } from '../../protocol/messages.ts';

/** A stretch of the order that is not read yet, both ends included; undefined: from the beginning. */
export interface Gap {
  readonly low: number | undefined;
  readonly high: number;
}

/** What an open set knows of a partition between two units. */
export interface OpenSetState {
  /** The newest thing's order; undefined: nothing was read. */
  top: number | undefined;
  /** What is not finished: id → hash of the bytes that were sent last. */
  readonly open: Map<string, string>;
  /** id → order of what was sent and may be listed again: near the newest, and at the ends of gaps. */
  readonly seen: Map<string, number>;
  gaps: readonly Gap[];
}

/** Gaps that a state may have: each kill of a newest-first read leaves one. */
const GAPS_MOST = 16;

/** `{ top?, open, seen?, gaps?: [[low | null, high], …] }`. @throws DataError */
export function parseOpenSet(saved: JsonObject | undefined): OpenSetState {
  const { top, open = {}, seen = {}, gaps = [] } = saved ?? {};
  if (top !== undefined && typeof top !== 'number') throw foreign();
  if (!isRecordOf(open, isText) || !isRecordOf(seen, isNumber) || !Array.isArray(gaps)) throw foreign();
  return {
    top,
    open: new Map(Object.entries(open as Record<string, string>)),
    seen: new Map(Object.entries(seen as Record<string, number>)),
    gaps: gaps.map((gap: unknown) => {
      if (!Array.isArray(gap)) throw foreign();
      const [low, high] = gap as unknown[];
      if ((low !== null && typeof low !== 'number') || typeof high !== 'number') throw foreign();
      return { low: low ?? undefined, high };
    }),
  };
}

export function openSetJson({ top, open, seen, gaps }: OpenSetState): JsonObject {
  return {
    ...(top === undefined ? {} : { top }),
    open: Object.fromEntries(open),
    ...(seen.size === 0 ? {} : { seen: Object.fromEntries(seen) }),
    ...(gaps.length === 0 ? {} : { gaps: gaps.map(({ low, high }) => [low ?? null, high]) }),
  };
}

/** At most as many gaps as a state may have: the two that are nearest are read as one. */
export function joinGaps(gaps: readonly Gap[], joined: () => void): readonly Gap[] {
  const sorted = [...gaps].sort((a, b) => a.high - b.high);
  while (sorted.length >= GAPS_MOST) {
    let nearest = 0;
    for (let i = 1; i + 1 < sorted.length; i++)
      if (between(sorted, i) < between(sorted, nearest)) nearest = i;
    const [{ low }, { high }] = sorted.slice(nearest, nearest + 2) as [Gap, Gap];
    sorted.splice(nearest, 2, { low, high });
    joined();
  }
  return sorted;
}

const between = (gaps: readonly Gap[], i: number): number =>
  (gaps[i + 1]!.low ?? Number.NEGATIVE_INFINITY) - gaps[i]!.high;

const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number';

function isRecordOf(value: unknown, is: (one: unknown) => boolean): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(is)
  );
}

const foreign = (): DataError =>
  new DataError('a partition of the state is no open set', {
    code: 'state.invalid',
    hint: 'reset the state of this stream',
  });
