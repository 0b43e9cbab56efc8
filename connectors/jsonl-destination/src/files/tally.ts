import type { Lines } from './chunk.ts';

/** Counts some lines. */
export type LineCounts = { -readonly [K in keyof Lines]: Lines[K] };

export function tally(): LineCounts {
  return { records: 0, bytes: 0, firstEmittedAt: null, lastEmittedAt: null, ingestedAt: null };
}

/** Adds a line. Times are milliseconds since 1970. */
export function count(
  into: LineCounts,
  size: number,
  emittedAt: number | undefined,
  ingestedAt: number,
): void {
  into.records++;
  into.bytes += size;
  into.ingestedAt = ingestedAt;
  if (emittedAt === undefined) return;
  if (into.firstEmittedAt === null || emittedAt < into.firstEmittedAt) into.firstEmittedAt = emittedAt;
  if (into.lastEmittedAt === null || emittedAt > into.lastEmittedAt) into.lastEmittedAt = emittedAt;
}

export function add(into: LineCounts, other: LineCounts): void {
  into.records += other.records;
  into.bytes += other.bytes;
  into.ingestedAt = other.ingestedAt ?? into.ingestedAt;
  for (const time of [other.firstEmittedAt, other.lastEmittedAt]) {
    if (time === null) continue;
    if (into.firstEmittedAt === null || time < into.firstEmittedAt) into.firstEmittedAt = time;
    if (into.lastEmittedAt === null || time > into.lastEmittedAt) into.lastEmittedAt = time;
  }
}
