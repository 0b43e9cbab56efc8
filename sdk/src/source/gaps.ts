import type { ShortListError } from '../http/index.ts';
import { isObject } from '../protocol/is-object.ts';

/**
 * How many rows lists lacked of their totals, by partition and list (method and path). The list of partitions itself is
 * in the partition `''`.
 */
export type SavedGaps = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The gaps of a stream's lists, of the last run and of this one. */
export class Gaps {
  readonly #saved: SavedGaps;
  readonly #found = new Map<string, Record<string, number>>();
  /** Partitions whose lists this run has read completely, so that it has found all their gaps. */
  readonly #whole = new Set<string>();

  constructor(saved: SavedGaps = {}) {
    this.#saved = saved;
  }

  /**
   * Adds lists of one partition that ended short of their totals. Several errors of one list, read in several windows,
   * are one gap.
   * @returns the errors of lists that did not lack the same number of rows in the last run
   */
  add(partition: string, errors: readonly ShortListError[]): ShortListError[] {
    const found = this.#found.get(partition) ?? {};
    this.#found.set(partition, found);
    // A list without a total counts by its rows alone. The result is negative, which no gap is.
    for (const [list, own] of Map.groupBy(errors, (error) => error.list))
      found[list] = own.reduce((sum, { rows, total = 0 }) => sum + total - rows, 0);
    return errors.filter(({ list }) => this.#saved[partition]?.[list] !== found[list]);
  }

  /** All lists of the partition were read from their beginning. Gaps that were not found again are forgotten. */
  whole(partition: string): void {
    this.#whole.add(partition);
  }

  /** The gaps for a STATE; undefined: none. */
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
