import { keepRows, type Page, pagesByIds, type Select } from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import { pageOfRows, type Row, rowOf, type Unread } from '../answers/rows.ts';
import type { Job } from '../jobs/item.ts';
import { aloneAt, mustBeThere } from './alone.ts';
import { askedFor } from './asked.ts';
import { existing, type Numbers } from './numbers.ts';

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
 * The builds of some numbers, the newest first. Jenkins leaves a build out of a list, without a word, if something asked
 * of it cannot be read. Such a build is asked for by itself; if that fails too, the page names it in `unreadable`.
 */
export async function* listedBuilds<R extends string>(
  requests: Requests,
  job: Job,
  { numbers, list, rangeOf }: Numbers,
  { tree, listedOnly, select }: BuildQuery<R>,
): AsyncGenerator<Page<never, R | 'number'>> {
  const selection = select(list);
  const alone = select('.');
  /** How many builds began since the numbers were listed: so much further down stand the others. */
  let shift = 0;

  /** The range of the list in which some builds stand; undefined for one that is asked for alone. */
  async function listed(wanted: readonly number[]): Promise<Page<never, R | 'number'> | undefined> {
    if (wanted.length === 1 && numbers.length > 1) return undefined;
    const [from, to] = rangeOf(wanted[0]!, wanted.at(-1)!);
    const asked = listedOnly === undefined ? tree : `${tree},${listedOnly}`;
    const query = { tree: `${list}[${asked}]{${from + shift},${to + shift}}` };
    const found = await requests.page({ path: `${job.path}/api/json`, query }, selection, FEW_TRIES);
    const newer = found.values('number').findIndex((number) => Number(number) <= wanted[0]!);
    if (list === 'allBuilds' && newer > 0) shift += newer;
    return found;
  }

  async function page(wanted: readonly number[]): Promise<Page<never, R | 'number'>> {
    const found = await listed(wanted);
    const there = new Map(found?.values('number').map((number, row) => [Number(number), row]));
    const missing = wanted.filter((number) => !there.has(number));
    const asked = new Set(wanted);
    if (found && missing.length === 0) {
      keepRows(found, (row) => asked.has(Number(found.id(row, 'number'))));
      return found;
    }
    const rows = new Map<number, Row>();
    for (const [number, row] of there) if (asked.has(number)) rows.set(number, rowOf(found!, row));
    const worth = list === 'builds' && found ? await existing(requests, job, missing) : missing;
    const answers = await askedFor(worth, (number) => aloneAt(requests, job, number, tree, alone));
    const unread: Unread[] = [];
    for (const [number, answer] of answers) {
      if (answer.kind === 'here') rows.set(number, rowOf(answer.page, 0));
      else if (answer.kind === 'unreadable') unread.push({ key: String(number), error: answer.error });
    }
    if ([...answers.values()].some(({ kind }) => kind === 'gone')) await mustBeThere(requests, job);
    const sorted = [...rows].sort(([a], [b]) => b - a).map(([, row]) => row);
    return pageOfRows(sorted, unread, select);
  }

  yield* pagesByIds(numbers, page, { most: PAGE_SIZE }) as AsyncGenerator<Page<never, R | 'number'>>;
}
