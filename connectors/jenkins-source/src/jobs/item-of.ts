import { DataError } from '@headrace/sdk';
import type { Folder, Item, LastBuild } from './item.ts';
import type { Nested } from './nested.ts';
import { childPath } from './paths.ts';

/**
 * The item that a row of a list shows.
 * @param hidesLast its newest build cannot be read
 * @throws DataError (`jenkins.no_full_name`) if this is no Jenkins, or one that is too old
 */
export function itemOf(nested: Nested, above: Folder, hidesLast = false): Item {
  const { page, row, list } = nested;
  const fullName = page.text(row, 'fullName');
  if (fullName === undefined) {
    throw new DataError('an item in the list of jobs has no fullName', {
      code: 'jenkins.no_full_name',
      place: `GET ${above.path}/api/json`,
      hint: 'is base_url the address of a Jenkins of 2014 or newer?',
    });
  }
  const { path } = folderOf(nested, above);
  const next = Number(page.id(row, 'next'));
  const isJob = !Number.isNaN(next);
  const job = isJob
    ? { key: fullName, path, next, last: lastOf(nested, hidesLast ? next - 1 : 0) }
    : undefined;
  return { fullName, path, above, job, partOf: list === 'jobs' ? undefined : above.fullName };
}

/** Where an item is, by its name and URL alone. */
export function folderOf({ page, row, list }: Nested, above: Folder): Folder {
  const name = page.text(row, 'name') ?? '';
  const path = childPath(above.path, name, page.text(row, 'url'), list === 'jobs' ? 2 : 1);
  return { fullName: above.fullName === '' ? name : `${above.fullName}/${name}`, path, above };
}

/** @param hidden the number of a newest build that cannot be read; 0: none */
function lastOf({ page, row }: Nested, hidden: number): LastBuild | undefined {
  const number = page.id(row, 'lastNumber');
  if (number !== undefined) return { number: Number(number), timestamp: page.id(row, 'lastTimestamp') };
  return hidden > 0 ? { number: hidden, timestamp: undefined } : undefined;
}
