import { type Select, Selection, TransientError } from '@headrace/sdk';
import type { JiraApi } from './api.ts';
import type { Project } from './projects.ts';

/** `POST /issue/bulkfetch` takes so many ids (jira-cloud.md). */
export const BULK_MOST = 100;

/** Where an issue is now. */
export interface IssuePlace {
  readonly key: string;
  readonly projectId: string;
}

const PLACES: Select<'id' | 'key' | 'project'> = (records, fields) =>
  new Selection({ records, fields, record: { id: 'id', key: 'key', project: 'fields.project.id' } });

/**
 * Where issues are, by id; what is gone or cannot be seen is not in the answer. A moved issue is found under its
 * id, and on Cloud no index stands between.
 * @param ids at most `BULK_MOST`
 */
export async function placesOf(
  { issuesById }: Pick<JiraApi, 'issuesById'>,
  ids: readonly string[],
): Promise<Map<string, IssuePlace>> {
  const places = new Map<string, IssuePlace>();
  for await (const page of issuesById(ids, PLACES, { fields: ['project'], expand: [] })) {
    for (let row = 0; row < page.count; row++) {
      const [id, key, projectId] = [page.text(row, 'id'), page.text(row, 'key'), page.text(row, 'project')];
      if (id !== undefined && key !== undefined && projectId !== undefined)
        places.set(id, { key, projectId });
    }
  }
  return places;
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

/**
 * Tells of which of the configured projects an issue is, for what Jira lists site-wide. To be made once a read.
 * @returns those of `ids` that are in one of the projects now
 */
export function issuesInProjects(api: JiraApi): (ids: ReadonlySet<string>) => Promise<ReadonlySet<string>> {
  /** Whether an issue is in one of them; the oldest entry goes first. */
  const known = new Map<string, boolean>();

  async function ask(ids: readonly string[], wanted: ReadonlySet<string>): Promise<void> {
    const places = await placesOf(api, ids);
    for (const id of ids) known.set(id, wanted.has(places.get(id)?.projectId ?? ''));
  }

  return async (ids) => {
    const wanted = new Set((await api.projects()).map(({ key }) => key));
    const unknown = [...ids].filter((id) => !known.has(id));
    const batches = Array.from({ length: Math.ceil(unknown.length / BULK_MOST) }, (_, k) =>
      unknown.slice(k * BULK_MOST, (k + 1) * BULK_MOST),
    );
    await Promise.all(batches.map((batch) => ask(batch, wanted)));
    const found = new Set([...ids].filter((id) => known.get(id)));
    for (const id of known.keys()) {
      if (known.size <= REMEMBERED_MOST) break;
      known.delete(id);
    }
    return found;
  };
}
