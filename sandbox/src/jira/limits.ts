import type { Answer } from '../http/answer.ts';
import type { SandboxClock } from '../http/clock.ts';
import type { FaultAnswers } from '../http/faults.ts';
import type { LimitRule } from '../http/limits.ts';
import { json } from './answer.ts';

/**
 * Jira's limits (docs/vendors/jira-cloud.md, Rate limits). They use real time instead of the sandbox's clock: a client
 * that waits as told must get through, whatever the clock says.
 * @param burstPerSecond undefined = no burst limit
 */
export function jiraLimits(clock: SandboxClock, burstPerSecond: number | undefined): LimitRule[] {
  return [
    {
      name: 'burst',
      kind: 'bucket',
      amount: burstPerSecond,
      windowMs: 1000,
      now: () => performance.now(),
      counter: (_, route) => route,
      headers: ({ amount, left }) => ({
        'X-RateLimit-Limit': String(amount),
        'X-RateLimit-Remaining': String(Math.floor(left)),
        'X-RateLimit-Reset': new Date(clock.now() + 1000).toISOString(),
        'X-RateLimit-NearLimit': String(left < amount * 0.2),
      }),
      refuse: () => tooMany(1),
    },
    {
      name: 'quota',
      // The vendor's windows are an hour long and begin on the hour.
      kind: 'window',
      amount: undefined,
      windowMs: 3_600_000,
      now: () => Date.now(),
      counter: ({ caller }) => (caller === 'oauth' ? 'app' : undefined),
      cost: ({ path }, { status, body }) => (status === 200 ? pointsOf(path, body) : 0),
      refuse: ({ amount, resetMs }) =>
        json({ errorMessages: ['Rate limit exceeded.'], errors: {} }, 429, {
          'Retry-After': String(Math.ceil(resetMs / 1000)),
          'RateLimit-Reason': 'jira-quota-tenant-based',
          'X-RateLimit-Limit': String(amount),
          'X-RateLimit-Remaining': '0',
          'X-RateLimit-Reset': new Date(clock.now() + resetMs).toISOString(),
        }),
    },
  ];
}

/** A 429 as a fault looks like one of the burst limit. */
export const JIRA_FAULTS: FaultAnswers = {
  '429': ({ retryAfterSeconds }) => tooMany(retryAfterSeconds ?? 1),
  '429-bare': () => tooMany(undefined),
};

/** A 429 of the burst limit. Without `seconds` it has no Retry-After, like a gateway's. */
function tooMany(seconds: number | undefined): Answer {
  const retry: Record<string, string> =
    seconds === undefined ? {} : { 'Retry-After': String(seconds), 'RateLimit-Reason': 'jira-burst-based' };
  return json({ errorMessages: ['Rate limit exceeded.'], errors: {} }, 429, retry);
}

const LISTS = ['issues', 'values', 'comments', 'worklogs', 'histories', 'issueChangeLogs'];
const IDENTITY = /\/(myself|mypermissions|users?|groups?|permissionscheme|role)(\/|$)/;

/** The cost of an answer: 1, plus 1 for each object, or 2 for each user, group or permission. */
function pointsOf(path: string, body: Buffer): number {
  const value = JSON.parse(body.toString()) as unknown;
  return 1 + objectsIn(value) * (IDENTITY.test(path) ? 2 : 1);
}

function objectsIn(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  const members = value as Record<string, unknown>;
  const list = LISTS.map((name) => members[name]).find(Array.isArray);
  return list?.length ?? 1;
}
