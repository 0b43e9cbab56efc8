import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BitbucketSandbox, startBitbucket } from './sandbox.ts';
import { all, ask, askJson, type Page, query } from './testing/client.ts';

const UNTIL = Date.UTC(2026, 10, 20);
const FOUR = 'state IN ("OPEN","MERGED","DECLINED","SUPERSEDED")';

let bitbucket: BitbucketSandbox;
let path: string;
beforeEach(async () => {
  bitbucket = await startBitbucket({
    repositories: 1,
    pullRequests: 60,
    commits: 150,
    pipelines: 12,
    until: UNTIL,
  });
  path = `repositories/${bitbucket.repositories()[0]!.fullName}`;
});
afterEach(() => bitbucket.close());

interface PullRequest {
  id: number;
  state: string;
  updated_on: string;
}
const statusOf = async (list: string) => (await ask(bitbucket, `${path}/${list}`)).status;
const found = (q: string) => all<PullRequest>(bitbucket, `${path}/pullrequests?${query({ q, pagelen: 50 })}`);

it.each([
  ['pullrequests', 50],
  ['pullrequests/activity', 50],
  ['pullrequests/1/activity', 50],
  ['pullrequests/1/comments', 100],
  ['pullrequests/1/commits', 100],
  ['commits', 100],
  ['refs', 100],
  ['refs/branches', 100],
  ['refs/tags', 100],
  ['pipelines/', 100],
  ['deployments/', 100],
])('%s has pages of at most %d rows, and refuses more', async (list, most) => {
  expect(await statusOf(`${list}?pagelen=${most}`)).toBe(200);
  for (const pagelen of [most + 1, 0, 'all']) {
    const { status, text } = await ask(bitbucket, `${path}/${list}?pagelen=${pagelen}`);
    expect([status, text]).toEqual([400, '{"type":"error","error":{"message":"Invalid pagelen"}}']);
  }
});

it('shows open pull requests, those of the states asked for, or those of q and no states', async () => {
  const states = async (search: string) =>
    new Set((await all<PullRequest>(bitbucket, `${path}/pullrequests?${search}`)).map(({ state }) => state));
  expect(await states('')).toEqual(new Set(['OPEN']));
  expect(await states('state=MERGED&state=declined')).toEqual(new Set(['MERGED', 'DECLINED']));
  expect(await states(`state=OPEN&${query({ q: 'id > 0' })}`)).toEqual(
    new Set(['OPEN', 'MERGED', 'DECLINED', 'SUPERSEDED']),
  );
  expect(await statusOf('pullrequests?state=BROKEN')).toBe(400);
});

it('understands the filter language', async () => {
  const every = await found(FOUR);
  expect(every).toHaveLength(60);
  const middle = [...every].map((one) => one.updated_on).sort()[30]!;
  const micros = (text: string) => Date.parse(text) * 1000 + Number(/\.\d{3}(\d{3})/.exec(text)?.[1] ?? 0);
  const late = (operator: string) => found(`${FOUR} AND updated_on ${operator} ${middle}`);
  expect((await late('>=')).map(({ id }) => id)).toEqual(
    every.filter((one) => micros(one.updated_on) >= micros(middle)).map(({ id }) => id),
  );
  expect((await late('>')).length).toBe((await late('>=')).length - 1);
  expect((await late('<')).length + (await late('>=')).length).toBe(60);
  expect((await found(`updated_on >= "${middle}" AND ${FOUR}`)).length).toBe((await late('>=')).length);
  expect((await found('id IN (3, 5) OR (id = 7 AND state != "x")')).map(({ id }) => id)).toEqual([7, 5, 3]);
  expect(await found('author.uuid = null AND id > 0')).not.toHaveLength(0);
  expect(await found('source.branch.name ~ "GRÖSSE" AND state NOT IN ("OPEN")')).toEqual([]);
  expect(await found('source.branch.name ~ "feature"')).toHaveLength(60);
  for (const q of [
    'id >',
    'nothing = 1',
    'id IN 3',
    '(id = 1',
    'updated_on > "yesterday"',
    'id = 1 id = 2',
    '"x" = 1',
  ])
    expect(await statusOf(`pullrequests?${query({ q })}`), q).toBe(400);
});

it('fails where the vendor fails: closed_on, and sort with states on a large repository', async () => {
  expect(await statusOf(`pullrequests?${query({ q: 'closed_on > 2026-01-01' })}`)).toBe(500);
  const sorted = `pullrequests?${query({ q: FOUR, sort: 'updated_on', pagelen: 50 })}`;
  const rows = await all<PullRequest>(bitbucket, `${path}/${sorted}`);
  expect(rows.map((one) => one.updated_on)).toEqual(rows.map((one) => one.updated_on).sort());
  bitbucket.control.sortFailsAbove({ pullRequests: 59 });
  expect(await statusOf(sorted)).toBe(500);
  expect(await statusOf('pullrequests?state=OPEN&sort=updated_on')).toBe(500);
  expect(await statusOf('pullrequests?sort=updated_on')).toBe(200);
  expect(await statusOf(`pullrequests?${query({ q: FOUR })}`)).toBe(200);
});

