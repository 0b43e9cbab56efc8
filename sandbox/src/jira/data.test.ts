import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JiraSandbox, startJira } from './sandbox.ts';
import { ask, askJson, search, type TestIssue } from './testing/client.ts';

const NOW = Date.UTC(2026, 10, 20, 12, 30);
let jira: JiraSandbox;
let issues: { bytes: Buffer; value: TestIssue }[];
beforeAll(async () => {
  jira = await startJira({ issues: 2000, clock: () => NOW });
  issues = jira.ids().map(({ id }) => {
    const bytes = jira.issueBytes(id, 'changelog');
    return { bytes: jira.issueBytes(id), value: JSON.parse(bytes.toString()) as TestIssue };
  });
});
afterAll(() => jira.close());

describe('determinism', () => {
  it('the same seed gives the same bytes on another server, another seed does not', async () => {
    const answers = async (seed: number, clock: number) => {
      const site = await startJira({ issues: 300, seed, clock: () => clock });
      site.control.touch({ count: 10 });
      const page = await ask(site, 'POST', '/rest/api/3/search/jql', {
        jql: 'project = ENG ORDER BY updated ASC',
        fields: ['*all'],
        expand: 'changelog',
        maxResults: 100,
      });
      const users = await ask(site, 'GET', '/rest/api/3/users/search');
      await site.close();
      return Buffer.concat([page.body, users.body]);
    };
    const one = await answers(5, NOW);
    expect(one.length).toBeGreaterThan(400_000);
    expect((await answers(5, NOW)).equals(one)).toBe(true);
    expect((await answers(6, NOW)).equals(one)).toBe(false);
  });

  it('the data do not depend on the time of day at which the sandbox starts', async () => {
    const later = await startJira({ issues: 2000, clock: () => NOW + 5 * 3_600_000 });
    expect(later.issueBytes('10777')).toEqual(jira.issueBytes('10777'));
    expect(later.ids()).toEqual(jira.ids());
    await later.close();
  });

  it('an issue changes only by its own changes', async () => {
    const site = await startJira({ issues: 50, clock: () => NOW });
    const before = site.ids().map(({ id }) => site.issueBytes(id));
    site.control.touch({ issues: [10_005], kind: 'edit' });
    const after = site.ids().map(({ id }) => site.issueBytes(id));
    expect(after.map((bytes, n) => (bytes.equals(before[n]!) ? 0 : n)).filter((n) => n > 0)).toEqual([4]);
    site.control.touch({ issues: [10_005], kind: 'comment' });
    expect(site.issueBytes('10005').equals(after[4]!)).toBe(false);
    await site.close();
  });
});

describe('issues', () => {
  it('have ascending ids, keys that count up by project, and an updated between created and now', () => {
    const last = new Map<string, number>();
    for (const [n, { value }] of issues.entries()) {
      expect(value.id).toBe(String(10_001 + n));
      const [key, number] = value.key.split('-');
      expect(key).toBe(value.fields.project.key);
      expect(Number(number)).toBe((last.get(key!) ?? 0) + 1);
      last.set(key!, Number(number));
      const [created, updated] = [Date.parse(value.fields.created), Date.parse(value.fields.updated)];
      expect(created).toBeLessThanOrEqual(updated);
      expect(updated).toBeLessThanOrEqual(NOW);
      expect(updated).toBeGreaterThan(NOW - 2.01 * 365 * 86_400_000);
    }
    expect(last.size).toBe(6);
  });

  it('share instants: pairs of issues, and a few bulk edits', () => {
    const counts = [...Map.groupBy(issues, ({ value }) => value.fields.updated).values()].map(
      (group) => group.length,
    );
    expect(counts.filter((count) => count === 2).length).toBeGreaterThan(20);
    expect(counts.filter((count) => count >= 5).length).toBeGreaterThanOrEqual(2);
  });

  it('are 3 to 50 kB, mostly up to 6, and all contain text outside Latin-1', () => {
    const sizes = issues.map(({ bytes }) => bytes.length).sort((a, b) => a - b);
    expect(sizes[0]).toBeGreaterThan(2000);
    expect(sizes.at(-1)).toBeLessThan(52_000);
    expect(sizes.at(-1)).toBeGreaterThan(45_000);
    expect(sizes[Math.floor(sizes.length * 0.75)]).toBeLessThan(6500);
    const foreign = issues.filter(({ bytes }) => /[\u0100-\uffff]/.test(bytes.toString()));
    expect(foreign.length).toBeGreaterThan(issues.length * 0.95);
  });

  it('have the requested size', async () => {
    const site = await startJira({ issues: 300, issueBytes: { min: 5900, max: 6000 }, awkward: false });
    const sizes = site.ids().map(({ id }) => site.issueBytes(id).length);
    expect(sizes.filter((size) => size >= 5900 && size <= 6000).length).toBeGreaterThan(280);
    await site.close();
  });

  it('have 40 to 100 fields, many of them null', () => {
    for (const { value } of issues) {
      const values = Object.values(value.fields);
      expect(values.length).toBeGreaterThanOrEqual(40);
      expect(values.length).toBeLessThanOrEqual(100);
      expect(values.filter((one) => one === null).length).toBeGreaterThanOrEqual(10);
    }
  });

  it('contain JSON that re-serialising changes in one out of ten, or in none if configured', async () => {
    const odd = issues.filter(({ bytes }) => bytes.includes('12345678901234567890'));
    expect(odd.length).toBeGreaterThan(120);
    expect(odd.length).toBeLessThan(280);
    for (const text of [
      '":3.0,',
      '":1e2,',
      '":-0,',
      '\u2028',
      '\\u2028',
      '\\/',
      '\\u00e9',
      '😀',
      '\\ud83d\\ude00',
    ]) {
      expect(odd[0]!.bytes.includes(text)).toBe(true);
    }
    expect(JSON.stringify(JSON.parse(odd[0]!.bytes.toString()))).not.toBe(odd[0]!.bytes.toString());
    const site = await startJira({ issues: 200, awkward: false });
    for (const { id } of site.ids()) {
      const text = site.issueBytes(id).toString();
      expect(JSON.stringify(JSON.parse(text))).toBe(text);
    }
    await site.close();
  });
});

