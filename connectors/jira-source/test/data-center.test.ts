import { type JiraOptions, type JiraSandbox, startJira } from '@headrace/sandbox';
import { testContext } from '@headrace/sdk/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { jiraApi } from '../src/api.ts';
import { config as schema } from '../src/config.ts';
import { ON_DATA_CENTER } from '../src/site/data-center.ts';

import jiraSource, { streams } from '../src/source.ts';

import {
  cleanUp,
  configFor,
  data,
  errors,
  file,
  outcome,
  run,
  start,
  states,
  statuses,
  vendors,
} from './run.ts';

let jira: JiraSandbox;

async function sandbox(options: JiraOptions = {}): Promise<void> {
  jira = await startJira({ deployment: 'data-center', issues: 300, projects: 2, seed: 7, ...options });
}

afterEach(async () => {
  cleanUp();
  await jira?.close();
});

const config = (more: object = {}, token = jira.personalAccessToken): string =>
  file(configFor(jira, { credentials: { auth_type: 'personal_access_token', token }, ...more }));
/** What a read without a catalog brings. */
const STREAMS = streams.map(({ name }) => name).filter((name) => ON_DATA_CENTER.has(name));

describe('jira-source on Data Center', () => {
  it('reads what is there, with the bytes that Jira sent, and then what changed', async () => {
    await sandbox();
    const first = await run(['read', '--config', config()]);
    expect(first.code).toBe(0);
    for (const stream of STREAMS) expect(statuses(first, stream).at(-1)).toBe('COMPLETE');
    expect([...first.records.keys()].sort()).toEqual([...STREAMS].sort());
    const issues = first.records.get('issues')!;
    expect(new Set(issues.map((line) => data(line).id)).size).toBe(300);
    expect(issues).toHaveLength(300);
    // Changelogs come with the issues there.
    for (const line of issues)
      expect(vendors(line).equals(jira.issueBytes(data(line).id, 'changelog'))).toBe(true);
    expect(first.records.get('projects')).toHaveLength(2);
    const users = first.records.get('users')!.map(data);
    expect(users).toHaveLength(40);
    for (const { accountId, key } of users) expect(accountId).toBe(key);
    expect(users.some(({ active }) => active === false)).toBe(true);
    expect(Object.keys(jira.stats().routes).every((route) => route.includes('/rest/api/2/'))).toBe(true);

    const touched = new Set(jira.control.touch({ count: 7 }).map(({ id }) => id));
    const saved = file(states(first, 'issues').map(({ state }) => ({ type: 'STREAM', ...state })));
    const next = await run(['read', '--config', config(), '--state', saved, '--streams', 'issues']);
    expect(new Set(next.records.get('issues')?.map((line) => data(line).id))).toEqual(touched);
  });

  it('misses nothing where issues change while the list is read', async () => {
    await sandbox({ issues: 900, projects: 1 });
    jira.control.hold({ route: 'GET /rest/api/2/search', containing: 'startAt=95', after: 0 });
    const child = start(['read', '--config', config({ concurrency: 1 }), '--streams', 'issues']);
    const done = outcome(child);
    await expect.poll(() => jira.stats().held, { timeout: 10_000 }).toBeGreaterThan(0);
    // Far more than a page overlaps goes from before the place that the source has come to.
    const oldest = [...jira.ids()].sort((a, b) => a.updated - b.updated).slice(0, 60);
    jira.control.touch({ issues: oldest.map(({ id }) => id) });
    jira.control.release();
    const { code, records } = await done;
    expect(code).toBe(0);
    const landed = new Map(records.get('issues')!.map((line) => [data(line).id, vendors(line)]));
    expect(landed.size).toBe(900);
    for (const [id, bytes] of landed) expect(bytes.equals(jira.issueBytes(id))).toBe(true);
  });

  it('refuses a stream that it has not, and says which it has', async () => {
    await sandbox({ issues: 3 });
    const refused = await run(['read', '--config', config(), '--streams', 'issues,sprints']);
    expect([refused.code, refused.records.size]).toEqual([1, 0]);
    expect(errors(refused)[0]).toMatchObject({
      failure_type: 'config_error',
      message: expect.stringMatching(/no stream sprints/),
    });
    for (const stream of STREAMS) expect(errors(refused)[0]!.message).toContain(stream);
  });

  it('says what to do about a wrong token, project or address', async () => {
    await sandbox({ issues: 3 });
    const context = testContext();
    const check = async (token: string, more: object = {}) => {
      const credentials = { auth_type: 'personal_access_token', token };
      const api = await jiraApi(schema.parse(configFor(jira, { credentials, ...more })), context);
      await jiraSource.check(api);
    };
    await check(jira.personalAccessToken);
    jira.control.projectStatus({ project: 'OPS', status: 'archived' });
    // Search finds nothing in an archived project, and may not even know it.
    await expect(check(jira.personalAccessToken, { projects: ['OPS'] })).rejects.toMatchObject({
      code: 'config.unknown_name',
    });
    await expect(check(jira.personalAccessToken, { projects: ['NOPE'] })).rejects.toMatchObject({
      message: expect.stringContaining('NOPE'),
    });
    await expect(check('a-wrong-token-123')).rejects.toMatchObject({
      code: 'jira.unauthorized',
      hint: expect.stringContaining('credentials.token'),
    });
    const base_url = `${jira.url}/elsewhere`;
    await expect(check(jira.personalAccessToken, { base_url })).rejects.toMatchObject({
      code: 'jira.not_found',
      hint: expect.stringContaining('base_url'),
    });
    await context.close();
  });
});
