import { Selection } from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import type { Job } from '../jobs/item.ts';

/** Jenkins's list `builds` shows so many of the newest ones, and does not walk through the others. */
const NEWEST = 100;
/** A longer gap is what rotation leaves behind. Only its two ends are looked for. */
const SHORT_GAP = 25;

/** A stretch of a job's builds: which numbers may exist, and how they are listed. */
export interface Numbers {
  /** The newest one first. A number that does not exist is no error. */
  readonly numbers: readonly number[];
  readonly list: 'builds' | 'allBuilds';
  /**
   * The range of the list in which those from the `newest` to the `oldest` stand. More may stand in it, and fewer if
   * builds came or went in the meantime.
   */
  rangeOf(newest: number, oldest: number): readonly [from: number, to: number];
}

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
  const listed = index.values('number').map(Number);
  const positions = new Map(listed.map((number, i) => [number, i]));
  const positionOf = (number: number): number => positions.get(number) ?? nextTo(listed, number);
  const inside = listed.filter((number) => number >= since && number <= high);
  const isOld = (number: number): boolean =>
    start !== undefined && number !== inside[0] && index.instant(positionOf(number), 'timestamp') < start;
  return {
    numbers: withGaps(inside, high, since).filter((number) => !positions.has(number) || !isOld(number)),
    list: 'allBuilds',
    rangeOf: (newest, oldest) => [positionOf(newest), positionOf(oldest) + 1],
  };
}

const INDEX = new Selection({ records: 'allBuilds', record: { number: 'number', timestamp: 'timestamp' } });

const indexes = new WeakMap<Job, ReturnType<typeof askedIndex>>();

/** The numbers of all builds of a job. The streams of a run share the answer; what began since stands before it. */
function indexOf(requests: Requests, job: Job): ReturnType<typeof askedIndex> {
  const known = indexes.get(job);
  if (known) return known;
  const asked = askedIndex(requests, job);
  indexes.set(job, asked);
  return asked;
}

const askedIndex = (requests: Requests, job: Job) =>
  requests.page({ path: `${job.path}/api/json`, query: { tree: 'allBuilds[number,timestamp]' } }, INDEX);

/** Where a number that is not listed would stand. */
function nextTo(listed: readonly number[], number: number): number {
  const at = listed.findIndex((one) => one < number);
  return at === -1 ? listed.length : at;
}

/**
 * The numbers with those that are missing between them: a build that cannot be read is missing from every list. Of a
 * long gap, and of what is below the oldest one, only the ends.
 */
function withGaps(listed: readonly number[], high: number, since: number): number[] {
  const all: number[] = [];
  let above = high + 1;
  for (const number of listed) {
    const gap = above - number - 1;
    for (let missing = above - 1; missing > number; missing--)
      if (gap <= SHORT_GAP || missing === above - 1 || missing === number + 1) all.push(missing);
    all.push(number);
    above = number;
  }
  if (above - 1 >= since && listed.length > 0) all.push(above - 1);
  return all;
}
