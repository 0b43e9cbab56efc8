import type { DataError } from '../../errors.ts';
import { isObject } from '../../protocol/is-object.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Page } from '../../protocol/page.ts';
import { hashHex } from '../cursors/hash.ts';
import { foreignState } from '../cursors/saved.ts';
import { SEEN_MOST } from '../cursors/seen-most.ts';
import { isUnchanged, type Sent, savedSent, sentJson } from '../cursors/sent.ts';
import type { Parent } from './define.ts';

/** How a stream of entries knows which of them went out already: `entriesByTime` or `entriesByBytes`. */
export interface Entries<E extends string = string, O extends Parent = Parent> {
  /** Called once a partition and run. @throws DataError where `saved` is none of its states */
  open(saved: unknown, scan: EntriesScan): OpenedEntries<E, O>;
}

export type SentEntries = Entries;

/** What the entries of a partition's scan go by; ms since 1970. */
interface EntriesScan {
  /** The scan's begin − safety: what is younger is read again by the next scan. */
  readonly settled: number;
  /** The scan's begin − what is looked back. */
  readonly horizon: number;
  /** An earlier run began it: what that one read is not read again. */
  readonly isResumed: boolean;
  readonly warn: (message: string) => void;
}

/** The entries of one partition's scan. */
export interface OpenedEntries<E extends string = string, O extends Parent = Parent> {
  /** Which rows of a page are to be sent: 1 per row to send. */
  fresh(page: Page<string, E>, owner: O): Uint8Array;
  /** The page's fresh rows were handed to the writer. */
  written(page: Page<string, E>, owner: O, fresh: Uint8Array): void;
  /** The scan came to its end: what only an unfinished one needs is forgotten. */
  finish(): void;
  /** Its part of the partition's state; undefined where there is nothing to remember. */
  json(): JsonObject | undefined;
}

/**
 * Entries that bear the instant of their last change: sent are those at or after the parent's `since`, and of
 * those that are read twice, because the next scan begins a safety window earlier, each once, unless its bytes changed:
 * clocks tick in seconds, and two edits fall into one. An entry that lacks its instant is sent whenever its bytes are
 * new. At most 20,000 are remembered a partition; what is forgotten is sent again.
 * @param key the selected value that identifies an entry
 * @param value the selected value that is its instant
 */
export function entriesByTime<E extends string>(key: E, value: E): Entries<E> {
  return {
    open(saved, { settled, warn }) {
      /** What earlier runs sent, and what this one sent that is not settled. */
      const seen = new Map(sentRowsOf(saved));
      let forgotten = 0;
      let lacking = 0;
      /** An entry without a key is told by its bytes. */
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
        written(page, _, fresh) {
          for (let row = 0; row < page.count; row++) {
            const time = page.instant(row, value);
            if (fresh[row] === 0 || time < settled) continue;
            if (Number.isNaN(time)) lacking++;
            const id = keyOf(page, row);
            seen.delete(id);
            seen.set(id, { time, hash: hashHex(page.record(row)) });
          }
          for (const oldest of seen.keys()) {
            if (seen.size <= SEEN_MOST) break;
            seen.delete(oldest);
            forgotten++;
          }
        },
        finish() {
          for (const [id, { time }] of seen) if (time < settled) seen.delete(id);
          if (lacking > 0)
            warn(`${lacking} entries lack their ${value}: they are sent whenever their bytes are new`);
          if (forgotten > 0)
            warn(
              `more than ${SEEN_MOST} entries changed within the safety window: ${forgotten} of them will be sent again where their record changes`,
            );
        },
        json: () =>
          seen.size === 0
            ? undefined
            : Object.fromEntries([...seen].map(([id, sent]) => [id, sentJson(sent)])),
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
