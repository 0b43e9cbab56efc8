import type { HeadraceError } from '../errors.ts';
import type { Page } from '../protocol/page.ts';
import type { PartitionScan, ScanPart } from './cursor.ts';
import type { Partition } from './define.ts';
import type { StreamSession } from './stream-session.ts';
import type { Unit } from './units.ts';
import { type Unreadable, unreadableError } from './unreadable.ts';

/** One stream's way through one list of a partition. */
export interface Lane {
  readonly session: StreamSession;
  /** The part of the stream's scan that the list belongs to. */
  readonly part: ScanPart<unknown>;
  /** The scan of the partition: its state covers all parts. */
  readonly scan: PartitionScan;
  /** Records of the partition that this run could not read for the stream. */
  readonly unreadable: Unreadable;
  /** The stream failed in this list, or has reached `--limit`: it takes nothing more of it. */
  isOver: boolean;
}

/** When the output is ready for more. */
export interface OutputEnv {
  /** Undefined, or a promise to await before more is written, because the reader of our output is slow. */
  readonly ready: () => Promise<void> | undefined;
  readonly signal: AbortSignal;
}

/** Waits until the output is ready. @throws the signal's reason if the run was stopped */
export async function outputReady({ ready, signal }: OutputEnv): Promise<void> {
  for (let slow = ready(); slow; slow = ready()) await slow;
  signal.throwIfAborted();
}

/** Writes the pages of a unit to a stream, each in one turn, and moves its state (invariants 1, 4). */
export async function takePages(
  { pages }: Unit,
  lane: Lane,
  partition: Partition,
  env: OutputEnv,
): Promise<void> {
  const { session, part } = lane;
  for (const page of pages) {
    await outputReady(env);
    oweUnreadable(lane, page);
    session.write(page, part.fresh(page), partition);
    part.advance(page);
    moved(lane, partition);
    lane.isOver = session.isEnough;
    if (lane.isOver) return;
  }
}

/**
 * Records the keys that a page could not return as owed, before the position moves past them (invariant 4).
 * @throws DataError if the part cannot owe records, or would owe too many
 */
export function oweUnreadable(
  { part, unreadable }: Lane,
  { unreadable: keys, because }: Pick<Page, 'unreadable'> & { readonly because?: HeadraceError },
): void {
  if (keys.length === 0) return;
  if (!part.owe) throw unreadableError(keys, because);
  part.owe(keys, because);
  unreadable.add(keys, because);
}

/** A unit of the stream was written. Only here, between two units, may a STATE be sent (invariant 1). */
export function moved({ session, scan }: Lane, partition: Partition): void {
  session.states.moved(partition.key, scan);
  session.betweenUnits();
}
