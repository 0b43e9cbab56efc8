import { selectOf } from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import type { Job } from '../jobs/item.ts';

/** Jenkins's list `builds` shows so many of the newest ones, and does not walk through the others. */
const NEWEST = 100;

/** A stretch of a job's builds, and how they are listed. */
export interface Numbers {
  /** The newest one first. Those of `builds` are all that may be; those of `allBuilds` exist. */
  readonly numbers: readonly number[];
  readonly list: 'builds' | 'allBuilds';
  /**
   * The range of the list in which those from the `newest` to the `oldest` stand. More may stand in it, and fewer if
   * builds came or went in the meantime.
   */
  rangeOf(newest: number, oldest: number): readonly [from: number, to: number];
}

const select = selectOf({ number: 'number', timestamp: 'timestamp' });

/**
 * The builds of a job from `until` down to `since`, both included. A range of the list `allBuilds` makes Jenkins load
 * every build of the job, for each request (docs/vendors/jenkins.md, Cost). So the newest 100 are listed as `builds`;
 * for more, one request without a range lists the numbers, and then large ranges the builds.
 * @param start builds that began earlier (ms since 1970) are left out, apart from the newest one
 */
export async function numbersIn(
  requests: Requests,
  job: Job,
  since: number,
  until: number | undefined,
  start: number | undefined,
): Promise<Numbers> {
  const last = job.last?.number ?? 0;
  const high = Math.min(until ?? last, last);
  if (last - since < NEWEST)
    return {
      numbers: Array.from({ length: high - since + 1 }, (_, i) => high - i),
      list: 'builds',
      // Where numbers are missing, builds stand further ahead than their numbers say.
      rangeOf: (_, oldest) => [0, last - oldest + 1],
    };
  const index = await indexOf(requests, job);
  const positions = new Map(index.values('number').map((number, i) => [Number(number), i]));
  const positionOf = (number: number): number => positions.get(number) ?? 0;
  const inside = [...positions.keys()].filter((number) => number >= since && number <= high);
  const isOld = (number: number): boolean =>
    start !== undefined && index.instant(positionOf(number), 'timestamp') < start;
  return {
    numbers: inside.filter((number, i) => i === 0 || !isOld(number)),
    list: 'allBuilds',
    rangeOf: (newest, oldest) => [positionOf(newest), positionOf(oldest) + 1],
  };
}

/**
 * Which of some numbers exist, as far as one request tells: a list of nothing but numbers leaves nothing out. Those
 * below the newest 100 may.
 */
export async function existing(
  requests: Requests,
  job: Job,
  numbers: readonly number[],
): Promise<readonly number[]> {
  const request = { path: `${job.path}/api/json`, query: { tree: 'builds[number]' } };
  const listed = (await requests.page(request, select('builds'))).values('number').map(Number);
  const there = new Set(listed);
  const lowest = listed.length < NEWEST ? 0 : Math.min(...listed);
  return numbers.filter((number) => there.has(number) || number < lowest);
}

const indexes = new WeakMap<Job, ReturnType<typeof askedIndex>>();

/** The numbers of all builds of a job. The streams of a run share the answer; what began since stands before it. */
function indexOf(requests: Requests, job: Job): ReturnType<typeof askedIndex> {
  const known = indexes.get(job);
  if (known) return known;
  const asked = askedIndex(requests, job);
  indexes.set(job, asked);
  return asked;
}

const askedIndex = (requests: Requests, job: Job) => {
  const request = { path: `${job.path}/api/json`, query: { tree: 'allBuilds[number,timestamp]' } };
  return requests.page(request, select('allBuilds'));
};
