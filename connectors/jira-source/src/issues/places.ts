import { pagesByIds, selectOf, TransientError } from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import type { Project } from '../site/projects.ts';

/** Maximum number of ids in `POST /issue/bulkfetch` (docs/vendors/jira-cloud.md, Streams and their calls). */
export const BULK_MOST = 100;

/** The current project and key of an issue. */
interface IssuePlace {
  readonly key: string;
  readonly projectId: string;
}

const PLACES = selectOf({ id: 'id', key: 'key', project: 'fields.project.id' });

/** Current places of issues by id. Issues that were deleted or are not visible are missing. */
export interface Places extends ReadonlyMap<string, IssuePlace> {
  /** Ids of issues that may exist but cannot be read. */
  readonly unreadable: ReadonlySet<string>;
}

/**
 * Finds the current key and project of issues. A moved issue keeps its id. On Cloud, the search index is not used, so
 * there is no lag.
 * @param ids at most `BULK_MOST`
 */
export async function placesOf(
  { issuesById }: Pick<JiraApi, 'issuesById'>,
  ids: readonly string[],
): Promise<Places> {
  const places = new Map<string, IssuePlace>();
  const unreadable = new Set<string>();
  const ask = (part: readonly string[]) => issuesById(part, PLACES, { fields: ['project'], expand: [] });
  for await (const page of pagesByIds(ids, ask)) {
    for (const id of page.unreadable) unreadable.add(id);
    for (let row = 0; row < page.count; row++) {
      const [id, key, projectId] = [page.text(row, 'id'), page.text(row, 'key'), page.text(row, 'project')];
      if (id !== undefined && key !== undefined && projectId !== undefined)
        places.set(id, { key, projectId });
    }
  }
  return Object.assign(places, { unreadable });
}

/**
 * Checks that a project is still visible. If not, issues that are missing from a response were not deleted.
 * @throws TransientError (`jira.project_gone`) if it is not visible
 */
export async function confirmSeen(api: JiraApi, { key, projectKey }: Project): Promise<void> {
  if (await api.isSearched(key)) return;
  throw new TransientError(`the project ${projectKey} became invisible during the read`, {
    code: 'jira.project_gone',
    place: `project ${projectKey}`,
    hint: 'its position is kept: the read continues from there once the account can see the project again',
  });
}

/** Maximum number of issues in memory. If an older one is needed again, it is requested again. */
const REMEMBERED_MOST = 50_000;

/** The result for a set of issues. */
interface InProjects {
  /** Issues that are in one of the configured projects now. */
  readonly inside: ReadonlySet<string>;
  /** Issues that cannot be read, so that their project is unknown. */
  readonly unreadable: ReadonlySet<string>;
}

/**
 * Finds out which issues are in a configured project, for data that Jira lists for the whole site. Create it once per
 * read.
 */
export function issuesInProjects(api: JiraApi): (ids: ReadonlySet<string>) => Promise<InProjects> {
  /** Whether an issue is in one of them. The oldest entry is removed first. */
  const known = new Map<string, boolean>();

  async function ask(ids: readonly string[], wanted: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const places = await placesOf(api, ids);
    for (const id of ids)
      if (!places.unreadable.has(id)) known.set(id, wanted.has(places.get(id)?.projectId ?? ''));
    return places.unreadable;
  }

  return async (ids) => {
    const wanted = new Set((await api.projects()).map(({ key }) => key));
    const unknown = [...ids].filter((id) => !known.has(id));
    const batches = Array.from({ length: Math.ceil(unknown.length / BULK_MOST) }, (_, k) =>
      unknown.slice(k * BULK_MOST, (k + 1) * BULK_MOST),
    );
    const unread = await Promise.all(batches.map((batch) => ask(batch, wanted)));
    const inside = new Set([...ids].filter((id) => known.get(id)));
    for (const id of known.keys()) {
      if (known.size <= REMEMBERED_MOST) break;
      known.delete(id);
    }
    return { inside, unreadable: new Set(unread.flatMap((some) => [...some])) };
  };
}
