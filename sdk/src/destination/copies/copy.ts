import { type Owner, type StreamKey, sameStream } from '../names/names.ts';

/**
 * `open`: it grows; of an incremental stream for ever. `whole`: it replaces others and all of it is there, what
 * came twice has still to be dropped. `complete`: all that the source had. `superseded`: a later one is complete.
 */
export type CopyStatus = 'open' | 'whole' | 'complete' | 'superseded';

/** One reading of a stream from nothing, in one run or, if it was interrupted, in several. */
export interface Copy {
  /** Greater than those of all earlier copies of its source. */
  readonly id: number;
  readonly key: StreamKey;
  /** The scope that its states are kept under: a backfill reads copies of its own. */
  readonly scope: string;
  /** The run that began it. */
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly beganAt: number;
  /** The catalog's; 0 for none. */
  readonly generationId: number;
  /** It takes the place of all others when it is complete. */
  readonly replaces: boolean;
  readonly status: CopyStatus;
  /** How many runs have committed records to it. In one a record is there once; the next may bring some again. */
  readonly runs: number;
}

/** What a change of copies means for the records that a store holds. */
export interface Move {
  /**
   * `discard`: the records of the copy go; it was to replace others, and will not. `join`: they were held beside the
   * others and now belong to them. `replace`: they take the place of all others of the stream.
   */
  readonly kind: 'discard' | 'join' | 'replace';
  readonly copy: Copy;
}

/** What a decision changes, as plain data: copies as they are from now on, and what that means for records. */
export interface CopyChanges {
  readonly copies: readonly Copy[];
  readonly moves: readonly Move[];
}

export const NO_CHANGES: CopyChanges = { copies: [], moves: [] };

/** It is not known to be all that the source had. */
export function isUnfinished({ status }: Pick<Copy, 'status'>): boolean {
  return status === 'open' || status === 'whole';
}

/** Its records are kept out of sight until all of them are there. */
export function isHeld({ replaces, status }: Pick<Copy, 'replaces' | 'status'>): boolean {
  return replaces && isUnfinished({ status });
}

/** The last copy of a stream that was begun under a scope. */
export function lastCopy(
  copies: readonly Copy[],
  key: StreamKey,
  { scope }: Pick<Owner, 'scope'>,
): Copy | undefined {
  let last: Copy | undefined;
  for (const copy of copies)
    if (copy.scope === scope && sameStream(copy.key, key) && copy.id > (last?.id ?? 0)) last = copy;
  return last;
}

/** The same list with changed copies in place of what they were; new ones at the end. */
export function withChanged(copies: readonly Copy[], changed: readonly Copy[]): readonly Copy[] {
  if (changed.length === 0) return copies;
  const byId = new Map(copies.map((copy) => [copy.id, copy]));
  for (const copy of changed) byId.set(copy.id, copy);
  return [...byId.values()];
}
