import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { type JiraSandbox, startJira } from '@headrace/sandbox';
import { basic, type HttpClient, type Page, type Select, Selection } from '@headrace/sdk';
import { type TestContext, testContext } from '@headrace/sdk/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eachReference, type ReferencedUsers, referencedUsers } from './references.ts';

const ID = /^[\w:.-]{1,128}$/;
const KEYS = ['accountId', 'tmpFromAccountId', 'tmpToAccountId'];

function found(text: string | Buffer): string[] {
  const ids: string[] = [];
  eachReference(Buffer.from(text), (id) => ids.push(id));
  return ids.sort();
}

/** The same by way of JSON.parse. */
function expected(text: string): string[] {
  const ids: string[] = [];
  const take = (id: unknown) => {
    if (typeof id === 'string' && ID.test(id)) ids.push(id);
  };
  const texts = (value: string) => {
    for (const [, id] of value.matchAll(/\[~accountid:([\w:.-]{1,128})\]/g)) take(id);
  };
  const walk = (value: unknown): void => {
    if (typeof value === 'string') texts(value);
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) value.forEach(walk);
    else {
      const node = value as { type?: unknown; attrs?: { id?: unknown } | null };
      if (node.type === 'mention') take(node.attrs?.id);
      for (const [key, member] of Object.entries(value)) {
        texts(key);
        if (KEYS.includes(key)) take(member);
        walk(member);
      }
    }
  };
  walk(JSON.parse(text));
  return ids.sort();
}

const id = fc.constantFrom('5b10ac8d82e05b22cc7d4ef5', '557058:295406f3-a1fc-4733', 'é"\\', '', 'a b');
const hostile = fc.constantFrom(
  '"accountId":"5b10ac8d82e05b22cc7d4ef5"',
  'x","accountId":"y',
  '{"type":"mention","attrs":{"id":"z"}}',
  '\\"accountId\\":',
  'foo "accountId',
  '\\',
  '"',
  '[~accountid:712020:ab-cd]',
  '[~accountid:712020:ab',
  'mention',
  '}]{[',
  'accountId',
);
const text = fc.oneof(
  hostile,
  fc.string(),
  fc.array(hostile, { maxLength: 3 }).map((parts) => parts.join('')),
);
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(text, id, fc.integer(), fc.constant(null), fc.boolean()),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...KEYS, 'type', 'attrs', 'id'), text), tie('value'), {
      maxKeys: 4,
    }),
    fc.record({ accountId: fc.oneof(id, tie('value')), displayName: text }),
    fc.tuple(tie('value'), id, fc.boolean()).map(([more, who, isTypeFirst]) => {
      const attrs = { text: `@${who}`, more, id: who };
      return isTypeFirst ? { type: 'mention', attrs } : { more, attrs, type: 'mention' };
    }),
  ),
})).value;

describe('references in raw JSON', () => {
  it('are those that a parser finds, however the text is written', () => {
    const indent = fc.constantFrom(undefined, 1, '\t', '\r\n ');
    const property = fc.property(json, indent, (value, space) => {
      const compact = JSON.stringify({ value }, null, typeof space === 'string' ? '\t' : space);
      const written =
        space === '\r\n ' ? compact.replace(/\n/g, '\r\n').replace(/": /g, '" \t:\r\n ') : compact;
      fc.pre(isJson(written));
      expect(found(written)).toEqual(expected(written));
    });
    fc.assert(property, { numRuns: 4000 });
  });

  it('are not looked for in what stands around a slice', () => {
    const all = Buffer.from('{"accountId":"a"}{"accountId":"b"}{"accountId":"c"}');
    expect(found(all.subarray(17, 34))).toEqual(['b']);
  });

  it('are read as what they say: escapes decoded, the last of two equal keys, no number', () => {
    for (const [json, ids] of [
      ['{"accountId":"\\u0035b10\\u002dx"}', ['5b10-x']],
      ['{"type":"mention","type":"text","attrs":{"id":"a"}}', []],
      ['{"type":"text","type":"mention","attrs":{"id":"b","id":"a"}}', ['a']],
      ['{"type":"mention","attrs":null}', []],
      ['{"accountId":5,"tmpToAccountId":null,"tmpFromAccountId":["a"]}', []],
      ['["accountId","mention","type"]', []],
      [`{"accountId":"${'x'.repeat(128)}"}`, ['x'.repeat(128)]],
      [`{"accountId":"${'x'.repeat(129)}"}`, []],
      [`["[~accountid:${'x'.repeat(128)}]","[~accountid:${'x'.repeat(129)}]"]`, ['x'.repeat(128)]],
    ] as const)
      expect(found(json), json).toEqual(ids);
  });

  it('are those of the recorded issues and changelogs', () => {
    for (const name of ['jira_issues', 'jira_issue_changelogs', 'jira_worklogs']) {
      const lines = readFileSync(
        new URL(`../../../../sandbox/recorded/${name}.jsonl`, import.meta.url),
        'utf8',
      )
        .trim()
        .split('\n');
      const ids = lines.flatMap((line) => found(line));
      expect(ids).toEqual(lines.flatMap((line) => expected(line)));
      expect(ids.length).toBeGreaterThan(lines.length / 2);
    }
  });
});

const USERS: Select<'accountId'> = (records, fields) =>
  new Selection({ records, fields, record: { accountId: 'accountId' } });

const recordOf = (page: Page, row: number): string => Buffer.from(page.record(row)).toString();

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('users that are referred to', () => {
  let jira: JiraSandbox;
  let context: TestContext;
  let users: ReferencedUsers;
  let http: HttpClient;

  beforeEach(async () => {
    jira = await startJira({ issues: 0, users: 450 });
    context = testContext();
    http = context.http({ baseUrl: jira.url, auth: basic(jira.email, jira.apiToken) });
    users = referencedUsers(http, context.log);
  });
  afterEach(async () => {
    await context.close();
    await jira.close();
  });

  const read = async (ids: readonly string[]): Promise<string[]> => {
    jira.control.resetStats();
    const found: string[] = [];
    for await (const page of users.pages(ids, USERS))
      for (let row = 0; row < page.count; row++) found.push(recordOf(page, row));
    return found.sort();
  };

  it('are asked for in few calls and come with Jira’s bytes; those it does not know are counted', async () => {
    const all = await http.page({ path: '/rest/api/3/users/search', query: { maxResults: 1000 } }, USERS(''));
    const rows = Array.from({ length: all.count }, (_, row) => row);
    const gone = Array.from({ length: 30 }, (_, n) => `712020:${n}0000000-0000-0000-0000-000000000000`);
    const known = rows.map((row) => all.text(row, 'accountId')!);
    expect(await read([...gone, ...known])).toEqual(rows.map((row) => recordOf(all, row)).sort());
    expect(jira.stats().requests).toBe(3);
    expect(await read([])).toEqual([]);
    users.tell();
    users.tell();
    expect(context.logged).toEqual(['INFO Jira no longer knows 30 of the accounts that records refer to']);
  });

  it('are never more in a call than Jira takes, nor longer than a request line may be', async () => {
    await read(Array.from({ length: 450 }, (_, n) => `q${n}`));
    expect(jira.stats().requests).toBe(3);
    // Every character of these is three of the address; Node refuses a head of more than 16 kB.
    await read(Array.from({ length: 150 }, (_, n) => ':'.repeat(100) + n));
    expect(jira.stats().requests).toBe(8);
  });
});
