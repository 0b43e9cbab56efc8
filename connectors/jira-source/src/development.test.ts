import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { anonymous, Selection } from '@headrace/sdk';
import { type TestContext, testContext } from '@headrace/sdk/testing';
import { afterEach, expect, it } from 'vitest';
import { type Development, development, hasPanel, type IssuePanels, PANEL_RECORD } from './development.ts';
import { devStatusSchema } from './streams/dev-status.ts';

const RECORDED = new URL('../../../sandbox/recorded/', import.meta.url);
const lines = (name: string): string[] =>
  readFileSync(new URL(`${name}.jsonl`, RECORDED), 'utf8')
    .trim()
    .split('\n');
/** `{"body":…}` without what is around the answer. */
const PANELS = lines('jira_development_panels').map((line) => line.slice('{"body":'.length, -1));

const selection = new Selection<never, keyof typeof PANEL_RECORD>({ records: '.', record: PANEL_RECORD });
const NOT_FOUND =
  '{"errorMessages":["Issue does not exist or you do not have permission to see it."],"errors":{}}';

let server: Server;
let context: TestContext;

afterEach(async () => {
  await context?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server?.listening ? server.close(resolve) : resolve(undefined)));
});

type Reply = string | { status: number; body: string };

/** The calls to a server that answers each path and query with what `answers` says. */
async function calls(answer: (url: URL) => Reply): Promise<{ site: Development; asked: string[] }> {
  const asked: string[] = [];
  server = createServer((request, response) => {
    asked.push(request.url!);
    const reply = answer(new URL(request.url!, 'http://site'));
    const { status, body } = typeof reply === 'string' ? { status: 200, body: reply } : reply;
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context = testContext();
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { site: development(context.http({ baseUrl, auth: anonymous }), context.log, 4), asked };
}

async function read(site: Development, ...ids: string[]): Promise<IssuePanels[]> {
  const found: IssuePanels[] = [];
  const issues = ids.map((id) => ({ id, key: `ENG-${id}`, hasPanel: true }));
  for await (const one of site.panels(issues, selection)) found.push(one);
  return found;
}

const bytes = ({ panels }: IssuePanels): string[] =>
  panels.map(({ page }) => Buffer.from(page.record(0)).toString());
const summaryOf = (...types: Array<[dataType: string, ...providers: string[]]>): string =>
  JSON.stringify({
    errors: [],
    configErrors: [],
    summary: Object.fromEntries(
      types.map(([dataType, ...providers]) => [
        dataType,
        {
          overall: { count: 1 },
          byInstanceType: Object.fromEntries(providers.map((name) => [name, { count: 1 }])),
        },
      ]),
    ),
  });
const isSummary = ({ pathname }: URL): boolean => pathname === '/rest/dev-status/1.0/issue/summary';

it('sends every recorded panel with its very bytes', async () => {
  const { site } = await calls((url) =>
    isSummary(url) ? summaryOf(['repository', 'GitLab']) : PANELS[Number(url.searchParams.get('issueId'))]!,
  );
  const found = await read(site, ...PANELS.map((_, n) => String(n)));
  expect(found.flatMap(bytes)).toEqual(PANELS);
  expect(found.map(({ issue }) => issue.id)).toEqual(PANELS.map((_, n) => String(n)));
});

it('asks every provider of every kind once, and issues without a panel not at all', async () => {
  const { site, asked } = await calls((url) =>
    isSummary(url)
      ? summaryOf(['repository', 'stash', 'GitHub'], ['build', 'cloud-providers'], ['review'])
      : '{"errors":[],"detail":[]}',
  );
  const issues = [
    { id: '1', key: 'ENG-1', hasPanel: false },
    { id: '2', key: 'ENG-2', hasPanel: true },
  ];
  const found: IssuePanels[] = [];
  for await (const one of site.panels(issues, selection)) found.push(one);
  const kinds = found.map(({ issue, panels }) => [
    issue.key,
    ...panels.map(({ applicationType, dataType }) => `${dataType} of ${applicationType}`),
  ]);
  expect(kinds).toEqual([
    ['ENG-2', 'build of cloud-providers', 'repository of GitHub', 'repository of stash'],
  ]);
  expect(asked.sort()).toEqual([
    '/rest/dev-status/1.0/issue/detail?issueId=2&applicationType=GitHub&dataType=repository',
    '/rest/dev-status/1.0/issue/detail?issueId=2&applicationType=cloud-providers&dataType=build',
    '/rest/dev-status/1.0/issue/detail?issueId=2&applicationType=stash&dataType=repository',
    '/rest/dev-status/1.0/issue/summary?issueId=2',
  ]);
});

it('takes an answer with errors for no panel: asked twice, then said', async () => {
  let failures = 0;
  const { site } = await calls((url) => {
    if (isSummary(url)) return summaryOf(['branch', 'GitHub', 'stash']);
    const isBad = url.searchParams.get('applicationType') === 'stash' || failures++ === 0;
    return isBad ? '{"errors":[{"error":"UNAUTHORIZED"}],"detail":[]}' : '{"errors":[],"detail":[1]}';
  });
  const [one] = await read(site, '1');
  expect(bytes(one!)).toEqual(['{"errors":[],"detail":[1]}']);
  expect(one!.unread).toEqual(['stash: UNAUTHORIZED']);
  site.tell();
  expect(context.logged).toEqual(['WARN 1 development panels could not be read (stash: UNAUTHORIZED)']);
  site.tell();
  expect(context.logged).toHaveLength(1);
});

it('believes no summary with errors or without its summary, and no panel without its detail', async () => {
  const { site } = await calls((url) => {
    if (!isSummary(url)) return '{}';
    const [good, bad, none] = [summaryOf(['branch', 'GitHub']), '{"errors":["down"],"summary":{}}', '{}'];
    return { 1: good, 2: bad, 3: none }[url.searchParams.get('issueId')!]!;
  });
  expect((await read(site, '1', '2', '3')).map(({ unread }) => unread)).toEqual([
    ['GitHub: the answer has no detail'],
    ['summary: down'],
    ['summary: the answer has no summary'],
  ]);
});

it('passes over an issue that went away, before its summary or after it, and no other 404', async () => {
  const { site } = await calls((url) => {
    const id = url.searchParams.get('issueId');
    if (id === '1' || (id === '2' && !isSummary(url))) return { status: 404, body: NOT_FOUND };
    if (id === '3') return { status: 404, body: '{"message":"null for uri"}' };
    return isSummary(url) ? summaryOf(['branch', 'GitHub']) : '{"errors":[],"detail":[]}';
  });
  const found = await read(site, '1', '2', '4');
  expect(found.map(({ isGone, panels, unread }) => [isGone, panels.length, unread.length])).toEqual([
    [true, 0, 0],
    [true, 0, 0],
    [false, 1, 0],
  ]);
  site.tell();
  expect(context.logged).toEqual(['INFO 2 issues were gone when their development panels were asked for']);
  await expect(read(site, '3')).rejects.toMatchObject({ code: 'http.404' });
});

it('asks again for a body that is cut or empty', async () => {
  let tries = 0;
  const { site, asked } = await calls((url) => {
    if (isSummary(url)) return summaryOf(['branch', 'GitHub']);
    return ['{"errors":[],"detail":[', '', '{"errors":[],\r\n"detail":[7]}\n'][tries++]!;
  });
  expect(bytes((await read(site, '1'))[0]!)).toEqual(['{"errors":[],"detail":[7]}']);
  expect(asked).toHaveLength(4);
});

it('holds as many issues at a time as it was told, and stops asking when nobody reads on', async () => {
  const { site, asked } = await calls((url) => (isSummary(url) ? summaryOf() : ''));
  const issues = Array.from({ length: 100 }, (_, n) => ({ id: String(n), key: `ENG-${n}`, hasPanel: true }));
  for await (const { issue } of site.panels(issues, selection)) if (issue.id === '9') break;
  expect(asked.length).toBeLessThanOrEqual(14);
});

it('finds the Development field by its type, once', async () => {
  const fields = JSON.stringify([
    { id: 'customfield_10001', schema: { custom: 'com.example:other' } },
    { id: 'summary', schema: { system: 'summary' } },
    { id: 'customfield_10317', schema: { custom: 'com.example.development:devsummarycf' } },
  ]);
  const { site, asked } = await calls(() => fields);
  expect([await site.field(), await site.field()]).toEqual(['customfield_10317', 'customfield_10317']);
  expect(asked).toEqual(['/rest/api/3/field']);
});

it('tells issues with a panel by the field’s text', () => {
  for (const none of ['{}', '', ' { } ', null, undefined]) expect(hasPanel(none), String(none)).toBe(false);
  expect(hasPanel('{pullrequest={dataType=pullrequest, state=MERGED, stateCount=1}, json={}}')).toBe(true);
  const recorded = lines('jira_issues').map(
    (line) => (JSON.parse(line) as { body: { fields: { customfield_10000: string } } }).body.fields,
  );
  expect(recorded.filter((fields) => hasPanel(fields.customfield_10000))).toHaveLength(2);
});

it('declares every member of the recorded panels', () => {
  const declared = devStatusSchema.properties;
  const entry = declared.detail.items.properties;
  for (const panel of PANELS.map((text) => JSON.parse(text) as { detail: Array<{ _instance: object }> })) {
    expect(Object.keys(declared)).toEqual(expect.arrayContaining(Object.keys(panel)));
    for (const one of panel.detail) {
      expect(Object.keys(entry)).toEqual(expect.arrayContaining(Object.keys(one)));
      expect(Object.keys(entry._instance.properties)).toEqual(
        expect.arrayContaining(Object.keys(one._instance)),
      );
    }
  }
});
