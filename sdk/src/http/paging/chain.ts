import { TransientError } from '../../errors.ts';

/**
 * Tells whether a chain has come round, in bounded memory (Brent's cycle detection): a vendor that repeats a
 * token would be followed for ever.
 */
export function cycleDetector(): (token: string) => boolean {
  let anchor: string | undefined;
  let steps = 0;
  let limit = 1;
  return (token) => {
    if (token === anchor) return true;
    if (++steps === limit) {
      anchor = token;
      limit *= 2;
      steps = 0;
    }
    return false;
  };
}

/** A chain of pages that cannot be followed to its end: what was read is kept, the rest is read next time. */
export function cutShort(place: string, what: string): TransientError {
  return new TransientError(`the answers end too early: ${what}`, { code: 'http.cut_short', place });
}
