import type { StateToCommit } from '../../protocol/state-line.ts';
import type { Copy } from '../copies/copy.ts';
import type { Owner, StreamKey } from '../names/names.ts';
import type { StreamCounts } from '../writer.ts';
import type { Committed, KnownStream, StoredState } from './committed.ts';

/** Additional counts of a stream (invariant 5). */
export interface CountedStream extends StreamCounts {
  readonly key: StreamKey;
}

/**
 * One transaction of a store, as plain data: changes of states, streams, copies and counts, and changes of records as
 * `Part`.
 */
export interface Commit<Part> {
  readonly owner: Owner;
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The number that the store must still have. If not, another writer has committed, and nothing may be changed. */
  readonly from: number;
  /** The number afterwards. It stays the same if nothing has changed that states account for. */
  readonly number: number;
  /** They replace earlier states of their streams. */
  readonly states: readonly StateToCommit[];
  /** States to delete, before `states` are stored. */
  readonly forget: ReadonlyArray<{ readonly stream: string; readonly namespace: string }>;
  /** As they are from now on. */
  readonly streams: readonly KnownStream[];
  /** As they are from now on. */
  readonly copies: readonly Copy[];
  /** To add to those of the run. */
  readonly counts: readonly CountedStream[];
  readonly parts: readonly Part[];
}

/** Everything in a commit except the records: see `sqlTables`. */
export type Facts = Omit<Commit<never>, 'parts'>;

/** A lock, held until it is released or the process dies. */
export interface Lock {
  release(): void | Promise<void>;
}

/** A request for a lock. */
export interface LockRequest {
  readonly source: string;
  /** For `look`, no lock need be created if there never was one. */
  readonly access: 'look' | 'write';
  /** Shown to others as the holder. */
  readonly runId: string;
  /** Aborted when the process is told to stop. */
  readonly signal?: AbortSignal;
}

/** What became of a stream's records, over all runs. */
export interface StreamTotals extends CountedStream {
  readonly runs: number;
}

/** What the verbs show of a source. */
export interface Overview {
  /** Sorted by namespace and name. */
  readonly totals: readonly StreamTotals[];
  /** Of all scopes, sorted by scope, namespace and name. */
  readonly states: ReadonlyArray<StoredState & { readonly scope: string }>;
}

/** Something that `verify` found wrong. */
export interface Problem {
  readonly code: string;
  /** A file or a table. */
  readonly path: string;
  readonly what: string;
  /** What to do about it. */
  readonly hint: string;
}

/** What `verify` has checked. */
export interface Verified {
  /** For programs: `{ files: 3, records: 12 }`. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** For people: `3 files with 12 records`. */
  readonly text: string;
  /** Nothing wrong, but people should know. */
  readonly warnings?: readonly Problem[];
}

/**
 * Where a destination keeps records and states. It has five members, and none depends on when it is called: each says
 * what is there, or changes it as a whole. A SQL database gets three of them from `sqlTables`. Each record is stored
 * exactly once, because its state is committed in the same transaction, and only if the commit number is still the one
 * that the writer knows.
 */
export interface Store<Part = Step> {
  /** All sources ever written here, sorted. */
  sources(): Promise<readonly string[]>;
  /**
   * What is committed for a source. Also called after a transaction that threw: the number and the run say whether it
   * was committed. So this must reconnect if the connection was lost.
   */
  load(owner: Owner): Promise<Committed>;
  /**
   * Stores all of it, durably, or nothing (invariants 2 and 3). Nothing if the number is no longer `from`.
   * @throws outdated() in that case. After any other error, the caller uses `load` to find out what happened
   */
  transaction(commit: Commit<Part>): Promise<void>;
  /** What the verbs `stats` and `cursors` show. */
  look(source: string): Promise<Overview>;
  /** Releases everything. Called once, at the end, whatever happened. */
  close(): Promise<void>;
  /**
   * Locks a source, waiting for its holder. A store without locks leaves this out: a second writer is then detected by
   * the commit number at its first commit.
   * @throws TransientError that names the holder, if the wait takes too long
   */
  lock?(request: LockRequest): Promise<Lock>;
  /** `verify`: compares what is there with what was committed. Undefined if nothing was ever written. */
  verify?(source: string, report: (problem: Problem) => void): Promise<Verified | undefined>;
  /**
   * For stores whose records can be lost without their states (files): called before states are given out or used.
   * @throws ConfigError if records are missing
   */
  refuseLosses?(source: string): Promise<void>;
  /** `state --reset` if refuseLosses throws: accepts what is there as it is. */
  acceptLosses?(owner: Owner): Promise<void>;
}

/** Where records of a stream are. */
export interface Place {
  readonly key: StreamKey;
  /** A copy that is hidden until it is complete. Undefined: what readers see. */
  readonly beside: number | undefined;
  /** Records that could not be stored, each with its reason, as JSON objects. Never of a hidden copy. */
  readonly quarantine: boolean;
}

/** A record on its way to a table. */
export interface Row {
  /** A JSON object on one line, in the vendor's bytes. Only valid until the next row is requested. */
  readonly data: Buffer;
  /** The record's `meta` as JSON; undefined if it has none. */
  readonly meta: Buffer | undefined;
  /** Milliseconds since 1970; undefined if the source did not say. */
  readonly emittedAt: number | undefined;
  /** When the destination read it, in milliseconds since 1970. */
  readonly ingestedAt: number;
  /** 16 bytes, equal for records with the same key. Undefined if the key is unknown or incomplete. */
  readonly key: Uint8Array | undefined;
  /** Bytes that sort like the cursor (see cursorBytes). Undefined if there is no cursor. */
  readonly cursor: Uint8Array | undefined;
}

/** A change of a store's tables. A commit does them in order. */
export type Step =
  /** Adds rows, in order. They can be iterated again if the transaction is retried. */
  | { readonly kind: 'append'; readonly place: Place; readonly rows: Iterable<Row> }
  /**
   * Removes duplicates. `by: 'key'`: the row with the greatest cursor of each key stays, or the last one if they are
   * equal. `by: 'bytes'`: the first of identical rows stays. Rows without a key stay.
   */
  | {
      readonly kind: 'dedup';
      readonly place: Place;
      readonly by: 'key' | 'bytes';
      /** Whether rows from before this commit may contain duplicates, too. */
      readonly all: boolean;
      /** With `by: 'key'`: computes a record's key and cursor, for rows that were added without them. */
      readonly identify: ((data: Buffer) => Pick<Row, 'key' | 'cursor'>) | undefined;
    }
  /** The hidden copy, which may be empty, replaces all that readers see of the stream. */
  | { readonly kind: 'replace'; readonly place: Place }
  /** The hidden copy is added to what readers see. */
  | { readonly kind: 'join'; readonly place: Place }
  /** The hidden copy is deleted. */
  | { readonly kind: 'discard'; readonly place: Place };
