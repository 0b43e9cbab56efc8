import {
  type Cursor,
  DataError,
  type Page,
  type TimeRange,
  type TimeWindowOptions,
  timeWindow,
} from '@headrace/sdk';

/** Issues whose worklogs must all be returned, whenever they were updated. */
export interface OwedIssues {
  readonly owed: readonly string[];
  /** Call this before yielding a page that completes these issues. */
  readonly brings: (page: Page, issues: readonly string[]) => void;
}

/**
 * A time window over worklogs, plus the issues that became visible. Worklogs that Jira did not show when the window
 * passed them are read from the issues. The state is that of the window, with `unread` for the worklogs it owes, and
 * `owed` for the ids of the issues (`ReadContext.owe`) until they are read.
 */
export function worklogWindow(options: TimeWindowOptions): Cursor<TimeRange | OwedIssues> {
  const window = timeWindow(options);
  return {
    open: async (saved, env) => {
      const scan = await window.open(saved && { ...saved, owed: saved.unread }, env);
      const since = scan.parts.at(-1)!.from.since;
      // A window without a start returns everything anyway.
      const left = new Set(since === undefined ? [] : owedOf(saved?.owed));
      const brought = new Map<Page, readonly string[]>();
      /** Issues that exist but whose worklogs cannot be read. */
      const unread = new Set<string>();
      const issues = {
        from: {
          owed: [...left],
          brings: (page: Page, ids: readonly string[]) => void brought.set(page, ids),
        },
        /** The window itself returns the worklogs inside it. */
        fresh: (page: Page) =>
          Uint8Array.from({ length: page.count }, (_, row) =>
            page.instant(row, options.value) >= since! ? 0 : 1,
          ),
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
        parts: left.size === 0 ? scan.parts : [...scan.parts, issues],
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

function owedOf(saved: unknown): readonly string[] {
  if (saved === undefined) return [];
  if (Array.isArray(saved) && saved.every((id) => typeof id === 'string')) return saved;
  throw new DataError('a partition of the state is no window of worklogs', {
    code: 'state.invalid',
    hint: 'reset the state of this stream',
  });
}
