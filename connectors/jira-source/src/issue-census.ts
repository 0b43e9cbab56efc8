import {
  type Census,
  type Cursor,
  census,
  gathered,
  instantOf,
  isoUtc,
  type Listing,
  type Page,
  type PartitionStates,
  type Select,
  Selection,
} from '@headrace/sdk';
import type { JiraApi } from './api.ts';
import { idOf } from './pages.ts';
import type { Project } from './projects.ts';

/** A project whose issues are counted through. */
export interface CensusProject extends Omit<Project, 'projectKey'> {
  /** Undefined: it is out of sight, and no census saw it. */
  readonly projectKey: string | undefined;
  /** False: it is only known from the saved state, the account does not see it now. */
  readonly isInSight: boolean;
  /** The saved state has other projects and not this one: it came into sight since. */
  readonly isNew: boolean;
}

const IDS: Select<'id'> = (records, fields) => new Selection({ records, fields, record: { id: 'id' } });

/**
 * The configured projects that are searched, and those of the saved state that went out of sight: revoked, in the
 * bin, or gone. An archived project is visible and not searched: its state stays as it is.
 */
export async function censusProjects(
  api: Pick<JiraApi, 'projects' | 'projectPages' | 'http' | 'path'>,
  saved: PartitionStates,
  { failed }: Listing,
): Promise<readonly CensusProject[]> {
  /** Every project that the account sees, whatever is configured. */
  const { items, short } = await gathered(idsIn(api.projectPages(IDS)));
  const inSight = new Set(items);
  if (short) {
    failed('the list of projects', short);
    for (const key of Object.keys(saved))
      if (!inSight.has(key) && (await projectById(api, key)).count > 0) inSight.add(key);
  }
  // What the issues' reads leave there while no census was taken says nothing of what was in sight.
  const taken = new Map(Object.entries(saved).filter(([, { known }]) => known !== undefined));
  const searched = (await api.projects()).filter(({ isArchived }) => !isArchived);
  const lost = Object.entries(saved).filter(([key]) => !inSight.has(key));
  return [
    ...searched.map((project) => ({
      ...project,
      isInSight: true,
      isNew: taken.size > 0 && !taken.has(project.key),
    })),
    ...lost.map(([key, { projectKey }]) => ({
      key,
      projectKey: typeof projectKey === 'string' ? projectKey : undefined,
      isArchived: false,
      isInSight: false,
      isNew: false,
    })),
  ];
}

async function* idsIn(pages: AsyncIterable<Page>): AsyncGenerator<string> {
  for await (const page of pages) for (let row = 0; row < page.count; row++) yield idOf(page, row);
}

const STATUS = new Selection({ records: 'values', record: { archived: 'archived' } });

/** The project of an id, as the only row of a page; none where the account does not see it. */
export function projectById(
  { http, path }: Pick<JiraApi, 'http' | 'path'>,
  id: string,
): Promise<Page<string, 'archived'>> {
  return http.page({ path: path('/project/search'), query: { id, status: 'live,archived' } }, STATUS);
}

/** Up to which change these streams have passed a project's issues, as their saved states say: ms since 1970. */
export function passedIssues(
  { states }: Pick<JiraApi, 'states'>,
  streams: readonly string[],
  project: string,
): number {
  const instants = streams.map((name) => {
    const partitions = (states.get(name)?.partitions ?? {}) as Record<string, Record<string, unknown>>;
    // Inside a scan that was interrupted: no more than that.
    const { begin, position } = partitions[project] ?? {};
    return instantOf(String(begin ?? position));
  });
  return Math.max(...instants.filter((instant) => !Number.isNaN(instant)));
}

/** What a census of issues begins with. */
export interface IssueCensus extends Census {
  /** When it began on the vendor's clock, and when the last whole one did: ms since 1970. */
  readonly begin: number;
  readonly last: number | undefined;
}

/**
 * A census that knows when the last one began, and under which key it saw the project. Its state has these beside
 * the ids: `{ projectKey, at, known, hidden? }`.
 */
export function issueCensus({ projectKey, isInSight }: CensusProject): Cursor<IssueCensus> {
  const inner = census({ moves: true });
  return {
    ...inner,
    open: async (saved, env) => {
      const begin = await env.begin();
      const last = typeof saved?.at === 'string' ? instantOf(saved.at) : undefined;
      let at = last;
      const scan = await inner.open(saved, env);
      const parts = scan.parts.map((part) => ({
        ...part,
        from: { ...part.from, begin, last },
        finish: () => {
          part.finish();
          // What comes into sight is measured by the last list that was whole.
          if (isInSight && part.from.isWhole()) at = begin;
        },
      }));
      const state = () => ({ projectKey, ...(at === undefined ? {} : { at: isoUtc(at) }), ...scan.state() });
      return { parts, state };
    },
  };
}
