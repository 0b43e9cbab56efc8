import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JiraSandbox, startJira } from './sandbox.ts';
import { ask, askJson, chain, search } from './testing/client.ts';

const NOW = Date.UTC(2026, 10, 20, 12, 34, 56, 789);
let jira: JiraSandbox;

beforeAll(async () => {
  jira = await startJira({ issues: 1500, seed: 3, clock: () => NOW });
});
afterAll(() => jira.close());

const byUpdated = (project: string) => `project = ${project} ORDER BY updated ASC`;

describe('paging', () => {
  it('reads every issue of a project once, ordered by updated, even with ties across pages', async () => {
    const at = jira.control.bulkTouch({ project: 'ENG', count: 250 })[0]!.updated;
    expect(at).toBe(NOW);
    const found = await chain(jira, { jql: byUpdated('ENG'), fields: ['updated'], maxResults: 40 });
    const expected = jira.ids().filter(({ project }) => project === 'ENG');
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(expected.map(({ id }) => id)));
    expect(found).toHaveLength(expected.length);
    const instants = found.map(({ fields }) => Date.parse(fields.updated));
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
    expect(instants.filter((instant) => instant === NOW)).toHaveLength(250);
  });

  it.each([
    ['updated DESC', (issue: { id: string; at: number }) => -issue.at],
    ['created ASC', (issue: { id: string }) => Number(issue.id)],
    ['id DESC', (issue: { id: string }) => -Number(issue.id)],
    ['updated ASC, key DESC', (issue: { at: number }) => issue.at],
  ])('ORDER BY %s', async (order, rank) => {
    const found = await chain(jira, {
      jql: `project in (OPS, WEB) ORDER BY ${order}`,
      fields: ['updated'],
      maxResults: 70,
    });
    const ranks = found.map(({ id, fields }) => rank({ id, at: Date.parse(fields.updated) }));
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(new Set(found.map(({ id }) => id)).size).toBe(
      jira.ids().filter(({ project }) => project === 'OPS' || project === 'WEB').length,
    );
  });

  it('sends 50 by default, at most 100 with fields or 5,000 ids, and refuses 0 and 5,001', async () => {
    const jql = 'id >= 0 ORDER BY id ASC';
    expect((await search(jira, { jql })).issues).toHaveLength(50);
    expect((await search(jira, { jql, fields: ['summary'], maxResults: 5000 })).issues).toHaveLength(100);
    expect((await search(jira, { jql, fields: ['key'], maxResults: 5000 })).issues).toHaveLength(1500);
    for (const maxResults of [0, 5001])
      expect((await ask(jira, 'POST', '/rest/api/3/search/jql', { jql, maxResults })).status).toBe(400);
  });

  it('sends only ids if no fields are requested, and answers GET like POST', async () => {
    const { body } = await ask(jira, 'POST', '/rest/api/3/search/jql', {
      jql: 'id in (10001, 10002) ORDER BY id ASC',
    });
    expect(body.toString()).toBe('{"issues":[{"id":"10001"},{"id":"10002"}],"isLast":true}');
    const jql = encodeURIComponent('id in (10001, 10002) ORDER BY id ASC');
    expect((await ask(jira, 'GET', `/rest/api/3/search/jql?jql=${jql}`)).body).toEqual(body);
  });

  it('counts matches', async () => {
    const { count } = await askJson<{ count: number }>(jira, 'POST', '/rest/api/3/search/approximate-count', {
      jql: 'project not in (ENG)',
    });
    expect(count).toBe(jira.ids().filter(({ project }) => project !== 'ENG').length);
  });
});

