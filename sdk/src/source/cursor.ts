import type { HeadraceError } from '../errors.ts';
import type { JsonObject } from '../protocol/messages.ts';
import type { Page } from '../protocol/page.ts';

/** What a cursor gets from the engine. */
export interface CursorEnv {
  /**
   * When the scan begins, in ms since 1970, on the vendor's clock (the Date header). If the vendor sends none, it is our
   * clock − 1 h, with one warning.
   */
  readonly begin: () => Promise<number>;
  readonly warn: (message: string) => void;
  /** The catalog requests a full refresh. */
  readonly full?: boolean;
  /** Whether something happens for the first time in this run, in any partition of the stream. */
  readonly isFirst?: (what: string) => boolean;
  /** Passes an id to another partition of a census, which then reports it if it is gone. */
  readonly passOn?: (partition: string, id: string) => void;
}

/** Determines what is new in a stream. The SDK provides cursors; a stream names one as `cursor`. */
export interface Cursor<From> {
  /**
   * Called once per partition and run, before the partition is read. If it throws, the partition fails.
   * @param saved the partition's state from an earlier run, or undefined
   * @throws DataError if it is not a state of this cursor
   */
  open(saved: JsonObject | undefined, env: CursorEnv): Scan<From> | Promise<Scan<From>>;
  /**
   * The cursor only resumes an interrupted full refresh (`resumable`). A stream with it is not incremental, and its state
   * is emptied when the read is complete. Absent: the stream is incremental.
   */
  readonly isWhole?: boolean;
  /** The state is large, so it is sent only once, at the end of the stream. Absent: it is small. */
  readonly stateAtEnd?: boolean;
}

/** A cursor of a stream that is read completely each time. */
export interface WholeCursor<From> extends Cursor<From> {
  readonly isWhole: true;
}

/** The scan of one partition. It usually has one part. */
export interface Scan<From> {
  /** They are read concurrently, each in its own order. None: there is nothing left to read. */
  readonly parts: ReadonlyArray<ScanPart<From>>;
  /** About how many rows the scan will return, if it is known. It is sent as an ESTIMATE. */
  readonly estimate?: number;
  /**
   * Whether `state()` now accounts for every row that `advance` was called with. Absent: always. While it returns false,
   * no STATE of the stream is sent, because a resume would send those rows again (invariant 1).
   */
  settled?(): boolean;
  /** The partition's state. It covers exactly what the parts' `advance` was called with (invariant 1). */
  state(): JsonObject;
}

/**
 * What one call of a stream's `read` reads. For each page, the engine calls owe (for what could not be read) and fresh,
 * writes the rows, and calls advance, all in one turn. When `read` has ended, it calls again, and then finish.
 */
export interface ScanPart<From> {
  /** The `from` of the stream's `read`. */
  readonly from: From;
  /** Returns pages that the part requests itself (records by their keys). If present, `read` is not called. */
  pages?(): AsyncIterable<Page>;
  /** Which rows have to be sent: 1 for each such row; undefined: all. */
  fresh(page: Page): Uint8Array | undefined;
  /**
   * Records of this page that could not be read, by their keys (`Page.unreadable`). From now on the state contains them,
   * or its position stays before them, until they come or are gone (invariant 4). Absent: the part fails at this page.
   * @throws DataError if it would owe too many
   */
  owe?(keys: readonly string[], because?: HeadraceError): void;
  /** The fresh rows of the page were passed to the writer. */
  advance(page: Page): void;
  /**
   * Whether `read` must be called once more, with the current `from`, because its pages cannot be relied upon.
   * @throws DataError if it was already called once more
   */
  again?(): boolean;
  /** `read` ended, and everything that it returned was written. */
  finish(): void;
  /** Once it has finished: whether it leaves something to the next run nevertheless. Absent: nothing. */
  leaves?(): boolean;
  /**
   * Called instead of `finish` if the list ended short of its total (`ShortListError`), and not by the same number as in
   * the last run. The next run must read what may be missing. Absent: that follows from `state()` as it is.
   */
  fellShort?(): void;
}

/** What the engine keeps of a scan that moved: its state. */
export type PartitionScan = Pick<Scan<unknown>, 'state' | 'settled'>;
