import type { Buffer } from 'node:buffer';
import type { UnreadableLine } from '../protocol/broken-line.ts';
import type { ConfiguredStream } from '../protocol/catalog.ts';
import type { RecordLine } from '../protocol/message-reader.ts';
import type { StreamDescriptor } from '../protocol/messages.ts';
import type { StateToCommit } from '../protocol/state-line.ts';

/** When the write loop commits, and what a difference of counts means. */
export interface CommitPolicy {
  /** How long a state may wait for durability. */
  readonly seconds: number;
  /** How many bytes of input may wait with it. */
  readonly bytes: number;
  readonly onCountMismatch: 'fail' | 'warn';
}

/** What is known about a run when its first RECORD or STATE has come. */
export interface RunStart {
  /** What the source calls itself (TRACE ANALYTICS `source`). */
  readonly sourceName: string | undefined;
  /** Streams of the catalog; without one, those announced so far and that of the first record or state. */
  readonly streams: readonly StreamDescriptor[];
  /** The commit number that the source was started from (TRACE ANALYTICS `state_commit`). */
  readonly stateCommit: number | undefined;
  /** Aborted when the process is told to stop: waiting for a lock ends. */
  readonly signal: AbortSignal;
}

/** What became of one stream's records in this run, up to where it is covered. In = their sum (invariant 5). */
export interface StreamCounts {
  readonly stored: number;
  readonly quarantined: number;
  readonly rolledBack: number;
}

/** Where the records of one stream go. */
export interface StreamSink {
  /**
   * Called for each record, in order; must not wait. It copies what it keeps: the line's bytes are used again.
   * @returns whether the record was stored, or put aside with its reason because it cannot be
   */
  write(record: RecordLine): 'stored' | 'rejected';
  /** A state stands here: all records written so far are covered by it. The next commit reaches to here. */
  mark(): void;
  /**
   * All of the stream is there, and a mark stands behind it: `said` by its source (COMPLETE), or taken from an
   * input that came to its end with no word of any status, nothing behind the stream's last state, and nothing
   * that says that its source broke off: an error, half a line, an interrupt (`ended`).
   * What an overwrite replaces may go with the next commit, and not before. Called at most once.
   */
  complete?(how: 'said' | 'ended'): void;
  /** Forgets all records behind the last mark. Called at most once; nothing is written afterwards. */
  rollBack(): Promise<void>;
}

/**
 * The half of a destination that knows its store. The write loop (runWrite) knows the protocol: it counts,
 * decides what is covered, and echoes. It calls `begin` once, then `stream`, `batch` and the sinks as records
 * come, `commit` now and then, and in the end `end`, or `abort` where something was thrown.
 */
export interface DestinationWriter {
  readonly policy: CommitPolicy;
  /**
   * Called before the first record or state: locks, repairs, decides where things go.
   * @throws ConfigError, TransientError: nothing was stored, and neither `end` nor `abort` is called
   */
  begin(run: RunStart): Promise<void>;
  /**
   * Called once for each stream that is heard of.
   * @param asked what the catalog says of it; without a catalog every stream appends
   */
  stream(stream: StreamDescriptor, asked: ConfiguredStream | undefined): StreamSink;
  /**
   * Keeps a line that carries a RECORD or a STATE and cannot be read, for people to look at: durable with the next
   * commit, and never rolled back. It copies what it keeps. Without this the line is only counted and logged.
   * @param stream one that was opened with `stream`; the line may name it, or none: then its name is `''`
   */
  setAside?(line: UnreadableLine, stream: StreamDescriptor): void;
  /** Called before the records of a batch of input are written; `bytes` holds them all. */
  batch(bytes: Buffer): void;
  /** Undefined, or a promise to await before more is written (invariant 8). */
  ready(): Promise<void> | undefined;
  /**
   * Makes durable, in one step, each stream's records up to where its last mark stands *when this is called*,
   * `states` (the last of each stream, in order), and how many records of each stream that makes. Records may be written while it runs; the next commit is
   * asked for only after it has resolved, and an echo follows only then (invariants 2 and 3).
   */
  commit(
    states: readonly StateToCommit[],
    counts: ReadonlyMap<StreamDescriptor, StreamCounts>,
  ): Promise<void>;
  /** After the last commit: finish files, give locks back. Every stream was marked or rolled back at its end. */
  end(): Promise<void>;
  /** Something failed: give back what is held. What is committed stays, the rest is repaired by the next run. */
  abort(): Promise<void>;
}