describe('refuses with a 400', () => {
  const refused = async (body: object) => {
    const { status, body: bytes } = await ask(jira, 'POST', '/rest/api/3/search/jql', body);
    return { status, said: (JSON.parse(bytes.toString()) as { errorMessages: string[] }).errorMessages[0] };
  };
  it.each(['', 'ORDER BY updated ASC'])('the unbounded query "%s"', async (jql) => {
    expect(await refused({ jql })).toMatchObject({
      status: 400,
      said: expect.stringContaining('Unbounded JQL queries are not allowed here'),
    });
  });
  it.each([
    ['project = NOPE', "The value 'NOPE' does not exist for the field 'project'."],
    ['colour = red', "Field 'colour' does not exist"],
    ['project = ENG ORDER BY colour', "Field 'colour' does not exist"],
    ['project = ENG AND', 'Expecting a field name'],
    ['(project = ENG', "Expecting ')'"],
    ['updated >= "2026-11-01 10:00:30"', 'Date value'],
    ['updated = 5', "The operator '=' is not supported"],
    [`project = ENG ORDER BY ${Array(8).fill('id').join()}`, 'maximum number of order by fields'],
  ])('%s', async (jql, said) => {
    expect(await refused({ jql })).toEqual({ status: 400, said: expect.stringContaining(said) });
  });
  it.each([
    'abc',
    '!!',
    Buffer.from('[1,2,3]').toString('base64url'),
    Buffer.from('5').toString('base64url'),
  ])('the token %s', async (nextPageToken) => {
    expect(await refused({ jql: byUpdated('ENG'), nextPageToken })).toMatchObject({
      status: 400,
      said: expect.stringContaining('token'),
    });
  });
  it('a token of another query, and one older than seven days', async () => {
    const { nextPageToken } = await search(jira, { jql: byUpdated('ENG'), maxResults: 5 });
    expect(nextPageToken).toBeDefined();
    expect(await refused({ jql: byUpdated('OPS'), nextPageToken })).toMatchObject({ status: 400 });
    const other = await startJira({ issues: 50, clock: () => NOW });
    const old = (await search(other, { jql: 'id > 0', maxResults: 5 })).nextPageToken;
    other.control.advanceClock({ ms: 7 * 86_400_000 });
    expect(
      (await ask(other, 'POST', '/rest/api/3/search/jql', { jql: 'id > 0', nextPageToken: old })).status,
    ).toBe(400);
    await other.close();
  });
  it('a body that is not a JSON object', async () => {
    expect(await refused([])).toMatchObject({ status: 400 });
  });
});

describe('JQL dates', () => {
  it('have minute precision, also as epoch milliseconds', async () => {
    const site = await startJira({ issues: 1, clock: () => NOW });
    site.control.touch({ issues: [10_001] });
    const found = async (jql: string) => (await search(site, { jql })).issues.length;
    expect(await found(`updated >= ${NOW + 3000}`)).toBe(1);
    expect(await found(`updated > ${NOW}`)).toBe(1);
    expect(await found(`updated <= ${NOW}`)).toBe(0);
    expect(await found(`updated >= ${NOW + 60_000}`)).toBe(0);
    expect(await found('updated >= -1m AND created < -1m')).toBe(1);
    await site.close();
  });

  it.each([
    ['Asia/Shanghai', '2026-11-20T20:34:56.789+0800', '2026-11-20 20:34', '2026/11/20 20:35'],
    ['Europe/Berlin', '2026-11-20T13:34:56.789+0100', '2026-11-20 13:34', '2026/11/20 13:35'],
    ['America/St_Johns', '2026-11-20T09:04:56.789-0330', '2026-11-20 09:04', '2026/11/20 09:05'],
  ])('and timestamps are in the zone of the token’s owner: %s', async (timeZone, written, within, after) => {
    const site = await startJira({ issues: 1, clock: () => NOW, timeZone });
    site.control.touch({ issues: [10_001] });
    const { issues } = await search(site, { jql: `updated >= '${within}'`, fields: ['updated'] });
    expect(issues.map(({ fields }) => fields.updated)).toEqual([written]);
    expect((await search(site, { jql: `updated >= "${after}"` })).issues).toEqual([]);
    await site.close();
  });
});

describe('fields', () => {
  it('keep their bytes when only some are selected', async () => {
    const whole = jira.issueBytes('10007').toString();
    const { body } = await ask(jira, 'POST', '/rest/api/3/search/jql', {
      jql: 'id = 10007',
      fields: ['*all', '-description', '-comment'],
    });
    const { fields } = JSON.parse(whole) as { fields: object };
    const got = (JSON.parse(body.toString()) as { issues: [{ fields: object }] }).issues[0].fields;
    expect(Object.keys(got)).toEqual(
      Object.keys(fields).filter((name) => name !== 'description' && name !== 'comment'),
    );
    const assignee = /"assignee":(null|\{.*?\}),"watches"/.exec(whole)![0];
    expect(body.toString()).toContain(assignee);
    const navigable = (await search(jira, { jql: 'id = 10007', fields: ['*navigable'] })).issues[0]!.fields;
    expect(Object.keys(navigable)).toEqual(
      Object.keys(fields).filter((name) => !['comment', 'worklog', 'attachment'].includes(name)),
    );
  });

  it('have the bytes of /_sandbox/issue, with and without expand', async () => {
    for (const expand of ['', 'changelog', 'renderedFields,changelog']) {
      const { body } = await ask(jira, 'POST', '/rest/api/3/search/jql', {
        jql: 'id = 10020',
        fields: ['*all'],
        expand,
      });
      const own = await ask(jira, 'GET', `/_sandbox/issue/10020?expand=${expand}`, undefined, {
        authorization: '',
      });
      expect(body.toString()).toBe(`{"issues":[${own.body.toString()}],"isLast":true}`);
    }
  });
});
