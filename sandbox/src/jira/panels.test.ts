import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import type { JiraOptions } from './options.ts';
import { type JiraSandbox, startJira } from './sandbox.ts';
import { ask, askJson } from './testing/client.ts';

let jira: JiraSandbox;
const start = async (options: JiraOptions = {}): Promise<void> => {
  jira = await startJira({ issues: 400, seed: 5, ...options });
};
afterEach(() => jira.close());

interface Overall {
  overall: { count: number; lastUpdated: string | null };
  byInstanceType: Record<string, { count: number; name: string }>;
}
interface Summary {
  errors: object[];
  summary: Record<string, Overall>;
}
interface Detail {
  errors: object[];
  detail: Array<Record<string, object[]> & { _instance: { type: string } }>;
}

const API = '/rest/dev-status/1.0/issue';
const summaryOf = (id: string): Promise<Summary> => askJson(jira, 'GET', `${API}/summary?issueId=${id}`);
const detailPath = (id: string, type: string, kind: string): string =>
  `${API}/detail?issueId=${id}&applicationType=${type}&dataType=${kind}`;
const fieldOf = (id: string): string =>
  (JSON.parse(jira.issueBytes(id).toString()) as { fields: { customfield_10000: string } }).fields
    .customfield_10000;

it('the Development field, the summary and the details of an issue agree', async () => {
  await start();
  const seen = new Set<string>();
  let withPanel = 0;
  for (const { id } of jira.ids().slice(0, 120)) {
    const { summary, errors } = await summaryOf(id);
    expect(errors).toEqual([]);
    const kinds = Object.entries(summary).filter(([, { overall }]) => overall.count > 0);
    const text = fieldOf(id);
    if (kinds.length === 0) {
      expect(text).toBe('{}');
      continue;
    }
    withPanel++;
    expect(text).toMatch(
      /^\{(pullrequest|repository|branch|build)=\{.*\}, json=\{"cachedValue":.*"isStale":true\}\}$/,
    );
    const cached = JSON.parse(text.slice(text.indexOf('json=') + 5, -1)) as { cachedValue: Summary };
    expect(cached.cachedValue.summary).toEqual(Object.fromEntries(kinds));
    for (const [kind, { byInstanceType }] of kinds) {
      for (const [type, { count }] of Object.entries(byInstanceType)) {
        seen.add(`${kind} ${type}`);
        const { detail } = await askJson<Detail>(jira, 'GET', detailPath(id, type, kind));
        expect(detail[0]!._instance.type).toBe(type);
        const [list] = Object.values(detail[0]!) as [Array<{ commits?: object[] }>];
        expect(list.flatMap((entry) => entry.commits ?? [entry])).toHaveLength(count);
      }
    }
  }
  expect(withPanel).toBeGreaterThan(15);
  for (const type of ['GitHub', 'GitLab', 'bitbucket', 'stash'])
    for (const kind of ['pullrequest', 'repository', 'branch'])
      expect([...seen]).toContain(`${kind} ${type}`);
  expect([...seen]).toContain('build cloud-providers');
});

it('the same seed gives the same panels', async () => {
  await start({ until: 1_790_000_000_000, clock: () => 1_790_000_000_000 });
  const { id } = jira.ids().find((one) => fieldOf(one.id) !== '{}')!;
  const [type] = Object.keys((await summaryOf(id)).summary.repository!.byInstanceType);
  const first = await ask(jira, 'GET', detailPath(id, type!, 'repository'));
  await jira.close();
  await start({ until: 1_790_000_000_000, clock: () => 1_790_000_000_000 });
  const again = await ask(jira, 'GET', detailPath(id, type!, 'repository'));
  expect(again.body.toString()).toBe(first.body.toString());
});

it('a push changes or creates a panel without changing `updated`', async () => {
  await start();
  for (const hasPanel of [true, false]) {
    const { id, updated } = jira.ids().find((one) => (fieldOf(one.id) !== '{}') === hasPanel)!;
    const before = (await summaryOf(id)).summary.repository!.overall.count;
    expect(jira.control.push({ issues: [id] })).toEqual([
      { id, key: expect.stringMatching(/-\d+$/), updated },
    ]);
    expect((await summaryOf(id)).summary.repository!.overall.count).toBeGreaterThan(before);
    expect(fieldOf(id)).not.toBe('{}');
  }
});

