import type { OpenRange, OpenSetOptions, Page } from '@headrace/sdk';
import { type Config, startOf } from '../config.ts';

/** The values of a build that the cursor looks at. */
export const BUILD = {
  number: 'number',
  timestamp: 'timestamp',
  building: 'building',
  inProgress: 'inProgress',
} as const;

/** How the builds of a job are read: the newest first, and the unfinished ones until they are finished. */
export function buildsBy(config: Config): OpenSetOptions {
  const start = startOf(config) ?? Number.NEGATIVE_INFINITY;
  return {
    key: 'number',
    order: 'number',
    direction: 'descending',
    born: 'timestamp',
    isOpen,
    isWanted: (page, row) => !(page.instant(row, 'timestamp') < start),
  };
}

/** `building` ends before the steps after a build do; newer releases show these as `inProgress`. */
const isOpen = (page: Page, row: number): boolean =>
  page.value(row, 'building') === true || page.value(row, 'inProgress') === true;

/** Whether a build is asked for what belongs to it: it is new, changed or open. */
export function wantedBy({ wants }: OpenRange): (page: Page, row: number) => boolean {
  let judged: { readonly page: Page; readonly rows: Uint8Array } | undefined;
  return (page, row) => {
    if (judged?.page !== page) judged = { page, rows: wants(page) };
    return judged.rows[row] === 1;
  };
}
