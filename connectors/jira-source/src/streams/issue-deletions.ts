import {
  type CensusChange,
  defineStream,
  type Fate,
  isoUtc,
  Page,
  pagesByToken,
  Selection,
} from '@headrace/sdk';
import type { JiraApi } from '../api.ts';
import {
  type CensusProject,
  censusProjects,
  type IssueCensus,
  issueCensus,
  passedIssues,
  projectById,
} from '../issues/census.ts';
import { BULK_MOST, placesOf } from '../issues/places.ts';

/** Streams of issues and their entries. If an issue becomes visible, they owe it. */
const ISSUE_FAMILY = ['issues', 'issue_changelogs', 'comments', 'attachments', 'dev_status'];
/** Page size of a search that requests no fields (docs/vendors/jira-cloud.md, Streams and their calls). */
const IDS_A_PAGE = 5000;

const LISTED = new Selection({
  records: 'issues',
  fields: { nextPageToken: 'nextPageToken', isLast: 'isLast' },
  record: { id: 'id', key: 'key' },
});

/**
 * What happened to issues: a census of ids for each project, and a look-up of each missing id. Jira returns the same
 * error for a deleted issue and an invisible one. Only the visibility of the project tells them apart. Therefore an
 * issue that is hidden by a security level, or was moved to an invisible project, is reported as `deleted`. A project
 * in the trash can be restored, so its issues are `not_visible`, even after the trash was emptied.
 */
export const issueDeletions = defineStream<JiraApi>()({
  name: 'issue_deletions',
  description:
    'An issue that was deleted, became invisible, or is visible again. Found by comparing the ids of a project with those of the last sync.',
  schema: {
    properties: {
      id: { type: 'string' },
      key: { type: ['null', 'string'], description: 'of an issue that is visible again' },
      projectKey: { type: 'string', description: 'of the project where it was last seen' },
      detectedAt: {
        type: 'string',
        format: 'date-time',
        description: 'start of the scan that found it, in UTC',
      },
      reason: { type: 'string', enum: ['deleted', 'not_visible', 'visible_again'] },
    },
  },
  primaryKey: ['id'],
  cursorField: 'detectedAt',
  watches: { stream: 'issues', key: 'id' },
  record: { id: 'id' },
  partitions: censusProjects,
  cursor: (_, project: CensusProject) => issueCensus(project),
  read: ({ api, partition, from, owe }) =>
    takeCensus(api, partition, from, {
      issues: (ids) => owe(ISSUE_FAMILY, partition.key, ids),
      worklogs: (ids) => owe(['worklogs'], '', ids),
    }),
});

function takeCensus(
  api: JiraApi,
  project: CensusProject,
  from: IssueCensus,
  owe: {
    readonly issues: (ids: readonly string[]) => void;
    /** All worklogs of issues. */
    readonly worklogs: (ids: readonly string[]) => void;
  },
): AsyncIterable<Page> {
  const within = `project = ${project.key}`;
  /** Keys of issues that were hidden and are visible again. */
  const keys = new Map<string, string>();

  async function* list(): AsyncGenerator<readonly string[]> {
    if (!project.isInSight) return;
    const { last } = from;
    // If an unknown id has not changed since the last census, it was hidden then. The scan of issues finds all other
    // unknown ids, unless it has passed them in a read without this stream.
    const older = last === undefined ? [] : [`updated < ${last}`];
    const passed = passedIssues(api, ISSUE_FAMILY, project.key);
    if (last !== undefined && passed > last)
      older.push(`updated >= ${last} AND updated < ${passed} AND created < ${last}`);
    for (const range of older) {
      for await (const ids of idsOf(`${within} AND ${range}`)) {
        owe.issues(ids.filter((id) => from.knownAs(id) === undefined));
        yield ids;
      }
    }
    // If an issue changes between the two requests, it moves into the second list.
    yield* idsOf(last === undefined ? within : `${within} AND updated >= ${last}`);
  }

  async function* idsOf(jql: string): AsyncGenerator<readonly string[]> {
    const body = { jql: `${jql} ORDER BY created ASC`, fields: ['key'] };
    const paging = {
      token: 'nextPageToken',
      body: 'nextPageToken',
      isLast: 'isLast',
      size: ['maxResults', IDS_A_PAGE],
    } as const;
    const request = { method: 'POST', path: api.path('/search/jql'), body } as const;
    for await (const page of pagesByToken(api.http, request, LISTED, paging)) {
      const ids = page.values('id');
      for (const [row, id] of ids.entries())
        if (from.knownAs(id) === 'hidden') keys.set(id, page.text(row, 'key')!);
      // Worklogs are read for the whole site. Those of a moved issue, or of one that became visible, were skipped.
      if (from.last !== undefined || project.isNew)
        owe.worklogs(ids.filter((id) => from.knownAs(id) === undefined));
      yield ids;
    }
  }

  async function ask(ids: readonly string[]): Promise<ReadonlyMap<string, Fate>> {
    const fates = new Map<string, Fate>();
    // While its project is not visible, a hidden issue stays hidden and is not looked up.
    const asked = project.isInSight ? ids : ids.filter((id) => from.knownAs(id) !== 'hidden');
    const places = await placesOf(api, asked);
    const read = places.size > 0 ? new Set((await api.projects()).map((one) => one.key)) : undefined;
    // An issue that cannot be read has no known fate, so the next run looks it up again.
    const missing = ids.filter((id) => !places.has(id) && !places.unreadable.has(id));
    for (const [id, { key, projectId }] of places) {
      // If the other project is read, its census now has the issue.
      const elsewhere: Fate = read?.has(projectId) ? { movedTo: projectId } : 'moved';
      fates.set(id, projectId === project.key ? 'here' : elsewhere);
      if (from.knownAs(id) === 'hidden') keys.set(id, key);
    }
    // Look up the project last. If it became invisible in the meantime, its issues were not deleted.
    const fate = missing.length > 0 ? await fateIn(project) : undefined;
    if (fate) for (const id of missing) fates.set(id, fate);
    return fates;
  }

  /** What happened to missing issues, according to their project. Undefined (unknown) if it is archived. */
  async function fateIn({ key, isInSight }: CensusProject): Promise<Fate | undefined> {
    if (!isInSight) return 'not_visible';
    const found = await projectById(api, key);
    if (found.count === 0) return 'not_visible';
    return found.value(0, 'archived') === true ? undefined : 'deleted';
  }

  function page(changes: readonly CensusChange[]): Page {
    const back = changes.filter(({ reason }) => reason === 'visible_again').map(({ id }) => id);
    owe.issues(back);
    owe.worklogs(back);
    const rows = changes.map(({ id, reason }) => {
      const key = reason === 'visible_again' ? keys.get(id) : undefined;
      const projectKey = key?.slice(0, key.lastIndexOf('-')) ?? project.projectKey;
      return { id, key, projectKey, detectedAt: isoUtc(from.begin), reason };
    });
    return Page.of(rows, { id: 'id' });
  }

  return from.take({
    list,
    count: project.isInSight ? () => api.count(within) : undefined,
    ask,
    page,
    batch: BULK_MOST,
  });
}
