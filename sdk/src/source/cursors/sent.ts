/**
 * How a record stood when it was sent. A time alone does not say that nothing changed: clocks tick in seconds, and
 * two edits fall into one.
 */
export interface Sent {
  /** The value that orders it, ms since 1970; NaN: it lacked one. */
  readonly time: number;
  /** Of its bytes, 16 hexadecimal digits; undefined: an earlier release wrote it, which went by the time alone. */
  readonly hash: string | undefined;
}

/** Whether a record stands as it did when it was sent. */
export function isUnchanged(sent: Sent | undefined, time: number, hash: () => string): boolean {
  if (!sent || !Object.is(sent.time, time)) return false;
  // Hashed only if a record was met before at that time: few are.
  return sent.hash === undefined || sent.hash === hash();
}

/** `[time, hash]`, as it stands in a state; a time alone where an earlier release wrote no more. */
export const sentJson = ({ time, hash }: Sent): number | [number | null, string] =>
  hash === undefined ? time : [Number.isNaN(time) ? null : time, hash];

/** @returns undefined where it is none of `sentJson` */
export function savedSent(saved: unknown): Sent | undefined {
  if (typeof saved === 'number') return { time: saved, hash: undefined };
  if (!Array.isArray(saved) || saved.length !== 2) return undefined;
  const [time, hash] = saved as [unknown, unknown];
  if ((time !== null && typeof time !== 'number') || typeof hash !== 'string') return undefined;
  return { time: time ?? Number.NaN, hash };
}