it('shows refs in any order asked for; a query for their dates finds nothing', async () => {
  const names = async (search: string) =>
    (await all<{ name: string; target: { date: string } }>(bitbucket, `${path}/refs/branches?${search}`)).map(
      ({ name }) => name,
    );
  const byName = await names('pagelen=2');
  expect(byName).toEqual([...byName].sort());
  expect(await names('sort=-name&pagelen=100')).toEqual([...byName].reverse());
  expect(await names(query({ q: 'name ~ "feature"' }))).toEqual(
    byName.filter((name) => name.includes('feature')),
  );
  expect(
    await askJson(bitbucket, `${path}/refs/branches?${query({ q: 'target.date > 2020-01-01' })}`),
  ).toEqual({
    values: [],
    pagelen: 10,
    size: 0,
    page: 1,
  });
  const refs = await all<{ type: string }>(bitbucket, `${path}/refs?pagelen=100&sort=name`);
  expect(new Set(refs.map(({ type }) => type))).toEqual(new Set(['branch', 'tag']));
  const odd = byName.find((name) => name.includes('#'))!;
  const one = await askJson<{ name: string }>(bitbucket, `${path}/refs/branches/${encodeURIComponent(odd)}`);
  expect(one.name).toBe(odd);
});

it('pipelines: next forgets the order, filters do nothing; deployments have no order', async () => {
  const first = await askJson<Page<{ build_number: number }>>(
    bitbucket,
    `${path}/pipelines/?${query({ sort: '-created_on', pagelen: 5, q: 'build_number = 1' })}`,
  );
  const numbers = ({ values }: Page<{ build_number: number }>) => values.map((one) => one.build_number);
  expect(numbers(first)).toEqual([12, 11, 10, 9, 8]);
  expect(first.next).not.toMatch(/sort|q=/);
  // As given, the second page is one of another order.
  expect(numbers(await askJson(bitbucket, first.next!))).toEqual([6, 7, 8, 9, 10]);
  expect(await statusOf('deployments/?sort=created_on')).toBe(400);
  const deployments = await all(bitbucket, `${path}/deployments/`);
  expect(await all(bitbucket, `${path}/deployments/?${query({ q: 'uuid = "x"' })}`)).toEqual(deployments);
  expect(await statusOf('pipelines')).toBe(404);
});

it('pages by token where the vendor does: numbers are refused, new entries shift nothing', async () => {
  expect(await statusOf('pullrequests/1/commits?page=2')).toBe(400);
  const first = await askJson<Page>(bitbucket, `${path}/pullrequests/activity?pagelen=10`);
  const before = await askJson<Page>(bitbucket, first.next!);
  bitbucket.control.comment({ repository: path.split('/')[2]!, id: 1 });
  expect((await askJson<Page>(bitbucket, first.next!)).values).toEqual(before.values);
  expect(
    (await askJson<Page>(bitbucket, `${path}/pullrequests/activity?pagelen=10`)).values[0],
  ).toHaveProperty('comment');
});

it('numbered pages shift when a row moves', async () => {
  const list = `${path}/pullrequests?${query({ q: FOUR, sort: 'updated_on', pagelen: 10 })}`;
  const first = await askJson<Page<PullRequest>>(bitbucket, list);
  const moved = first.values[0]!;
  bitbucket.control.comment({ repository: path.split('/')[2]!, id: moved.id, moves: true });
  const second = await askJson<Page<PullRequest>>(bitbucket, first.next!);
  // What was the eleventh row is now the tenth: nobody who follows `next` sees it.
  const rest = await all<PullRequest>(bitbucket, list);
  expect(rest.at(-1)!.id).toBe(moved.id);
  expect(second.values[0]!.id).toBe(rest[10]!.id);
  expect(first.values.map(({ id }) => id)).not.toContain(rest[9]!.id);
});

it('sizes are right, missing or wrong; next leads where it is told', async () => {
  const page = () => askJson<Page>(bitbucket, `${path}/pullrequests?pagelen=1`);
  const { size } = await page();
  bitbucket.control.sizes({ are: 'missing' });
  expect(await page()).not.toHaveProperty('size');
  bitbucket.control.sizes({ are: 'wrong' });
  expect((await page()).size).not.toBe(size);
  bitbucket.control.linkTo({ origin: 'http://elsewhere.example' });
  expect((await page()).next).toMatch(/^http:\/\/elsewhere\.example\/2\.0\/repositories\//);
});

it('a diffstat is elsewhere, at an address with a carriage return, and wants the credentials again', async () => {
  const { status, headers } = await ask(bitbucket, `${path}/pullrequests/1/diffstat?pagelen=3`);
  expect([status, headers.location]).toEqual([
    302,
    expect.stringMatching(/[0-9a-f]{12}%0D[0-9a-f]{12}\?from_pullrequest_id=1&/),
  ]);
  expect((await all(bitbucket, headers.location!)).length).toBeGreaterThan(0);
  expect((await ask(bitbucket, headers.location!, { authorization: '' })).status).toBe(401);
  expect((await ask(bitbucket, headers.location!.replace('%0D', '..'))).status).toBe(404);
  const statuses = await Promise.all(
    bitbucket.repositories()[0]!.pullRequests.map(async ({ id }) => {
      const { status, headers } = await ask(bitbucket, `${path}/pullrequests/${id}/diffstat`);
      return status === 302 ? (await ask(bitbucket, headers.location!)).status : status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([200, 400, 404, 555]));
});
