import { type Answer, text } from '../http/answer.ts';
import type { SandboxClock } from '../http/clock.ts';
import type { FaultAnswers } from '../http/faults.ts';
import type { LimitRule } from '../http/limits.ts';
import type { Room } from '../http/meter.ts';
import { problem } from './answer.ts';

const TOO_MANY = 'Rate limit for this resource has been exceeded';
const HOUR = 3_600_000;
/** Access tokens of a repository, project or workspace have the scaled limits and their headers. */
const isScaled = (caller: string | undefined): boolean =>
  caller === 'workspace-token' || caller === 'repository-token';
const isCounted = (path: string): boolean => path.startsWith('/2.0/repositories/');

/**
 * Bitbucket's limits: requests in any hour, by the sandbox's clock. `hour` is that of a user and of an OAuth consumer,
 * without headers; `scaled` that of each access token.
 */
export function bitbucketLimits(clock: SandboxClock, perHour: number | undefined): LimitRule[] {
  const shared = { kind: 'rolling', amount: perHour, windowMs: HOUR, now: () => clock.now() } as const;
  return [
    {
      ...shared,
      name: 'hour',
      counter: ({ path, caller }) =>
        isCounted(path) && !isScaled(caller) ? (caller ?? 'nobody') : undefined,
      refuse: () => text(TOO_MANY, 429),
    },
    {
      ...shared,
      name: 'scaled',
      counter: ({ path, caller }) => (isCounted(path) && isScaled(caller) ? caller : undefined),
      headers: scaledHeaders,
      refuse: (room) => tooMany(clock, room.resetMs),
    },
  ];
}

/** `Reset` is seconds left, not a time. */
function scaledHeaders({ amount, left, resetMs }: Room): Record<string, string> {
  return {
    'X-RateLimit-Limit': String(amount),
    'X-RateLimit-Remaining': String(Math.max(0, Math.floor(left))),
    'X-RateLimit-Reset': String(Math.ceil(resetMs / 1000)),
    'X-RateLimit-NearLimit': String(left < amount * 0.2),
    'X-RateLimit-Resource': 'api-repositories',
  };
}

/** A 429 whose Retry-After is a date, in whole seconds not before the time. */
function tooMany(clock: SandboxClock, ms: number): Answer {
  const until = Math.ceil((clock.now() + ms) / 1000) * 1000;
  const { headers, ...answer } = problem(429, TOO_MANY);
  return { ...answer, headers: { ...headers, 'Retry-After': new Date(until).toUTCString() } };
}

/** Bitbucket's kinds of faults besides the common ones. */
export const OWN_FAULTS = ['429-edge', '555', 'gone', 'denied'] as const;

/** One of {@link OWN_FAULTS}. */
export type BitbucketFault = (typeof OWN_FAULTS)[number];

/**
 * - `429`: as of the scaled limit; `429-bare`: the classic one, plain text without Retry-After
 * - `429-edge`: of the edge, for bursts on one endpoint
 * - `555`: a diff that takes too long
 * - `gone`: 404, `denied`: 403
 */
export function bitbucketFaults(clock: SandboxClock): FaultAnswers {
  return {
    '429': ({ retryAfterSeconds = 1 }) => tooMany(clock, retryAfterSeconds * 1000),
    '429-bare': () => text(TOO_MANY, 429),
    '429-edge': () => text('', 429, { 'x-envoy-ratelimited': 'true' }),
    '555': () => problem(555, 'Diff took too long'),
    gone: () => problem(404, 'Resource not found'),
    denied: () => problem(403, 'Access denied. You must have write or admin access.'),
  } satisfies Record<'429' | '429-bare' | BitbucketFault, FaultAnswers[string]>;
}
