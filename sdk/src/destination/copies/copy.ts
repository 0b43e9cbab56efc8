import { type Owner, type StreamKey, sameStream } from '../names/names.ts';

/**
 * `open`: records are still added; always, if the stream is incremental. `whole`: it replaces others and all records
 * are there, but duplicates must still be dropped. `complete`: it is all that the source had. `superseded`: a later
 * copy is complete.
 */
export type CopyStatus = 'open' | 'whole' | 'complete' | 'superseded';

/** One full reading of a stream, in one run, or in several if it was interrupted. */
export interface Copy {
  /** Greater than that of all earlier copies of its source. */
  readonly id: number;
  readonly key: StreamKey;
  /** The scope of its states: a backfill has copies of its own. */
  readonly scope: string;
  /** The run that began it. */
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly beganAt: number;
  /** From the catalog; 0 if it has none. */
  readonly generationId: number;
  /** It replaces all others when it is complete. */
  readonly replaces: boolean;
  readonly status: CopyStatus;
  /** How many runs have committed records to it. One run brings each record once; the next may repeat some. */
  readonly runs: number;
}

/** What a change of copies means for the stored records. */
export interface Move {
  /**
   * `discard`: the copy was to replace others and will not, so its records are removed. `join`: its records were kept
   * apart from the others and are now added to them. `replace`: its records replace all others of the stream.
   */
  readonly kind: 'discard' | 'join' | 'replace';
  readonly copy: Copy;
}

/** The result of a decision, as plain data: the changed copies, and what that means for records. */
export interface CopyChanges {
  readonly copies: readonly Copy[];
  readonly moves: readonly Move[];
}

export const NO_CHANGES: CopyChanges = { copies: [], moves: [] };

/** Whether it is not yet complete. */
export function isUnfinished({ status }: Pick<Copy, 'status'>): boolean {
  return status === 'open' || status === 'whole';
}

/** Whether its records are hidden until all of them are there. */
export function isHeld({ replaces, status }: Pick<Copy, 'replaces' | 'status'>): boolean {
  return replaces && isUnfinished({ status });
}

/** The stream's last copy in a scope. */
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

/** The list with changed copies replaced, and new ones at the end. */
export function withChanged(copies: readonly Copy[], changed: readonly Copy[]): readonly Copy[] {
  if (changed.length === 0) return copies;
  const byId = new Map(copies.map((copy) => [copy.id, copy]));
  for (const copy of changed) byId.set(copy.id, copy);
  return [...byId.values()];
}
