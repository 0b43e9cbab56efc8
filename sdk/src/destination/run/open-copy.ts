import { ConfigError } from '../../errors.ts';
import type { ConfiguredStream } from '../../protocol/catalog.ts';
import type { StreamDescriptor } from '../../protocol/messages.ts';
import { copyFor } from '../copies/begin.ts';
import { type Copy, type CopyChanges, isHeld, lastCopy } from '../copies/copy.ts';
import { whatStateSays } from '../copies/wholeness.ts';
import { type Owner, type StreamKey, sameStream } from '../names/names.ts';
import { type Committed, type KnownStream, knownStream, stateOf, withAsked } from '../store/committed.ts';

/** A stream whose first record or state in this run has come. */
export interface Opening {
  readonly owner: Owner;
  readonly key: StreamKey;
  readonly stream: StreamDescriptor;
  readonly asked: ConfiguredStream | undefined;
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether the source continues from the committed states. */
  readonly resumes: boolean;
}

/** The copy that a run writes to, what is now known about the stream, and what that changes. */
export interface Opened extends CopyChanges {
  readonly copy: Copy;
  readonly known: KnownStream | undefined;
  /** Whether records may have been stored with another key or cursor, or without one. */
  readonly rekeyed: boolean;
}

/**
 * Decides which copy of a stream a run writes to.
 * @throws ConfigError if it could never become complete; nothing is changed then
 */
export function openCopy(committed: Committed, opening: Opening): Opened {
  const { owner, key, stream, asked, runId, now, resumes } = opening;
  const before = knownStream(committed, key);
  const last = lastCopy(committed.copies, key, owner);
  const replaces = asked !== undefined && asksToReplace(before, last, asked);
  const state = stateOf(committed, stream);
  const says = state && (state.kind === 'STREAM' ? whatStateSays(state.json) : 'unknown');
  const underWay = says !== undefined && says !== 'whole';
  const isDedup = asked?.destinationSyncMode === 'append_dedup';
  const opened = copyFor(committed.copies, key, owner, {
    runId,
    now,
    replaces,
    generationId: asked?.generationId ?? 0,
    underWay,
    grows: !replaces && (isDedup || (underWay && asked?.syncMode !== 'full_refresh')),
  });
  const isNew = opened.copy.id !== last?.id;
  if (replaces && isNew && resumes && says === 'under way' && asked.syncMode === 'incremental')
    throw changesOnly(stream);
  const known = asked ? withAsked(before, key, asked) : before;
  return { ...opened, known, rekeyed: isRekeyed(committed, key, before, known) };
}

function isRekeyed(
  { copies }: Committed,
  key: StreamKey,
  before: KnownStream | undefined,
  known: KnownStream | undefined,
): boolean {
  if (!before) return copies.some((copy) => copy.runs > 0 && sameStream(copy.key, key));
  const fields = ({ primaryKey, cursorField }: KnownStream): string =>
    JSON.stringify([primaryKey, cursorField]);
  return known !== undefined && fields(before) !== fields(known);
}

/** Replacing what is there by changes only would lose the rest. */
function changesOnly({ name }: StreamDescriptor): ConfigError {
  return new ConfigError(
    `${name} continues from its state and is to be overwritten: only its changes would remain`,
    {
      code: 'destination.overwrite_by_changes',
      place: `catalog › ${name}`,
      hint: 'choose append or append_dedup, or sync_mode full_refresh',
    },
  );
}

/**
 * Whether a copy replaces the others: with `overwrite`, and with a new generation that keeps no older one. Not with
 * generation 1, which PyAirbyte sends with every write, or with one seen before.
 */
function asksToReplace(
  known: KnownStream | undefined,
  last: Copy | undefined,
  asked: ConfiguredStream,
): boolean {
  if (asked.destinationSyncMode === 'overwrite') return true;
  const { generationId = 0, minimumGenerationId = 0 } = asked;
  if (generationId < 2 || minimumGenerationId !== generationId) return false;
  if (generationId > (known?.generationId ?? 0)) return true;
  return last !== undefined && last.generationId === generationId && isHeld(last);
}

/**
 * Two streams must not share a place. They would if one has the source's name as its namespace, and the other none.
 * @throws ConfigError
 */
export function refuseShared(key: StreamKey, others: readonly StreamKey[], stream: StreamDescriptor): void {
  if (!others.some((other) => other.stream === key.stream && other.namespace === key.namespace)) return;
  throw new ConfigError(
    `the streams ${stream.name} with and without the namespace ${key.source} would share a place`,
    {
      code: 'destination.names_collide',
      place: 'config.source',
      hint: 'give the source a name that is not one of its namespaces',
    },
  );
}
