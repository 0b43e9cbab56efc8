/**
 * A record as it was when it was sent. An equal time does not prove that nothing changed: clocks tick in seconds, and two
 * edits can fall into the same one.
 */
export interface Sent {
  /** Its time, ms since 1970; NaN: it had none. */
  readonly time: number;
  /** Of its bytes, 16 hexadecimal digits; undefined in states of releases that compared only the time. */
  readonly hash: string | undefined;
}

/** Whether a record is as it was when it was sent. */
export function isUnchanged(sent: Sent | undefined, time: number, hash: () => string): boolean {
  if (!sent || !Object.is(sent.time, time)) return false;
  // Few records were sent before with this time, so few are hashed.
  return sent.hash === undefined || sent.hash === hash();
}

/** `[time, hash]`, as in a state; only the time if there is no hash. */
export const sentJson = ({ time, hash }: Sent): number | [number | null, string] =>
  hash === undefined ? time : [Number.isNaN(time) ? null : time, hash];

/** @returns undefined if it is not a result of `sentJson` */
export function savedSent(saved: unknown): Sent | undefined {
  if (typeof saved === 'number') return { time: saved, hash: undefined };
  if (!Array.isArray(saved) || saved.length !== 2) return undefined;
  const [time, hash] = saved as [unknown, unknown];
  if ((time !== null && typeof time !== 'number') || typeof hash !== 'string') return undefined;
  return { time: time ?? Number.NaN, hash };
}
