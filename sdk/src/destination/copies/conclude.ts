import type { ConfiguredStream } from '../../protocol/catalog.ts';
import { sameStream } from '../names/names.ts';
import { growOn } from './begin.ts';
import { type Copy, type CopyChanges, isHeld, NO_CHANGES } from './copy.ts';
import { whatStateSays } from './wholeness.ts';

/** A stream that has ended in this run. */
export interface Ended {
  readonly copy: Copy;
  readonly asked: Pick<ConfiguredStream, 'syncMode' | 'destinationSyncMode'> | undefined;
  /** `said`: its source said COMPLETE. `ended`: the input ended, and no stream ever sent a status. */
  readonly how: 'said' | 'ended';
  /** The last state committed by this run; undefined if there was none. */
  readonly state: string | undefined;
  /** Records from several runs must still be merged before the copy may replace others. */
  readonly later: boolean;
}

/**
 * Called when a stream is complete, in the commit that covers its end: decides what becomes of its copy.
 * @param copies of the source, all scopes
 */
export function conclude(copies: readonly Copy[], { copy, asked, how, state, later }: Ended): CopyChanges {
  const says = state === undefined ? 'unknown' : whatStateSays(state);
  if (copy.replaces) {
    // No COMPLETE, and its state says that the reading is not finished.
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

/** The copy is complete and replaces the others. */
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
    // A complete copy that a platform has retried is already what readers see.
    moves: isHeld(copy) ? [{ kind: 'replace', copy: complete }] : [],
  };
}
