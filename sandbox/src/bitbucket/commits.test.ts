import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BitbucketSandbox, startBitbucket } from './sandbox.ts';
import { all, ask, askJson, type Page } from './testing/client.ts';

interface Commit {
  hash: string;
  parents: { hash: string }[];
}

let now: number;
let bitbucket: BitbucketSandbox;
let repository: string;
let path: string;
beforeEach(async () => {
  now = Date.UTC(2026, 10, 20, 12);
  bitbucket = await startBitbucket({ repositories: 1, commits: 120, pullRequests: 20, clock: () => now });
  repository = bitbucket.repositories()[0]!.slug;
  path = `repositories/headrace/${repository}`;
});
afterEach(() => bitbucket.close());

const hashes = async (search: string) =>
  (await all<Commit>(bitbucket, `${path}/commits?pagelen=20&${search}`)).map(({ hash }) => hash);
const head = async (branch = 'main') =>
  (await askJson<{ target: Commit }>(bitbucket, `${path}/refs/branches/${branch}`)).target.hash;
const posted = async (form: [string, string][], url = `${path}/commits`) => {
  const { status, text } = await ask(bitbucket, url, { method: 'POST', body: new URLSearchParams(form) });
  return { status, body: JSON.parse(text) as Page<Commit> & { error: { data: { shas: string[] } } } };
};

it('lists children before parents: everything, what a name leads to, what is new since', async () => {
  const commits = await all<Commit>(bitbucket, `${path}/commits?pagelen=100`);
  const place = new Map(commits.map(({ hash }, i) => [hash, i]));
  for (const { hash, parents } of commits)
    for (const parent of parents) expect(place.get(parent.hash)).toBeGreaterThan(place.get(hash)!);
  expect(commits.some(({ parents }) => parents.length === 2)).toBe(true);
  const before = await head();
  const fresh = bitbucket.control.push({ repository, count: 3 });
  expect(await hashes(`include=${await head()}&exclude=${before}`)).toEqual([...fresh].reverse());
  expect(await hashes(`include=main&exclude=main`)).toEqual([]);
  expect((await all<Commit>(bitbucket, `${path}/commits/main`)).map(({ hash }) => hash)).toEqual(
    await hashes('include=main'),
  );
  expect((await hashes('include=develop')).length).toBeLessThan((await hashes('include=main')).length);
  expect((await ask(bitbucket, `${path}/commit/${fresh[0]!.slice(0, 12)}`)).status).toBe(200);
});

it('takes the names in a form as well; without include it begins at every branch', async () => {
  const before = await head();
  bitbucket.control.push({ repository, branch: 'side', count: 2 });
  const [tip] = await hashes('include=side');
  const form: [string, string][] = [
    ['include', tip!],
    ['exclude', before],
  ];
  const one = await posted(form, `${path}/commits?pagelen=1`);
  expect(one.body.values).toHaveLength(1);
  const rest = await posted(form, one.body.next);
  expect([...one.body.values, ...rest.body.values].map(({ hash }) => hash)).toEqual(
    await hashes(`include=side&exclude=${before}`),
  );
  const every = await posted([['exclude', before]]);
  expect(every.body.values.map(({ hash }) => hash)).toEqual(expect.arrayContaining([tip]));
});

it('names some of the hashes that it does not know, in several rounds', async () => {
  const unknown = ['a', 'b', 'c'].map((digit) => digit.repeat(40));
  let asked = unknown;
  const rounds: string[][] = [];
  while (asked.length > 0) {
    const { status, body } = await posted([
      ['include', 'main'],
      ...asked.map((hash): [string, string] => ['exclude', hash]),
    ]);
    expect(status).toBe(404);
    rounds.push(body.error.data.shas);
    asked = asked.filter((hash) => !body.error.data.shas.includes(hash));
  }
  expect(rounds).toEqual([unknown.slice(0, 2), unknown.slice(2)]);
});

it('a head that was just listed can be unknown for a while', async () => {
  const hash = await head();
  bitbucket.control.forgetCommit({ repository, hash, ms: 5000 });
  expect((await ask(bitbucket, `${path}/commits?include=${hash}`)).status).toBe(404);
  now += 5001;
  expect((await ask(bitbucket, `${path}/commits?include=${hash}`)).status).toBe(200);
});

it('after a force push the old commits can be asked for until the garbage is collected', async () => {
  const old = await head();
  const all = await hashes('');
  const fresh = bitbucket.control.forcePush({ repository, drop: 2, count: 2 });
  expect(await hashes(`include=main&exclude=${old}`)).toEqual([...fresh].reverse());
  expect(await hashes('')).not.toEqual(expect.arrayContaining([old]));
  expect(bitbucket.control.collectGarbage({ repository })).toBeGreaterThan(1);
  expect(
    (
      await posted([
        ['include', 'main'],
        ['exclude', old],
      ])
    ).body.error.data.shas,
  ).toEqual([old]);
  expect(bitbucket.truth('commits').length).toBeLessThanOrEqual(all.length + 2);
});

it('next leads into the same walk while commits are pushed, until the vendor has forgotten it', async () => {
  const whole = await hashes('');
  const first = await askJson<Page<Commit>>(bitbucket, `${path}/commits?pagelen=20`);
  bitbucket.control.push({ repository, count: 5 });
  bitbucket.control.forcePush({ repository, drop: 7 });
  const rest = await all<Commit>(bitbucket, first.next!);
  expect([...first.values, ...rest].map(({ hash }) => hash)).toEqual(whole);
  bitbucket.control.forgetWalks();
  expect((await ask(bitbucket, first.next!)).status).toBe(400);
});

it('an empty repository has no commits, by one answer or another', async () => {
  const { fullName } = bitbucket.control.createRepository({ slug: 'empty-1' });
  expect((await ask(bitbucket, `repositories/${fullName}/commits`)).status).toBe(404);
  const second = bitbucket.control.createRepository({ slug: 'empty-2' });
  expect(await all(bitbucket, `repositories/${second.fullName}/commits`)).toEqual([]);
  const { text } = await ask(bitbucket, `repositories/${fullName}`);
  expect(JSON.parse(text).mainbranch).toBe(null);
});

it('squashed commits have no branch, and are listed by their pull request while its branch is there', async () => {
  const { id } = bitbucket.control.openPullRequest({ repository, commits: 2 });
  const { hash } = bitbucket.control.merge({ repository, id, squash: true });
  bitbucket.control.deleteBranch({ repository, name: bitbucket.repositories()[0]!.branches.at(-1)! });
  const every = await hashes('');
  expect(every[0]).toBe(hash);
  const own = await all<Commit>(bitbucket, `${path}/pullrequests/${id}/commits`);
  for (const commit of own) expect(every).not.toContain(commit.hash);
  bitbucket.control.deleteSource({ repository, id });
  expect(await all(bitbucket, `${path}/pullrequests/${id}/commits`)).toEqual([]);
  bitbucket.control.loseFork({ repository, id });
  expect((await ask(bitbucket, `${path}/pullrequests/${id}/commits`)).status).toBe(404);
});
