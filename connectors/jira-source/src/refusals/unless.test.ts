import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { anonymous, type DataError, type Page, passedOver, Selection } from '@headrace/sdk';
import { type TestContext, testContext } from '@headrace/sdk/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { classifier } from '../answers/classify.ts';
import { onePage } from '../answers/pages.ts';
import {
  NO_BOARD,
  NO_COLUMNS,
  NO_ISSUE,
  NO_LINKS,
  NO_PROJECT,
  NO_SPRINT,
  NO_SPRINTS,
  type Refusal,
} from './kinds.ts';
import { unless } from './unless.ts';

interface Reply {
  status: number;
  body: unknown;
}

let server: Server;
let context: TestContext;
/** What the site answers, by path; anything else is there. */
let site: Record<string, Reply>;
let asked: string[];

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url!.split('?')[0]!;
    asked.push(path);
    const english = request.headers['x-force-accept-language'] === 'true' ? site[`en ${path}`] : undefined;
    const { status, body } = english ?? site[path] ?? { status: 200, body: {} };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(() => new Promise((done) => server.close(done)));
beforeEach(() => {
  context = testContext();
  asked = [];
  site = {};
});
afterEach(() => context.close());

const says = (status: number, ...errorMessages: string[]): Reply => ({
  status,
  body: { errorMessages, errors: {} },
});

const OF_BOARD = [NO_SPRINTS, NO_BOARD, NO_COLUMNS];
const first = new Selection({ records: '' }).scan(Buffer.from('[{"id":1}]')) as Page;

/** Reads a list whose second page is refused: what was passed over, or the error's code. */
async function read(
  path: string,
  refusals: readonly Refusal[] = path === ISSUE ? [NO_ISSUE] : OF_BOARD,
): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const http = context.http({
    baseUrl: `http://127.0.0.1:${port}`,
    auth: anonymous,
    classify: classifier('api_token'),
  });
  const counted = passedOver(context.log);
  let pages = 0;
  async function* list() {
    yield first;
    yield* onePage({ http }, { path }, new Selection({ records: 'values' }));
  }
  const about = { stream: 'a', id: '5', path };
  try {
    for await (const _ of unless(
      refusals,
      about,
      { http, passedOver: counted },
      list() as AsyncIterable<Page>,
    ))
      pages++;
  } catch (error) {
    return `${(error as DataError).code} after ${pages}`;
  }
  counted.tell();
  return `${context.logged.join()} after ${pages}`;
}

const BOARD = '/rest/agile/1.0/board/5';
const SPRINTS = `${BOARD}/sprint`;
const ISSUE = '/rest/api/2/issue/5';

it.each([
  [SPRINTS, 400, 'The board does not support sprints', NO_SPRINTS],
  [SPRINTS, 404, 'Board does not exist or you do not have permission to see it.', NO_BOARD],
  [SPRINTS, 422, 'This board has no columns with a mapped status.', NO_COLUMNS],
  [ISSUE, 404, 'Issue Does Not Exist', NO_ISSUE],
  [ISSUE, 403, 'You do not have the permission to see the specified issue.', NO_ISSUE],
])('%s, %i: knows “%s” without another question', async (path, status, words, { what }) => {
  site[path] = says(status, words);
  expect(await read(path)).toBe(`INFO a: skipped ${what} (1) after 1`);
  expect(asked).toEqual([path]);
});

it.each<[string, string, number, Record<string, Reply>, Refusal]>([
  [
    'a board that is no scrum board',
    SPRINTS,
    400,
    { [BOARD]: { status: 200, body: { type: 'simple' } } },
    NO_SPRINTS,
  ],
  ['a board that is refused too', SPRINTS, 404, { [BOARD]: says(404, 'Nö.') }, NO_BOARD],
  [
    'columns without a status',
    SPRINTS,
    422,
    {
      [BOARD]: { status: 200, body: { type: 'scrum' } },
      [`${BOARD}/configuration`]: {
        status: 200,
        body: { columnConfig: { columns: [{ name: 'x', statuses: [] }] } },
      },
    },
    NO_COLUMNS,
  ],
  [
    'a sprint that is refused too',
    '/rest/software/1.0/sprint/5/issue',
    404,
    { '/rest/agile/1.0/sprint/5': says(404, 'Nö.') },
    NO_SPRINT,
  ],
  [
    'a project that is not listed',
    '/rest/api/3/project/5/version',
    404,
    { '/rest/api/3/project/search': { status: 200, body: { values: [] } } },
    NO_PROJECT,
  ],
  ['an issue that is refused twice', ISSUE, 403, {}, NO_ISSUE],
  [
    'linking that is switched off',
    '/rest/api/3/issueLinkType',
    404,
    { '/rest/api/3/configuration': { status: 200, body: { issueLinkingEnabled: false } } },
    NO_LINKS,
  ],
])('whatever the language, is told by %s', async (_, path, status, more, refusal) => {
  site = { [path]: says(status, 'Das geht leider nicht.'), ...more };
  expect(await read(path, [refusal])).toBe(`INFO a: skipped ${refusal.what} (1) after 1`);
});

it('asks for the English words where nothing else tells', async () => {
  site[SPRINTS] = says(404, 'Das Board kann nicht angezeigt werden.');
  site[`en ${SPRINTS}`] = says(404, 'The requested board cannot be viewed because …');
  expect(await read(SPRINTS)).toBe(`INFO a: skipped ${NO_BOARD.what} (1) after 1`);
});

it.each<[string, string, Reply, string]>([
  ['a bad JQL', SPRINTS, says(400, "Error in the JQL Query: Expecting operator but got 'x'."), 'http.400'],
  [
    'a status that does not go with the words',
    SPRINTS,
    says(409, 'The board does not support sprints'),
    'http.409',
  ],
  [
    'another application’s 404',
    ISSUE,
    { status: 404, body: { message: 'Issue Does Not Exist' } },
    'http.404',
  ],
  ['a 403 of a board that is there', SPRINTS, says(403, 'Das geht leider nicht.'), 'jira.forbidden'],
  [
    'the words with a fault that may be gone next time',
    SPRINTS,
    says(500, 'The board does not support sprints'),
    'http.failed',
  ],
])('%s stays an error', async (_, path, reply, code) => {
  site = { [path]: reply, [BOARD]: { status: 200, body: { type: 'scrum' } } };
  expect(await read(path)).toBe(`${code} after 1`);
});

it('a second look that fails decides nothing', async () => {
  site = { [SPRINTS]: says(404, 'Nö.'), [BOARD]: { status: 404, body: 'Not Found' } };
  expect(await read(SPRINTS)).toBe('http.404 after 1');
});
