import { type Answer, html } from './answer.ts';
import { isAbout, type RouteFilter } from './filter.ts';
import { below, fraction } from './random.ts';

/**
 * The faults that every vendor's sandbox can inject. A vendor may add its own, and word the answers of these.
 * - `500`, `502` (HTML, like a gateway's), `503`; `429` with Retry-After, `429-bare` without
 * - `reset`: the connection is reset before the first byte; `reset-body`: in the middle of the body
 * - `cut-length`: the connection ends after half of the bytes announced in Content-Length
 * - `cut-chunked`: half of the body in chunks, then the connection ends without the last chunk
 * - `cut-json`: valid HTTP with status 200, but only the first half of the JSON
 * - `empty`: status 200 without a body
 * - `slow-body`: the body in ten pieces, spread over `ms` (default 1000)
 * - `repeat-token`: a page leads to itself again; no effect on a first page, which has no token
 * - `end-early`: a page claims to be the last one
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
export interface Fault<Kind extends string = FaultKind> {
  kind: Kind;
  /** For `429` and `503`: seconds in Retry-After. Default: 1 for a 429, no header for a 503. */
  retryAfterSeconds?: number;
  /** Additional headers, such as `RateLimit-Reason`. */
  headers?: Record<string, string>;
  /** For `slow-body`: how long sending the body takes. */
  ms?: number;
}

/** A fault for the next requests that match the filter. */
export interface FaultRule<Kind extends string = FaultKind> extends RouteFilter, Fault<Kind> {
  /** How many requests fail; default 1, null = all. */
  times?: number | null;
  /** How many matching requests succeed first; default 0. */
  after?: number;
}

/** Random faults for a share of requests. */
export interface FaultRate<Kind extends string = FaultKind> {
  /** From 0 to 1. */
  rate: number;
  /** Each kind is equally likely. */
  kinds: Kind[];
  /** Only requests that match this route fail; default all. See `RouteFilter`. */
  route?: string;
}

/** Answers that take the place of a route's, by kind of fault: a vendor's own kinds, or its words for the common ones. */
export type FaultAnswers = Readonly<Record<string, (fault: Fault<string>) => Answer>>;

/** All active faults, in the order in which they were set. */
export interface FaultPlan {
  seed: number;
  rate: FaultRate<string> | undefined;
  rules: FaultRule<string>[];
  /** Number of requests for which the rate was drawn. */
  drawn: number;
  /** The vendor's. */
  answers: FaultAnswers;
}

/** Rejects an unknown kind. Needed because the kind can come from JSON. */
export function checkKind({ answers }: FaultPlan, kind: string): void {
  const known = new Set<string>([...FAULT_KINDS, ...Object.keys(answers)]);
  if (!known.has(kind))
    throw new RangeError(`there is no fault '${kind}'; choose from ${[...known].join(', ')}`);
}

/** The fault for a request, if any: that of the first matching rule, otherwise a random one. */
export function nextFault(
  plan: FaultPlan,
  method: string,
  url: string,
  body: string,
): Fault<string> | undefined {
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

/**
 * The answer of a fault that takes the place of the route's answer; undefined if the fault only damages the answer.
 * @param error makes the vendor's error body
 */
export function faultAnswer(
  plan: FaultPlan,
  fault: Fault<string> | undefined,
  error: (status: number, message: string) => Answer,
): Answer | undefined {
  if (!fault) return undefined;
  const own = Object.hasOwn(plan.answers, fault.kind) ? plan.answers[fault.kind] : undefined;
  const answer = own?.(fault) ?? commonAnswer(fault, error);
  return answer && { ...answer, headers: { ...answer.headers, ...fault.headers } };
}

function commonAnswer(
  { kind, retryAfterSeconds }: Fault<string>,
  error: (status: number, message: string) => Answer,
): Answer | undefined {
  switch (kind) {
    case '500':
      return error(500, 'Internal server error');
    case '502':
      return html('<html><head><title>502 Bad Gateway</title></head></html>', 502);
    case '503':
      return retryAfter(error(503, 'Service temporarily unavailable'), retryAfterSeconds);
    case '429':
      return retryAfter(error(429, 'Too many requests'), retryAfterSeconds ?? 1);
    case '429-bare':
      return error(429, 'Too many requests');
    default:
      return undefined;
  }
}

function retryAfter(answer: Answer, seconds: number | undefined): Answer {
  if (seconds === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'Retry-After': String(seconds) } };
}
