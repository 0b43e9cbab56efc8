import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BITBUCKET_STREAMS, type BitbucketStream } from './oracle.ts';
import { type BitbucketSandbox, startBitbucket } from './sandbox.ts';
import { all, allTexts, ask } from './testing/client.ts';

const UNTIL = Date.UTC(2026, 10, 20);
const AMOUNTS = { repositories: 14, workspaces: 2, emptyRepositories: 2, seed: 5, until: UNTIL };

let bitbucket: BitbucketSandbox;
beforeAll(async () => {
  bitbucket = await startBitbucket(AMOUNTS);
});
afterAll(() => bitbucket.close());

/** Texts with their repetitions, for comparison in any order. */
const sorted = (texts: readonly string[]): string[] => [...texts].sort();
/** The truth of `bitbucket`, which does not change here. */
const known = new Map<BitbucketStream, { key0: string; text: string }[]>();
const truth = (stream: BitbucketStream, key0?: string): string[] => {
  const facts =
    known.get(stream) ??
    bitbucket.truth(stream).map(({ key, bytes }) => ({ key0: key[0]!, text: bytes.toString() }));
  known.set(stream, facts);
  return facts.filter((fact) => key0 === undefined || fact.key0 === key0).map(({ text }) => text);
};

describe('the data', () => {
  it('is the same for the same seed, and another one for another', async () => {
    const again = await startBitbucket(AMOUNTS);
    const other = await startBitbucket({ ...AMOUNTS, seed: 6 });
    for (const stream of BITBUCKET_STREAMS) {
      const bytes = ({ truth: of }: BitbucketSandbox) => of(stream).map((fact) => fact.bytes.toString());
      expect(bytes(again), stream).toEqual(bytes(bitbucket));
      expect(bytes(other), stream).not.toEqual(bytes(bitbucket));
    }
    await Promise.all([again.close(), other.close()]);
  });

  it('has as much of everything as was asked for, and no key twice', () => {
    const repositories = bitbucket.repositories();
    expect(repositories).toHaveLength(14);
    expect(repositories.flatMap((one) => one.pullRequests)).toHaveLength(120);
    expect(repositories.flatMap((one) => one.pipelines)).toHaveLength(60);
    // The fork has its parent's commits besides.
    const commits = new Set(bitbucket.truth('commits').map(({ key }) => key[1]));
    expect(commits.size).toBeGreaterThan(500);
    expect(commits.size).toBeLessThanOrEqual(600);
    expect(bitbucket.truth('commits').length).toBeGreaterThan(commits.size);
    expect(repositories.filter(({ branches }) => branches.length === 0)).toHaveLength(2);
    for (const stream of BITBUCKET_STREAMS) {
      const keys = bitbucket.truth(stream).map(({ key }) => key.join());
      expect(new Set(keys).size, stream).toBe(keys.length);
      expect(keys.length, stream).toBeGreaterThan(0);
    }
  });

  it('is what the lists show, byte for byte, whatever the length of a page', async () => {
    expect(sorted(await allTexts(bitbucket, 'repositories/headrace?pagelen=3'))).toEqual(
      sorted(truth('repositories').filter((text) => JSON.parse(text).workspace.slug === 'headrace')),
    );
    for (const { fullName, uuid, pullRequests, pipelines, branches } of bitbucket
      .repositories()
      .slice(0, 3)) {
      const path = `repositories/${fullName}`;
      const lists = [
        ['refs/branches?pagelen=2', 'branches'],
        ['refs/tags?pagelen=1', 'tags'],
        ['commits?pagelen=7', 'commits'],
        ['pullrequests?pagelen=4&q=id+%3E+0', 'pull_requests'],
      ] as const;
      for (const [list, stream] of lists)
        expect(sorted(await allTexts(bitbucket, `${path}/${list}`)), stream).toEqual(
          sorted(truth(stream, uuid)),
        );
      expect(branches.length).toBeGreaterThan(1);
      const activities = await allTexts(bitbucket, `${path}/pullrequests/activity?pagelen=9`);
      expect(sorted(activities)).toEqual(sorted(truth('pr_activities', uuid)));
      const each = async (list: string) =>
        (
          await Promise.all(
            pullRequests.map(async ({ id }) => {
              const { status } = await ask(bitbucket, `${path}/pullrequests/${id}/${list}`);
              return status === 200 ? allTexts(bitbucket, `${path}/pullrequests/${id}/${list}`) : [];
            }),
          )
        ).flat();
      expect(sorted(await each('activity?pagelen=2'))).toEqual(sorted(truth('pr_activities', uuid)));
      expect(sorted(await each('comments?pagelen=2'))).toEqual(sorted(truth('pr_comments', uuid)));
      expect(sorted(await each('commits?pagelen=1'))).toEqual(sorted(truth('pr_commits', uuid)));
      const listed = await allTexts(bitbucket, `${path}/pipelines/?pagelen=3`);
      expect(truth('pipelines')).toEqual(expect.arrayContaining(listed));
      expect(listed).toHaveLength(pipelines.length);
      for (const one of pipelines) {
        const steps = await allTexts(
          bitbucket,
          `${path}/pipelines/${encodeURIComponent(one.uuid)}/steps/?pagelen=1`,
        );
        expect(steps.length).toBeGreaterThan(1);
        expect(truth('pipeline_steps')).toEqual(expect.arrayContaining(steps));
      }
      const deployed = await allTexts(bitbucket, `${path}/deployments/?pagelen=2`);
      expect(truth('deployments')).toEqual(expect.arrayContaining(deployed));
    }
  });

  it('has what a serialiser would change, unless it is plain', async () => {
    const texts = truth('commits');
    const changed = texts.filter((text) => JSON.stringify(JSON.parse(text)) !== text);
    expect(changed.length).toBeGreaterThan(texts.length / 8);
    expect(changed.some((text) => text.includes('\\/'))).toBe(true);
    expect(changed.some((text) => /\\u[0-9a-f]{4}/.test(text))).toBe(true);
    const plain = await startBitbucket({ ...AMOUNTS, awkward: false });
    for (const { bytes } of plain.truth('commits'))
      expect(JSON.stringify(JSON.parse(bytes.toString()))).toBe(bytes.toString());
    await plain.close();
  });

  it('has the shapes that surprise: nulls, deleted comments, short hashes, four targets', async () => {
    const facts = <T>(stream: BitbucketStream) => truth(stream).map((text) => JSON.parse(text) as T);
    interface PullRequest {
      state: string;
      author: object | null;
      source: { repository: object | null; commit: { hash: string } | null };
      destination: { commit: { hash: string } | null };
      merge_commit: { hash: string } | null;
    }
    const pullRequests = facts<PullRequest>('pull_requests');
    expect(new Set(pullRequests.map(({ state }) => state))).toEqual(
      new Set(['OPEN', 'MERGED', 'DECLINED', 'SUPERSEDED']),
    );
    const has = (test: (one: PullRequest) => boolean) => expect(pullRequests.some(test)).toBe(true);
    has(({ author }) => author === null);
    has(({ source }) => source.repository === null && source.commit === null);
    has(({ destination }) => destination.commit === null);
    for (const { source, merge_commit, destination } of pullRequests)
      for (const commit of [source.commit, merge_commit, destination.commit])
        expect(commit?.hash.length ?? 12).toBe(12);
    const comments = facts<{ deleted: boolean; content: { raw: string }; user?: object }>('pr_comments');
    const deleted = comments.filter((one) => one.deleted);
    expect(deleted.map(({ content }) => content.raw)).toEqual(deleted.map(() => ''));
    expect(deleted.length).toBeGreaterThan(0);
    const activities = facts<{
      update?: { date: string; author: { uuid: string } };
      pull_request: { id: number };
    }>('pr_activities');
    const marks = activities.flatMap(({ update }) =>
      update ? [`${update.date} ${update.author.uuid}`] : [],
    );
    expect(new Set(marks).size).toBeLessThan(marks.length);
    expect(
      new Set(facts<{ target: { type: string } }>('pipelines').map(({ target }) => target.type)).size,
    ).toBe(4);
    const diffs = facts<{ old: object | null; new: object | null; status: string }>('pr_diffstats');
    for (const status of ['added', 'removed', 'renamed', 'merge conflict', 'local deleted'])
      expect(
        diffs.some((one) => one.status === status),
        status,
      ).toBe(true);
  });

  it('gives forks the hashes of their parent under another uuid', async () => {
    const { length } = await all(bitbucket, 'repositories/headrace?pagelen=100');
    expect(length).toBe(7);
    const owners = Map.groupBy(bitbucket.truth('commits'), ({ key }) => key[1]);
    expect([...owners.values()].some((same) => same.length === 2)).toBe(true);
  });

  it('shows its truth over HTTP', async () => {
    const { text } = await ask(bitbucket, `${bitbucket.url}/_sandbox/truth/tags`);
    const lines = text.trimEnd().split('\n');
    expect(lines).toEqual(
      bitbucket.truth('tags').map(({ key, bytes }) => `{"key":${JSON.stringify(key)},"record":${bytes}}`),
    );
    expect((await ask(bitbucket, `${bitbucket.url}/_sandbox/truth/issues`)).status).toBe(404);
  });
});
