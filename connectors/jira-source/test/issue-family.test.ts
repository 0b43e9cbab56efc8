import { type JiraOptions, type JiraSandbox, startJira } from '@headrace/sandbox';
import { afterEach, describe, expect, it } from 'vitest';
import { cleanUp, configFor, data, errors, file, type Run, run, said, states, statuses } from './run.ts';

/** Issues, and what belongs to them: one scan serves them all. */
const FAMILY = ['issues', 'issue_changelogs', 'comments', 'attachments'];

let jira: JiraSandbox;
/** Per stream and key, the last version that landed; and the states, as a destination keeps them. */
let landed: Map<string, Map<string, Landed>>;
let kept: Map<string, object>;

type Landed = Record<string, unknown> & { id: string; times: number };

async function sandbox(options: JiraOptions = {}): Promise<void> {
  jira = await startJira({ issues: 60, projects: 2, seed: 11, ...options });
  landed = new Map();
  kept = new Map();
}

afterEach(async () => {
  cleanUp();
  await jira?.close();
});

/** One sync; what it sent lands. */
async function sync(streams: readonly string[] = FAMILY, more: object = {}): Promise<Run> {
  const saved = [...kept.values()].map((state) => ({ type: 'STREAM', ...state }));
  const args = ['--config', file(configFor(jira, more)), '--streams', streams.join()];
  const result = await run(['read', ...args, '--state', file(saved)]);
  for (const stream of streams) {
    const last = states(result, stream).at(-1);
    if (last) kept.set(stream, last.state);
    for (const line of result.records.get(stream) ?? []) land(stream, data(line));
  }
  return result;
}

function land(stream: string, record: Record<string, unknown> & { id?: unknown }): void {
  const rows = landed.get(stream) ?? new Map<string, Landed>();
  landed.set(stream, rows);
  const key = String(record.id ?? record.accountId);
  rows.set(key, { ...record, id: key, times: (rows.get(key)?.times ?? 0) + 1 });
}

const sent = ({ records }: Run, stream: string): string[] =>
  (records.get(stream) ?? []).map((line) => String(data(line).id)).sort();

async function ask<T>(path: string): Promise<T> {
  const authorization = `Basic ${Buffer.from(`${jira.email}:${jira.apiToken}`).toString('base64')}`;
  const answer = await fetch(`${jira.url}${path}`, { headers: { authorization } });
  return (await answer.json()) as T;
}

interface Entry {
  id: string;
  updated?: string;
  created: string;
}

/** What Jira has of an issue now. */
async function truth(id: string): Promise<Record<string, Entry[]>> {
  const { comments } = await ask<{ comments: Entry[] }>(`/rest/api/3/issue/${id}/comment?maxResults=5000`);
  const issue = await ask<{ fields: { attachment: Entry[] } }>(`/rest/api/3/issue/${id}`);
  const changelogs: Entry[] = [];
  for (let startAt = 0; ; startAt = changelogs.length) {
    const page = await ask<{ values: Entry[]; isLast: boolean }>(
      `/rest/api/3/issue/${id}/changelog?startAt=${startAt}`,
    );
    changelogs.push(...page.values);
    if (page.isLast) break;
  }
  return { comments, attachments: issue.fields.attachment, issue_changelogs: changelogs };
}

/** Every last version of everything has landed, and nothing that is not there. */
async function expectWhole(): Promise<void> {
  const ids = jira.ids().map(({ id }) => id);
  expect([...landed.get('issues')!.keys()].sort()).toEqual([...ids].sort());
  const there: Record<string, Array<[string, number]>> = {};
  for (const id of ids)
    for (const [stream, entries] of Object.entries(await truth(id)))
      for (const { id: key, updated, created } of entries) {
        there[stream] ??= [];
        there[stream].push([key, Date.parse(stream === 'comments' ? updated! : created)]);
      }
  for (const [stream, entries] of Object.entries(there)) {
    const have = [...(landed.get(stream)?.values() ?? [])].map(({ id, updated, created }) => [
      id,
      typeof created === 'number' ? created : Date.parse(String(stream === 'comments' ? updated : created)),
    ]);
    expect(have.sort()).toEqual(entries.sort());
  }
  for (const issue of jira.ids())
    expect(Date.parse(String(landed.get('issues')!.get(issue.id)!.updated))).toBe(issue.updated);
}

