import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BitbucketSandbox, startBitbucket } from './sandbox.ts';
import { all, ask, askJson } from './testing/client.ts';

let now: number;
let bitbucket: BitbucketSandbox;
let repository: string;
let path: string;
beforeEach(async () => {
  now = Date.UTC(2026, 10, 20, 12, 0, 7, 250);
  bitbucket = await startBitbucket({
    repositories: 2,
    commits: 60,
    pullRequests: 10,
    pipelines: 6,
    clock: () => now,
  });
  repository = bitbucket.repositories()[0]!.slug;
  path = `repositories/headrace/${repository}`;
});
afterEach(() => bitbucket.close());

interface PullRequest {
  id: number;
  updated_on: string;
  state: string;
  comment_count: number;
  merge_commit: { hash: string } | null;
}
const pullRequest = (id: number) => askJson<PullRequest>(bitbucket, `${path}/pullrequests/${id}`);
const updatedAt = () => bitbucket.repositories()[0]!.updatedAt;

describe('a pull request', () => {
  it('moves its repository’s updated_on only when a branch moves', async () => {
    const before = updatedAt();
    const { id } = bitbucket.control.openPullRequest({ repository, fork: bitbucket.repositories()[1]!.slug });
    bitbucket.control.comment({ repository, id, moves: true });
    bitbucket.control.approve({ repository, id, moves: true });
    bitbucket.control.editPullRequest({ repository, id, reviewer: true });
    expect(updatedAt()).toBe(before);
    bitbucket.control.merge({ repository, id });
    expect(updatedAt()).toBe(now);
  });

  it('does not move for late comments, approvals and declines that do not move it', async () => {
    const { id } = bitbucket.control.openPullRequest({ repository });
    const { updated_on } = await pullRequest(id);
    expect(updated_on).toMatch(/^2026-11-20T12:00:07\.250\d{3}\+00:00$/);
    now += 1000;
    const { id: comment } = bitbucket.control.comment({ repository, id });
    bitbucket.control.approve({ repository, id });
    bitbucket.control.decline({ repository, id, moves: false });
    expect(await pullRequest(id)).toMatchObject({ updated_on, state: 'DECLINED', comment_count: 1 });
    const kinds = (await all(bitbucket, `${path}/pullrequests/${id}/activity`)).map(
      (one) => Object.keys(one)[1],
    );
    expect(kinds.sort()).toEqual(['approval', 'comment', 'update', 'update']);
    bitbucket.control.deleteComment({ repository, id, comment });
    const [gone] = await all(bitbucket, `${path}/pullrequests/${id}/comments`);
    expect(gone).toMatchObject({ id: comment, deleted: true, content: { raw: '' } });
    bitbucket.control.withdraw({ repository, id, moves: true });
    expect((await pullRequest(id)).updated_on).not.toBe(updated_on);
    expect(await all(bitbucket, `${path}/pullrequests/${id}/activity`)).toHaveLength(3);
  });

  it('is pushed to, edited, merged; two updates can have one date and author', async () => {
    const { id } = bitbucket.control.openPullRequest({ repository });
    now += 60_000;
    const { hash } = bitbucket.control.pushTo({ repository, id });
    bitbucket.control.editPullRequest({ repository, id, reviewer: true });
    now += 60_000;
    const merged = bitbucket.control.merge({ repository, id });
    const activity = await all<{
      update: { date: string; author: { uuid: string }; changes: object; state: string };
    }>(bitbucket, `${path}/pullrequests/${id}/activity`);
    expect(activity.map(({ update }) => Object.keys(update.changes))).toEqual([
      ['status'],
      ['reviewers'],
      ['title'],
      ['source'],
      [],
    ]);
    expect(activity.map(({ update }) => update.state)).toEqual(['MERGED', 'OPEN', 'OPEN', 'OPEN', 'OPEN']);
    const [, second, third] = activity.map(({ update }) => `${update.date} ${update.author.uuid}`);
    expect(second).toBe(third);
    expect((await pullRequest(id)).merge_commit!.hash).toBe(merged.hash.slice(0, 12));
    expect((await all<{ hash: string }>(bitbucket, `${path}/commits`)).map((one) => one.hash)).toContain(
      hash,
    );
    expect(() => bitbucket.control.supersede({ repository, id })).toThrow('is MERGED');
  });

  it('loses its author, fork and destination', async () => {
    bitbucket.control.closeAuthor({ repository, id: 1 });
    bitbucket.control.loseFork({ repository, id: 1 });
    bitbucket.control.loseDestination({ repository, id: 1 });
    expect(await pullRequest(1)).toMatchObject({
      author: null,
      source: { repository: null, commit: null },
      destination: { commit: null },
    });
  });
});

