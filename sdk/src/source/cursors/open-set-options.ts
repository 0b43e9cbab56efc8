import type { Page } from '../../protocol/page.ts';
import type { Newest } from './open-set-state.ts';
import type { Order } from './order-value.ts';

/** Which values of a thing are used, how things are listed, and when one is finished. */
export interface OpenSetOptions {
  /** The selected value that identifies a thing. */
  readonly key: string;
  /**
   * The selected value that orders things: a number (of any size, with or without quotes) or a timestamp (counted in
   * ms). It is larger for newer things and never changes: a build's number, a pipeline's `created_on`, a snowflake id.
   */
  readonly order: string;
  /** Whether `read` lists the oldest or the newest first. */
  readonly direction: 'ascending' | 'descending';
  /** Whether a thing may still change. Each run requests it again until it does not. */
  readonly isOpen: (page: Page, row: number) => boolean;
  /** Whether a thing is wanted at all. One that is not is never sent and never open, but counts as read. Default: all. */
  readonly isWanted?: (page: Page, row: number) => boolean;
  /** How late a thing may be listed behind the newest, in units of the order. Default 0. */
  readonly overlap?: Order;
  /** Things older than this are not listed; undefined: everything. */
  readonly start?: Order;
  /** Selected values that may change without a new version: they are left out when bytes are compared. */
  readonly aside?: readonly string[];
  /** A finished thing that is listed again within `overlap` is sent again if its bytes differ: reruns change it. */
  readonly reopens?: boolean;
  /**
   * For things that may stay open for ever: one whose order (a timestamp) is more than `afterMs` ago is requested only
   * once in `everyMs`.
   */
  readonly stale?: { readonly afterMs: number; readonly everyMs: number };
  /**
   * The selected value that tells a thing from a later one with the same id, such as a build's timestamp. The state
   * keeps that of the newest thing, and `OpenRange.top` shows it to `read`, which calls `restart` if it now differs.
   */
  readonly born?: string;
}

/** What one call of `read` has to bring for an open set. */
export interface OpenRange {
  /** The things that were not finished. Request each by its id, in pages of their own, whatever the range. */
  readonly again: readonly string[];
  /**
   * The range to list, both ends included; undefined: no bound. What is outside of it is ignored. A bigint if it is a
   * whole number above 2^53.
   */
  readonly since: Order | undefined;
  readonly until: Order | undefined;
  /** The newest thing that was read, with its value of `OpenSetOptions.born`; undefined: none, or not known. */
  readonly top: Newest | undefined;
  /**
   * Which things of a page are new, changed, or open and due (see `stale`): 1 per row. For a `read` to which each thing
   * costs another request: the others have been read.
   */
  readonly wants: (page: Page) => Uint8Array;
  /** Call it if the vendor no longer has a thing (404 by its id). It is not requested again. */
  readonly gone: (id: string) => void;
  /**
   * Call it before the first page if the vendor's order began anew (the newest number is below `since`, because the job
   * was created again). Everything known is forgotten, `again` is empty and `since` is the start.
   */
  readonly restart: () => void;
}
