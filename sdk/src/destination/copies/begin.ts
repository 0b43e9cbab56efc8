import type { Owner, StreamKey } from '../names/names.ts';
import { sameStream } from '../names/names.ts';
import { type Copy, type CopyChanges, isUnfinished, lastCopy, type Move, withChanged } from './copy.ts';

/** What a run asks for of a stream. */
export interface CopyWish {
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly replaces: boolean;
  readonly generationId: number;
  /** The stream's committed state is in the middle of a copy. */
  readonly underWay: boolean;
  /** Its records are added to those that are there: it need not become complete by itself. */
  readonly grows?: boolean;
}

/**
 * The copy that a run writes to: the unfinished one if the run continues it, otherwise a new one. An unfinished copy
 * that replaces others is continued by a run of the same generation, and given up by a run of another. A run that
 * does not replace leaves it where it is.
 * @param copies of the source, all scopes
 */
export function copyFor(
  copies: readonly Copy[],
  key: StreamKey,
  owner: Owner,
  wish: CopyWish,
): CopyChanges & { readonly copy: Copy } {
  const grown = wish.grows ? growOn(copies, key, owner) : [];
  const last = lastCopy(withChanged(copies, grown), key, owner);
  if (last && goesOn(last, wish)) {
    // The key as it came, because a database may have escaped a lone surrogate.
    if (!last.replaces || wish.replaces) return { copy: { ...last, key }, copies: grown, moves: [] };
    const copy: Copy = { ...last, key, replaces: false, status: 'open' };
    return { copy, copies: [...grown, copy], moves: [{ kind: 'join', copy }] };
  }
  const given = last?.replaces && isUnfinished(last) ? giveUp(last) : { copies: [], moves: [] as Move[] };
  const copy: Copy = {
    id: 1 + Math.max(0, ...copies.map(({ id }) => id)),
    key,
    scope: owner.scope,
    runId: wish.runId,
    beganAt: wish.now,
    generationId: wish.generationId,
    replaces: wish.replaces,
    status: 'open',
    runs: 0,
  };
  return { copy, copies: [...grown, ...given.copies, copy], moves: given.moves };
}

function goesOn(last: Copy, { replaces, generationId, underWay }: CopyWish): boolean {
  if (!replaces) return last.status === 'open' ? underWay || last.replaces : last.status === 'whole';
  if (isUnfinished(last)) return last.replaces && last.generationId === generationId;
  // A platform that retries a job names the same generation for streams that are complete already. Number 1 means
  // nothing: PyAirbyte sends it with every write.
  return last.status === 'complete' && generationId > 1 && last.generationId === generationId;
}

/** While there is an incremental copy, no copy counts as complete: it would hide what follows it. */
export function growOn(
  copies: readonly Copy[],
  key: StreamKey,
  { scope }: Pick<Owner, 'scope'>,
): readonly Copy[] {
  return copies
    .filter((copy) => copy.status === 'complete' && copy.scope === scope && sameStream(copy.key, key))
    .map((copy) => ({ ...copy, status: 'open', replaces: false }));
}

function giveUp(copy: Copy): CopyChanges {
  const given: Copy = { ...copy, status: 'superseded' };
  return { copies: [given], moves: [{ kind: 'discard', copy: given }] };
}

/** Gives up an unfinished copy that was to replace others. Its states are dropped in the same transaction. */
export function giveUpUnfinished(
  copies: readonly Copy[],
  key: StreamKey,
  owner: Pick<Owner, 'scope'>,
): CopyChanges {
  const last = lastCopy(copies, key, owner);
  return last?.replaces && last.status === 'open' ? giveUp(last) : { copies: [], moves: [] };
}
