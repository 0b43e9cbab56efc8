import type { Page } from '../../protocol/page.ts';
import type { Cursor } from '../cursor.ts';
import { savedIds } from './saved.ts';
import type { TimeRange } from './split-window.ts';

/** The `from` of `read` of a stream with `withOwed`, for the records whose entries it owes. */
export interface OwedParents {
  /** Their ids. */
  readonly owed: readonly string[];
  /** Call it before yielding the page that contains the last entries of these records. */
  readonly brings: (page: Page, ids: readonly string[]) => void;
}

/**
 * A time window over entries, plus records that became visible and of which all entries have to be sent, however old they
 * are: the vendor did not show them when the window passed them. Other streams make this one owe the records
 * (`ReadContext.owe`). Its state is that of the window, with `unread` for the entries that could not be read, and `owed`
 * for the ids of the records.
 * @param window `timeWindow({ … })`
 * @param value the value that orders it
 */
export function withOwed(window: Cursor<TimeRange>, value: string): Cursor<TimeRange | OwedParents> {
  return {
    open: async (saved, env) => {
      const scan = await window.open(saved && { ...saved, owed: saved.unread }, env);
      const since = scan.parts.at(-1)!.from.since;
      // A window without a beginning returns everything.
      const left = new Set(since === undefined ? [] : savedIds(saved?.owed));
      const brought = new Map<Page, readonly string[]>();
      /** Records that exist, but whose entries cannot be read. */
      const unread = new Set<string>();
      const owed = {
        from: {
          owed: [...left],
          brings: (page: Page, ids: readonly string[]) => void brought.set(page, ids),
        },
        /** What is in the window is sent by the window. */
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
