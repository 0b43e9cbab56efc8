import { type BitbucketSandbox, startBitbucket } from '@headrace/sandbox';
import type { InProcess } from '@headrace/sdk/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compared, configFor, read, recordsOf, said, statusOf } from './run.ts';

const DAY_MS = 86_400_000;
const FAMILY = ['pull_requests', 'pr_activities', 'pr_comments', 'pr_commits', 'pr_diffstats'];

let sandbox: BitbucketSandbox;
let repository: string;

async function start(options: Parameters<typeof startBitbucket>[0] = {}): Promise<void> {
  // Odd spellings of activities change with their place.
  sandbox = await startBitbucket({
    seed: 7,
    repositories: 3,
    commits: 60,
    pullRequests: 40,
    pipelines: 0,
    awkward: false,
    ...options,
  });
  repository = sandbox.repositories()[0]!.fullName;
}
beforeEach(() => start());
afterEach(() => sandbox.close());

const sync = (
  before?: InProcess,
  more: object = {},
  streams: readonly string[] = FAMILY,
): Promise<InProcess> => read(configFor(sandbox, more), { before, streams });
const withId = (of: InProcess, stream: string) =>
  recordsOf(of, stream).map((one) => one.pull_request_id ?? one.id);
const requests = (below: string): number =>
  sandbox.stats().routes[`GET /2.0/repositories/{workspace}/{repository}/pullrequests${below}`]?.requests ??
  0;

/** Syncs all the streams and says which of them lack something of what is there now. */
async function lacking(reads: readonly InProcess[]): Promise<string[]> {
  const whole = { records: reads.flatMap(({ records }) => records) };
  return FAMILY.filter((stream) => compared(sandbox, stream, whole).missing > 0);
}

