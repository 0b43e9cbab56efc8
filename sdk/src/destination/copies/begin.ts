import type { Owner, StreamKey } from '../names/names.ts';
import { sameStream } from '../names/names.ts';
import { type Copy, type CopyChanges, isUnfinished, lastCopy, type Move, withChanged } from './copy.ts';

/** What a run asks for. */
export interface CopyWish {
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly replaces: boolean;
  readonly generationId: number;
  /** The committed state of the stream is in the middle of a copy. */
  readonly underWay: boolean;
  /** What it brings belongs to what is there: it is no copy that has to become whole by itself. */
  readonly grows?: boolean;
}

/**
 * The copy that a run writes to: the unfinished one if the run goes on with it, else a new one. What was begun to
 * replace others is continued by a run of the same generation, given up by one of another, and kept beside the
 * others by one that does not replace.
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
    // The key as it came: a database may write half a character out.
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
  // A platform that tries a job again names the same generation for streams that were complete already. Number 1
  // says nothing: PyAirbyte sends it with every write.
  return last.status === 'complete' && generationId > 1 && last.generationId === generationId;
}

/** Beside an incremental copy none is the complete one: it would hide what follows it. */
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

/** What was begun to replace others and is not whole is given up: its states are dropped in the same transaction. */
export function giveUpUnfinished(
  copies: readonly Copy[],
  key: StreamKey,
  owner: Pick<Owner, 'scope'>,
): CopyChanges {
  const last = lastCopy(copies, key, owner);
  return last?.replaces && last.status === 'open' ? giveUp(last) : { copies: [], moves: [] };
}
