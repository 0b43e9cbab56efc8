import type { FaultRate } from '../options.ts';
import { below, fraction } from '../random.ts';
import { isAbout, type RouteFilter } from './route.ts';

/**
 * The faults that can be injected:
 * - `500`, `502` (HTML, like a gateway's), `503`; `429` with Retry-After, `429-bare` without
 * - `reset`: the connection is reset before the first byte; `reset-body`: in the middle of the body
 * - `cut-length`: the connection ends after half of the bytes announced in Content-Length
 * - `cut-chunked`: half of the body in chunks, then the connection ends without the last chunk
 * - `cut-json`: valid HTTP with status 200, but only the first half of the JSON
 * - `empty`: status 200 without a body
 * - `slow-body`: the body in ten pieces, spread over `ms` (default 1000)
 * - `repeat-token`: a search returns the page token it was given; no effect on a first page, which has none
 * - `end-early`: a search claims that this is its last page
 */
export const FAULT_KINDS = [
  '500',
  '502',
  '503',
  '429',
  '429-bare',
  'reset',
  'reset-body',
  'cut-length',
  'cut-chunked',
  'cut-json',
  'empty',
  'slow-body',
  'repeat-token',
  'end-early',
] as const;

/** One of {@link FAULT_KINDS}. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault as applied to one answer. */
export interface Fault {
  kind: FaultKind;
  /** For `429` and `503`: seconds in Retry-After. Default: 1 for a 429, no header for a 503. */
  retryAfterSeconds?: number;
  /** Additional headers, such as `RateLimit-Reason`. */
  headers?: Record<string, string>;
  /** For `slow-body`: how long sending the body takes. */
  ms?: number;
}

/** A fault for the next requests that match the filter. */
export interface FaultRule extends RouteFilter, Fault {
  /** How many requests fail; default 1, null = all. */
  times?: number | null;
  /** How many matching requests succeed first; default 0. */
  after?: number;
}

/** All active faults, in the order in which they were set. */
export interface FaultPlan {
  seed: number;
  rate: FaultRate | undefined;
  rules: FaultRule[];
  /** Number of requests for which the rate was drawn. */
  drawn: number;
}

/** Rejects an unknown kind. Needed because the kind can come from JSON. */
export function checkKind(kind: string): void {
  if (!FAULT_KINDS.some((known) => known === kind))
    throw new RangeError(`there is no fault '${kind}'; choose from ${FAULT_KINDS.join(', ')}`);
}

/** The fault for a request, if any: that of the first matching rule, otherwise a random one. */
export function nextFault(plan: FaultPlan, method: string, url: string, body: string): Fault | undefined {
  for (const rule of plan.rules) {
    if (!isAbout(rule, method, url, body)) continue;
    if ((rule.after ?? 0) > 0) {
      rule.after!--;
      continue;
    }
    if (rule.times !== null) {
      rule.times = (rule.times ?? 1) - 1;
      if (rule.times <= 0) plan.rules.splice(plan.rules.indexOf(rule), 1);
    }
    return rule;
  }
  const { rate, seed } = plan;
  if (
    !rate ||
    rate.rate <= 0 ||
    rate.kinds.length === 0 ||
    !isAbout({ route: rate.route }, method, url, body)
  )
    return undefined;
  const n = plan.drawn++;
  if (fraction(seed, n, 90_001) >= rate.rate) return undefined;
  return { kind: rate.kinds[below(rate.kinds.length, seed, n, 90_002)]! };
}
