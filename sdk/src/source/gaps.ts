import type { ShortListError } from '../http/index.ts';
import { isObject } from '../protocol/is-object.ts';

/**
 * Rows that lists lacked of their totals, by partition and list (method and path); partition `''` also stands for the
 * list of the partitions itself.
 */
export type SavedGaps = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The gaps of a stream's lists: those that the last run found, and those of this one. */
export class Gaps {
  readonly #saved: SavedGaps;
  readonly #found = new Map<string, Record<string, number>>();
  /** Of these what this run found is all there is. */
  readonly #whole = new Set<string>();

  constructor(saved: SavedGaps = {}) {
    this.#saved = saved;
  }

  /**
   * Lists of one partition that ended short; several errors of one list (windows that are read side by side) are one
   * gap. → Those that are news: the last run did not find the same list to lack the same number.
   */
  add(partition: string, errors: readonly ShortListError[]): ShortListError[] {
    const found = this.#found.get(partition) ?? {};
    this.#found.set(partition, found);
    // Of a list that counts nothing and may be a window, the rows themselves: below zero, they are no gap.
    for (const [list, own] of Map.groupBy(errors, (error) => error.list))
      found[list] = own.reduce((sum, { rows, total = 0 }) => sum + total - rows, 0);
    return errors.filter(({ list }) => this.#saved[partition]?.[list] !== found[list]);
  }

  /** All lists of the partition were read, from their beginnings: gaps that were not found again are forgotten. */
  whole(partition: string): void {
    this.#whole.add(partition);
  }

  /** What a STATE says now; undefined: nothing. */
  now(): SavedGaps | undefined {
    const gaps: Record<string, Readonly<Record<string, number>>> = {};
    for (const [partition, saved] of Object.entries(this.#saved))
      if (!this.#whole.has(partition)) gaps[partition] = saved;
    for (const [partition, found] of this.#found) gaps[partition] = { ...gaps[partition], ...found };
    return Object.keys(gaps).length === 0 ? undefined : gaps;
  }
}

export function isGaps(saved: unknown): saved is SavedGaps {
  return (
    isObject(saved) &&
    Object.values(saved).every(
      (lists) => isObject(lists) && Object.values(lists).every((missing) => typeof missing === 'number'),
    )
  );
}