describe('pull requests and what belongs to them', () => {
  it('come in every state, once each, and the activity of a repository takes few requests', async () => {
    const first = await sync();
    expect(first.code).toBe(0);
    for (const stream of FAMILY)
      expect([stream, compared(sandbox, stream, first)]).toMatchObject([stream, { missing: 0, extra: 0 }]);
    expect(new Set(recordsOf(first, 'pull_requests').map(({ state }) => state)).size).toBe(4);
    expect(requests('/{id}/activity')).toBeLessThan(10);
    // Their own links save the redirect.
    expect(requests('/{id}/diffstat')).toBeLessThan(5);
    expect((await sync(first)).records).toEqual([]);
  });

  it('come again after a change, with what is new and nothing else', async () => {
    const first = await sync();
    const { id } = sandbox.control.openPullRequest({ repository, commits: 2 });
    const second = await sync(first);
    expect(withId(second, 'pull_requests')).toEqual([id]);
    expect(withId(second, 'pr_commits')).toEqual([id, id]);
    sandbox.control.advanceClock({ ms: 60_000 });
    const { hash } = sandbox.control.pushTo({ repository, id });
    const third = await sync(second);
    expect(withId(third, 'pull_requests')).toEqual([id]);
    expect(recordsOf(third, 'pr_commits').map((one) => one.hash)).toEqual([hash]);
    expect(recordsOf(third, 'pr_activities')).toHaveLength(1);
    sandbox.control.advanceClock({ ms: 60_000 });
    sandbox.control.merge({ repository, id, squash: true });
    sandbox.control.deleteSource({ repository, id });
    const fourth = await sync(third);
    expect(recordsOf(fourth, 'pull_requests').map(({ state }) => state)).toEqual(['MERGED']);
    expect(recordsOf(fourth, 'pr_commits')).toEqual([]);
    expect(await lacking([first, second, third, fourth])).toEqual([]);
    expect((await sync(fourth)).records).toEqual([]);
  });

  it('that changed without their list saying so are looked back at', async () => {
    const { id } = sandbox.control.openPullRequest({ repository });
    const { id: comment } = sandbox.control.comment({ repository, id });
    const first = await sync();
    sandbox.control.advanceClock({ ms: 10 * DAY_MS });
    const second = await sync(first);
    expect(second.records).toEqual([]);
    sandbox.control.approve({ repository, id });
    sandbox.control.comment({ repository, id });
    sandbox.control.editComment({ repository, id, comment });
    const third = await sync(second);
    expect(third.code).toBe(0);
    expect(withId(third, 'pr_comments')).toEqual([id, id]);
    expect(recordsOf(third, 'pr_activities')).toHaveLength(2);
    sandbox.control.deleteComment({ repository, id, comment });
    const fourth = await sync(third);
    expect(recordsOf(fourth, 'pr_comments')).toMatchObject([{ id: comment, deleted: true }]);
    expect((await sync(fourth)).records).toEqual([]);
  });

  it('that are older than that are looked back at if the activity of the repository names them', async () => {
    const open = sandbox.control.openPullRequest({ repository });
    const merged = sandbox.control.openPullRequest({ repository });
    for (const { id } of [open, merged]) sandbox.control.comment({ repository, id });
    sandbox.control.merge({ repository, id: merged.id });
    const first = await sync();
    sandbox.control.advanceClock({ ms: 20 * DAY_MS });
    const second = await sync(first);
    expect(second.records).toEqual([]);
    sandbox.control.comment({ repository, id: open.id });
    sandbox.control.approve({ repository, id: open.id });
    const third = await sync(second);
    expect(withId(third, 'pr_comments')).toEqual([open.id]);
    expect(withId(third, 'pr_activities')).toEqual([open.id, open.id]);
    expect(third.records).toHaveLength(3);
    sandbox.control.advanceClock({ ms: DAY_MS });
    sandbox.control.comment({ repository, id: merged.id });
    const fourth = await sync(third);
    // What was sent of old ones is remembered only while they are open.
    expect(withId(fourth, 'pr_comments')).toEqual([merged.id, merged.id]);
    expect(withId(fourth, 'pr_activities')).toEqual([merged.id]);
    // Its comment_count: the list does not show it again.
    expect(await lacking([first, second, third, fourth])).toEqual(['pull_requests']);
    sandbox.control.advanceClock({ ms: DAY_MS });
    expect((await sync(fourth)).records).toEqual([]);
  });

  it('that are older and open are all looked back at if that activity cannot be read', async () => {
    const { id } = sandbox.control.openPullRequest({ repository });
    const { id: comment } = sandbox.control.comment({ repository, id });
    const first = await sync();
    sandbox.control.advanceClock({ ms: 20 * DAY_MS });
    const second = await sync(first);
    sandbox.control.fail({
      route: `/2.0/repositories/${repository}/pullrequests/activity`,
      kind: '500',
      times: null,
    });
    sandbox.control.editComment({ repository, id, comment });
    sandbox.control.approve({ repository, id });
    const third = await sync(second);
    expect(third.code).toBe(0);
    expect(withId(third, 'pr_comments')).toEqual([id]);
    expect(withId(third, 'pr_activities')).toEqual([id]);
    expect((await sync(third)).records).toEqual([]);
  });

  it('that are older are looked for again by the next sync if this one could not', async () => {
    const { id } = sandbox.control.openPullRequest({ repository });
    const first = await sync();
    sandbox.control.advanceClock({ ms: 20 * DAY_MS });
    const second = await sync(first);
    sandbox.control.comment({ repository, id });
    sandbox.control.advanceClock({ ms: DAY_MS });
    const path = `/2.0/repositories/${repository}/pullrequests`;
    sandbox.control.fail({ route: `${path}/activity`, kind: '500', times: null });
    sandbox.control.fail({ route: path, containing: 'state = "OPEN" AND', kind: '500', times: null });
    const third = await sync(second);
    expect(third.code).toBe(1);
    expect(statusOf(third, 'pull_requests')).toBe('COMPLETE');
    expect(statusOf(third, 'pr_comments')).toBe('INCOMPLETE');
    sandbox.control.clearFaults();
    sandbox.control.advanceClock({ ms: DAY_MS });
    const fourth = await sync(third);
    expect(withId(fourth, 'pr_comments')).toEqual([id]);
    expect(withId(fourth, 'pr_activities')).toEqual([id]);
    expect(await lacking([first, second, third, fourth])).toEqual(['pull_requests']);
  });

  it('that are declined without moving their repository are found', async () => {
    const open = sandbox.repositories()[0]!.pullRequests.find(({ state }) => state === 'OPEN')!;
    const first = await sync();
    sandbox.control.decline({ repository, id: open.id });
    const second = await sync(first);
    expect(recordsOf(second, 'pull_requests')).toMatchObject([{ id: open.id, state: 'DECLINED' }]);
  });

  it('with two updates of one date and one author have two activities', async () => {
    const { id } = sandbox.control.openPullRequest({ repository });
    const first = await sync();
    sandbox.control.advanceClock({ ms: 60_000 });
    sandbox.control.editPullRequest({ repository, id, reviewer: true });
    const second = await sync(first);
    const [one, other] = recordsOf(second, 'pr_activities');
    expect([one!.date, one!.pull_request_id]).toEqual([other!.date, id]);
    expect(one!.activity_id).not.toBe(other!.activity_id);
  });

  it('whose fork, destination or author is gone are read as they are', async () => {
    sandbox.control.createRepository({ slug: 'copy', parent: repository });
    const { id } = sandbox.control.openPullRequest({ repository, fork: 'copy' });
    const { id: other } = sandbox.control.openPullRequest({ repository });
    const first = await sync();
    sandbox.control.advanceClock({ ms: 60_000 });
    sandbox.control.loseFork({ repository, id });
    sandbox.control.loseDestination({ repository, id: other });
    sandbox.control.closeAuthor({ repository, id: other });
    sandbox.control.editPullRequest({ repository, id });
    sandbox.control.editPullRequest({ repository, id: other });
    const second = await sync(first);
    expect(second.code).toBe(0);
    const ours = new Map(recordsOf(second, 'pull_requests').map((one) => [one.id, one]));
    expect(ours.get(id)).toMatchObject({ source: { repository: null, commit: null } });
    expect(ours.get(other)).toMatchObject({ author: null, destination: { commit: null } });
    expect(said(second, 'INFO')).toContainEqual(
      expect.stringMatching(/^pr_commits: skipped pull requests whose source is gone/),
    );
  });

  it('of a repository too large to be sorted come in the same order and as completely', async () => {
    await sandbox.close();
    await start({ sortFailsAbove: 5, pullRequests: 150 });
    const first = await sync(undefined, {}, ['pull_requests']);
    expect(first.code).toBe(0);
    expect(compared(sandbox, 'pull_requests', first)).toMatchObject({ missing: 0, extra: 0 });
    expect(said(first, 'INFO')).toContainEqual(expect.stringContaining('cannot sort'));
    const dates = recordsOf(first, 'pull_requests').map(
      ({ updated_on, repository_uuid }) => `${repository_uuid} ${updated_on}`,
    );
    expect(dates).toEqual(
      [...dates].sort((a, b) => (a.slice(0, 38) === b.slice(0, 38) ? (a < b ? -1 : 1) : 0)),
    );
    expect((await sync(first, {}, ['pull_requests'])).records).toEqual([]);
  });

  it('since the start date come without the older ones', async () => {
    const all = recordsOf(await sync(), 'pull_requests').map(({ updated_on }) =>
      Date.parse(String(updated_on)),
    );
    const middle = [...all].sort((a, b) => a - b)[20]!;
    const some = await sync(undefined, { start_date: new Date(middle).toISOString() });
    const least = Math.floor(middle / 60_000) * 60_000;
    expect(recordsOf(some, 'pull_requests')).toHaveLength(all.filter((date) => date >= least).length);
  });

  it('one of which cannot be read costs itself, and comes later', async () => {
    const [first] = sandbox.repositories();
    const id = first!.pullRequests[3]!.id;
    const route = `/repositories/${repository}/pullrequests/${id}/comments`;
    sandbox.control.fail({ kind: '500', route, times: null });
    const one = await sync();
    expect([one.code, statusOf(one, 'pr_comments'), statusOf(one, 'pr_commits')]).toEqual([
      1,
      'INCOMPLETE',
      'COMPLETE',
    ]);
    sandbox.control.clearFaults();
    const two = await sync(one);
    expect(two.code).toBe(0);
    expect(await lacking([one, two])).toEqual([]);
    expect(new Set(withId(two, 'pr_comments'))).toEqual(
      new Set(withId(two, 'pr_comments').length ? [id] : []),
    );
  });
});

describe('the activity of a repository', () => {
  it.each([
    ['is refused', 'denied'],
    ['fails', '500'],
    ['ends too early', 'end-early'],
  ] as const)('that %s is read of each pull request', async (_, kind) => {
    const { id } = sandbox.control.openPullRequest({ repository });
    for (let k = 0; k < 60; k++) sandbox.control.comment({ repository, id });
    sandbox.control.fail({ kind, route: '/pullrequests/activity', times: null });
    const first = await sync(undefined, {}, ['pr_activities']);
    expect(first.code).toBe(0);
    expect(compared(sandbox, 'pr_activities', first)).toMatchObject({ missing: 0, extra: 0 });
    expect(requests('/{id}/activity')).toBeGreaterThan(0);
  });
});
