import { type HttpClient, isHeadraceError, type Log, type Page, Selection } from '@headrace/sdk';

/** An issue whose development panels are wanted. */
interface PanelIssue {
  /** The numeric id: the endpoints know no keys. */
  readonly id: string;
  readonly key: string;
  /** False: it is not asked for. See `hasPanel`; true for every issue of a site without the Development field. */
  readonly hasPanel: boolean;
}

/** What of a panel is looked at, for `select('.')` of the stream. */
export const PANEL_RECORD = { errors: 'errors', detail: 'detail' } as const;

type PanelPage = Page<never, keyof typeof PANEL_RECORD>;

/** A development panel: what one provider has of one kind for an issue. */
interface Panel {
  /** As the summary names it: `GitHub`, `stash`, `oAuth-com.github.integration.production`, `cloud-providers`. */
  readonly applicationType: string;
  /** `pullrequest`, `repository`, `branch`, `build`, `deployment-environment`, … */
  readonly dataType: string;
  /** One record: the whole answer, as the vendor sent it. */
  readonly page: PanelPage;
}

/** What was found for one issue. */
export interface IssuePanels<I extends PanelIssue = PanelIssue> {
  readonly issue: I;
  /** By data type, then provider. Of an issue that is not whole, those that could be read. */
  readonly panels: readonly Panel[];
  /** Whether the issue was deleted, or taken out of sight, since it was found: no failure. */
  readonly isGone: boolean;
  /**
   * Why something that may exist was not read, one sentence a panel: a provider that Jira could not reach. It
   * is no empty panel and nothing is sent for it: the issue has to be asked for again.
   */
  readonly unread: readonly string[];
}

/** The development panels of a site: what GitHub, GitLab, Bitbucket and others know of an issue. */
export interface Development {
  /** The id of the Development field, asked once a run; undefined where the site has none. */
  field(): Promise<string | undefined>;
  /**
   * The panels of issues, in the issues' order: one summary each and one request for each of its panels,
   * `concurrency` issues side by side. An issue without a panel is not asked for and not yielded.
   * @param selection of the stream: `select('.')` with `PANEL_RECORD`
   * @throws HeadraceError where Jira itself cannot be asked
   */
  panels<I extends PanelIssue>(
    issues: readonly I[],
    selection: PanelPage['selection'],
  ): AsyncGenerator<IssuePanels<I>>;
  /** Logs once what was not read and how many issues were gone; for the end of the stream. */
  tell(): void;
}

const API = '/rest/dev-status/1.0/issue';
const FIELD = new Selection({ records: '', record: { id: 'id', custom: 'schema.custom' } });

/**
 * The undocumented API behind the Development panel of an issue (jira-cloud.md, dev_status).
 * @param concurrency how many issues may be asked for at a time: so many answers are held
 */
