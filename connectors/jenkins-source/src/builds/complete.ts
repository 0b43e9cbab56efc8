import { type Log, type OpenRange, type Page, type Select, workAhead } from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import { pageOfRows, type Row, rowOf, type Unread } from '../answers/rows.ts';
import type { Job } from '../jobs/item.ts';
import { aloneAt, mustBeThere } from './alone.ts';

/** Builds held at a time: with all that plugins say, some are large. */
const HELD = 50;

/** How complete builds are asked for. */
export interface CompleteOptions<R extends string> {
  /** Asked of a build of which not everything can be read. */
  readonly tree: string;
  readonly select: Select<R>;
  readonly concurrency: number;
  readonly log: Log;
}

/**
 * Builds with everything that Jenkins and its plugins say about them, one request each. If an action of a plugin makes
 * that fail, the build is asked for as without this option, and a warning names it.
 * @param pages which builds, the newest first
 * @param wants which builds are new, changed or open, see `OpenRange`; the others were sent before
 */
export async function* completePages<R extends string>(
  requests: Requests,
  job: Job,
  pages: AsyncIterable<Page<never, R | 'number'>>,
  wants: OpenRange['wants'],
  { tree, select, concurrency, log }: CompleteOptions<R>,
): AsyncGenerator<Page<never, R>> {
  const selection = select('.');
  const ask = async (number: number) => {
    const complete = await aloneAt(requests, job, number, undefined, selection);
    if (complete.kind !== 'unreadable') return [number, complete] as const;
    const { message } = complete.error;
    log.warn(
      `${job.key} #${number}: what plugins say cannot be read (${message}); the rest is sent without it`,
    );
    return [number, await aloneAt(requests, job, number, tree, selection)] as const;
  };
  for await (const page of pages) {
    const wanted = wants(page as unknown as Page);
    const numbers = page
      .values('number')
      .map(Number)
      .filter((_, row) => wanted[row] === 1);
    for (let at = 0; at === 0 || at < numbers.length; at += HELD) {
      const rows: Row[] = [];
      const unread: Unread[] = at === 0 ? page.unreadable.map((key) => ({ key, error: page.because })) : [];
      let isGone = false;
      for await (const [number, answer] of workAhead(numbers.slice(at, at + HELD), concurrency, ask)) {
        isGone ||= answer.kind === 'gone';
        if (answer.kind === 'here') rows.push(rowOf(answer.page, 0));
        else if (answer.kind === 'unreadable') unread.push({ key: String(number), error: answer.error });
      }
      if (isGone) await mustBeThere(requests, job);
      yield pageOfRows(rows, unread, select);
    }
  }
}
