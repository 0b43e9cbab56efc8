import type { Page } from '../../protocol/page.ts';

/**
 * The total number of rows that a page reports for its list; undefined if it reports none (`-1` and `null` count
 * as none).
 */
export function toldTotal<F extends string>(page: Page<F>, name: F | undefined): number | undefined {
  if (name === undefined) return undefined;
  const told = page.field(name);
  const total = typeof told === 'string' && told !== '' ? Number(told) : told;
  return typeof total === 'number' && total >= 0 ? total : undefined;
}

/** Whether a page says that it is the last one; undefined if it does not say. */
export function toldLast<F extends string>(
  page: Page<F>,
  { isLast, hasNext }: { readonly isLast?: F; readonly hasNext?: F },
): boolean | undefined {
  const last = isLast === undefined ? undefined : page.field(isLast);
  if (typeof last === 'boolean') return last;
  const next = hasNext === undefined ? undefined : page.field(hasNext);
  return typeof next === 'boolean' ? !next : undefined;
}
