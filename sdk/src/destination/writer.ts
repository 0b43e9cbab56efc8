import type { Buffer } from 'node:buffer';
import type { UnreadableLine } from '../protocol/broken-line.ts';
import type { ConfiguredStream } from '../protocol/catalog.ts';
import type { RecordLine } from '../protocol/message-reader.ts';
import type { StreamDescriptor } from '../protocol/messages.ts';
import type { StateToCommit } from '../protocol/state-line.ts';

/** When the write loop commits, and how it treats a difference of counts. */
export interface CommitPolicy {
  /** How long a state may wait for its commit, in seconds. */
  readonly seconds: number;
  /** How many bytes of input may wait for a commit. */
  readonly bytes: number;
  readonly onCountMismatch: 'fail' | 'warn';
}

/** What is known about a run at its first RECORD or STATE. */
export interface RunStart {
  /** What the source calls itself (TRACE ANALYTICS `source`). */
  readonly sourceName: string | undefined;
  /** The catalog's streams. Without a catalog: those announced so far, and that of the first record or state. */
  readonly streams: readonly StreamDescriptor[];
  /** The commit number of the states that the source started from (TRACE ANALYTICS `state_commit`). */
  readonly stateCommit: number | undefined;
  /** Aborted when the process is told to stop, to end a wait for a lock. */
  readonly signal: AbortSignal;
}

/** What became of a stream's covered records in this run. Their sum is the number received (invariant 5). */
export interface StreamCounts {
  readonly stored: number;
  readonly quarantined: number;
  readonly rolledBack: number;
}

/** Where the records of one stream go. */
export interface StreamSink {
  /**
   * Called for each record, in order. Must not wait, and must copy what it keeps, because the line's bytes are reused.
   * @returns whether the record was stored, or quarantined with a reason because it cannot be stored
   */
  write(record: RecordLine): 'stored' | 'rejected';
  /** Marks a state: it covers all records written so far, and the next commit contains them. */
  mark(): void;
  /**
   * Called at most once, after a mark, when the stream is complete. `said`: its source said COMPLETE. `ended`: the
   * input ended without any status, with nothing after the stream's last state, and without a sign that the source was
   * interrupted (an error, half a line, a signal). The next commit may remove what an overwrite replaces, not before.
   */
  complete?(how: 'said' | 'ended'): void;
  /** Drops all records after the last mark. Called at most once; nothing is written afterwards. */
  rollBack(): Promise<void>;
}

/**
 * The half of a destination that knows its target. The write loop (runWrite) knows the protocol: it counts, decides
 * what is covered, and echoes. It calls `begin` once, then `stream`, `batch` and the sinks as records come, `commit`
 * from time to time, and finally `end`, or `abort` after an error.
 */
export interface DestinationWriter {
  readonly policy: CommitPolicy;
  /**
   * Called before the first record or state: takes locks, repairs, decides where records go.
   * @throws ConfigError, TransientError: nothing is stored then, and neither `end` nor `abort` is called
   */
  begin(run: RunStart): Promise<void>;
  /**
   * Called once for each stream that appears.
   * @param asked its entry in the catalog; without a catalog, every stream appends
   */
  stream(stream: StreamDescriptor, asked: ConfiguredStream | undefined): StreamSink;
  /**
   * Keeps an unreadable line that contains a RECORD or a STATE, for people to look at. It becomes durable with the next
   * commit and is never rolled back. Must copy what it keeps. Without this member, the line is only counted and logged.
   * @param stream a stream opened with `stream`; its name is `''` if the line names none
   */
  setAside?(line: UnreadableLine, stream: StreamDescriptor): void;
  /** Called before the records of a batch of input are written. `bytes` contains all of them. */
  batch(bytes: Buffer): void;
  /** A promise to await before more is written, if any (invariant 8). */
  ready(): Promise<void> | undefined;
  /**
   * Makes durable, in one step: each stream's records up to its last mark *at the time of the call*, `states` (the last
   * of each stream, in order), and the counts. Records may be written while it runs. The next commit and the echoes
   * come only after it has resolved (invariants 2 and 3).
   */
  commit(
    states: readonly StateToCommit[],
    counts: ReadonlyMap<StreamDescriptor, StreamCounts>,
  ): Promise<void>;
  /**
   * Called after the last commit: finishes files, releases locks. Every stream was marked or rolled back at its end.
   */
  end(): Promise<void>;
  /** Called after an error: releases everything. What is committed stays; the next run repairs the rest. */
  abort(): Promise<void>;
}
