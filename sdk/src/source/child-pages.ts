import { isHeadraceError } from '../errors.ts';
import { mayBeOneRecords } from '../http/blame.ts';
import { DEFAULT_CONCURRENCY } from '../http/limits/limiter.ts';
import { Page } from '../protocol/page.ts';
import { pageOfRecords } from '../protocol/records-page.ts';
import { childrenPage } from './cursors/open-children.ts';
import { Streak } from './halved.ts';
import { selectOf } from './select.ts';
import { workAhead } from './work-ahead.ts';

/** How the children of parents are requested. */
export interface ChildPagesOptions<R extends string> {
  /** The selected values of a parent that the cursor goes by. */
  readonly record: Readonly<Record<R, string>>;
  /** Which of them identifies a parent. */
  readonly key: NoInfer<R>;
  /** Whether a parent has to be asked for its children, see `OpenRange.wants`. */
  readonly wants: (page: Page<string, R>, row: number) => boolean;
  /**
   * All children of a parent, on one page; undefined if it has none. If it fails, perhaps because of this parent, the
   * parent is asked again by the next run, and the others come.
   */
  readonly ask: (page: Page<string, R>, row: number) => Promise<Page | undefined>;
  /** How many parents are asked at a time, and held at most. Default: 8. */
  readonly most?: number;
}

/**
 * The children of parents, as `openChildren` takes them: a page for each parent that has some. Parents that are not
 * asked, or have none, are on pages of their own, in the order of the list.
 */
export async function* childPages<R extends string>(
  parents: AsyncIterable<Page<string, R>>,
  { record, key, wants, ask, most = DEFAULT_CONCURRENCY }: ChildPagesOptions<R>,
): AsyncGenerator<Page> {
  const select = selectOf(record);
  const streak = new Streak();

  /** @returns what a row brings, or why it cannot be read */
  async function look(page: Page<string, R>, row: number): Promise<{ children?: Page; error?: unknown }> {
    if (!wants(page, row)) return {};
    try {
      return { children: await ask(page, row) };
    } catch (error) {
      return { error };
    }
  }

  for await (const page of parents) {
    let childless: Uint8Array[] = [];
    const rows = Array.from({ length: page.count }, (_, row) => row);
    const answers = workAhead(rows, most, async (row) => ({ row, ...(await look(page, row)) }));
    for await (const { row, children, error } of answers) {
      if (error === undefined && !children) {
        childless.push(page.record(row));
        continue;
      }
      if (childless.length > 0) yield pageOfRecords(childless, select(''));
      childless = [];
      const id = page.id(row, key);
      if (children) {
        streak.came();
        yield childrenPage(children, select('.').scan(page.record(row)));
      } else if (id !== undefined && isHeadraceError(error) && mayBeOneRecords(error) && streak.failed(error))
        yield Page.unreadable([id], error);
      else throw error;
    }
    if (childless.length > 0) yield pageOfRecords(childless, select(''));
    if (page.unreadable.length > 0) yield Page.unreadable(page.unreadable, page.because);
  }
}
