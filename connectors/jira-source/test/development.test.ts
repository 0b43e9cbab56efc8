import { type JiraOptions, type JiraSandbox, startJira } from '@headrace/sandbox';
import { basic, type HttpClient, Selection } from '@headrace/sdk';
import { type TestContext, testContext } from '@headrace/sdk/testing';
import { afterEach, expect, it } from 'vitest';
import { classifier } from '../src/answers/classify.ts';
import { type Development, development, hasPanel } from '../src/development/development.ts';
import { PANEL } from '../src/development/panel-answers.ts';

const selection = new Selection<never, keyof typeof PANEL>({ records: '.', record: PANEL });

let jira: JiraSandbox;
let context: TestContext;
let http: HttpClient;
let site: Development;

async function start(options: JiraOptions = {}): Promise<void> {
  jira = await startJira({ issues: 120, seed: 11, ...options });
  context = testContext();
  const classify = classifier('api_token');
  http = context.http({ baseUrl: jira.url, auth: basic(jira.email, jira.apiToken), classify });
  site = development(http, context.log, 8);
}
afterEach(async () => {
  await context.close();
  await jira.close();
});

/** Every panel of the site's issues, by what it is of. */
async function panels(ids = jira.ids(), isAskedAgain = false): Promise<Map<string, string>> {
  const field = await site.field();
  const issues = ids.map(({ id }) => ({
    id,
    key: `ENG-${id}`,
    hasPanel: hasPanel(jira.issueBytes(id), field),
    isAskedAgain,
  }));
  const found = new Map<string, string>();
  for await (const { issue, applicationType, dataType, page } of site.panels(
    issues,
    selection,
    expect.unreachable,
  ))
    found.set(`${issue.id} ${dataType} ${applicationType}`, Buffer.from(page.record(0)).toString());
  return found;
}

/** How often each endpoint was asked since the last time. */
function asked(): Record<string, number> {
  const { routes } = jira.stats();
  jira.control.resetStats();
  return Object.fromEntries(
    Object.entries(routes).map(([route, { requests }]) => [route.split('/').at(-1)!, requests]),
  );
}

it('every panel comes once, with the bytes that Jira sends, and nothing else is asked for', async () => {
  await start();
  const found = await panels();
  const issues = new Set([...found.keys()].map((name) => name.split(' ')[0]));
  expect(asked()).toEqual({ field: 1, summary: issues.size, detail: found.size });
  expect(issues.size).toBeGreaterThan(15);
  expect(issues.size).toBe(
    jira.ids().filter(({ id }) => hasPanel(jira.issueBytes(id), 'customfield_10000')).length,
  );
  expect([...found.values()].join()).toContain('12345678901234567890');
  for (const [name, text] of [...found].slice(0, 30)) {
    const [issueId, dataType, applicationType] = name.split(' ');
    const request = {
      path: '/rest/dev-status/1.0/issue/detail',
      query: { issueId, dataType, applicationType },
    };
    expect(await http.ask(request, ({ bytes }) => bytes.toString())).toBe(text);
  }
});

it('a site without the field is asked for one summary an issue, and shows the same', async () => {
  await start();
  const expected = await panels();
  await context.close();
  await jira.close();
  await start({ developmentField: false });
  const found = await panels();
  expect(asked()).toEqual({ field: 1, summary: 120, detail: expected.size });
  expect([...found.keys()]).toEqual([...expected.keys()]);
});

it('a push is seen, though the issue was not updated', async () => {
  await start({ issues: 60 });
  const before = await panels();
  const { id, updated } = jira.ids().find((one) => before.has(`${one.id} repository stash`))!;
  expect(jira.control.push({ issues: [id] })[0]!.updated).toBe(updated);
  const after = await panels();
  const changed = [...after].filter(([name, text]) => before.get(name) !== text).map(([name]) => name);
  expect(changed).toContain(`${id} repository stash`);
  expect(changed.every((name) => name.startsWith(id))).toBe(true);
});

it('nothing is lost or made up while requests fail, answers are cut and issues go away', async () => {
  await start();
  const expected = await panels();
  jira.control.faultRate({
    rate: 0.05,
    kinds: ['500', '503', 'reset', 'reset-body', 'cut-length', 'cut-chunked', 'cut-json', 'empty'],
  });
  expect(await panels()).toEqual(expected);
  jira.control.faultRate({ rate: 0, kinds: [] });
  const all = jira.ids();
  const gone = jira.control.delete({ count: 40 }).map(({ id }) => id);
  const issues = all.map(({ id }) => ({ id, key: id, hasPanel: true, isAskedAgain: false }));
  const left = new Set<string>();
  let away = 0;
  for await (const { issue } of site.panels(issues, selection, () => away++)) left.add(issue.id);
  const alive = [...expected.keys()].map((name) => name.split(' ')[0]!).filter((id) => !gone.includes(id));
  expect(left).toEqual(new Set(alive));
  expect(away).toBe(40);
});

it('a provider that is out of reach is no empty panel', async () => {
  await start();
  const expected = await panels();
  jira.control.provider({ applicationType: 'GitHub', isDown: true });
  await expect(panels()).rejects.toMatchObject({ code: 'jira.panel_unread' });
  const found = await panels(jira.ids(), true);
  expect([...found.keys()]).toEqual([...expected.keys()].filter((name) => !name.endsWith(' GitHub')));
  const missing = expected.size - found.size;
  site.tell();
  expect(context.logged.at(-1)).toBe(
    `WARN ${missing} Development panels could not be read (GitHub: UNAUTHORIZED); the next sync tries again`,
  );
  jira.control.provider({ applicationType: 'GitHub', isDown: false });
  expect(await panels()).toEqual(expected);
});
