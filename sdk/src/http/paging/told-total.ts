import type { Page } from '../../protocol/page.ts';

/** The number of rows that a page tells of its list; undefined if it tells none (`-1` and `null` are none). */
export function toldTotal<F extends string>(page: Page<F>, name: F | undefined): number | undefined {
  if (name === undefined) return undefined;
  const told = page.field(name);
  const total = typeof told === 'string' && told !== '' ? Number(told) : told;
  return typeof total === 'number' && total >= 0 ? total : undefined;
}

/** What a page says of being the last one; undefined if it does not say. */
export function toldLast<F extends string>(page: Page<F>, name: F | undefined): boolean | undefined {
  const told = name === undefined ? undefined : page.field(name);
  return typeof told === 'boolean' ? told : undefined;
}
