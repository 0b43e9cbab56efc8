import type { Buffer } from 'node:buffer';
import type { ConfiguredStream } from '../../protocol/catalog.ts';
import type { RecordLine } from '../../protocol/message-reader.ts';
import type { StreamDescriptor } from '../../protocol/messages.ts';
import type { Copy, CopyChanges, Move } from '../copies/copy.ts';
import type { Owner } from '../names/names.ts';
import type { Committed, KnownStream } from '../store/committed.ts';

/** What is known of the batch of input that records are written from. */
export interface BatchFacts {
  /** When it was read, ms since 1970. */
  ingestedAt: number;
  /** The same, ISO, ms, Z: one value a batch. */
  ingestedAtUtc: string;
  /** Every byte of it is UTF-8, so no record has to be looked at alone. */
  isUtf8: boolean;
}

/** What opening streams has changed. */
export interface Openings extends CopyChanges {
  readonly streams: readonly KnownStream[];
}

/** A run from its first record or state to its end. */
export interface Run {
  readonly owner: Owner;
  readonly runId: string;
  /** Aborted when the process is told to stop: what takes long is left to the next run. */
  readonly signal: AbortSignal;
}

/** A stream of a run, and the copy of it that the run writes to; both as they are at the moment. */
export interface OpenStream {
  readonly stream: StreamDescriptor;
  readonly asked: ConfiguredStream | undefined;
  readonly copy: Copy;
  readonly known: KnownStream | undefined;
  /** Records of it may have been stored under another key or cursor, or without one. */
  readonly rekeyed: boolean;
}

/** Records of one kind (data, or what could not be stored) of one stream, on their way to the store. */
export interface RecordLog<Part> {
  /** Takes a record with object data, in order; must not wait. It copies what it keeps. */
  append(record: RecordLine, batch: BatchFacts): void;
  /** What was appended so far is covered: the next commit reaches to here. */
  mark(): void;
  /** All that was marked is the end of a copy, or of the run. */
  seal(): void;
  /** Forgets what was appended behind the last mark. */
  rollBack(): Promise<void>;
  /**
   * Takes the log's part in a commit that reaches to where the mark stands now, or undefined if nothing is new. The
   * part may take time; what is appended meanwhile belongs to the next commit.
   */
  prepare(): Promise<Part | undefined> | undefined;
}

/** Which records of a stream are copies of one another, and have to be found in what stands in one place. */
export interface Dedup {
  readonly stream: OpenStream;
  /** `key`: of each key the newest record stays; `bytes`: of identical records the first. */
  readonly by: 'key' | 'bytes';
  /** Of records with the same key the one with the greatest cursor is the newest; else the one that came last. */
  readonly byCursor: boolean;
  /** What this commit does not bring may hold copies, too. */
  readonly all: boolean;
}

/** The half of a destination that brings records into its store; the other half is the `Store` itself. */
export interface RecordHalf<Part> {
  /**
   * Called under the lock, before the first record: mends what an earlier run left.
   * @returns what is committed then
   */
  begin(run: Run, committed: Committed): Promise<Committed>;
  /**
   * Puts what opening a stream has changed into the store at once, also while a commit is on its way. Without it that
   * is a part of the next commit.
   */
  openNow?(owner: Owner, openings: Openings): void;
  /** A log of a stream: of its records, or of what could not be stored of it. @param stream as it is at the moment */
  log(stream: () => OpenStream, quarantine: boolean): RecordLog<Part>;
  /** Records of this batch of input follow. */
  batch(bytes: Buffer, facts: BatchFacts): void;
  /** Undefined, or a promise to await before more is written (invariant 8). */
  ready(): Promise<void> | undefined;
  /** What a change of copies means for the records. */
  move(move: Move): Part;
  /**
   * Drops copies of records in a commit, behind what its logs bring. Without it that is done by `finish` (or by `begin`
   * of the next run) for copies that are `whole` and streams of which it is due.
   */
  dedup?(dedup: Dedup): Part;
  /**
   * Without `dedup`: whether a copy that replaces others, and of which all is there now, is `whole` only, and takes
   * their place in `finish`.
   */
  concludesLater?(copy: Copy): boolean;
  /** After the last commit of a run that came to its end. */
  finish(run: Run, streams: readonly OpenStream[]): Promise<void>;
  /** Gives back what is held; nothing is written any more. Called once, whatever happened. */
  close(): Promise<void>;
}
