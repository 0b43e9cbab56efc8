import { Buffer } from 'node:buffer';
import { DataError, type HttpClient, type Log, Selection, workAhead } from '@headrace/sdk';
import { faultOfPanel, faultOfSummary, type PanelPage, panelsIn, type Summary } from './panel-answers.ts';
import { hasColonBehind, isStringBegin, stringBehindColon } from './raw-json.ts';
import { NO_ISSUE } from './refusals/kinds.ts';
import { refusalIn } from './refusals/unless.ts';

/** An issue whose development panels are wanted. */
interface PanelIssue {
  /** The numeric id: the endpoints know no keys. */
  readonly id: string;
  readonly key: string;
  /** False: it is not asked for. See `hasPanel`; true for every issue of a site without the Development field. */
  readonly hasPanel: boolean;
  /** Whether the next sync asks for it again in any case: what cannot be read now is no failure then. */
  readonly isAskedAgain: boolean;
}

/** A development panel: what one provider has of one kind for an issue. */
interface Panel<I extends PanelIssue> {
  readonly issue: I;
  /** As the summary names it: `GitHub`, `stash`, `oAuth-com.github.integration.production`, `cloud-providers`. */
  readonly applicationType: string;
  /** `pullrequest`, `repository`, `branch`, `build`, `deployment-environment`, … */
  readonly dataType: string;
  /** One record: the whole answer, as the vendor sent it. */
  readonly page: PanelPage;
}

/** The development panels of a site: what GitHub, GitLab, Bitbucket and others know of an issue. */
export interface Development {
  /** The id of the Development field, asked once a run; undefined where the site has none. */
  field(): Promise<string | undefined>;
  /**
   * The panels of issues, in the issues' order, by data type and provider: one summary an issue and one request a
   * panel, `concurrency` issues side by side. A panel that is empty is one; one that Jira has errors about is
   * none: it is asked for a second time, then it fails, or is counted where the issue `isAskedAgain`.
   * @param selection of the stream: `select('.')` with the record `PANEL`
   * @param gone called for an issue that went away, with what that is called
   * @throws DataError (`jira.panel_unread`) for a provider that Jira cannot reach; HeadraceError otherwise
   */
  panels<I extends PanelIssue>(
    issues: readonly I[],
    selection: PanelPage['selection'],
    gone: (what: string) => void,
  ): AsyncGenerator<Panel<I>>;
  /** Logs once how many panels were not read; for the end of the stream. */
  tell(): void;
}

const API = '/rest/dev-status/1.0/issue';
const FIELD = new Selection({ records: '', record: { id: 'id', custom: 'schema.custom' } });

/**
 * The undocumented API behind the Development panel of an issue (jira-cloud.md, dev_status).
 * @param concurrency how many issues may be asked for at a time: so many issues' answers are held
 */
export function development(http: HttpClient, log: Log, concurrency: number): Development {
  let field: Promise<string | undefined> | undefined;
  /** Panels that were not read, by provider, and why the first one was not. */
  const unread = new Map<string, { count: number; why: string }>();

  async function findField(): Promise<string | undefined> {
    const page = await http.page({ path: '/rest/api/3/field' }, FIELD);
    for (let row = 0; row < page.count; row++)
      if (page.text(row, 'custom')?.endsWith(':devsummarycf')) return page.text(row, 'id');
    return undefined;
  }

  function failed({ key, isAskedAgain }: PanelIssue, provider: string, why: string): void {
    if (!isAskedAgain) {
      throw new DataError(`Jira could not show the development panel of ${key} (${provider}: ${why})`, {
        code: 'jira.panel_unread',
        place: `GET ${API}/detail`,
        hint: 'open the issue’s Development panel in Jira: if it shows an error too, mend or remove that connection',
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
          `${count} development panels could not be read (${provider}: ${why}); the next sync asks again`,
        );
      }
      unread.clear();
    },
  };
}

/**
 * Whether an issue has a panel, by its bytes: its Development field holds a text that is not `{}` (so the recorded
 * issues have it). Without the field, which a field configuration hides, it cannot be known: true. Which field that is
 * differs between sites, so it is no path of a selection.
 * @param record an issue with that field among its fields
 * @param field see `Development.field`; undefined: it cannot be known, so true
 */
export function hasPanel(record: Uint8Array, field: string | undefined): boolean {
  if (field === undefined) return true;
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length);
  const key = `"${field}"`;
  let isThere = false;
  for (let at = bytes.indexOf(key); at !== -1; at = bytes.indexOf(key, at + key.length)) {
    // `renderedFields` may have a member of that name too: either says it.
    if (!isStringBegin(bytes, at, key) || !hasColonBehind(bytes, at + key.length)) continue;
    isThere = true;
    const text = stringBehindColon(bytes, at + key.length);
    if (text !== undefined && !/^[\s{}]*$/.test(text)) return true;
  }
  return !isThere;
}

/** Jira asks a provider while it answers, and one that was slow has often answered the second time. */
async function whole<T>(
  ask: () => Promise<T>,
  faultOf: (answer: T) => string | undefined,
): Promise<{ answer: T; fault: string | undefined }> {
  const first = await ask();
  if (faultOf(first) === undefined) return { answer: first, fault: undefined };
  const answer = await ask();
  return { answer, fault: faultOf(answer) };
}
