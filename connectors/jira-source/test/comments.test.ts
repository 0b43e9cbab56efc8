import { type JiraSandbox, startJira } from '@headrace/sandbox';
import { afterEach, expect, it, vi } from 'vitest';
import { cleanUp, configFor, file, outcome, recordsOf, start } from './run.ts';

let jira: JiraSandbox;

afterEach(async () => {
  cleanUp();
  await jira?.close();
});

it('asks for the comments of several issues side by side, however far apart they stand, and sends them in order', async () => {
  jira = await startJira({ issues: 300, projects: 1, seed: 7 });
  jira.control.hold({ route: 'issue/*/comment' });
  const config = file(configFor(jira, { concurrency: 6 }));
  const read = outcome(start(['read', '--config', config, '--streams', 'issues,comments']));
  // One issue of twenty has more comments than stand in it: six of them are never neighbours.
  await vi.waitFor(() => expect(jira.stats().held).toBe(6), { timeout: 20_000 });
  jira.control.release();
  const result = await read;
  expect(result.code).toBe(0);
  const issues = recordsOf(result, 'issues').map((bytes) => JSON.parse(bytes.toString()) as Issue);
  const comments = recordsOf(result, 'comments').map((bytes) => JSON.parse(bytes.toString()) as Comment);
  const total = issues.reduce((sum, { fields }) => sum + fields.comment.total, 0);
  expect(new Set(comments.map(({ id }) => id)).size).toBe(total);
  expect(comments).toHaveLength(total);
  const owners = [...new Set(comments.map(({ issueId }) => issueId))];
  expect(owners).toEqual(issues.flatMap(({ id, fields }) => (fields.comment.total > 0 ? [id] : [])));
});

interface Issue {
  readonly id: string;
  readonly fields: { readonly comment: { readonly total: number } };
}

interface Comment {
  readonly id: string;
  readonly issueId: string;
}
