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
  Selection,
  selectOf,
} from '@headrace/sdk';
import { idOf } from '../answers/pages.ts';
import type { JiraApi } from '../api.ts';
import type { Project } from '../site/projects.ts';

/** A project whose issues are part of the census. */
export interface CensusProject extends Omit<Project, 'projectKey'> {
  /** Undefined if the project is not visible now and was not visible in an earlier census. */
  readonly projectKey: string | undefined;
  /** False if the account cannot see the project now, so that it is known only from the saved state. */
  readonly isInSight: boolean;
  /** True if the saved state has other projects but not this one, which means that it has become visible since. */
  readonly isNew: boolean;
}

const IDS = selectOf({ id: 'id' });

/**
 * The configured projects that a search covers, plus the projects of the saved state that are no longer visible: access
 * was revoked, or they are in the trash or deleted. An archived project is visible but not searched, so its state does
 * not change.
 */
export async function censusProjects(
  api: Pick<JiraApi, 'projects' | 'projectPages' | 'http' | 'path'>,
  saved: PartitionStates,
  { failed }: Listing,
): Promise<readonly CensusProject[]> {
  /** Every project that the account can see, regardless of the configuration. */
  const { items, short } = await gathered(idsIn(api.projectPages(IDS)));
  const inSight = new Set(items);
  if (short) {
    failed('the list of projects', short);
    for (const key of Object.keys(saved))
      if (!inSight.has(key) && (await projectById(api, key)).count > 0) inSight.add(key);
  }
  // Entries without `known` were added by reads of issues before the first census. They do not show what was visible.
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

/** The project with this id as a page of one row; empty if the account cannot see it. */
export function projectById(
  { http, path }: Pick<JiraApi, 'http' | 'path'>,
  id: string,
): Promise<Page<string, 'archived'>> {
  return http.page({ path: path('/project/search'), query: { id, status: 'live,archived' } }, STATUS);
}

/**
 * The latest change up to which one of these streams has read a project's issues, according to the saved states, in ms
 * since 1970.
 */
export function passedIssues(
  { states }: Pick<JiraApi, 'states'>,
  streams: readonly string[],
  project: string,
): number {
  const instants = streams.map((name) => {
    const partitions = (states.get(name)?.partitions ?? {}) as Record<string, Record<string, unknown>>;
    // An unfinished scan has read no changes after its `begin`.
    const { begin, position } = partitions[project] ?? {};
    return instantOf(String(begin ?? position));
  });
  return Math.max(...instants.filter((instant) => !Number.isNaN(instant)));
}

/** What a census of issues starts from. */
export interface IssueCensus extends Census {
  /** Start of this census and of the last complete one, on the vendor's clock, in ms since 1970. */
  readonly begin: number;
  readonly last: number | undefined;
}

/**
 * A census whose state also contains the start of the last complete census and the project's key:
 * `{ projectKey, at, known, hidden? }`.
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
          // The next census compares with the last complete list, so an incomplete one does not count.
          if (isInSight && part.from.isWhole()) at = begin;
        },
      }));
      const state = () => ({ projectKey, ...(at === undefined ? {} : { at: isoUtc(at) }), ...scan.state() });
      return { parts, state };
    },
  };
}