const twice = (stream: string): string[] =>
  [...landed.get(stream)!.values()].filter(({ times }) => times > 1).map(({ id }) => id);

describe('the issue family', () => {
  it('brings every issue with all that belongs to it, and later what is new, each once', async () => {
    await sandbox({ issues: 120 });
    const first = await sync([...FAMILY, 'users']);
    const { routes } = jira.stats();
    expect(first.code).toBe(0);
    await expectWhole();
    for (const stream of FAMILY) expect(twice(stream)).toEqual([]);
    expect(landed.get('users')!.size).toBe(40);
    const comment = [...landed.get('comments')!.values()][0]!;
    expect(comment).toMatchObject({ issueId: expect.any(String), issueKey: expect.stringMatching(/-\d+$/) });
    // Bulk calls: a page of issues, their changelogs, and comments only where the issue embeds a cut list.
    const cut = jira.ids().filter(({ id }) => {
      const { fields } = JSON.parse(jira.issueBytes(id).toString()) as {
        fields: { comment: { comments: unknown[]; total: number } };
      };
      return fields.comment.comments.length < fields.comment.total;
    });
    expect(routes['GET /rest/api/3/issue/{idOrKey}/comment']?.requests ?? 0).toBe(cut.length);
    expect(routes['POST /rest/api/3/changelog/bulkfetch']!.requests).toBeLessThanOrEqual(2);

    jira.control.resetStats();
    const second = await sync([...FAMILY, 'users']);
    expect([...second.records.keys()]).toEqual([]);
    // A search and a count a project, the list of projects before, and after: one for both, if they ask together.
    const again = jira.stats();
    expect(again.requests, JSON.stringify(again.routes)).toBeLessThanOrEqual(7);
    expect(again.routes['POST /rest/api/3/search/jql']!.requests).toBe(2);
    expect(again.routes['POST /rest/api/3/search/approximate-count']!.requests).toBe(2);

    const commented = jira.control.touch({ count: 5, kind: 'comment' });
    const edited = jira.control.touch({ count: 5, kind: 'edit' });
    jira.control.advanceClock({ ms: 120_000 });
    const third = await sync([...FAMILY, 'users']);
    expect(sent(third, 'comments')).toHaveLength(commented.length);
    expect(sent(third, 'issue_changelogs')).toHaveLength(edited.length);
    await expectWhole();
    for (const stream of ['issue_changelogs', 'comments', 'attachments']) expect(twice(stream)).toEqual([]);
  });

  it('brings an issue that was moved with its whole history, under its new key', async () => {
    await sandbox();
    const streams = [...FAMILY, 'worklogs'];
    await sync(streams, { projects: ['ENG'] });
    const before = landed.get('comments')!.size;
    const withWork = new Set(jira.worklogs().map(({ issueId }) => issueId));
    const stranger = jira.ids().find(({ id, project }) => project === 'OPS' && withWork.has(id))!;
    const [moved] = jira.control.move({ issues: [stranger.id], to: 'ENG' });
    const result = await sync(streams, { projects: ['ENG'] });
    const { comments, issue_changelogs, attachments } = await truth(stranger.id);
    expect(sent(result, 'issues')).toEqual([stranger.id]);
    expect(sent(result, 'issue_changelogs')).toEqual(issue_changelogs!.map(({ id }) => id).sort());
    expect(sent(result, 'comments')).toEqual(comments!.map(({ id }) => id).sort());
    expect(sent(result, 'attachments')).toEqual(attachments!.map(({ id }) => id).sort());
    const work = jira.worklogs().filter(({ issueId }) => issueId === stranger.id);
    expect(sent(result, 'worklogs')).toEqual(work.map(({ id }) => id).sort());
    expect(landed.get('comments')!.size).toBe(before + comments!.length);
    expect(landed.get('issues')!.get(stranger.id)!.projectKey).toBe('ENG');
    expect(landed.get('issues')!.get(stranger.id)!.key).toBe(moved!.key);
  });

  it('brings what is visible again with all that belongs to it', async () => {
    await sandbox();
    const streams = [...FAMILY, 'issue_deletions'];
    await sync(streams);
    jira.control.revokeProject({ project: 'OPS' });
    const lost = await sync(streams);
    const hidden = jira.ids().filter(({ project }) => project === 'OPS');
    expect(sent(lost, 'issue_deletions')).toHaveLength(hidden.length);
    jira.control.restoreProject({ project: 'OPS' });
    const back = await sync(streams);
    expect(sent(back, 'issue_deletions')).toEqual(hidden.map(({ id }) => id).sort());
    expect(sent(back, 'issues')).toEqual(hidden.map(({ id }) => id).sort());
    const wanted = await Promise.all(hidden.map(({ id }) => truth(id)));
    for (const stream of ['issue_changelogs', 'comments', 'attachments'])
      expect(sent(back, stream)).toEqual(wanted.flatMap((of) => of[stream]!.map(({ id }) => id)).sort());
    const quiet = await sync(streams);
    expect([...quiet.records.keys()]).toEqual([]);
  });

  it('sends the accounts that were named, also where users failed and are read again alone', async () => {
    await sandbox();
    jira.control.fail({ route: 'user/bulk', kind: '500', times: null });
    expect((await sync([...FAMILY, 'users'])).code).toBe(1);
    jira.control.clearFaults();
    jira.control.resetStats();
    expect((await sync(['users'])).code).toBe(0);
    expect(landed.get('users')!.size).toBe(40);
    expect(Object.keys(jira.stats().routes)).not.toContain('GET /rest/api/3/users/search');
    // With nothing owed it is every account again.
    await sync(['users']);
    expect(Object.keys(jira.stats().routes)).toContain('GET /rest/api/3/users/search');
  });

  it('tells streams that were left out what came into sight meanwhile', async () => {
    await sandbox();
    const streams = [...FAMILY, 'worklogs', 'issue_deletions'];
    await sync(streams);
    jira.control.revokeProject({ project: 'OPS' });
    await sync(streams);
    jira.control.restoreProject({ project: 'OPS' });
    // As a runner tries again: without the streams that are complete.
    const hidden = jira.ids().flatMap(({ id, project }) => (project === 'OPS' ? [id] : []));
    expect(sent(await sync(['issue_deletions']), 'issue_deletions')).toEqual([...hidden].sort());
    const back = await sync(streams);
    expect(sent(back, 'issues')).toEqual([...hidden].sort());
    const wanted = await Promise.all(hidden.map(truth));
    for (const stream of ['issue_changelogs', 'comments', 'attachments'])
      expect(sent(back, stream)).toEqual(wanted.flatMap((of) => of[stream]!.map(({ id }) => id)).sort());
    const work = jira.worklogs().filter(({ issueId }) => hidden.includes(issueId));
    expect(sent(back, 'worklogs')).toEqual(work.map(({ id }) => id).sort());
    expect([...(await sync(streams)).records.keys()]).toEqual([]);
  });

  it('brings all of an issue that was moved also to a stream that failed and is read again alone', async () => {
    await sandbox({ issueBytes: { min: 30_000, max: 40_000 } });
    const read = (streams: readonly string[]) => sync(streams, { projects: ['ENG'] });
    await read(FAMILY);
    const many = await Promise.all(
      jira.ids().map(async ({ id, project }) => ({ id, project, of: (await truth(id)).comments! })),
    );
    const stranger = many.find(({ project, of }) => project === 'OPS' && of.length > 20)!;
    jira.control.move({ issues: [stranger.id], to: 'ENG' });
    jira.control.fail({ route: 'issue/*/comment', kind: '500', times: null });
    expect((await read(FAMILY)).code).toBe(1);
    jira.control.clearFaults();
    expect(sent(await read(['comments']), 'comments')).toEqual(stranger.of.map(({ id }) => id).sort());
  });

  it('keeps the place of a project that goes out of sight while it is read', async () => {
    await sandbox({ issues: 250 });
    jira.control.hold({ route: 'search/jql', containing: 'project = 10000', after: 1 });
    const reading = sync();
    for (let i = 0; i < 500 && jira.stats().held === 0; i++) await new Promise((go) => setTimeout(go, 20));
    jira.control.revokeProject({ project: 'ENG' });
    jira.control.release();
    const cut = await reading;
    expect(cut.code).toBe(1);
    expect(statuses(cut, 'issues').at(-1)).toBe('INCOMPLETE');
    expect(errors(cut)[0]!.message).toMatch(/10000|ENG/);
    // Out of sight it is no failure, and its place waits.
    expect((await sync()).code).toBe(0);
    jira.control.restoreProject({ project: 'ENG' });
    expect((await sync()).code).toBe(0);
    await expectWhole();
    for (const stream of FAMILY) expect(twice(stream)).toEqual([]);
  });

  it('passes over an issue that is deleted while its comments are read', async () => {
    await sandbox({ issueBytes: { min: 30_000, max: 40_000 }, issues: 20 });
    jira.control.hold({ route: 'issue/*/comment' });
    const reading = sync();
    for (let i = 0; i < 500 && jira.stats().held === 0; i++) await new Promise((go) => setTimeout(go, 20));
    const gone = jira.control.delete({ count: 4 });
    jira.control.release();
    const result = await reading;
    expect(result.code).toBe(0);
    expect(said(result, 'INFO').join('\n')).toMatch(/issues that disappeared.*\(\d\)/);
    const missing = new Set(gone.map(({ id }) => id));
    const commented = new Set([...landed.get('comments')!.values()].map(({ issueId }) => issueId));
    for (const { id } of jira.ids()) expect(commented.has(id)).toBe(!missing.has(id));
  });

  it('finds by the count what a search that ended early left out', async () => {
    await sandbox({ issues: 260, projects: 1 });
    jira.control.fail({ route: 'search/jql', kind: 'end-early', times: 1 });
    const result = await sync();
    expect(result.code).toBe(0);
    expect(said(result, 'WARN').join('\n')).toContain('were found by their ids');
    await expectWhole();
    for (const stream of FAMILY) expect(twice(stream)).toEqual([]);
  });

  it('misses nothing while issues change and the index lags', async () => {
    await sandbox({ issues: 120, indexLagMs: 20_000, indexLagShare: 0.5 });
    for (let round = 0; round < 4; round++) {
      jira.control.hold({ route: 'search/jql', after: 1 });
      const reading = sync();
      for (let i = 0; i < 500 && jira.stats().held === 0; i++) await new Promise((go) => setTimeout(go, 20));
      jira.control.touch({ count: 15 });
      jira.control.advanceClock({ ms: 15_000 });
      jira.control.touch({ count: 15 });
      jira.control.release();
      expect((await reading).code).toBe(0);
    }
    jira.control.advanceClock({ ms: 21_000 });
    await sync();
    await expectWhole();
  });

  it('asks for what the selected streams need, and sends nothing else', async () => {
    await sandbox();
    const result = await sync(['comments', 'attachments']);
    expect([...result.records.keys()].sort()).toEqual(['attachments', 'comments']);
    expect(landed.get('comments')!.size).toBeGreaterThan(0);
    // A stream that is selected later is read from its start, the others go on.
    await sync();
    await expectWhole();
    expect(twice('comments')).toEqual([]);
  });

  it('reads archived projects again once they are taken out of the archive', async () => {
    await sandbox();
    await sync();
    jira.control.touch({ count: 5, project: 'OPS' });
    jira.control.projectStatus({ project: 'OPS', status: 'archived' });
    const during = await sync();
    expect(during.code).toBe(0);
    expect(said(during, 'INFO').join('\n')).toMatch(/archived projects.*\(1\)/);
    jira.control.projectStatus({ project: 'OPS', status: 'live' });
    await sync();
    await expectWhole();
  });

  it('asks for development panels again, and sends those that moved', async () => {
    await sandbox({ issues: 80 });
    const streams = ['issues', 'dev_status'];
    const first = await sync(streams, { dev_status_lookback_days: 3650 });
    expect(first.records.get('dev_status')!.length).toBeGreaterThan(5);
    expect((await sync(streams, { dev_status_lookback_days: 3650 })).records.size).toBe(0);
    jira.control.push({ issues: jira.ids().map(({ id }) => id) });
    const moved = await sync(streams, { dev_status_lookback_days: 3650 });
    expect(moved.records.get('issues')).toBeUndefined();
    expect(moved.records.get('dev_status')!.length).toBeGreaterThan(0);
    const none = await sync(streams, { dev_status_lookback_days: 0 });
    expect(none.records.size).toBe(0);
  });
});
