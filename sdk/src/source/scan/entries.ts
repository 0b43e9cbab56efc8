import type { DataError } from '../../errors.ts';
import { floorMinute } from '../../protocol/instant.ts';
import { isObject } from '../../protocol/is-object.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Page } from '../../protocol/page.ts';
import { hashHex } from '../cursors/hash.ts';
import { foreignState } from '../cursors/saved.ts';
import { SEEN_MOST } from '../cursors/seen-most.ts';
import { isUnchanged, type Sent, savedSent, sentJson } from '../cursors/sent.ts';
import type { Parent } from './define.ts';

/** How a stream of entries knows which of them it has sent: `entriesByTime` or `entriesByBytes`. */
export interface Entries<E extends string = string, O extends Parent = Parent> {
  /** Called once per partition and run. @throws DataError if `saved` is not one of its states */
  open(saved: unknown, scan: EntriesScan): OpenedEntries<E, O>;
}

export type SentEntries = Entries;

/** So many settled entries of the minute that a scan has reached are in its state. */
const LAST_MOST = 1000;

/** The times of a partition's scan, for its entries; ms since 1970. */
interface EntriesScan {
  /** The scan's begin − safety. Younger entries are read again by the next scan. */
  readonly settled: number;
  /** The scan's begin − the longer of lookback and keep. */
  readonly horizon: number;
  /** An earlier run began the scan. What that run read is not read again. */
  readonly isResumed: boolean;
  readonly warn: (message: string) => void;
}

/** The entries of one partition's scan. */
export interface OpenedEntries<E extends string = string, O extends Parent = Parent> {
  /** Which rows of a page have to be sent: 1 for each such row. It may be called more than once. */
  fresh(page: Page<string, E>, owner: O): Uint8Array;
  /** The fresh rows of the page were passed to the writer. */
  written(page: Page<string, E>, owner: O, fresh: Uint8Array): void;
  /** The scan ended. What only an unfinished scan needs is forgotten. */
  finish(): void;
  /** Its part of the partition's state; undefined if there is nothing to remember. */
  json(): JsonObject | undefined;
}

/**
 * For entries with the time of their last change. Entries at or after the parent's `since` are sent. The next scan begins
 * a safety window earlier, so some are read twice, and those are sent again only if their bytes changed: clocks tick in
 * seconds, and two edits can fall into the same one. An entry without a time is sent whenever its bytes are new. At most
 * 20,000 entries per partition are remembered; those that are forgotten are sent again. A scan that is resumed reads the
 * parents of one minute again: up to 1,000 of their entries are remembered until then.
 * @param key the selected value that identifies an entry
 * @param value the selected value with its time
 */
export function entriesByTime<E extends string>(key: E, value: E): Entries<E> {
  return {
    open(saved, { settled, warn }) {
      /** What earlier runs sent, and what this run sent that is not settled. */
      const seen = new Map(sentRowsOf(saved));
      /** Settled entries of the parents in the minute that the scan has reached: a resumed scan reads these again. */
      const last = new Map<string, Sent>();
      let minute = Number.NEGATIVE_INFINITY;
      let forgotten = 0;
      let lacking = 0;
      /** An entry without a key is identified by its bytes. */
      const keyOf = (page: Page, row: number): string => page.id(row, key) ?? hashHex(page.record(row));
      return {
        fresh(page, { since }) {
          const fresh = new Uint8Array(page.count);
          for (let row = 0; row < page.count; row++) {
            const time = page.instant(row, value);
            if (since !== undefined && time < since) continue;
            const sent = seen.size === 0 ? undefined : seen.get(keyOf(page, row));
            if (!isUnchanged(sent, time, () => hashHex(page.record(row)))) fresh[row] = 1;
          }
          return fresh;
        },
        written(page, owner, fresh) {
          if (floorMinute(owner.time) > minute) {
            minute = floorMinute(owner.time);
            last.clear();
          }
          for (let row = 0; row < page.count; row++) {
            const time = page.instant(row, value);
            if (fresh[row] === 0) continue;
            const sent = (): Sent => ({ time, hash: hashHex(page.record(row)) });
            if (time < settled) {
              if (last.size < LAST_MOST) last.set(keyOf(page, row), sent());
              continue;
            }
            if (Number.isNaN(time)) lacking++;
            const id = keyOf(page, row);
            seen.delete(id);
            seen.set(id, sent());
          }
          for (const oldest of seen.keys()) {
            if (seen.size <= SEEN_MOST) break;
            seen.delete(oldest);
            forgotten++;
          }
        },
        finish() {
          for (const [id, { time }] of seen) if (time < settled) seen.delete(id);
          last.clear();
          if (lacking > 0)
            warn(`${lacking} entries have no ${value}: they are sent whenever their bytes are new`);
          if (forgotten > 0)
            warn(
              `more than ${SEEN_MOST} entries changed within the safety window: ${forgotten} of them will be sent again if their record changes`,
            );
        },
        json: () =>
          seen.size + last.size === 0
            ? undefined
            : Object.fromEntries([...seen, ...last].map(([id, sent]) => [id, sentJson(sent)])),
      };
    },
  };
}

function sentRowsOf(saved: unknown): Array<[string, Sent]> {
  return pairsOf(saved).map(([id, one]) => {
    const sent = savedSent(one);
    if (!sent) throw foreignEntries();
    return [id, sent];
  });
}

/** A saved object, as pairs. @throws DataError */
export function pairsOf(saved: unknown): Array<[string, unknown]> {
  if (saved === undefined) return [];
  if (!isObject(saved)) throw foreignEntries();
  return Object.entries(saved);
}

export const foreignEntries = (): DataError => foreignState('has entries of another kind');
