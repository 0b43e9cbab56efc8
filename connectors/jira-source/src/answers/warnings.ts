import type { HttpClient, Log, Page } from '@headrace/sdk';

/** The fields in which a search returns warnings about its query. Their names differ between API versions. */
export const WARNINGS = { warnings: 'warnings', warningMessages: 'warningMessages' } as const;

/** Passes pages through and logs their warnings. */
export type Warned = (pages: AsyncIterable<Page>) => AsyncIterable<Page>;

/** Maximum number of warnings logged per run. A response can contain one for every issue. */
const MOST = 20;

/** Logs each warning once per run. */
export function warnedBy(http: Pick<HttpClient, 'excerpt'>, log: Log): Warned {
  const known = new Set<string>();

  function say(warning: unknown): void {
    const { message = warning } = (typeof warning === 'object' && warning ? warning : {}) as {
      message?: unknown;
    };
    const text = http.excerpt(typeof message === 'string' ? message : JSON.stringify(message));
    if (known.has(text) || known.size === MOST) return;
    known.add(text);
    log.warn(`Jira warns: ${text}`);
  }

  return async function* (pages) {
    for await (const page of pages) {
      // A page of unreadable ids is not a response from Jira, so it has no such fields.
      for (const name of page.unreadable.length > 0 ? [] : Object.values(WARNINGS)) {
        const warnings = page.field(name);
        if (Array.isArray(warnings)) for (const warning of warnings) say(warning);
      }
      yield page;
    }
  };
}
