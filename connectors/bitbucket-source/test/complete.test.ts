import { type BitbucketSandbox, startBitbucket } from '@headrace/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compared, configFor, read, recordsOf, STREAMS, statusOf } from './run.ts';

/** Streams that are read whole each time. */
const WHOLE = ['workspaces', 'workspace_members', 'branches', 'tags'];
const INCREMENTAL = STREAMS.filter((name) => !WHOLE.includes(name));

let sandbox: BitbucketSandbox;

beforeAll(async () => {
  sandbox = await startBitbucket({ seed: 3, repositories: 8, commits: 300, pullRequests: 60, pipelines: 30 });
});
afterAll(() => sandbox.close());

const requests = (): Record<string, number> =>
  Object.fromEntries(
    Object.entries(sandbox.stats().routes).map(([route, { requests: count }]) => [
      route.replace('GET /2.0/repositories/{workspace}', ''),
      count,
    ]),
  );

describe('all streams of a Bitbucket', () => {
  it('are read completely and exactly, and again only where something changed', async () => {
    const first = await read(configFor(sandbox));
    expect(first.code).toBe(0);
    for (const stream of STREAMS) {
      expect([stream, statusOf(first, stream)]).toEqual([stream, 'COMPLETE']);
      const { expected, missing, extra } = compared(sandbox, stream, first);
      expect([stream, missing, extra]).toEqual([stream, 0, 0]);
      expect([stream, expected > 0]).toEqual([stream, true]);
    }

    // An hour later, so that what the first sync saw is older than the safety window.
    sandbox.control.advanceClock({ ms: 7_200_000 });
    const second = await read(configFor(sandbox), { before: first });
    expect(second.code).toBe(0);
    const sent = new Set(second.records.map(({ stream }) => stream));
    expect([...sent].filter((stream) => !WHOLE.includes(stream))).toEqual([]);

    sandbox.control.resetStats();
    const third = await read(configFor(sandbox), { before: second, streams: INCREMENTAL });
    expect(third.records).toEqual([]);
    const asked = requests();
    // Repositories are listed for their partitions and for their stream; commits cost nothing; pull requests one each.
    // Where nothing ever happened, the activity proves nothing, so open pull requests are listed as well.
    const silent = sandbox.repositories().filter(({ pullRequests }) => pullRequests.length === 0).length;
    expect(asked['']).toBe(2);
    expect(asked['/{repository}/pullrequests']).toBe(8 + silent);
    expect(asked['/{repository}/refs']).toBeUndefined();
    expect(asked['/{repository}/commits']).toBeUndefined();

    const [one] = sandbox.repositories();
    const repository = one!.fullName;
    const open = one!.pullRequests.find(({ state }) => state === 'OPEN')!.id;
    sandbox.control.push({ repository, count: 3 });
    sandbox.control.pushTo({ repository, id: open });
    sandbox.control.comment({ repository, id: open });
    sandbox.control.startPipeline({ repository, deploys: true });
    const fourth = await read(configFor(sandbox), { before: third });
    expect(fourth.code).toBe(0);
    const landed = { records: [...first.records, ...fourth.records] };
    for (const stream of INCREMENTAL.filter((name) => name !== 'pr_activities'))
      expect([stream, compared(sandbox, stream, landed).missing]).toEqual([stream, 0]);
    // How an entry is written may change with those before it. Its id does not.
    const ids = recordsOf(landed, 'pr_activities').map(
      (entry) => `${entry.pull_request_id} ${entry.activity_id} ${entry.repository_uuid}`,
    );
    expect(ids).toHaveLength(sandbox.truth('pr_activities').length);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
