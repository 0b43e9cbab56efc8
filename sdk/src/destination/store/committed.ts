import type { ConfiguredStream } from '../../protocol/catalog.ts';
import type { StateToCommit } from '../../protocol/state-line.ts';
import type { Copy } from '../copies/copy.ts';
import { type StreamKey, sameName, sameStream } from '../names/names.ts';

/** A committed state. */
export interface StoredState {
  readonly kind: StateToCommit['kind'];
  /** Both '' for a state that covers all streams. The namespace is as the source sent it, '' for none. */
  readonly stream: string;
  readonly namespace: string;
  /** `{"type":"STREAM","stream":{…}}`, in the source's own bytes. */
  readonly json: string;
  /** The run that committed it. */
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
}

/** What catalogs have said about a stream: records are merged by key even in a run without a catalog. */
export interface KnownStream {
  readonly key: StreamKey;
  /** Paths of the key's fields; undefined if no catalog ever named one. */
  readonly primaryKey: ReadonlyArray<readonly string[]> | undefined;
  readonly cursorField: readonly string[] | undefined;
  /** The greatest generation seen. */
  readonly generationId: number;
  /** Whether older versions of records may still be stored, although the stream should have one record per key. */
  readonly dedupDue: boolean;
}

/** What is committed for a source: the states of one scope, and what all scopes share. */
export interface Committed {
  /** Counts commits. It never decreases, so that a pipe that started before a reset is still detected. */
  readonly number: number;
  /** The run that made the last commit; '' if there was none. */
  readonly lastRun: string;
  readonly states: readonly StoredState[];
  readonly streams: readonly KnownStream[];
  readonly copies: readonly Copy[];
}

/** For a source that was never written. */
export const NOTHING: Committed = { number: 0, lastRun: '', states: [], streams: [], copies: [] };

/** The commit number that is added to states; 0 for an owner without states, whatever was committed. */
export function commitNumber({ number, states }: Committed): number {
  return states.length > 0 ? number : 0;
}

/** A stream's committed state, or the one for all streams. */
export function stateOf(
  { states }: Committed,
  { name, namespace }: { readonly name: string; readonly namespace?: string | null },
): StoredState | undefined {
  return states.find(
    ({ kind, ...state }) =>
      kind !== 'STREAM' || (sameName(state.stream, name) && sameName(state.namespace, namespace ?? '')),
  );
}

/** What catalogs have said about a stream. */
export function knownStream(
  { streams }: Pick<Committed, 'streams'>,
  key: StreamKey,
): KnownStream | undefined {
  return streams.find((known) => sameStream(known.key, key));
}

/** What is known about a stream after another catalog. What the catalog leaves out stays as it was. */
export function withAsked(
  known: KnownStream | undefined,
  key: StreamKey,
  { primaryKey = [], cursorField = [], generationId = 0 }: ConfiguredStream,
): KnownStream {
  return {
    key,
    primaryKey: primaryKey.length > 0 ? primaryKey : known?.primaryKey,
    cursorField: cursorField.length > 0 ? cursorField : known?.cursorField,
    generationId: Math.max(known?.generationId ?? 0, generationId),
    dedupDue: known?.dedupDue ?? false,
  };
}
