import { type Answer, json } from './answer.ts';

/** Jira's burst limit: requests per second for each route and method. The bucket holds one second's worth. */
export interface RateLimit {
  perSecond: number | undefined;
  buckets: Map<string, { tokens: number; at: number }>;
}

/**
 * Takes a token for a request. Uses real time instead of the sandbox's clock: a client that waits as told must get
 * through, whatever the clock says.
 * @param key route and method
 * @param dateNow ms since 1970 by the sandbox's clock, for X-RateLimit-Reset
 */
export function takeToken(
  limit: RateLimit,
  key: string,
  dateNow: number,
): { headers: Record<string, string>; refusal?: Answer } {
  const { perSecond } = limit;
  if (perSecond === undefined) return { headers: {} };
  const now = performance.now();
  const bucket = limit.buckets.get(key) ?? { tokens: perSecond, at: now };
  bucket.tokens = Math.min(perSecond, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
  bucket.at = now;
  limit.buckets.set(key, bucket);
  const allowed = bucket.tokens >= 1;
  if (allowed) bucket.tokens--;
  const headers: Record<string, string> = {
    'X-RateLimit-Limit': String(perSecond),
    'X-RateLimit-Remaining': String(Math.floor(bucket.tokens)),
    'X-RateLimit-Reset': new Date(dateNow + 1000).toISOString(),
    'X-RateLimit-NearLimit': String(bucket.tokens < perSecond * 0.2),
  };
  return allowed ? { headers } : { headers, refusal: tooMany(1, headers) };
}

/** A 429 of the burst limit. Without `seconds` it has no Retry-After, like a gateway's. */
export function tooMany(seconds: number | undefined, headers: Record<string, string> = {}): Answer {
  const retry: Record<string, string> =
    seconds === undefined ? {} : { 'Retry-After': String(seconds), 'RateLimit-Reason': 'jira-burst-based' };
  return json({ errorMessages: ['Rate limit exceeded.'], errors: {} }, 429, { ...retry, ...headers });
}
