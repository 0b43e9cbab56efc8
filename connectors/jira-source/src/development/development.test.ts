import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { anonymous, Selection } from '@headrace/sdk';
import { type TestContext, testContext } from '@headrace/sdk/testing';
import { afterEach, expect, it } from 'vitest';
import { classifier } from '../answers/classify.ts';
import { NO_ISSUE } from '../refusals/kinds.ts';
import { devStatus } from '../streams/dev-status.ts';
import { type Development, development, hasPanel } from './development.ts';
import { PANEL, type PanelPage } from './panel-answers.ts';

const RECORDED = new URL('../../../../sandbox/recorded/', import.meta.url);
const lines = (name: string): string[] =>
  readFileSync(new URL(`${name}.jsonl`, RECORDED), 'utf8')
    .trim()
    .split('\n');
/** `{"body":…}` without what is around the answer. */
const PANELS = lines('jira_development_panels').map((line) => line.slice('{"body":'.length, -1));

const selection = new Selection<never, keyof typeof PANEL>({ records: '.', record: PANEL });
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
  return {
    site: development(
      context.http({ baseUrl, auth: anonymous, classify: classifier('api_token') }),
      context.log,
      4,
    ),
    asked,
  };
}

const issueOf = (id: string, more: object = {}) => ({
  id,
  key: `ENG-${id}`,
  hasPanel: true,
  isAskedAgain: false,
  ...more,
});

interface Found {
  issue: { key: string };
  applicationType: string;
  dataType: string;
  page: PanelPage;
}

async function read(
  site: Development,
  issues: ReturnType<typeof issueOf>[],
  gone: (what: string) => void = expect.unreachable,
): Promise<Found[]> {
  const found: Found[] = [];
  for await (const panel of site.panels(issues, selection, gone)) found.push(panel);
  return found;
}

const bytes = (panels: Found[]): string[] => panels.map(({ page }) => Buffer.from(page.record(0)).toString());
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

it('sends every recorded panel with its very bytes, in the issues’ order', async () => {
  const { site } = await calls((url) =>
    isSummary(url) ? summaryOf(['repository', 'GitLab']) : PANELS[Number(url.searchParams.get('issueId'))]!,
  );
  const found = await read(
    site,
    PANELS.map((_, n) => issueOf(String(n))),
  );
  expect(bytes(found)).toEqual(PANELS);
});

it('asks every provider of every kind once, and issues without a panel not at all', async () => {
  const { site, asked } = await calls((url) =>
    isSummary(url)
      ? summaryOf(['repository', 'stash', 'GitHub'], ['build', 'cloud-providers'], ['review'])
      : '{"errors":[],"detail":[]}',
  );
  const found = await read(site, [issueOf('1', { hasPanel: false }), issueOf('2')]);
  expect(found.map((one) => [one.issue.key, one.dataType, one.applicationType])).toEqual([
    ['ENG-2', 'build', 'cloud-providers'],
    ['ENG-2', 'repository', 'GitHub'],
    ['ENG-2', 'repository', 'stash'],
  ]);
  expect(asked.sort()).toEqual([
    '/rest/dev-status/1.0/issue/detail?issueId=2&applicationType=GitHub&dataType=repository',
    '/rest/dev-status/1.0/issue/detail?issueId=2&applicationType=cloud-providers&dataType=build',
    '/rest/dev-status/1.0/issue/detail?issueId=2&applicationType=stash&dataType=repository',
    '/rest/dev-status/1.0/issue/summary?issueId=2',
  ]);
});

it('takes an answer with errors for no panel: asked twice, then it fails', async () => {
  let failures = 0;
  const { site } = await calls((url) => {
    if (isSummary(url)) return summaryOf(['branch', 'GitHub', 'stash']);
    const isBad = url.searchParams.get('applicationType') === 'stash' || failures++ === 0;
    return isBad ? '{"errors":[{"error":"UNAUTHORIZED"}],"detail":[]}' : '{"errors":[],"detail":[1]}';
  });
  await expect(read(site, [issueOf('1')])).rejects.toMatchObject({
    code: 'jira.panel_unread',
    message: 'Jira could not load the Development panel of ENG-1 (stash: UNAUTHORIZED)',
  });
  // The next sync asks for this one anyway: the others are sent, and what is missing is said once.
  const found = await read(site, [issueOf('1', { isAskedAgain: true })]);
  expect(bytes(found)).toEqual(['{"errors":[],"detail":[1]}']);
  site.tell();
  site.tell();
  expect(context.logged).toEqual([
    'WARN 1 Development panels could not be read (stash: UNAUTHORIZED); the next sync tries again',
  ]);
});

