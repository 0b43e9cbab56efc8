import { pagesByIds, type Select, Selection, TransientError } from '@headrace/sdk';
import type { JiraApi } from './api.ts';
import type { Project } from './projects.ts';

/** `POST /issue/bulkfetch` takes so many ids (jira-cloud.md). */
export const BULK_MOST = 100;

/** Where an issue is now. */
interface IssuePlace {
  readonly key: string;
  readonly projectId: string;
}

const PLACES: Select<'id' | 'key' | 'project'> = (records, fields) =>
  new Selection({ records, fields, record: { id: 'id', key: 'key', project: 'fields.project.id' } });

/** Where issues are, by id: without those that are gone or cannot be seen. */
export interface Places extends ReadonlyMap<string, IssuePlace> {
  /** Ids of issues that are there, perhaps, and cannot be read. */
  readonly unreadable: ReadonlySet<string>;
}

/**
 * Where issues are. A moved issue is found under its id, and on Cloud no index stands between.
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

/** Throws where a project is no longer seen: what did not come of it is not gone then. */
export async function confirmSeen(api: JiraApi, { key, projectKey }: Project): Promise<void> {
  if (await api.isSearched(key)) return;
  throw new TransientError(`the project ${projectKey} went out of sight while it was read`, {
    code: 'jira.project_gone',
    place: `project ${projectKey}`,
    hint: 'its place is kept: it goes on from there when the account sees the project again',
  });
}

/** So many issues are remembered: what is met again after more than that is asked for again. */
const REMEMBERED_MOST = 50_000;

/** What became of some issues. */
interface InProjects {
  /** Those that are in one of the configured projects now. */
  readonly inside: ReadonlySet<string>;
  /** Those that cannot be read: nobody knows. */
  readonly unreadable: ReadonlySet<string>;
}

/**
 * Tells of which of the configured projects an issue is, for what Jira lists site-wide. To be made once a read.
 */
export function issuesInProjects(api: JiraApi): (ids: ReadonlySet<string>) => Promise<InProjects> {
  /** Whether an issue is in one of them; the oldest entry goes first. */
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
