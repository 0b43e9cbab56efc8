import type { OpenRange, Page } from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import { pageOfRows, type Row, rowOf, type Unread } from '../answers/rows.ts';
import type { Job } from '../jobs/item.ts';
import { aloneAt, mustBeThere } from './alone.ts';
import { askedFor } from './asked.ts';
import { isRecreated, isReset, topIn } from './identity.ts';
import { type BuildQuery, listedBuilds } from './lists.ts';
import { numbersIn } from './numbers.ts';

/** A build that was not finished is listed with the new ones if it is among so many newest ones. */
const NEAR = 20;

/**
 * The builds that an open set asks for. A job without a new build and without an open one costs no request: the list
 * of jobs shows its newest build.
 * @param start builds that began earlier (ms since 1970) are not sent
 */
export async function* buildPages<R extends string>(
  requests: Requests,
  job: Job,
  from: OpenRange,
  query: BuildQuery<R>,
  start: number | undefined,
): AsyncGenerator<Page<never, R | 'number'>> {
  // A gap that an interrupted read left is a part of its own; the newest builds are judged with the head.
  const isHead = from.until === undefined;
  if (isHead && from.top && isReset(job, from.top)) from.restart();
  const top = isHead ? from.top : undefined;
  const last = job.last?.number ?? 0;
  const isNew = !isHead || last > Number(top?.id ?? from.since ?? 0);
  const near = isNew ? from.again.filter((id) => last - Number(id) < NEAR) : [];
  const far = from.again.filter((id) => !near.includes(id));
  if (isNew) {
    const since = Math.min(Number(from.since ?? 1), ...near.map(Number));
    const until = from.until === undefined ? undefined : Number(from.until);
    const numbers = await numbersIn(requests, job, since, until, start);
    const missing = new Set(near);
    let isFirst = true;
    for await (const page of listedBuilds(requests, job, numbers, query)) {
      if (isFirst && top && (await isRecreated(requests, job, top, topIn(page, top)))) {
        from.restart();
        yield* buildPages(requests, job, from, query, start);
        return;
      }
      isFirst = false;
      for (const number of [...page.values('number'), ...page.unreadable]) missing.delete(number);
      yield page;
    }
    far.push(...missing);
  }
  if (far.length > 0) yield await openPage(requests, job, from, far, query);
}

/** Builds that were not finished, each by its number. */
async function openPage<R extends string>(
  requests: Requests,
  job: Job,
  { gone }: OpenRange,
  ids: readonly string[],
  { tree, select }: BuildQuery<R>,
): Promise<Page<never, R | 'number'>> {
  const ask = (number: number) => aloneAt(requests, job, number, tree, select('.'));
  const answers = await askedFor(ids.map(Number), ask);
  if ([...answers.values()].some(({ kind }) => kind === 'gone')) await mustBeThere(requests, job);
  const rows: Row[] = [];
  const unread: Unread[] = [];
  for (const [number, answer] of answers) {
    if (answer.kind === 'here') rows.push(rowOf(answer.page, 0));
    else if (answer.kind === 'gone') gone(String(number));
    else unread.push({ key: String(number), error: answer.error });
  }
  return pageOfRows(rows, unread, select);
}
