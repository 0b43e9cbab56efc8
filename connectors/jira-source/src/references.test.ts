import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { startJira } from '@headrace/sandbox';
import { basic, type Page, type Select, Selection } from '@headrace/sdk';
import { testContext } from '@headrace/sdk/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eachReference, referencedUsers } from './references.ts';

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

  it('are those of the recorded issues and changelogs', () => {
    for (const name of ['jira_issues', 'jira_issue_changelogs', 'jira_worklogs']) {
      const lines = readFileSync(new URL(`../../../sandbox/recorded/${name}.jsonl`, import.meta.url), 'utf8')
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
  it('are asked for in as few calls as fit a request line, with Jira’s bytes; unknown ones are counted', async () => {
    const jira = await startJira({ issues: 0, users: 450 });
    const context = testContext();
    try {
      const auth = basic(jira.email, jira.apiToken);
      const http = context.http({ baseUrl: jira.url, auth });
      const known: string[] = [];
      const listed: string[] = [];
      const all = await http.page(
        { path: '/rest/api/3/users/search', query: { maxResults: 1000 } },
        USERS(''),
      );
      for (let row = 0; row < all.count; row++) {
        known.push(all.text(row, 'accountId')!);
        listed.push(recordOf(all, row));
      }
      const gone = Array.from({ length: 30 }, (_, n) => `712020:${n}0000000-0000-0000-0000-000000000000`);
      jira.control.resetStats();
      const users = referencedUsers(http, context.log);
      const found: string[] = [];
      for await (const page of users.pages([...gone, ...known], USERS))
        for (let row = 0; row < page.count; row++) found.push(recordOf(page, row));
      expect(found.sort()).toEqual(listed.sort());
      expect(jira.stats().requests).toBe(3);
      users.tell();
      users.tell();
      expect(context.logged).toEqual([
        'INFO 30 accounts that records refer to are not known to Jira any more',
      ]);
    } finally {
      await context.close();
      await jira.close();
    }
  });
});
