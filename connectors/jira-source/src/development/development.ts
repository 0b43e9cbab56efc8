import { Buffer } from 'node:buffer';
import { DataError, type HttpClient, type Log, Selection, workAhead } from '@headrace/sdk';
import { hasColonBehind, isStringBegin, stringBehindColon } from '../answers/raw-json.ts';
import { NO_ISSUE } from '../refusals/kinds.ts';
import { refusalIn } from '../refusals/unless.ts';
import { faultOfPanel, faultOfSummary, type PanelPage, panelsIn, type Summary } from './panel-answers.ts';

/** An issue whose Development panels are requested. */
interface PanelIssue {
  /** The numeric id. The endpoints do not accept keys. */
  readonly id: string;
  readonly key: string;
  /** If false, no request is sent. Always true on a site without the Development field. See `hasPanel`. */
  readonly hasPanel: boolean;
  /** True if the next sync requests the panels again anyway. Then an unreadable panel is not a failure. */
  readonly isAskedAgain: boolean;
}

/** A Development panel: one provider's data of one kind for an issue. */
interface Panel<I extends PanelIssue> {
  readonly issue: I;
  /** As named in the summary: `GitHub`, `stash`, `oAuth-com.github.integration.production`, `cloud-providers`. */
  readonly applicationType: string;
  /** `pullrequest`, `repository`, `branch`, `build`, `deployment-environment`, … */
  readonly dataType: string;
  /** One record: the whole response, as the vendor sent it. */
  readonly page: PanelPage;
}

/** The Development panels of a site: what GitHub, GitLab, Bitbucket and others know about an issue. */
export interface Development {
  /** The id of the Development field, requested once per run; undefined if the site has none. */
  field(): Promise<string | undefined>;
  /**
   * The panels of issues, in the issues' order, by data type and provider. Costs one summary request per issue and
   * one request per panel, for `concurrency` issues at a time. An empty panel is valid. If Jira reports errors for a
   * panel, it is requested once more. If that fails too, the panel is an error, or is only counted if the issue
   * `isAskedAgain`.
   * @param selection of the stream: `select('.')` with the record `PANEL`
   * @param gone called with a description if an issue was deleted in the meantime
   * @throws DataError (`jira.panel_unread`) if Jira cannot reach a provider; HeadraceError otherwise
   */
  panels<I extends PanelIssue>(
    issues: readonly I[],
    selection: PanelPage['selection'],
    gone: (what: string) => void,
  ): AsyncGenerator<Panel<I>>;
  /** Logs once how many panels were not read. Call it at the end of the stream. */
  tell(): void;
}

const API = '/rest/dev-status/1.0/issue';
/** The longest quotation of a provider's error. */
const MOST_CHARACTERS = 200;
const FIELD = new Selection({ records: '', record: { id: 'id', custom: 'schema.custom' } });

/**
 * The undocumented API behind an issue's Development panel (docs/vendors/jira-cloud.md, Streams and their calls).
 * @param concurrency how many issues are requested at a time; the responses of this many issues are kept in memory
 */
export function development(http: HttpClient, log: Log, concurrency: number): Development {
  let field: Promise<string | undefined> | undefined;
  /** Panels that were not read, by provider, with the reason of the first one. */
  const unread = new Map<string, { count: number; why: string }>();

  async function findField(): Promise<string | undefined> {
    const page = await http.page({ path: '/rest/api/3/field' }, FIELD);
    for (let row = 0; row < page.count; row++)
      if (page.text(row, 'custom')?.endsWith(':devsummarycf')) return page.text(row, 'id');
    return undefined;
  }

  function failed({ key, isAskedAgain }: PanelIssue, provider: string, fault: string): void {
    const why = http.excerpt(fault, MOST_CHARACTERS);
    if (!isAskedAgain) {
      throw new DataError(`Jira could not load the Development panel of ${key} (${provider}: ${why})`, {
        code: 'jira.panel_unread',
        place: `GET ${API}/detail`,
        hint: 'open the issue’s Development panel in Jira; if it shows an error too, repair or remove that connection',
      });
    }
    const known = unread.get(provider);
    if (known) known.count++;
    else unread.set(provider, { count: 1, why });
  }

  async function ofIssue<I extends PanelIssue>(
    issue: I,
    selection: PanelPage['selection'],
  ): Promise<Array<Panel<I>>> {
    const summary = await whole(
      () => http.json({ path: `${API}/summary`, query: { issueId: issue.id } }) as Promise<Summary>,
      faultOfSummary,
    );
    if (summary.fault !== undefined) failed(issue, 'summary', summary.fault);
    const found = await Promise.all(
      panelsIn(summary.answer).map(async ({ applicationType, dataType }) => {
        const request = {
          path: `${API}/detail`,
          query: { issueId: issue.id, applicationType, dataType },
        };
        const { answer, fault } = await whole(() => http.page(request, selection), faultOfPanel);
        if (fault === undefined) return { issue, applicationType, dataType, page: answer };
        failed(issue, applicationType, fault);
        return undefined;
      }),
    );
    return found.filter((panel) => panel !== undefined);
  }

  return {
    field: () => {
      field ??= findField();
      return field;
    },
    panels: async function* (issues, selection, gone) {
      const asked = issues.filter((issue) => issue.hasPanel);
      const ask = async (issue: (typeof asked)[number]) => {
        try {
          return await ofIssue(issue, selection);
        } catch (error) {
          const { id } = issue;
          const about = { http, id, path: `/rest/api/3/issue/${id}` };
          if ((await refusalIn([NO_ISSUE], error, about)) === undefined) throw error;
          gone(NO_ISSUE.what);
          return [];
        }
      };
      for await (const panels of workAhead(asked, concurrency, ask)) yield* panels;
    },
    tell: () => {
      for (const [provider, { count, why }] of unread) {
        log.warn(
          `${count} Development panels could not be read (${provider}: ${why}); the next sync tries again`,
        );
      }
      unread.clear();
    },
  };
}

/**
 * Whether an issue has a panel: its Development field contains a text other than `{}`, as in the recorded issues. If a
 * field configuration hides the field, this is unknown and the result is true. The id of the field differs between
 * sites, so a selection cannot contain its path, and the bytes are searched instead.
 * @param record an issue with that field among its fields
 * @param field see `Development.field`; undefined means unknown, so the result is true
 */
export function hasPanel(record: Uint8Array, field: string | undefined): boolean {
  if (field === undefined) return true;
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length);
  const key = `"${field}"`;
  let isThere = false;
  for (let at = bytes.indexOf(key); at !== -1; at = bytes.indexOf(key, at + key.length)) {
    // `renderedFields` can contain the same key. Either of the two counts.
    if (!isStringBegin(bytes, at, key) || !hasColonBehind(bytes, at + key.length)) continue;
    isThere = true;
    const text = stringBehindColon(bytes, at + key.length);
    if (text !== undefined && !/^[\s{}]*$/.test(text)) return true;
  }
  return !isThere;
}

/**
 * Requests twice if needed. Jira queries the providers during a request, and a slow one is often ready the second time.
 */
async function whole<T>(
  ask: () => Promise<T>,
  faultOf: (answer: T) => string | undefined,
): Promise<{ answer: T; fault: string | undefined }> {
  const first = await ask();
  if (faultOf(first) === undefined) return { answer: first, fault: undefined };
  const answer = await ask();
  return { answer, fault: faultOf(answer) };
}