it('believes no summary with errors or without its summary, and no panel without its detail', async () => {
  const answers: Record<string, string> = {
    1: summaryOf(['branch', 'GitHub']),
    2: '{"errors":["down"],"summary":{}}',
    3: '{}',
    4: '{"errors":[],"configErrors":[{"message":"not linked"}],"summary":{}}',
  };
  const { site } = await calls((url) => (isSummary(url) ? answers[url.searchParams.get('issueId')!]! : '{}'));
  const whys: string[] = [];
  for (const id of Object.keys(answers))
    await read(site, [issueOf(id)]).catch((error: Error) => whys.push(error.message.replace(/.*\(/, '(')));
  expect(whys).toEqual([
    '(GitHub: the response has no detail)',
    '(summary: down)',
    '(summary: the response has no summary)',
    '(summary: not linked)',
  ]);
});

it('passes over an issue that went away, before its summary or after it, and no other 404', async () => {
  const { site } = await calls((url) => {
    const id = url.searchParams.get('issueId');
    if (id === '1' || (id === '2' && !isSummary(url))) return { status: 404, body: NOT_FOUND };
    if (id === '3') return { status: 404, body: '{"message":"null for uri"}' };
    return isSummary(url) ? summaryOf(['branch', 'GitHub']) : '{"errors":[],"detail":[]}';
  });
  const gone: string[] = [];
  const issues = [issueOf('1'), issueOf('2'), issueOf('4')];
  const found = await read(site, issues, (what) => void gone.push(what));
  expect(found.map(({ issue }) => issue.key)).toEqual(['ENG-4']);
  expect(gone).toEqual([NO_ISSUE.what, NO_ISSUE.what]);
  await expect(read(site, [issueOf('3')])).rejects.toMatchObject({ code: 'http.404' });
});

it('asks again for a body that is cut or empty', async () => {
  let tries = 0;
  const { site, asked } = await calls((url) => {
    if (isSummary(url)) return summaryOf(['branch', 'GitHub']);
    return ['{"errors":[],"detail":[', '', '{"errors":[],\r\n"detail":[7]}\n'][tries++]!;
  });
  expect(bytes(await read(site, [issueOf('1')]))).toEqual(['{"errors":[],"detail":[7]}']);
  expect(asked).toHaveLength(4);
});

it('asks for as many issues at a time as it was told, and for no more when nobody reads on', async () => {
  const { site, asked } = await calls((url) =>
    isSummary(url) ? summaryOf(['branch', 'GitHub']) : '{"errors":[],"detail":[]}',
  );
  const issues = Array.from({ length: 100 }, (_, n) => issueOf(String(n)));
  for await (const { issue } of site.panels(issues, selection, expect.unreachable))
    if (issue.id === '9') break;
  expect(asked.filter((url) => url.includes('/summary')).length).toBeLessThanOrEqual(14);
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

it('tells issues with a panel by the field’s text, wherever it stands', () => {
  const issue = (fields: object, more: object = {}) =>
    Buffer.from(JSON.stringify({ id: '1', ...more, fields }));
  const tells = (fields: object, more?: object) => hasPanel(issue(fields, more), 'customfield_10317');
  for (const none of ['{}', '', ' { } ', null, 7])
    expect(tells({ customfield_10317: none }), String(none)).toBe(false);
  expect(tells({ customfield_10317: '{pullrequest={state=MERGED}, json={"a":"\\"}}' })).toBe(true);
  expect(tells({ customfield_10000: '{branch={}}', customfield_10317: '{}' })).toBe(false);
  // A field configuration may hide it: then it is not known.
  expect(tells({ summary: 'x' })).toBe(true);
  expect(tells({ customfield_10317: '{}', summary: 'see "customfield_10317":"{x}"' })).toBe(false);
  expect(tells({ summary: 'see "customfield_10317":"{}"' })).toBe(true);
  expect(tells({ customfield_10317: '{x}' }, { renderedFields: { customfield_10317: null } })).toBe(true);
  expect(hasPanel(issue({}), undefined)).toBe(true);
  const recorded = lines('jira_issues').map((line) => Buffer.from(line));
  expect(recorded.filter((line) => hasPanel(line, 'customfield_10000'))).toHaveLength(2);
});

it('declares every member of the recorded panels', () => {
  const declared = devStatus.schema.properties as unknown as {
    detail: { items: { properties: { _instance: { properties: object } } } };
  };
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
