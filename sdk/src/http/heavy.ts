import { isHeadraceError } from '../errors.ts';

/** A gateway that gives up (502, 503, 504), a server that runs out of memory or time over it (500). */
const STATUSES: ReadonlySet<number | undefined> = new Set([500, 502, 503, 504]);

/**
 * Whether a request may have failed because it asked for too much at once, so that half of it may succeed: the
 * answer was too large, it did not come in time, or the server failed over it. All tries are used up by then; a
 * caller that can ask for less gives a request few of them (`CallOptions.tries`).
 */
export function isTooHeavy(error: unknown): boolean {
  if (!isHeadraceError(error)) return false;
  const { code, status } = error;
  return (
    code === 'http.too_large' || code === 'http.timed_out' || (code === 'http.failed' && STATUSES.has(status))
  );
}
