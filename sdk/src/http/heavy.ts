import { isHeadraceError } from '../errors.ts';

/** A gateway that gives up (502, 503, 504), or a server that runs out of memory or time (500). */
const STATUSES: ReadonlySet<number | undefined> = new Set([500, 502, 503, 504]);

/**
 * Whether a request may have failed because it asked for too much at once, so that half of it may succeed: the
 * response was too large or too late, or the server failed. All tries are used up by then, so a caller that can
 * ask for less should allow few (`CallOptions.tries`).
 */
export function isTooHeavy(error: unknown): boolean {
  if (!isHeadraceError(error)) return false;
  const { code, status } = error;
  return (
    code === 'http.too_large' || code === 'http.timed_out' || (code === 'http.failed' && STATUSES.has(status))
  );
}
