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
 * the window passed it is brought from the issues themselves. Its state is the window's and `owed`, their ids
 * (`ReadContext.owe`), until they were brought.
 */
export function worklogWindow(options: TimeWindowOptions): Cursor<TimeRange | OwedIssues> {
  const window = timeWindow(options);
  return {
    open: async (saved, env) => {
      const scan = await window.open(saved, env);
      const since = scan.parts[0]!.from.since;
      // A window without a beginning brings everything.
      const left = new Set(since === undefined ? [] : owedOf(saved?.owed));
      const brought = new Map<Page, readonly string[]>();
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
        advance: (page: Page) => {
          for (const id of brought.get(page) ?? []) left.delete(id);
          brought.delete(page);
        },
        finish: () => left.clear(),
      };
      return {
        ...scan,
        parts: left.size === 0 ? scan.parts : [...scan.parts, issues],
        state: () => ({ ...scan.state(), ...(left.size === 0 ? {} : { owed: [...left] }) }),
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
