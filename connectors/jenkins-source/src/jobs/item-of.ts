import { DataError } from '@headrace/sdk';
import type { Folder, Item, LastBuild } from './item.ts';
import type { Nested } from './nested.ts';
import { childPath } from './paths.ts';

/**
 * The item that a row of a list shows.
 * @throws DataError (`jenkins.no_full_name`) if this is no Jenkins, or one that is too old
 */
export function itemOf(nested: Nested, above: Folder): Item {
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
  const job = isJob ? { key: fullName, path, next, last: lastOf(nested) } : undefined;
  return { fullName, path, above, job, partOf: list === 'jobs' ? undefined : above.fullName };
}

/** Where an item is, by its name and URL alone. */
export function folderOf({ page, row, list }: Nested, above: Folder): Folder {
  const name = page.text(row, 'name') ?? '';
  const path = childPath(above.path, name, page.text(row, 'url'), list === 'jobs' ? 2 : 1);
  return { fullName: above.fullName === '' ? name : `${above.fullName}/${name}`, path, above };
}

function lastOf({ page, row }: Nested): LastBuild | undefined {
  const number = page.id(row, 'lastNumber');
  const timestamp = page.id(row, 'lastTimestamp');
  return number === undefined || timestamp === undefined ? undefined : { number: Number(number), timestamp };
}