it('a site without the field still has panels', async () => {
  await start({ developmentField: false });
  const fields = await askJson<{ schema: { custom?: string } }[]>(jira, 'GET', '/rest/api/3/field');
  expect(fields.some(({ schema }) => schema.custom?.endsWith(':devsummarycf'))).toBe(false);
  const ids = jira.ids().slice(0, 40);
  expect(ids.every(({ id }) => fieldOf(id) === undefined)).toBe(true);
  const summaries = await Promise.all(ids.map(({ id }) => summaryOf(id)));
  expect(summaries.some(({ summary }) => summary.repository!.overall.count > 0)).toBe(true);
});

it('a key is refused, a deleted issue is not found, an anonymous caller finds none', async () => {
  await start();
  const { id } = jira.ids()[0]!;
  const { key } = jira.control.touch({ issues: [id] })[0]!;
  expect((await ask(jira, 'GET', `${API}/summary?issueId=${key}`)).status).toBe(400);
  expect((await ask(jira, 'GET', `${API}/detail?issueId=${id}&dataType=branch`)).status).toBe(400);
  jira.control.delete({ issues: [id] });
  const { status, body } = await ask(jira, 'GET', `${API}/summary?issueId=${id}`);
  expect([status, body.toString()]).toEqual([404, expect.stringContaining('Issue does not exist')]);
  const anonymous = { authorization: 'Basic eDp5' };
  expect((await ask(jira, 'GET', detailPath('10002', 'GitHub', 'branch'), undefined, anonymous)).status).toBe(
    404,
  );
});

it('an unreachable provider is reported in an answer with status 200', async () => {
  await start();
  jira.control.provider({ applicationType: 'GitHub', isDown: true });
  const down = await askJson<Detail>(jira, 'GET', detailPath('10001', 'GitHub', 'branch'));
  expect(down).toEqual({ errors: [expect.objectContaining({ error: 'UNAUTHORIZED' })], detail: [] });
  jira.control.provider({ applicationType: 'GitHub', isDown: false });
  const up = await askJson<Detail>(jira, 'GET', detailPath('10001', 'GitHub', 'branch'));
  expect(up.errors).toEqual([]);
});

it('recorded panels are served byte for byte, for the issues that have some', async () => {
  await start({ recorded: true });
  const file = readFileSync(new URL('../../recorded/jira_development_panels.jsonl', import.meta.url), 'utf8');
  const withPanel = jira.ids().filter(({ id }) => fieldOf(id) !== '{}');
  expect(withPanel).toHaveLength(2);
  for (const { id } of jira.ids()) {
    const { summary } = await summaryOf(id);
    const hasPanel = withPanel.some((one) => one.id === id);
    expect(Object.keys(summary.repository!.byInstanceType)).toEqual(hasPanel ? ['GitLab'] : []);
    if (!hasPanel) continue;
    const { body } = await ask(jira, 'GET', detailPath(id, 'GitLab', 'repository'));
    expect(file).toContain(`{"body":${body.toString()}}\n`);
  }
});

it('users are found in bulk: ten a page, without unknown ids', async () => {
  await start();
  const all = await askJson<{ accountId: string }[]>(jira, 'GET', '/rest/api/3/users/search');
  const query = ['nobody', ...all.map(({ accountId }) => accountId)]
    .map((accountId) => `accountId=${encodeURIComponent(accountId)}`)
    .join('&');
  const bulk = (more: string) =>
    askJson<{ values: object[]; isLast: boolean; total: number }>(
      jira,
      'GET',
      `/rest/api/3/user/bulk?${query}${more}`,
    );
  const first = await bulk('');
  expect([first.values.length, first.isLast, first.total]).toEqual([10, false, all.length]);
  const whole = await bulk('&maxResults=200');
  expect([whole.values, whole.isLast]).toEqual([all, true]);
  expect((await ask(jira, 'GET', '/rest/api/3/user/bulk')).status).toBe(400);
});
