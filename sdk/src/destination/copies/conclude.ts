import type { ConfiguredStream } from '../../protocol/catalog.ts';
import { sameStream } from '../names/names.ts';
import { growOn } from './begin.ts';
import { type Copy, type CopyChanges, isHeld, NO_CHANGES } from './copy.ts';
import { whatStateSays } from './wholeness.ts';

/** A stream that came to its end in this run. */
export interface Ended {
  readonly copy: Copy;
  readonly asked: Pick<ConfiguredStream, 'syncMode' | 'destinationSyncMode'> | undefined;
  /** Its source said so, or the input ended without a word of any status. */
  readonly how: 'said' | 'ended';
  /** The last state that this run has committed; undefined if there was none. */
  readonly state: string | undefined;
  /** What several runs brought has still to be put together before it may take the place of others. */
  readonly later: boolean;
}

/**
 * All of a stream came: decides, in the transaction of the commit that covers its end, what that makes of its copy.
 * @param copies of the source, all scopes
 */
export function conclude(copies: readonly Copy[], { copy, asked, how, state, later }: Ended): CopyChanges {
  const says = state === undefined ? 'unknown' : whatStateSays(state);
  if (copy.replaces) {
    // No source said that it was done, and its state says that it was not.
    if (how === 'ended' && says === 'under way') return NO_CHANGES;
    if (later) return { copies: [{ ...copy, status: 'whole' }], moves: [] };
    return completeCopy(copies, copy);
  }
  if (asked?.destinationSyncMode === 'append_dedup') return NO_CHANGES;
  if (says === 'whole' || (says === 'unknown' && asked?.syncMode === 'full_refresh'))
    return completeCopy(copies, copy);
  if (asked?.syncMode === 'full_refresh') return NO_CHANGES;
  return { copies: growOn(copies, copy.key, copy), moves: [] };
}

/** All of it is there: it takes the place of the others. */
export function completeCopy(copies: readonly Copy[], copy: Copy): CopyChanges {
  const complete: Copy = { ...copy, status: 'complete' };
  const others = copies.filter(
    (other) =>
      other.id !== copy.id &&
      sameStream(other.key, copy.key) &&
      (copy.replaces || (other.scope === copy.scope && other.id < copy.id)) &&
      other.status !== 'superseded',
  );
  const superseded = others.map((other): Copy => ({ ...other, status: 'superseded' }));
  return {
    copies: [...superseded, complete],
    // One that is complete already, and that a platform has tried again, is what readers see.
    moves: isHeld(copy) ? [{ kind: 'replace', copy: complete }] : [],
  };
}