export function development(http: HttpClient, log: Log, concurrency: number): Development {
  let field: Promise<string | undefined> | undefined;
  let gone = 0;
  /** How many panels of a provider were not read, and why the first one was not. */
  const unread = new Map<string, { count: number; why: string }>();

  function failed(provider: string, why: string): string {
    const known = unread.get(provider);
    if (known) known.count++;
    else unread.set(provider, { count: 1, why });
    return `${provider}: ${why}`;
  }

  async function findField(): Promise<string | undefined> {
    const page = await http.page({ path: '/rest/api/3/field' }, FIELD);
    for (let row = 0; row < page.count; row++)
      if (page.text(row, 'custom')?.endsWith(':devsummarycf')) return page.text(row, 'id');
    return undefined;
  }

  async function ofIssue<I extends PanelIssue>(
    issue: I,
    selection: PanelPage['selection'],
  ): Promise<IssuePanels<I>> {
    try {
      const summary = await whole(
        () => http.json({ path: `${API}/summary`, query: { issueId: issue.id } }) as Promise<Summary>,
        faultOfSummary,
      );
      const found = await Promise.all(
        panelsIn(summary.answer).map(async ({ applicationType, dataType }) => {
          const query = { issueId: issue.id, applicationType, dataType };
          const { answer, fault } = await whole(
            () => http.page({ path: `${API}/detail`, query }, selection),
            faultOfPanel,
          );
          return fault === undefined
            ? { applicationType, dataType, page: answer }
            : failed(applicationType, fault);
        }),
      );
      const missing = found.filter((one) => typeof one === 'string');
      if (summary.fault !== undefined) missing.push(failed('summary', summary.fault));
      return {
        issue,
        panels: found.filter((one) => typeof one !== 'string'),
        isGone: false,
        unread: missing,
      };
    } catch (error) {
      if (!isGone(error)) throw error;
      gone++;
      return { issue, panels: [], isGone: true, unread: [] };
    }
  }

  return {
    field: () => {
      field ??= findField();
      return field;
    },
    panels: (issues, selection) => {
      const asked = issues.filter(({ hasPanel: isWanted }) => isWanted);
      return inOrder(asked, concurrency, (issue) => ofIssue(issue, selection));
    },
    tell: () => {
      if (gone > 0) log.info(`${gone} issues were gone when their development panels were asked for`);
      for (const [provider, { count, why }] of unread)
        log.warn(`${count} development panels could not be read (${provider}: ${why})`);
      gone = 0;
      unread.clear();
    },
  };
}

/** Whether an issue's Development field says that it has a panel: `{}` is none (all recorded issues carry it). */
export function hasPanel(text: string | null | undefined): boolean {
  return !/^[\s{}]*$/.test(text ?? '');
}

/** Whether an error says that an issue does not exist or may not be seen; told by its message, not by 404 alone. */
function isGone(error: unknown): boolean {
  return (
    isHeadraceError(error) &&
    error.code === 'http.404' &&
    /issue\b.*(does not exist|permission to see)/i.test(error.message)
  );
}

/** `summary` of an issue: per data type, which providers have how much. */
interface Summary {
  readonly errors?: readonly unknown[];
  readonly configErrors?: readonly unknown[];
  readonly summary?: Readonly<
    Record<string, { readonly byInstanceType?: Readonly<Record<string, unknown>> }>
  >;
}

function panelsIn({ summary = {} }: Summary): Array<Pick<Panel, 'applicationType' | 'dataType'>> {
  const found = Object.entries(summary).flatMap(([dataType, { byInstanceType }]) =>
    Object.keys(byInstanceType ?? {}).map((applicationType) => ({ applicationType, dataType })),
  );
  const name = ({ applicationType, dataType }: (typeof found)[number]) => `${dataType} ${applicationType}`;
  return found.sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

function faultOfSummary({ errors = [], configErrors = [], summary }: Summary): string | undefined {
  if (typeof summary !== 'object' || summary === null) return 'the answer has no summary';
  return sayOf([...errors, ...configErrors]);
}

function faultOfPanel(page: PanelPage): string | undefined {
  const errors = page.value(0, 'errors');
  // Whether it is there, and no more: it is the panel, and may be large.
  if (!page.has(0, 'detail')) return 'the answer has no detail';
  return Array.isArray(errors) ? sayOf(errors) : undefined;
}

/** The first of Jira's errors about a provider, in a few words; undefined where there is none. */
function sayOf(errors: readonly unknown[]): string | undefined {
  if (errors.length === 0) return undefined;
  const [first] = errors as ReadonlyArray<string | { error?: unknown; message?: unknown } | null>;
  const said = typeof first === 'object' ? (first?.error ?? first?.message ?? JSON.stringify(first)) : first;
  return String(said).slice(0, 200);
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

/** What becomes of the items, in their order, `most` of them worked on at a time. */
async function* inOrder<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Array<Promise<R>> = [];
  try {
    for (const item of items) {
      const result = work(item);
      // Met when its turn comes; until then nobody may call it unhandled.
      result.catch(() => {});
      begun.push(result);
      if (begun.length >= most) yield await begun.shift()!;
    }
    while (begun.length > 0) yield await begun.shift()!;
  } finally {
    await Promise.allSettled(begun);
  }
}
