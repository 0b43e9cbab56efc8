import { type BitbucketSandbox, startBitbucket } from '@headrace/sandbox';
import type { InProcess } from '@headrace/sdk/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compared, configFor, read, recordsOf, statusOf } from './run.ts';

let sandbox: BitbucketSandbox;
let repository: string;

beforeEach(async () => {
  sandbox = await startBitbucket({ seed: 4, repositories: 3, commits: 150, pullRequests: 12, pipelines: 0 });
  repository = sandbox.repositories()[0]!.fullName;
});
afterEach(() => sandbox.close());

const commits = (before?: InProcess): Promise<InProcess> =>
  read(configFor(sandbox), { before, streams: ['commits'] });
const hashes = (of: InProcess): unknown[] => recordsOf(of, 'commits').map(({ hash }) => hash);
/** Names from then on are not settled: the repository has just changed. */
const later = () => sandbox.control.advanceClock({ ms: 7_200_000 });

describe('commits', () => {
  it('come once each, and a push brings its own', async () => {
    const first = await commits();
    expect(compared(sandbox, 'commits', first)).toMatchObject({ missing: 0, extra: 0 });
    const pushed = sandbox.control.push({ repository, count: 5 });
    const second = await commits(first);
    expect(hashes(second).sort()).toEqual([...pushed].sort());
    later();
    const third = await commits(second);
    expect(third.records).toEqual([]);
    sandbox.control.resetStats();
    expect((await commits(third)).records).toEqual([]);
    expect(Object.keys(sandbox.stats().routes)).toEqual([
      'GET /2.0/user/workspaces',
      'GET /2.0/repositories/{workspace}',
    ]);
  });

  it('come after a force push, and those that came before do not come again', async () => {
    const first = await commits();
    const pushed = sandbox.control.forcePush({ repository, drop: 4, count: 2 });
    const second = await commits(first);
    expect(hashes(second).sort()).toEqual([...pushed].sort());
  });

  it('come after the old heads were forgotten, in as many rounds as it takes', async () => {
    for (let k = 0; k < 4; k++) {
      sandbox.control.createBranch({ repository, name: `topic-${k}` });
      sandbox.control.push({ repository, branch: `topic-${k}`, count: 2 });
    }
    const first = await commits();
    for (let k = 0; k < 4; k++) sandbox.control.deleteBranch({ repository, name: `topic-${k}` });
    const pushed = sandbox.control.forcePush({ repository, drop: 2, count: 3 });
    expect(sandbox.control.collectGarbage({ repository })).toBeGreaterThan(0);
    sandbox.control.resetStats();
    const second = await commits(first);
    expect([second.code, statusOf(second, 'commits')]).toEqual([0, 'COMPLETE']);
    for (const hash of pushed) expect(hashes(second)).toContain(hash);
    const { missing } = compared(sandbox, 'commits', first, second);
    expect(missing).toBe(0);
    const refused = Object.entries(sandbox.stats().routes).find(([route]) => route.endsWith('/commits'));
    expect(refused![1].statuses['404']).toBeGreaterThan(1);
  });

  it('are not lost if a head that was just listed is unknown for a while', async () => {
    const first = await commits();
    const pushed = sandbox.control.push({ repository, count: 2 });
    sandbox.control.forgetCommit({ repository, hash: pushed.at(-1)!, ms: 60_000 });
    const second = await commits(first);
    sandbox.control.advanceClock({ ms: 120_000 });
    const third = await commits(second);
    expect(compared(sandbox, 'commits', first, second, third)).toMatchObject({ missing: 0 });
  });

  it('are walked from more heads than fit into a URL', async () => {
    for (let k = 0; k < 120; k++) {
      sandbox.control.createBranch({ repository, name: `b${k}` });
      sandbox.control.push({ repository, branch: `b${k}`, count: 1 });
    }
    const first = await commits();
    expect(first.code).toBe(0);
    expect(compared(sandbox, 'commits', first)).toMatchObject({ missing: 0, extra: 0 });
    expect(
      sandbox.stats().routes['POST /2.0/repositories/{workspace}/{repository}/commits']!.requests,
    ).toBeGreaterThan(1);
  });

  it('of a fork are records of their own', async () => {
    sandbox.control.createRepository({ slug: 'copy', parent: repository });
    const first = await commits();
    expect(compared(sandbox, 'commits', first)).toMatchObject({ missing: 0, extra: 0 });
    const of = (uuid: string) =>
      recordsOf(first, 'commits').flatMap((one) => (one.repository_uuid === uuid ? [one.hash] : []));
    const parent = new Set(of(sandbox.repositories()[0]!.uuid));
    const copied = of(sandbox.repositories().find(({ slug }) => slug === 'copy')!.uuid);
    expect(copied.length).toBeGreaterThan(0);
    expect(copied.filter((hash) => !parent.has(hash))).toEqual([]);
  });

  it('of an empty repository are none', async () => {
    sandbox.control.createRepository({ slug: 'empty' });
    const first = await commits();
    expect([first.code, statusOf(first, 'commits')]).toEqual([0, 'COMPLETE']);
  });

  it('go on where a walk was stopped', async () => {
    sandbox.control.push({ repository, count: 250 });
    sandbox.control.fail({ kind: '500', route: '/commits', after: 2, times: null });
    const first = await read(configFor(sandbox), {
      streams: ['commits'],
      env: { HEADRACE_STATE_INTERVAL_MS: '0' },
    });
    expect([first.code, statusOf(first, 'commits')]).toEqual([1, 'INCOMPLETE']);
    expect(hashes(first).length).toBeGreaterThan(0);
    sandbox.control.clearFaults();
    const second = await commits(first);
    expect(second.code).toBe(0);
    expect(compared(sandbox, 'commits', first, second)).toMatchObject({ missing: 0, extra: 0 });
  });
});
