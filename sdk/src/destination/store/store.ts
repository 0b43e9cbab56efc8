import type { StateToCommit } from '../../protocol/state-line.ts';
import type { Copy } from '../copies/copy.ts';
import type { Owner, StreamKey } from '../names/names.ts';
import type { StreamCounts } from '../writer.ts';
import type { Committed, KnownStream, StoredState } from './committed.ts';

/** What became of more records of a stream (invariant 5). */
export interface CountedStream extends StreamCounts {
  readonly key: StreamKey;
}

/**
 * One transaction of a store, as plain data: what changes in what is known (states, streams, copies, counts) and, as
 * `Part`, what changes in the records.
 */
export interface Commit<Part> {
  readonly owner: Owner;
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The number that the store must still have: otherwise somebody else has written, and nothing may be changed. */
  readonly from: number;
  /** The number that it has afterwards: the same, if nothing that states promise has changed. */
  readonly number: number;
  /** In the place of earlier ones of their streams. */
  readonly states: readonly StateToCommit[];
  /** States to forget, before `states` are put. */
  readonly forget: ReadonlyArray<{ readonly stream: string; readonly namespace: string }>;
  /** As they are from now on. */
  readonly streams: readonly KnownStream[];
  /** As they are from now on. */
  readonly copies: readonly Copy[];
  /** To be added to those of the run. */
  readonly counts: readonly CountedStream[];
  readonly parts: readonly Part[];
}

/** What of a commit is no record: for a store that keeps it in tables of its own, see `sqlTables`. */
export type Facts = Omit<Commit<never>, 'parts'>;

/** A lock that is held until it is given back, or until the process dies. */
export interface Lock {
  release(): void | Promise<void>;
}

/** Who wants a lock, and what for. */
export interface LockRequest {
  readonly source: string;
  /** To `look`, no lock has to be made where none ever was. */
  readonly access: 'look' | 'write';
  /** Names the holder to others. */
  readonly runId: string;
  /** Aborted when the process is told to stop. */
  readonly signal?: AbortSignal;
}

/** What became of all records of a stream, over all runs. */
export interface StreamTotals extends CountedStream {
  readonly runs: number;
}

/** What people look at, of one source. */
export interface Overview {
  /** By namespace and name. */
  readonly totals: readonly StreamTotals[];
  /** Of all scopes, by scope, namespace and name. */
  readonly states: ReadonlyArray<StoredState & { readonly scope: string }>;
}

/** Something that is not as it should be. */
export interface Problem {
  readonly code: string;
  /** A file, a table. */
  readonly path: string;
  readonly what: string;
  /** What to do about it. */
  readonly hint: string;
}

/** What a verification has looked at. */
export interface Verified {
  /** For programs: `{ files: 3, records: 12 }`. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** The same for people: `3 files with 12 records`. */
  readonly text: string;
  /** What is as it was committed, and people should know. */
  readonly warnings?: readonly Problem[];
}

/**
 * Where a destination keeps records and states. Five members, of which none depends on when it is called: each
 * says what is there, or changes it as a whole; a SQL database gets three of them from `sqlTables`. A record is stored exactly once because its state is committed in the same
 * transaction, and only if the number is still the one that the writer knows.
 */
export interface Store<Part = Step> {
  /** The sources that were ever written here, sorted. */
  sources(): Promise<readonly string[]>;
  /**
   * What is committed of a source. Also called after a transaction that threw: its number and run say whether it went
   * through, so a lost connection has to be made again here.
   */
  load(owner: Owner): Promise<Committed>;
  /**
   * All of it or nothing, durably (invariants 2 and 3), and nothing if the number is not `from` any more.
   * @throws outdated() then; anything else: the caller looks with `load` what became of it
   */
  transaction(commit: Commit<Part>): Promise<void>;
  /** What the verbs `stats` and `cursors` show. */
  look(source: string): Promise<Overview>;
  /** Gives back what is held. Called once, at the end, whatever happened. */
  close(): Promise<void>;
  /**
   * Takes a source, waiting for whoever has it. A store without locks leaves it out: then a second writer is found by
   * its number, at its first commit.
   * @throws TransientError that names the holder, if the wait is too long
   */
  lock?(request: LockRequest): Promise<Lock>;
  /** `verify`: compares what is there with what was committed; undefined if nothing was ever written. */
  verify?(source: string, report: (problem: Problem) => void): Promise<Verified | undefined>;
  /**
   * For a store whose records can be lost without their states (files): called before states are handed out or built
   * upon. @throws ConfigError if records are missing
   */
  refuseLosses?(source: string): Promise<void>;
  /** `state --reset`, where refuseLosses refuses: takes what is there as it is. */
  acceptLosses?(owner: Owner): Promise<void>;
}

/** Where records of a stream stand. */
export interface Place {
  readonly key: StreamKey;
  /** The copy that waits beside what readers see until it is whole; undefined: what readers see. */
  readonly beside: number | undefined;
  /** What could not be stored, each with its reason, as JSON objects; never beside. */
  readonly quarantine: boolean;
}

/** A record on its way to a table. */
export interface Row {
  /** A JSON object, the vendor's own bytes, on one line; valid until the next row is asked for. */
  readonly data: Buffer;
  /** The record's `meta` as JSON; undefined if it has none. */
  readonly meta: Buffer | undefined;
  /** Milliseconds since 1970; undefined if the source did not say. */
  readonly emittedAt: number | undefined;
  /** Milliseconds since 1970: when the destination read it. */
  readonly ingestedAt: number;
  /** 16 bytes that are equal if two records have the same key; undefined if the key is not known or not whole. */
  readonly key: Uint8Array | undefined;
  /** Bytes in the order of the cursor (see cursorBytes); undefined if there is no cursor. */
  readonly cursor: Uint8Array | undefined;
}

/** What a commit changes in the tables of a store, to be done in order. */
export type Step =
  /** Adds rows, in order. The rows may be walked once more if the transaction is tried again. */
  | { readonly kind: 'append'; readonly place: Place; readonly rows: Iterable<Row> }
  /**
   * Of each key (`by: 'key'`) the row with the greatest cursor stays, of equal ones the one added last; of rows with
   * the same bytes (`by: 'bytes'`) the first. Rows without a key stay.
   */
  | {
      readonly kind: 'dedup';
      readonly place: Place;
      readonly by: 'key' | 'bytes';
      /** What this commit has not added may hold several of a key, too. */
      readonly all: boolean;
      /** With `by: 'key'`: the key and the cursor of a record. Rows may be there that were added without. */
      readonly identify: ((data: Buffer) => Pick<Row, 'key' | 'cursor'>) | undefined;
    }
  /** What stands beside takes the place of all that readers see of the stream; it may be empty. */
  | { readonly kind: 'replace'; readonly place: Place }
  /** What stands beside comes to what readers see. */
  | { readonly kind: 'join'; readonly place: Place }
  /** What stands beside goes. */
  | { readonly kind: 'discard'; readonly place: Place };
