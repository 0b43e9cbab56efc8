import { type Answer, json } from './answer.ts';

/**
 * Points that an OAuth app may spend in a window. The vendor's windows are an hour long and begin on the hour
 * (docs/vendors/jira-cloud.md, Rate limits). Uses real time, like the burst limit.
 */
export interface Quota {
  points: number | undefined;
  windowMs: number;
  /** Points spent in the window that began at `began` (ms since 1970). */
  spent: number;
  began: number;
}

export function noQuota(): Quota {
  return { points: undefined, windowMs: 3_600_000, spent: 0, began: 0 };
}

/**
 * The 429 for a request once the window's points are spent, or undefined.
 * @param dateNow ms since 1970 by the sandbox's clock, for X-RateLimit-Reset
 */
export function overQuota(quota: Quota, dateNow: number): Answer | undefined {
  const { points, windowMs } = quota;
  if (points === undefined) return undefined;
  const now = Date.now();
  const began = Math.floor(now / windowMs) * windowMs;
  if (began !== quota.began) Object.assign(quota, { began, spent: 0 });
  if (quota.spent < points) return undefined;
  const leftMs = began + windowMs - now;
  return json({ errorMessages: ['Rate limit exceeded.'], errors: {} }, 429, {
    'Retry-After': String(Math.ceil(leftMs / 1000)),
    'RateLimit-Reason': 'jira-quota-tenant-based',
    'X-RateLimit-Limit': String(points),
    'X-RateLimit-Remaining': '0',
    'X-RateLimit-Reset': new Date(dateNow + leftMs).toISOString(),
  });
}

const LISTS = ['issues', 'values', 'comments', 'worklogs', 'histories', 'issueChangeLogs'];
const IDENTITY = /\/(myself|mypermissions|users?|groups?|permissionscheme|role)(\/|$)/;

/** The cost of an answer: 1, plus 1 for each object, or 2 for each user, group or permission. */
export function pointsOf(path: string, body: Buffer): number {
  const value = JSON.parse(body.toString()) as unknown;
  return 1 + objectsIn(value) * (IDENTITY.test(path) ? 2 : 1);
}

function objectsIn(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  const members = value as Record<string, unknown>;
  const list = LISTS.map((name) => members[name]).find(Array.isArray);
  return list?.length ?? 1;
}
