import type { InProcess } from '@headrace/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capped, endedEarly, userWindow } from './rules.ts';
import { ending, failures, rowsOf, said, statesOf, type Through, through } from './through.ts';

/** Pages and lists that are shorter than they seem. The right answer is that of a vendor who shows everything. */
describe('Cloud', () => {
  const STREAMS = [
    'issues',
    'comments',
    'worklogs',
    'projects',
    'project_versions',
    'project_components',
    'boards',
    'sprints',
    'board_issues',
    'sprint_issues',
    'users',
    'fields',
    'statuses',
    'labels',
    'workflows',
  ];
  let site: Through;
  let whole: InProcess;
  beforeAll(async () => {
    site = await through({ issues: 120, projects: 3, closedSprints: 60 });
    whole = await site.read(undefined, STREAMS, { config: { users: 'all' } });
    expect(failures(whole)).toEqual([]);
  });
  afterAll(() => site.close());

  it('pages that hold fewer rows than were asked for lose nothing', async () => {
    const run = await site.read(capped(9), STREAMS, { config: { users: 'all' } });
    expect(ending(run, STREAMS)).toEqual(ending(whole, STREAMS));
  });

  it('issues that neither the search nor the list of ids brings are missed by the count', async () => {
    const config = { projects: ['ENG'] };
    const cut = await site.read(endedEarly(10), ['issues'], { config });
    expect(cut.code).toBe(1);
    expect(failures(cut).join()).toMatch(/\d+ are counted/);
    const rest = await site.read(undefined, ['issues'], { config, states: statesOf(cut) });
    expect(rest.code).toBe(0);
    const ids = [cut, rest].flatMap((run) => rowsOf(run, 'issues').map(({ id }) => id));
    expect(new Set(ids).size).toBe(site.jira.ids().filter(({ project }) => project === 'ENG').length);
  });
});

describe('Data Center', () => {
  it('reads pages that hold fewer rows than were asked for', async () => {
    const site = await through({ deployment: 'data-center', issues: 100, projects: 1 });
    const run = await site.read(capped(20), ['issues', 'users', 'comments']);
    expect(ending(run, ['issues', 'users'])).toEqual(['exit 0', 'issues 100 COMPLETE', 'users 40 COMPLETE']);
    await site.close();
  });

  it('lists its users if it can, and else searches them by what their names begin with', async () => {
    const options = { deployment: 'data-center', issues: 1, projects: 1, users: 230 } as const;
    const [listed, searched] = [await through(options), await through({ ...options, userList: false })];
    const whole = ['exit 0', 'users 230 COMPLETE'];
    expect(ending(await listed.read(userWindow(100), ['users']), ['users'])).toEqual(whole);
    expect(ending(await listed.read(capped(20), ['users']), ['users'])).toEqual(whole);
    const run = await searched.read(userWindow(100), ['users']);
    expect(ending(run, ['users'])).toEqual(whole);
    expect(new Set(rowsOf(run, 'users').map(({ key }) => key)).size).toBe(230);
    expect(searched.proxy.asked.length).toBeLessThan(450);
    await Promise.all([listed.close(), searched.close()]);
  });

  it('says so if a user search that may be cut cannot be split, and believes it the second time', async () => {
    const site = await through({ deployment: 'data-center', issues: 1, users: 150, userList: false });
    // Whatever is searched for, the same hundred are shown.
    const window = userWindow(100);
    const stuck: typeof window = (asked, next) => {
      if (asked.path.endsWith('/user/search')) asked.query.set('username', '.');
      return window(asked, next);
    };
    const first = await site.read(stuck, ['users']);
    expect(ending(first, ['users'])).toEqual(['exit 1', 'users 100 INCOMPLETE']);
    const second = await site.read(stuck, ['users'], { states: statesOf(first) });
    expect(second.code).toBe(0);
    expect(said(second, 'WARN').join()).toContain('/user/search');
    await site.close();
  });
});
