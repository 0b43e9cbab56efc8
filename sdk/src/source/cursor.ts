import type { JsonObject } from '../protocol/messages.ts';
import type { Page } from '../protocol/page.ts';

/** What a cursor part may ask of its surroundings. */
export interface CursorEnv {
  /**
   * When the scan begins, in ms since 1970, on the vendor's clock (the Date header); where the vendor has
   * none: our clock − 1 h, said once.
   */
  readonly begin: () => number;
  readonly warn: (message: string) => void;
}

/** How a stream knows what is new: an SDK part, given by a stream as `cursor`. */
export interface Cursor<From> {
  /** @param saved this partition's state from an earlier run, or undefined. @throws DataError where it is no state of this cursor */
  open(saved: JsonObject | undefined, env: CursorEnv): Scan<From>;
}

/** One partition's scan. The engine calls: from, then per page fresh → (writes) → advance, then finish. */
export interface Scan<From> {
  /** What the stream's `read` begins with. */
  readonly from: From;
  /** Which rows are to be sent: 1 per row to send, or undefined for all. */
  fresh(page: Page): Uint8Array | undefined;
  /** The page's fresh rows were handed to the writer. */
  advance(page: Page): void;
  /** The scan came to its end. */
  finish(): void;
  /** The partition's state; it covers what `advance` was told and nothing else (invariant 1). */
  state(): JsonObject;
}
