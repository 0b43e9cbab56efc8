import { runInProcess } from '@headrace/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import jiraSource from '../../src/source.ts';
import type { Rule } from './proxy.ts';
import { boardsWithoutLocation, flaky, german, listedAndGone, refuses } from './rules.ts';
import { ending, failures, rowsOf, said, statesOf, type Through, through } from './through.ts';

/**
 * Refusals that mean that there is nothing, in every language and wording that is known, and those that mean
 * something else. The right answer is the one of a site that says everything in the words of Jira Cloud.
 */
describe('Cloud', () => {
  let site: Through;
  beforeAll(async () => {
    site = await through({ issues: 60, projects: 4 });
  });
  afterAll(() => site.close());

  const LISTS = ['boards', 'sprints', 'board_issues', 'sprint_issues'];

  it('passes over the same boards whatever language the account speaks', async () => {
    const english = await site.read(undefined, LISTS);
    expect(english.code).toBe(0);
    for (const isForced of [true, false]) {
      const inGerman = german(isForced);
      const run = await site.read(async (asked, next) => {
        const answer = await inGerman(asked, next);
        // English is asked for on a second look alone: records would change their language.
        if (asked.headers['x-force-accept-language']) expect(answer!.status).toBeGreaterThanOrEqual(400);
        return answer;
      }, LISTS);
      expect(ending(run, LISTS)).toEqual(ending(english, LISTS));
      expect(said(run, 'INFO').sort()).toEqual(said(english, 'INFO').sort());
    }
  });

  it('passes over links that are switched off in another language', async () => {
    site.jira.control.issueLinking({ enabled: false });
    const run = await site.read(german(false), ['issue_link_types']);
    site.jira.control.issueLinking({ enabled: true });
    expect(ending(run, ['issue_link_types'])).toEqual(['exit 0', 'issue_link_types 0 COMPLETE']);
    expect(said(run, 'INFO').join()).toContain('issue linking is disabled');
  });

  it.each([
    [404, 'Board does not exist or you do not have permission to see it.'],
    [422, 'This board has no columns with a mapped status.'],
  ])('passes over a board that answers %i to its sprints: %s', async (status, words) => {
    const run = await site.read(refuses(/\/board\/1\/sprint$/, status, words), ['sprints', 'sprint_issues']);
    expect(run.code).toBe(0);
    expect(rowsOf(run, 'sprints').map(({ boardId }) => boardId)).not.toContain(1);
    expect(new Set(rowsOf(run, 'sprint_issues').map(({ sprintId }) => sprintId))).toEqual(new Set([8, 10]));
  });

  it('a board that fails is one board', async () => {
    const rule = refuses(/\/board\/1\/sprint$/, 500, 'Internal server error');
    const run = await site.read(rule, ['sprints', 'sprint_issues', 'boards']);
    expect(run.code).toBe(1);
    expect(ending(run, ['boards'])).toContain('boards 8 COMPLETE');
    expect(rowsOf(run, 'sprints').length).toBeGreaterThan(0);
    expect(new Set(rowsOf(run, 'sprint_issues').map(({ sprintId }) => sprintId))).toEqual(new Set([8, 10]));
    expect(failures(run).sort()).toEqual([
      expect.stringMatching(/^sprint_issues: .*board.*1/),
      expect.stringMatching(/^sprints: .*1/),
    ]);
  });

  it.each([
    [403, 'You do not have permission to view boards.'],
    [500, 'Internal server error'],
  ])(
    'boards that cannot be listed (%i) stop what stands on them, and nothing else',
    async (status, words) => {
      const run = await site.read(refuses(/\/board$/, status, words), [...LISTS, 'projects', 'issues']);
      expect(ending(run, [...LISTS, 'projects', 'issues'])).toEqual([
        'exit 1',
        ...LISTS.map((name) => `${name} 0 INCOMPLETE`),
        'projects 4 COMPLETE',
        'issues 60 COMPLETE',
      ]);
    },
  );

  it('reads boards that name no project, whatever projects are configured', async () => {
    const config = { projects: ['ENG'] };
    const run = await site.read(boardsWithoutLocation, ['boards', 'sprints'], { config });
    expect(ending(run, ['boards'])).toEqual(['exit 0', 'boards 8 COMPLETE']);
    expect(new Set(rowsOf(run, 'sprints').map(({ boardId }) => boardId)).size).toBeGreaterThan(3);
  });

  it.each([400, 403, 500])(
    'a question for permissions that ends in %i is the matter of who needs it',
    async (status) => {
      const rule = refuses(/mypermissions$/, status, 'Forbidden');
      const streams = ['issues', 'statuses', 'workflows', 'projects'];
      const named = await site.read(rule, streams);
      expect(ending(named, streams)).toEqual([
        'exit 1',
        'issues 60 COMPLETE',
        'statuses 0 INCOMPLETE',
        'workflows 0 INCOMPLETE',
        'projects 4 COMPLETE',
      ]);
      const all = await runInProcess(jiraSource, 'read', site.config());
      expect(ending(all, streams)).toEqual(ending(named, streams));
      const discovered = await runInProcess(jiraSource, 'discover', site.config());
      expect(discovered.code).toBe(0);
      expect(discovered.messages.at(-1)).toMatchObject({
        catalog: { streams: expect.arrayContaining([expect.objectContaining({ name: 'statuses' })]) },
      });
      expect(said(discovered, 'WARN').join()).toContain('statuses may lack a permission');
    },
  );

  it('an answer that says nothing of a permission is no answer', async () => {
    for (const text of ['null', '{}', '{"permissions":null}']) {
      const rule: Rule = ({ path }) => (path.endsWith('mypermissions') ? { status: 200, text } : undefined);
      const run = await site.read(rule, ['statuses', 'projects']);
      expect(ending(run, ['statuses', 'projects'])).toEqual([
        'exit 1',
        'statuses 0 INCOMPLETE',
        'projects 4 COMPLETE',
      ]);
    }
  });

  it.each(['Only Jira administrators can access this resource.', 'Nur Jira-Administratoren haben Zugriff.'])(
    'fields are those that the account may see: %s',
    async (words) => {
      const whole = await site.read(undefined, ['fields']);
      site.jira.control.denyPermissions({ permissions: ['ADMINISTER'] });
      const run = await site.read(refuses(/\/field\/search$/, 403, words), ['fields']);
      site.jira.control.denyPermissions({ permissions: [] });
      expect(run.code).toBe(0);
      expect(rowsOf(run, 'fields').length).toBeLessThan(rowsOf(whole, 'fields').length);
      expect(rowsOf(run, 'fields').length).toBeGreaterThan(30);
      expect(said(run, 'INFO').join()).toContain('only administrators may search');
    },
  );

  it.each([403, 404])('a stray %i loses nothing: the next run brings what is missing', async (status) => {
    const streams = ['issues', 'issue_changelogs'];
    const whole = await site.read(undefined, streams);
    const cut = await site.read(flaky(status, { nth: 3 }), streams);
    // A 403 is asked once more; a 404 is what Jira says.
    expect(cut.code).toBe(status === 403 ? 0 : 1);
    const rest = await site.read(undefined, streams, { states: statesOf(cut) });
    expect(rest.code).toBe(0);
    for (const stream of streams) {
      const ids = [cut, rest].flatMap((run) => rowsOf(run, stream).map(({ id }) => id));
      expect(new Set(ids).size).toBe(rowsOf(whole, stream).length);
    }
  });
});

