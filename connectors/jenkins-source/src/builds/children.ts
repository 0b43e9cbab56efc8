import {
  childrenPage,
  type HeadraceError,
  type Page,
  pageOfRecords,
  selectOf,
  workAhead,
} from '@headrace/sdk';
import { BUILD } from './cursor.ts';

/** What belongs to a build: a page of it, nothing, or a reason why it cannot be read now. */
export type Children = { readonly page: Page } | { readonly error: HeadraceError } | undefined;

/** Builds whose children are held at a time. */
const AT_ONCE = 4;

const select = selectOf(BUILD);

/**
 * The children of builds, as `openChildren` takes them: builds that have none stand in pages of their own.
 * @param builds pages of builds, with the values of `BUILD`
 * @param mayHave whether a build is asked for its children: it is new or open, and of the right kind
 * @param ask brings the children of a build
 */
export async function* childPages<R extends string>(
  builds: AsyncIterable<Page<never, R | 'number'>>,
  mayHave: (page: Page<never, R | 'number'>, row: number) => boolean,
  ask: (number: string) => Promise<Children>,
): AsyncGenerator<Page> {
  for await (const page of builds) {
    /** Builds without children, up to the next one that has some. */
    let childless: Uint8Array[] = [];
    const rows = Array.from({ length: page.count }, (_, row) => row);
    const answers = workAhead(rows, AT_ONCE, async (row) => ({
      row,
      number: page.id(row, 'number') ?? '',
      children: mayHave(page, row) ? await ask(page.id(row, 'number') ?? '') : undefined,
    }));
    for await (const { row, number, children } of answers) {
      if (!children) {
        childless.push(page.record(row));
        continue;
      }
      if (childless.length > 0) yield pageOfRecords(childless, select(''));
      childless = [];
      if ('error' in children) yield unreadable([number], children.error);
      else yield childrenPage(children.page, select('.').scan(page.record(row)));
    }
    if (childless.length > 0) yield pageOfRecords(childless, select(''));
    if (page.unreadable.length > 0) yield unreadable(page.unreadable, page.because);
  }
}

function unreadable(numbers: readonly string[], because: HeadraceError | undefined): Page {
  const page: Page = pageOfRecords([], select(''));
  page.unreadable = numbers;
  page.because = because;
  return page;
}
