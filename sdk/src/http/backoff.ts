/**
 * How long to wait between tries. Atlassian recommends 2 s doubling up to 30 s, with a jitter factor of 0.7–1.3.
 */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** The total number of tries of a request before its fault is final. */
  readonly tries: number;
}

export const defaultBackoff: Backoff = { firstMs: 2000, maxMs: 30_000, tries: 8 };

/** Milliseconds to wait before try number `next` (2 is the first retry). `random` is in [0, 1). */
export function backoffMs({ firstMs, maxMs }: Backoff, next: number, random: number): number {
  return Math.min(maxMs, firstMs * 2 ** (next - 2)) * (0.7 + 0.6 * random);
}