describe('embedded lists', () => {
  it('are cut at 20 comments, 20 worklogs and 40 histories, but have the full total', async () => {
    for (const { value } of issues) {
      const { comment, worklog } = value.fields;
      expect(comment.comments).toHaveLength(Math.min(20, comment.total));
      expect(comment.maxResults).toBe(comment.comments.length);
      expect(worklog.worklogs).toHaveLength(Math.min(20, worklog.total));
      expect(value.changelog.histories).toHaveLength(Math.min(40, value.changelog.total));
    }
    const share = (cut: (value: TestIssue) => boolean) =>
      issues.filter(({ value }) => cut(value)).length / issues.length;
    expect(share(({ fields }) => fields.comment.total > 20)).toBeCloseTo(0.05, 1);
    expect(share(({ changelog }) => changelog.total > 40)).toBeCloseTo(0.05, 1);
    expect(share(({ fields }) => fields.worklog.total > 20)).toBeGreaterThan(0);
    const mean = issues.reduce((sum, { value }) => sum + value.changelog.total, 0) / issues.length;
    expect(mean).toBeGreaterThan(17);
    expect(mean).toBeLessThan(24);
  });

  it('/comment has all comments, paged, the embedded ones first', async () => {
    const { value } = issues.find(({ value }) => value.fields.comment.total > 25)!;
    interface Page {
      comments: { id: string; created: string }[];
      total: number;
    }
    const page = (query: string) =>
      askJson<Page>(jira, 'GET', `/rest/api/3/issue/${value.id}/comment?${query}`);
    const all = await page('');
    expect(all.comments).toHaveLength(all.total);
    expect(all.comments.slice(0, 20)).toEqual(value.fields.comment.comments);
    expect(new Set(all.comments.map(({ id }) => id)).size).toBe(all.total);
    const instants = all.comments.map(({ created }) => Date.parse(created));
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
    expect((await page('startAt=7&maxResults=5')).comments).toEqual(all.comments.slice(7, 12));
  });
});

