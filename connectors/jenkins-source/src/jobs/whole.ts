import { isHeadraceError, isTooHeavy, type Page, type Select } from '@headrace/sdk';
import type { Requests } from '../answers/requests.ts';
import { pageOfRows, type Row, rowOf, type Unread } from '../answers/rows.ts';
import type { Item } from './item.ts';
import type { View } from './look.ts';
import { LISTED, nestedIn } from './nested.ts';
import { withoutLists } from './records.ts';
import { treeOf, WHOLE, WHOLES } from './trees.ts';

const FEW_TRIES = { tries: 3 };

/**
 * The records of the selected items of a folder. One that is missing from the list, because something asked of it cannot
 * be read, is asked for by itself; if that fails too, the page names it in `unreadable`.
 */
export async function wholePage<R extends string>(
  requests: Requests,
  view: View,
  selected: ReadonlyMap<string, Item>,
  select: Select<R>,
): Promise<Page<never, R>> {
  const rows = new Map<string, Row>();
  if (selected.size > 0)
    for (const { key, page, row } of await nestedOf(requests, view))
      if (selected.has(key)) {
        const { record, isMended } = rowOf(page, row);
        rows.set(key, { record: withoutLists(record), isMended });
      }
  const unread: Unread[] = [];
  for (const [key, { fullName, path }] of selected) {
    if (rows.has(key)) continue;
    try {
      const request = { path: `${path}/api/json`, query: { tree: WHOLE } };
      rows.set(key, rowOf(await requests.page(request, select('.'), FEW_TRIES), 0));
    } catch (error) {
      if (!isHeadraceError(error)) throw error;
      if (error.status !== 404) unread.push({ key: fullName, error });
    }
  }
  return pageOfRows([...rows.values()], unread, select);
}

/** The items of a folder; none, if the list is too much for one request: then each is asked for by itself. */
async function nestedOf(requests: Requests, { folder, levels, skip }: View) {
  const request = { path: `${folder.path}/api/json`, query: { tree: treeOf(WHOLES, levels, skip) } };
  try {
    return nestedIn(await requests.page(request, LISTED, FEW_TRIES));
  } catch (error) {
    const isTooLong = isHeadraceError(error) && (error.status === 414 || error.status === 431);
    if (isTooHeavy(error) || isTooLong) return [];
    throw error;
  }
}
