import type { InProcess } from '@headrace/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answered, type Rule, refused } from './proxy.ts';
import { ending, failures, rowsOf, statesOf, type Through, through } from './through.ts';

/** Requests that name many ids at once, of which one makes them fail. */
const STREAMS = ['issues', 'issue_changelogs', 'comments', 'worklogs', 'users', 'dev_status'];
let site: Through;
let whole: InProcess;

beforeAll(async () => {
  site = await through({ issues: 80, projects: 1 });
  whole = await site.read(undefined, STREAMS);
  expect(whole.code).toBe(0);
});
afterAll(() => site.close());

/** A request that names this id is answered so. */
function trapped(paths: RegExp, id: string, status: number): Rule {
  return ({ path, query, body }): Answered | undefined => {
    if (!paths.test(path)) return undefined;
    const named = [
      path,
      ...query.values(),
      ...Object.values(body ?? {})
        .flat()
        .map(String),
    ];
    const isNamed = named.some((name) => name === id || name.split('/').includes(id));
    return isNamed
      ? refused(status, status === 400 ? `Nothing is known by ${id}` : 'Internal server error')
      : undefined;
  };
}

const keysOf = (runs: readonly InProcess[], stream: string): string[] =>
  runs.flatMap((run) => rowsOf(run, stream)).map(({ id, accountId }) => String(id ?? accountId));

describe.each([400, 500])('a bulk request that one id turns into a %d', (status) => {
  it.each([
    ['issue_changelogs', /\/changelog\/bulkfetch$/, (run: InProcess) => rowsOf(run, 'issues')[41].id],
    ['worklogs', /\/worklog\/list$/, (run: InProcess) => rowsOf(run, 'worklogs')[5].id],
    ['users', /\/user\/bulk$/, (run: InProcess) => rowsOf(run, 'users')[2].accountId],
  ])('brings the others of %s, names it, and brings it when it can', async (stream, paths, culpritOf) => {
    const culprit = String(culpritOf(whole));
    const rule = trapped(paths, culprit, status);
    const streams = ['issues', stream];
    const cut = await site.read(rule, streams);
    expect(ending(cut, ['issues']).slice(1)).toEqual(ending(whole, ['issues']).slice(1));
    expect(failures(cut)).toEqual([
      expect.stringMatching(new RegExp(`^${stream}.*1 record cannot be read: ${culprit}\\b`)),
    ]);
    const isCulprits = ({ id, accountId, issueId }: Record<string, unknown>): boolean =>
      (stream === 'issue_changelogs' ? issueId : (accountId ?? id)) === culprit;
    const rest = rowsOf(whole, stream).filter((row) => !isCulprits(row));
    expect(rowsOf(cut, stream)).toHaveLength(rest.length);

    const again = await site.read(rule, streams, { states: statesOf(cut) });
    expect(ending(again, [stream])).toEqual(['exit 1', `${stream} 0 INCOMPLETE`]);
    expect(failures(again)).toHaveLength(1);
    const healed = await site.read(undefined, streams, { states: statesOf(again) });
    expect(healed.code).toBe(0);
    expect(new Set(keysOf([cut, healed], stream))).toEqual(new Set(keysOf([whole], stream)));
  });
});

it.each([
  ['comments', /\/issue\/\d+\/comment$/, 500],
  ['dev_status', /\/dev-status\/1\.0\/issue\/summary$/, 502],
])('an issue whose %s cannot be read holds up no other', async (stream, paths, status) => {
  const counts = new Map<string, number>();
  for (const { issueId } of rowsOf(whole, stream)) counts.set(issueId, (counts.get(issueId) ?? 0) + 1);
  // Comments are asked for by themselves only if they are many.
  const [culprit] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
  const cut = await site.read(trapped(paths, culprit, status), ['issues', stream]);
  expect(failures(cut)).toEqual([expect.stringMatching(new RegExp(`^${stream}.*: ${culprit}\\b`))]);
  expect(rowsOf(cut, stream)).toHaveLength(rowsOf(whole, stream).length - counts.get(culprit)!);
  const healed = await site.read(undefined, ['issues', stream], { states: statesOf(cut) });
  expect(healed.code).toBe(0);
  const came = [...rowsOf(cut, stream), ...rowsOf(healed, stream)].filter(
    ({ issueId }) => issueId === culprit,
  );
  expect(came).toHaveLength(counts.get(culprit)!);
});

it('an id that Jira refuses in bulk because it is gone is owed by nobody', async () => {
  const issue = rowsOf(whole, 'issues')[17];
  // The search still shows it: an index is behind.
  const rule: Rule = (asked, next) => {
    if (/\/search\/jql$/.test(asked.path)) return next();
    return trapped(
      /bulkfetch$|\/issue\/\d+/,
      issue.id,
      asked.path.includes('/issue/1') ? 404 : 400,
    )(asked, next);
  };
  const run = await site.read(rule, ['issue_changelogs', 'comments']);
  expect(failures(run)).toEqual([]);
  expect(rowsOf(run, 'issue_changelogs').some(({ issueId }) => issueId === issue.id)).toBe(false);
});

it('an outage of one endpoint is no record’s fault: nothing is owed, and the place is kept', async () => {
  const rule: Rule = ({ path }) =>
    /\/changelog\/bulkfetch$/.test(path) ? refused(503, 'Service unavailable') : undefined;
  const cut = await site.read(rule, ['issues', 'issue_changelogs']);
  expect(failures(cut)).toEqual([expect.stringMatching(/^issue_changelogs.*answered 503/)]);
  expect(JSON.stringify(statesOf(cut))).not.toContain('owed');
  const healed = await site.read(undefined, ['issues', 'issue_changelogs'], { states: statesOf(cut) });
  expect(ending(healed, ['issue_changelogs'])).toEqual(ending(whole, ['issue_changelogs']));
});
