import { keepRows, type Page, pagesByIds, type Select } from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import { pageOfRows, type Row, rowOf, type Unread } from '../answers/rows.ts';
import type { Job } from '../jobs/item.ts';
import { aloneAt, mustBeThere } from './alone.ts';
import { lookedFor, runsOf } from './missing.ts';
import type { Numbers } from './numbers.ts';

/** A page of builds holds at most so many: each request for more makes Jenkins walk through all of the job's builds. */
const PAGE_SIZE = 1000;
/** Smaller requests follow one that fails. */
const FEW_TRIES = { tries: 3 };

/** What is asked of builds, and which of their values are looked at. */
export interface BuildQuery<R extends string> {
  readonly tree: string;
  /** What a list is asked besides, and a single build is not: it keeps builds out of lists. */
  readonly listedOnly?: string;
  readonly select: Select<R | 'number'>;
}

/**
 * The builds of some numbers, the newest first. A build that a list leaves out is asked for by itself; if it cannot
 * be read, the page names it in `unreadable`, and if it does not exist, there is nothing to send.
 */
export async function* listedBuilds<R extends string>(
  requests: Requests,
  job: Job,
  { numbers, list, rangeOf }: Numbers,
  { tree, listedOnly, select }: BuildQuery<R>,
): AsyncGenerator<Page<never, R | 'number'>> {
  const selection = select(list);
  const alone = select('.');
  const ask = (number: number) => aloneAt(requests, job, number, tree, alone);
  /** How many builds began since the numbers were listed: so much further down stand the others. */
  let shift = 0;

  async function page(wanted: readonly number[]): Promise<Page<never, R | 'number'>> {
    const [newest, oldest] = [wanted[0]!, wanted.at(-1)!];
    const [from, to] = rangeOf(newest, oldest);
    const found =
      wanted.length === 1 && numbers.length > 1 ? undefined : await listed(from + shift, to + shift);
    const there = new Set(found?.values('number').map(Number));
    if (found && list === 'allBuilds')
      shift += Math.max(
        0,
        found.values('number').findIndex((one) => Number(one) <= newest),
      );
    const isFirst = oldest <= 1 && oldest === numbers.at(-1);
    const runs = runsOf(wanted, (number) => there.has(number), isFirst);
    const asked = new Set(wanted);
    if (found && runs.length === 0) {
      keepRows(found, (row) => asked.has(Number(found.id(row, 'number'))));
      return found;
    }
    const rows = new Map<number, Row>();
    for (const [row, number] of (found?.values('number').map(Number) ?? []).entries())
      if (asked.has(number)) rows.set(number, rowOf(found!, row));
    const unread: Unread[] = [];
    const lowest = Math.min(...there);
    let isGone = false;
    for (const [number, answer] of await lookedFor(runs, ask)) {
      // Nothing is expected below the oldest one.
      isGone ||= answer.kind === 'gone' && number > lowest;
      if (answer.kind === 'here') rows.set(number, rowOf(answer.page, 0));
      else if (answer.kind === 'unreadable') unread.push({ key: String(number), error: answer.error });
    }
    if (isGone) await mustBeThere(requests, job);
    const sorted = [...rows].sort(([a], [b]) => b - a).map(([, row]) => row);
    return pageOfRows(sorted, unread, select);
  }

  const listed = (from: number, to: number) => {
    const asked = listedOnly === undefined ? tree : `${tree},${listedOnly}`;
    const query = { tree: `${list}[${asked}]{${from},${to}}` };
    return requests.page({ path: `${job.path}/api/json`, query }, selection, FEW_TRIES);
  };

  yield* pagesByIds(numbers, page, { most: PAGE_SIZE }) as AsyncGenerator<Page<never, R | 'number'>>;
}