describe('changelogs', () => {
  interface Bulk {
    issueChangeLogs: {
      issueId: string;
      changeHistories: { id: string; created: number; items: object[] }[];
    }[];
    nextPageToken?: string;
  }
  it('come in bulk, oldest first across pages, with epoch milliseconds, and match the issues', async () => {
    const names = issues.slice(0, 150).map(({ value }) => value.id);
    const found = new Map<string, string[]>();
    const instants: number[] = [];
    let nextPageToken: string | undefined;
    let pages = 0;
    do {
      const got: Bulk = await askJson(jira, 'POST', '/rest/api/3/changelog/bulkfetch', {
        issueIdsOrKeys: names,
        maxResults: 700,
        nextPageToken,
      });
      const page = got.issueChangeLogs
        .flatMap(({ changeHistories }) => changeHistories.map(({ created }) => created))
        .sort((a, b) => a - b);
      instants.push(...page);
      for (const { issueId, changeHistories } of got.issueChangeLogs) {
        found.set(issueId, [...(found.get(issueId) ?? []), ...changeHistories.map(({ id }) => id)]);
      }
      nextPageToken = got.nextPageToken;
      pages++;
    } while (nextPageToken !== undefined);
    expect(pages).toBeGreaterThan(2);
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
    for (const { value } of issues.slice(0, 150)) {
      expect(found.get(value.id)).toHaveLength(value.changelog.total);
      const newest = value.changelog.histories.map(({ id }) => id);
      expect(found.get(value.id)!.reverse().slice(0, newest.length)).toEqual(newest);
    }
  });

  it('of one issue are paged and have timestamps', async () => {
    const { value } = issues.find(({ value }) => value.changelog.total > 50)!;
    const { total } = value.changelog;
    const path = `/rest/api/3/issue/${value.key}/changelog?maxResults=30&startAt=${total - 31}`;
    const page = await askJson<{ values: object[]; isLast: boolean; total: number }>(jira, 'GET', path);
    expect([page.values.length, page.isLast, page.total]).toEqual([30, false, total]);
    expect(page.values.reverse()).toEqual(value.changelog.histories.slice(1, 31));
  });

  it('grow with edits and moves, not with comments', async () => {
    const site = await startJira({ issues: 30 });
    const total = async () =>
      (await search(site, { jql: 'id = 10001', fields: ['*all'], expand: 'changelog' })).issues[0]!;
    const before = await total();
    site.control.touch({ issues: [10_001], kind: 'edit' });
    site.control.touch({ issues: [10_001], kind: 'comment' });
    site.control.move({ issues: [10_001], to: before.fields.project.key === 'PAY' ? 'ENG' : 'DATA' });
    const after = await total();
    expect(after.changelog.total).toBe(before.changelog.total + 2);
    expect(after.fields.comment.total).toBe(before.fields.comment.total + 1);
    const [move] = after.changelog.histories;
    expect(move).toHaveProperty('items.0.fromString', before.key);
    expect(move).toHaveProperty('items.0.toString', after.key);
    expect(move).toHaveProperty('items.1.field', 'project');
    await site.close();
  });

  it('and bulk fetches refuse too many issues', async () => {
    const names = (count: number) => ({
      issueIdsOrKeys: Array.from({ length: count }, (_, i) => String(10_001 + i)),
    });
    expect((await ask(jira, 'POST', '/rest/api/3/changelog/bulkfetch', names(1001))).status).toBe(400);
    expect((await ask(jira, 'POST', '/rest/api/3/issue/bulkfetch', names(101))).status).toBe(400);
    const bulk = await askJson<{ issues: { id: string; fields: object }[]; issueErrors: object[] }>(
      jira,
      'POST',
      '/rest/api/3/issue/bulkfetch',
      { issueIdsOrKeys: ['10003', 'NOPE-1', '10001', '99999999'] },
    );
    expect(bulk.issues.map(({ id }) => id)).toEqual(['10001', '10003']);
    expect(bulk.issueErrors).toHaveLength(2);
    expect(bulk.issues[0]!.fields).not.toHaveProperty('comment');
  });
});

describe('pretty-printed answers', () => {
  it.each([
    ['lf', '\n'],
    ['crlf', '\r\n'],
  ] as const)('%s: same values, white space between tokens only', async (pretty, lineEnd) => {
    const site = await startJira({ issues: 40, pretty, clock: () => NOW, seed: 1 });
    const { body } = await ask(site, 'POST', '/rest/api/3/search/jql', {
      jql: 'id > 0 ORDER BY id ASC',
      fields: ['*all'],
      maxResults: 100,
    });
    const lines = body.toString().split(lineEnd);
    expect(lines.slice(0, 3)).toEqual(['{', '  "issues": [', '    {']);
    expect(lines.length).toBeGreaterThan(5000);
    for (const { id } of site.ids()) {
      const own = (await ask(site, 'GET', `/_sandbox/issue/${id}`)).body;
      expect(body.includes(own)).toBe(true);
      expect(own.length).toBeGreaterThan(site.issueBytes(id).length);
      expect((await ask(site, 'GET', `/_sandbox/issue/${id}?compact=1`)).body).toEqual(site.issueBytes(id));
      expect(JSON.parse(own.toString())).toEqual(JSON.parse(site.issueBytes(id).toString()));
    }
    await site.close();
  });
});
