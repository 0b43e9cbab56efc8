import { keepRows, type Page, pageOfRecords, pagesByIds, type Select } from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import type { Job } from '../jobs/item.ts';
import { aloneAt } from './alone.ts';
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
    const answers = await lookedFor(runs, ask);
    const records: Array<[number, Uint8Array]> = [...answers].flatMap(([number, answer]) =>
      answer.kind === 'here' ? [[number, answer.page.record(0)]] : [],
    );
    for (let row = 0; row < (found?.count ?? 0); row++) {
      const number = Number(found!.id(row, 'number'));
      if (asked.has(number)) records.push([number, found!.record(row)]);
    }
    const sorted = records.sort(([a], [b]) => b - a).map(([, record]) => record);
    const whole = pageOfRecords(sorted, select(''));
    const failed = [...answers].flatMap(([number, answer]) =>
      answer.kind === 'unreadable' ? [{ number, error: answer.error }] : [],
    );
    whole.unreadable = failed.map(({ number }) => String(number));
    whole.because = failed[0]?.error;
    return whole;
  }

  const listed = (from: number, to: number) => {
    const asked = listedOnly === undefined ? tree : `${tree},${listedOnly}`;
    const query = { tree: `${list}[${asked}]{${from},${to}}` };
    return requests.page({ path: `${job.path}/api/json`, query }, selection, FEW_TRIES);
  };

  yield* pagesByIds(numbers, page, { most: PAGE_SIZE }) as AsyncGenerator<Page<never, R | 'number'>>;
}
