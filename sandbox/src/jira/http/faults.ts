import type { FaultRate } from '../options.ts';
import { below, fraction } from '../random.ts';
import { isAbout, type RouteFilter } from './route.ts';

/**
 * What can go wrong with an answer:
 * - `500`, `502` (HTML, as gateways answer), `503`; `429` with Retry-After, `429-bare` without
 * - `reset`: the connection is reset before any byte; `reset-body`: in the middle of the body
 * - `cut-length`: half the bytes that Content-Length announces, then the end of the connection
 * - `cut-chunked`: half the body in chunks, then the end, without the last chunk
 * - `cut-json`: valid HTTP, status 200, and the JSON is only its first half
 * - `empty`: status 200 and no body at all
 * - `slow-body`: the body in ten pieces, spread over `ms` (→ 1000)
 * - `repeat-token`: a search hands out the page token it was given; on a first page, which has none, nothing happens
 * - `end-early`: a search says that it is at its last page
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

/** A fault as it is applied to one answer. */
export interface Fault {
  kind: FaultKind;
  /** For `429` and `503`: seconds in Retry-After, → 1 for a 429, none for a 503. */
  retryAfterSeconds?: number;
  /** Headers on top, such as `RateLimit-Reason`. */
  headers?: Record<string, string>;
  /** For `slow-body`: how long the body takes. */
  ms?: number;
}

/** Faults for the next requests that a filter is about. */
export interface FaultRule extends RouteFilter, Fault {
  /** How many requests, → 1; null: always. */
  times?: number | null;
  /** How many matching requests pass first, → 0. */
  after?: number;
}

/** What is to go wrong, in the order in which it was asked for. */
export interface FaultPlan {
  seed: number;
  rate: FaultRate | undefined;
  rules: FaultRule[];
  /** Requests that the rate was drawn for. */
  drawn: number;
}

/** Refuses a kind that does not exist, as JSON from outside may name one. */
export function checkKind(kind: string): void {
  if (!FAULT_KINDS.some((known) => known === kind))
    throw new RangeError(`no fault '${kind}'; there are ${FAULT_KINDS.join(', ')}`);
}

/** The fault for a request, if any: the first rule that is about it, else the rate. */
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
