import type { Buffer } from 'node:buffer';
import type { ConfiguredStream } from '../../protocol/catalog.ts';
import type { RecordLine } from '../../protocol/message-reader.ts';
import type { StreamDescriptor } from '../../protocol/messages.ts';
import type { Copy, CopyChanges, Move } from '../copies/copy.ts';
import type { Owner } from '../names/names.ts';
import type { Committed, KnownStream } from '../store/committed.ts';

/** Facts about a batch of input. */
export interface BatchFacts {
  /** When it was read, ms since 1970. */
  ingestedAt: number;
  /** The same as ISO text in UTC with ms: one value per batch. */
  ingestedAtUtc: string;
  /** Whether all of it is UTF-8, so that records need not be checked one by one. */
  isUtf8: boolean;
}

/** Changes from opening streams. */
export interface Openings extends CopyChanges {
  readonly streams: readonly KnownStream[];
}

/** A run, from its first record or state to its end. */
export interface Run {
  readonly owner: Owner;
  readonly runId: string;
  /** Aborted when the process is told to stop: long work is then left to the next run. */
  readonly signal: AbortSignal;
}

/** A stream of a run and the copy that the run writes to, as they are now. */
export interface OpenStream {
  readonly stream: StreamDescriptor;
  readonly asked: ConfiguredStream | undefined;
  readonly copy: Copy;
  readonly known: KnownStream | undefined;
  /** Whether records may have been stored with another key or cursor, or without one. */
  readonly rekeyed: boolean;
}

/** A stream's records of one kind (data or quarantine), on their way to the store. */
export interface RecordLog<Part> {
  /** Adds a record whose data are an object, in order. Must not wait, and must copy what it keeps. */
  append(record: RecordLine, batch: BatchFacts): void;
  /** Marks what was appended so far as covered: the next commit contains it. */
  mark(): void;
  /** What was marked is the end of a copy, or of the run. */
  seal(): void;
  /** Drops what was appended after the last mark. */
  rollBack(): Promise<void>;
  /**
   * The log's part in a commit, up to the current mark. Undefined if nothing is new. It may take time; what is appended
   * meanwhile belongs to the next commit.
   */
  prepare(): Promise<Part | undefined> | undefined;
}

/** How to find duplicate records of a stream, in one place. */
export interface Dedup {
  readonly stream: OpenStream;
  /** `key`: the newest record of each key stays. `bytes`: the first of identical records stays. */
  readonly by: 'key' | 'bytes';
  /** The newest record of a key has the greatest cursor. Without a cursor, it is the one that came last. */
  readonly byCursor: boolean;
  /** Whether records from before this commit may be duplicates, too. */
  readonly all: boolean;
}

/** The half of a destination that brings records into its store. The other half is the `Store`. */
export interface RecordHalf<Part> {
  /**
   * Called under the lock, before the first record: repairs what an earlier run left.
   * @returns what is committed afterwards
   */
  begin(run: Run, committed: Committed): Promise<Committed>;
  /**
   * Stores the changes from opening a stream immediately, even while a commit is running. Without this member, they are
   * part of the next commit.
   */
  openNow?(owner: Owner, openings: Openings): void;
  /** Opens a stream's log, for its records or for its quarantine. @param stream as it is now */
  log(stream: () => OpenStream, quarantine: boolean): RecordLog<Part>;
  /** Called before the records of a batch of input. */
  batch(bytes: Buffer, facts: BatchFacts): void;
  /** A promise to await before more is written, if any (invariant 8). */
  ready(): Promise<void> | undefined;
  /** The part of a commit that does to the records what a change of copies means. */
  move(move: Move): Part;
  /**
   * Drops duplicate records in a commit, after the records of its logs. Without this member, `finish` (or `begin` of
   * the next run) does that for copies that are `whole`, and for streams for which it is due.
   */
  dedup?(dedup: Dedup): Part;
  /**
   * Without `dedup`: whether a replacing copy whose records are all there becomes `whole`, and replaces the others only
   * in `finish`.
   */
  concludesLater?(copy: Copy): boolean;
  /** Called after the last commit of a run that reached its end. */
  finish(run: Run, streams: readonly OpenStream[]): Promise<void>;
  /** Releases everything. Called once, whatever happened; nothing is written afterwards. */
  close(): Promise<void>;
}
