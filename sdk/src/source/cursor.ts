import type { HeadraceError } from '../errors.ts';
import type { JsonObject } from '../protocol/messages.ts';
import type { Page } from '../protocol/page.ts';

/** What a cursor part may ask of its surroundings. */
export interface CursorEnv {
  /**
   * When the scan begins, in ms since 1970, on the vendor's clock (the Date header); where the vendor has
   * none: our clock − 1 h, said once.
   */
  readonly begin: () => Promise<number>;
  readonly warn: (message: string) => void;
  /** The catalog asks for the whole stream. */
  readonly full?: boolean;
  /** Whether something happens for the first time in this run, in whichever partition of the stream. */
  readonly isFirst?: (what: string) => boolean;
  /** Gives an id to another partition of a census: it is to report it if it is gone. */
  readonly passOn?: (partition: string, id: string) => void;
}

/** How a stream knows what is new: an SDK part, given by a stream as `cursor`. */
export interface Cursor<From> {
  /**
   * Called once a partition and run, before it is read; what it throws fails the partition.
   * @param saved this partition's state from an earlier run, or undefined. @throws DataError where it is no state of this cursor
   */
  open(saved: JsonObject | undefined, env: CursorEnv): Scan<From> | Promise<Scan<From>>;
  /**
   * It only goes on inside a read of everything (`resumable`): a stream with it has no `cursorField`, and its state is
   * emptied when the read is complete. Absent: the stream is incremental, and has one.
   */
  readonly isWhole?: boolean;
  /** The state is large: it leaves once, at the stream's end, and not in between. Absent: it is small. */
  readonly stateAtEnd?: boolean;
}

/** A cursor of a stream that is read whole each time. */
export interface WholeCursor<From> extends Cursor<From> {
  readonly isWhole: true;
}

/** One partition's scan: mostly one part; several where a window is split. */
export interface Scan<From> {
  /** Read side by side, each in its own order. None: there is nothing left to read. */
  readonly parts: ReadonlyArray<ScanPart<From>>;
  /** Rows that the scan may bring, where that was counted on the way: becomes an ESTIMATE. */
  readonly estimate?: number;
  /**
   * Whether `state()` accounts for every row that `advance` was told, at this moment; absent: always. While
   * it says false no STATE of the stream leaves: a resume would send those rows again (invariant 1).
   */
  settled?(): boolean;
  /** The partition's state; it covers what the parts' `advance` was told and nothing else (invariant 1). */
  state(): JsonObject;
}

/**
 * What one call of a stream's `read` brings. The engine calls per page: fresh → (writes the rows) → owe, for what could
 * not be read → advance, all in one turn; when `read` has ended: again, missed, then finish.
 */
export interface ScanPart<From> {
  /** What the stream's `read` begins with. */
  readonly from: From;
  /** Brings what the part asks for itself (records by their keys): `read` is not called then. */
  pages?(): AsyncIterable<Page>;
  /** Which rows are to be sent: 1 per row to send, or undefined for all. */
  fresh(page: Page): Uint8Array | undefined;
  /**
   * Records that stand at this place and could not be read, by their keys (`Page.unreadable`). From then on the state
   * names them, or stays before them, until they came or are gone (invariant 4). Absent: the part fails at the page.
   */
  owe?(keys: readonly string[], because?: HeadraceError): void;
  /** The page's fresh rows were handed to the writer. */
  advance(page: Page): void;
  /**
   * Whether `read` is to be called once more, with what `from` is by then: what it brought cannot be relied upon.
   * @throws DataError if it was read once more already
   */
  again?(): boolean;
  /** `read` came to its end, and everything it brought was written. */
  finish(): void;
  /** Once it has finished: whether it leaves something to the next run nevertheless. Absent: nothing. */
  leaves?(): boolean;
  /**
   * Called instead of `finish` where the list came to its end short of its total (`ShortListError`) and the last run
   * did not find the same: the next run is to read what may be missing. Absent: `state()` leads there as it is.
   */
  fellShort?(): void;
}

/** What the engine keeps of a scan that moved: its state. */
export type PartitionScan = Pick<Scan<unknown>, 'state' | 'settled'>;