describe('Data Center', () => {
  let site: Through;
  beforeAll(async () => {
    site = await through({ deployment: 'data-center', issues: 60, projects: 2 });
  });
  afterAll(() => site.close());

  const WORDS = [
    [404, 'Issue Does Not Exist'],
    [404, 'Der Vorgang existiert nicht.'],
    [403, 'You do not have the permission to see the specified issue.'],
  ] as const;

  it.each(WORDS)(
    'an issue that the index lists is gone if it says so itself: %i %s',
    async (status, words) => {
      const run = await site.read(listedAndGone(status, words), ['issues']);
      expect(ending(run, ['issues'])).toEqual(['exit 0', 'issues 59 COMPLETE']);
      expect(said(run, 'INFO').filter((line) => line.includes('skipped'))).toEqual([
        'issues: skipped issues that disappeared while their entries were read (1)',
      ]);
    },
  );

  it.each(WORDS)('issues that are gone leave their worklogs out: %i %s', async (status, words) => {
    const streams = ['worklogs', 'issues'];
    const rule = refuses(/\/issue\/\d+$/, status, words);
    const run = await site.read(rule, streams, { config: { projects: ['ENG'] } });
    expect(run.code).toBe(0);
    expect(rowsOf(run, 'worklogs')).toEqual([]);
    expect(said(run, 'INFO').join()).toContain('disappeared while their entries were read');
  });
});
