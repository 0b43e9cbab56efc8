import { type Page, Selection } from '@headrace/sdk';

/** What is looked at of each item in a list of jobs. */
const RECORD = {
  name: 'name',
  fullName: 'fullName',
  url: 'url',
  next: 'nextBuildNumber',
  lastNumber: 'lastBuild.number',
  lastTimestamp: 'lastBuild.timestamp',
  jobs: 'jobs',
  activeConfigurations: 'activeConfigurations',
  modules: 'modules',
};

/** The lists in which items stand below others. */
export const LISTS = ['jobs', 'activeConfigurations', 'modules'] as const;

export type List = (typeof LISTS)[number];

export type ItemPage = Page<string, keyof typeof RECORD>;

/** An answer that lists what is below a folder. An answer without the list is an error, never an empty list. */
export const LISTED = new Selection({ records: 'jobs', record: RECORD });
/** An answer that is one item. */
export const ALONE = new Selection({ records: '.', record: RECORD });
const INSIDE = new Selection({ records: '', record: RECORD });

/** An item in a nested list. */
export interface Nested {
  /** Its name and those above it in the answer: items of two answers with the same one are the same. */
  readonly key: string;
  /** The key of what it stands below; empty at the top. */
  readonly parent: string;
  readonly list: List;
  /** How many levels of folders it is below the top; 1 at the top. */
  readonly level: number;
  readonly page: ItemPage;
  readonly row: number;
}

/** Everything in a nested list, parents first. */
export function* nestedIn(page: ItemPage, list: List = 'jobs', parent = '', level = 1): Generator<Nested> {
  for (let row = 0; row < page.count; row++) {
    const key = keyOf(parent, list, page.text(row, 'name') ?? '');
    yield { key, parent, list, level, page, row };
    for (const below of LISTS)
      if (page.has(row, below)) yield* nestedIn(INSIDE.scan(page.raw(row, below)), below, key, level + 1);
  }
}

/** See `Nested.key`. */
const keyOf = (parent: string, list: List, name: string): string =>
  `${parent}/${list === 'jobs' ? 'job/' : ''}${encodeURIComponent(name)}`;
