import {
  type Cursor,
  DataError,
  type Page,
  type TimeRange,
  type TimeWindowOptions,
  timeWindow,
} from '@headrace/sdk';

/** Issues whose worklogs are all to be brought, whenever they were updated. */
export interface OwedIssues {
  readonly owed: readonly string[];
  /** To be called before a page is yielded with which these issues are brought. */
  readonly brings: (page: Page, issues: readonly string[]) => void;
}

/**
 * A time window over worklogs, and beside it the issues that came into sight: what Jira did not show of them when
 * the window passed it is brought from the issues themselves. Its state is the window's, with `unread` for the worklogs
 * that it owes, and `owed`, the ids of the issues (`ReadContext.owe`), until they were brought.
 */
export function worklogWindow(options: TimeWindowOptions): Cursor<TimeRange | OwedIssues> {
  const window = timeWindow(options);
  return {
    open: async (saved, env) => {
      const scan = await window.open(saved && { ...saved, owed: saved.unread }, env);
      const since = scan.parts.at(-1)!.from.since;
      // A window without a beginning brings everything.
      const left = new Set(since === undefined ? [] : owedOf(saved?.owed));
      const brought = new Map<Page, readonly string[]>();
      /** Issues that are there and whose worklogs cannot be read. */
      const unread = new Set<string>();
      const issues = {
        from: {
          owed: [...left],
          brings: (page: Page, ids: readonly string[]) => void brought.set(page, ids),
        },
        /** What stands in the window is the window's to bring. */
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
