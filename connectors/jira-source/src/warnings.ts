import type { Log, Page } from '@headrace/sdk';

/** Where a search says what it thinks of its question: the names are of different versions of the API. */
export const WARNINGS = { warnings: 'warnings', warningMessages: 'warningMessages' } as const;

/** Passes pages on, and what they warn of to the log. */
export type Warned = (pages: AsyncIterable<Page>) => AsyncIterable<Page>;

/** So many warnings of a run are said: an answer may name each issue in one of its own. */
const MOST = 20;
const LONGEST = 300;

/** Each warning is said once a run. */
export function warnedBy(log: Log): Warned {
  const known = new Set<string>();

  function say(warning: unknown): void {
    const { message = warning } = (typeof warning === 'object' && warning ? warning : {}) as {
      message?: unknown;
    };
    const text = (typeof message === 'string' ? message : JSON.stringify(message)).slice(0, LONGEST);
    if (known.has(text) || known.size === MOST) return;
    known.add(text);
    log.warn(`Jira warns: ${text}`);
  }

  return async function* (pages) {
    for await (const page of pages) {
      // A page that only names what cannot be read was not answered: it is made of lists of ids.
      for (const name of page.unreadable.length > 0 ? [] : Object.values(WARNINGS)) {
        const warnings = page.field(name);
        if (Array.isArray(warnings)) for (const warning of warnings) say(warning);
      }
      yield page;
    }
  };
}