describe('a pipeline', () => {
  interface Pipeline {
    uuid: string;
    state: { name: string; stage?: { name: string }; result?: { name: string } };
    completed_on?: string;
  }
  const pipeline = (uuid: string) =>
    askJson<Pipeline>(bitbucket, `${path}/pipelines/${encodeURIComponent(uuid)}`);
  const steps = (uuid: string) =>
    all<{ run_number: number; state: { name: string } }>(
      bitbucket,
      `${path}/pipelines/${encodeURIComponent(uuid)}/steps/`,
    );

  it('runs, ends, and is opened again by a rerun of its failed steps', async () => {
    const { number, uuid } = bitbucket.control.startPipeline({ repository, deploys: true });
    expect((await pipeline(uuid)).state).toMatchObject({ name: 'IN_PROGRESS', stage: { name: 'RUNNING' } });
    now += 60_000;
    bitbucket.control.finishPipeline({ repository, number, result: 'FAILED' });
    expect((await pipeline(uuid)).state).toMatchObject({ name: 'COMPLETED', result: { name: 'FAILED' } });
    const before = updatedAt();
    bitbucket.control.rerunPipeline({ repository, number });
    expect(await pipeline(uuid)).toMatchObject({ uuid, state: { name: 'IN_PROGRESS' } });
    expect(await pipeline(uuid)).not.toHaveProperty('completed_on');
    expect((await steps(uuid)).map((step) => step.run_number)).toEqual([1, 1, 2]);
    bitbucket.control.finishPipeline({ repository, number });
    expect((await pipeline(uuid)).state.result!.name).toBe('SUCCESSFUL');
    expect(updatedAt()).toBe(before);
    const deployment = (
      await all<{ step: { uuid: string }; state: object }>(bitbucket, `${path}/deployments/`)
    ).at(-1);
    expect(deployment!.state).toMatchObject({ name: 'COMPLETED', status: { name: 'SUCCESSFUL' } });
  });

  it('waits for ever if a manual step is not started', async () => {
    const { number, uuid } = bitbucket.control.startPipeline({ repository, manual: true });
    bitbucket.control.finishPipeline({ repository, number });
    expect((await pipeline(uuid)).state).toMatchObject({ name: 'IN_PROGRESS', stage: { name: 'PAUSED' } });
    expect((await steps(uuid)).map(({ state }) => state.name)).toEqual(['COMPLETED', 'COMPLETED', 'PENDING']);
    bitbucket.control.finishPipeline({ repository, number, manual: true });
    expect((await pipeline(uuid)).state.name).toBe('COMPLETED');
  });
});

it('branches and tags come and go, and move the repository', async () => {
  bitbucket.control.createTag({ repository, name: 'v9', annotated: true });
  now += 1000;
  bitbucket.control.createBranch({ repository, name: 'x/y', at: 'develop' });
  expect(updatedAt()).toBe(now);
  const refs = await all<{ name: string; date?: string; target: { date: string } }>(
    bitbucket,
    `${path}/refs?pagelen=100`,
  );
  const tag = refs.find(({ name }) => name === 'v9')!;
  expect(Date.parse(tag.date!)).toBe(now - 1000);
  expect(tag.target.date).not.toBe(tag.date);
  bitbucket.control.deleteBranch({ repository, name: 'x/y' });
  bitbucket.control.deleteTag({ repository, name: 'v9' });
  expect(await all(bitbucket, `${path}/refs?pagelen=100`)).toHaveLength(refs.length - 2);
  expect(() => bitbucket.control.deleteTag({ repository, name: 'v9' })).toThrow('no tags v9');
  expect(() => bitbucket.control.push({ repository: 'none' })).toThrow('no repository none');
});

describe('the budget of an hour', () => {
  const repositories = (authorization?: string) =>
    ask(bitbucket, `${path}/refs`, authorization === undefined ? {} : { authorization });

  it('of a user ends in plain text without Retry-After or headers', async () => {
    bitbucket.control.budget({ perHour: 2 });
    expect((await repositories()).headers).not.toHaveProperty('x-ratelimit-limit');
    await repositories();
    const { status, text, headers } = await repositories();
    expect([status, text]).toEqual([429, 'Rate limit for this resource has been exceeded']);
    expect(headers).not.toHaveProperty('retry-after');
    // Only repositories are counted.
    expect((await ask(bitbucket, 'user/workspaces')).status).toBe(200);
    bitbucket.control.advanceClock({ ms: 3_600_000 });
    expect((await repositories()).status).toBe(200);
  });

  it('of an access token is its own, with headers: seconds left, and a date to come back', async () => {
    bitbucket.control.budget({ perHour: 2 });
    const token = `Bearer ${bitbucket.workspaceToken}`;
    expect((await repositories(token)).headers).toMatchObject({
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': '3600',
    });
    now += 600_000;
    await repositories(token);
    const { status, headers } = await repositories(token);
    expect(status).toBe(429);
    expect(headers).toMatchObject({ 'x-ratelimit-reset': '3000', 'x-ratelimit-nearlimit': 'true' });
    expect(Date.parse(headers['retry-after']!)).toBeGreaterThanOrEqual(now + 3_000_000);
    expect((await repositories()).status).toBe(200);
  });
});

it.each([
  ['429-edge', 429, '', 'x-envoy-ratelimited', 'true'],
  ['429-bare', 429, 'Rate limit for this resource has been exceeded', 'content-type', 'text/plain'],
  ['555', 555, undefined, 'content-type', 'application/json; charset=utf-8'],
  ['gone', 404, undefined, 'content-type', 'application/json; charset=utf-8'],
  ['denied', 403, undefined, 'content-type', 'application/json; charset=utf-8'],
] as const)('the fault %s', async (kind, status, text, header, value) => {
  bitbucket.control.fail({ kind, route: 'refs' });
  const answer = await ask(bitbucket, `${path}/refs`);
  expect([answer.status, answer.headers[header]]).toEqual([status, value]);
  if (text !== undefined) expect(answer.text).toBe(text);
  expect((await ask(bitbucket, `${path}/refs`)).status).toBe(200);
});
