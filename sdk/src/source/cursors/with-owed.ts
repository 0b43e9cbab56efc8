import type { Page } from '../../protocol/page.ts';
import type { Cursor } from '../cursor.ts';
import { savedIds } from './saved.ts';
import type { TimeRange } from './split-window.ts';

/** What `read` of a stream with `withOwed` is given for the records whose entries it owes. */
export interface OwedParents {
  /** Their ids. */
  readonly owed: readonly string[];
  /** To be called before a page is yielded with which these of them are brought. */
  readonly brings: (page: Page, ids: readonly string[]) => void;
}

/**
 * A time window over entries, and beside it the records that came into sight, of which all entries are to be brought
 * whenever they were updated: what the vendor did not show of them when the window passed it. Others make the stream
 * owe them (`ReadContext.owe`). Its state is the window's, with `unread` for the entries that it owes, and `owed`, the
 * ids of the records, until they were brought.
 * @param window `timeWindow({ … })`
 * @param value the value that orders it
 */
export function withOwed(window: Cursor<TimeRange>, value: string): Cursor<TimeRange | OwedParents> {
  return {
    open: async (saved, env) => {
      const scan = await window.open(saved && { ...saved, owed: saved.unread }, env);
      const since = scan.parts.at(-1)!.from.since;
      // A window without a beginning brings everything.
      const left = new Set(since === undefined ? [] : savedIds(saved?.owed));
      const brought = new Map<Page, readonly string[]>();
      /** Records that are there and whose entries cannot be read. */
      const unread = new Set<string>();
      const owed = {
        from: {
          owed: [...left],
          brings: (page: Page, ids: readonly string[]) => void brought.set(page, ids),
        },
        /** What stands in the window is the window's to bring. */
        fresh: (page: Page) =>
          Uint8Array.from({ length: page.count }, (_, row) => (page.instant(row, value) >= since! ? 0 : 1)),
        owe: (ids: readonly string[]) => {
          for (const id of ids) unread.add(id);
        },
        advance: (page: Page) => {
          for (const id of brought.get(page) ?? []) left.delete(id);
          brought.delete(page);
        },
        finish: () => {
          for (const id of left) if (!unread.has(id)) left.delete(id);
        },
      };
      return {
        ...scan,
        parts: left.size === 0 ? scan.parts : [...scan.parts, owed],
        state: () => {
          const { owed: unread, ...state } = scan.state();
          return {
            ...state,
            ...(unread === undefined ? {} : { unread }),
            ...(left.size === 0 ? {} : { owed: [...left] }),
          };
        },
      };
    },
  };
}
