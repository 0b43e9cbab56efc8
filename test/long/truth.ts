import type { JiraSandbox } from '@headrace/sandbox';

/** The last version of each record, by id: what a destination has to have in the end. */
export type Truth = Readonly<
  Record<'issues' | 'issue_changelogs' | 'comments' | 'worklogs', ReadonlyMap<string, string>>
>;

interface Entry {
  readonly id: string;
  readonly updated: string;
}

/** What Jira has now: an issue's bytes, when a comment and a worklog were updated, which changelog entries there are. */
export async function truthOf(jira: JiraSandbox): Promise<Truth> {
  const authorization = `Basic ${Buffer.from(`${jira.email}:${jira.apiToken}`).toString('base64')}`;
  const ask = async <T>(path: string): Promise<T> =>
    (await (await fetch(`${jira.url}/rest/api/3/issue/${path}`, { headers: { authorization } })).json()) as T;
  const truth = { issues: new Map(), issue_changelogs: new Map(), comments: new Map(), worklogs: new Map() };
  for (const { id } of jira.ids()) {
    truth.issues.set(id, jira.issueBytes(id).toString());
    const { comments } = await ask<{ comments: Entry[] }>(`${id}/comment?maxResults=5000`);
    for (const { id: comment, updated } of comments) truth.comments.set(comment, updated);
    for (let startAt = 0, isLast = false; !isLast; startAt += 100) {
      const page = await ask<{ values: Entry[]; isLast: boolean }>(
        `${id}/changelog?startAt=${startAt}&maxResults=100`,
      );
      for (const { id: entry } of page.values) truth.issue_changelogs.set(entry, '');
      isLast = page.isLast;
    }
  }
  for (const { id } of jira.worklogs()) {
    const { updated } = JSON.parse(jira.worklogBytes(id).toString()) as Entry;
    truth.worklogs.set(id, updated);
  }
  return truth;
}
