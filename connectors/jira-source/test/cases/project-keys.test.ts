import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ending, failures, rowsOf, said, statesOf, type Through, through } from './through.ts';

/** What `projects` and `excluded_projects` may hold, and what becomes of keys that are not there (any more). */
describe.each(['cloud', 'data-center'] as const)('%s', (deployment) => {
  let site: Through;
  beforeAll(async () => {
    site = await through({ deployment, issues: 60, projects: 4 });
  });
  afterAll(() => site.close());

  const read = (config: object, more: Parameters<Through['read']>[2] = {}, streams = ['issues']) =>
    site.read(undefined, streams, { config, ...more });
  const keysOf = (run: Awaited<ReturnType<Through['read']>>) =>
    [...new Set(rowsOf(run, 'issues').map(({ projectKey }) => projectKey))].sort();
  const ALL = ['exit 0', 'issues 60 COMPLETE'];

  it.each([
    { projects: [] },
    { projects: null },
    { projects: '' },
    { projects: [], excluded_projects: [], start_date: '', fields: null },
  ])('%j means every project', async (config) => {
    expect(ending(await read(config), ['issues'])).toEqual(ALL);
  });

  it('an empty list means every project to what is read site-wide too', async () => {
    const streams = deployment === 'cloud' ? ['worklogs', 'boards', 'sprints'] : ['worklogs'];
    const whole = await read({}, {}, streams);
    expect(ending(await read({ projects: [] }, {}, streams), streams)).toEqual(ending(whole, streams));
  });

  it('keys are trimmed, and found however they are written', async () => {
    expect(keysOf(await read({ projects: [' ENG ', 'ops'] }))).toEqual(['ENG', 'OPS']);
    expect(keysOf(await read({ excluded_projects: ['eng', ' Ops'] }))).toEqual(['MOB', 'WEB']);
  });

  it.each(['projects', 'excluded_projects'])(
    '%s with a key that nobody knows is a mistake',
    async (option) => {
      const run = await read({ [option]: ['ENG', 'OPSS'] });
      expect(ending(run, ['issues'])).toEqual(['exit 1', 'issues 0 INCOMPLETE']);
      expect(failures(run)).toEqual([expect.stringMatching(/OPSS.*did you mean OPS\?/)]);
      const checked = await site.check(undefined, { [option]: ['ENG', 'OPSS'] });
      expect(checked.messages.at(-1)).toMatchObject({
        connectionStatus: { status: 'FAILED', message: expect.stringContaining(`config.${option}[1]`) },
      });
      const empty = await read({ [option]: ['ENG', ' '] });
      expect([empty.code, empty.records.length]).toEqual([1, 0]);
    },
  );

  it('a project that was there and is gone fails alone, or is told if it was left out', async () => {
    const included = { projects: ['ENG', 'OPS'] };
    const excluded = { excluded_projects: ['OPS'] };
    const first = await read(included);
    const second = await read(excluded);
    site.jira.control.revokeProject({ project: 'OPS' });
    try {
      site.jira.control.touch({ count: 2, project: 'ENG' });
      const run = await read(included, { states: statesOf(first) });
      expect(ending(run, ['issues'])).toEqual(['exit 1', 'issues 2 INCOMPLETE']);
      expect(failures(run)).toEqual([expect.stringMatching(/issues \(project OPS\).*deleted/)]);
      // A state of before keys were kept knows ids alone.
      const old = statesOf(first).map((state) => {
        const { names: _, ...saved } = state.stream!.stream_state!;
        return { ...state, stream: { ...state.stream!, stream_state: saved } };
      });
      expect(failures(await read(included, { states: old }))).toEqual([
        expect.stringMatching(/issues \(project OPS\).*deleted/),
      ]);
      const without = await read(excluded, { states: statesOf(second) });
      expect(without.code).toBe(0);
      expect(said(without, 'WARN')).toEqual([
        expect.stringMatching(/excluded_projects: the project OPS was deleted/),
      ]);
      expect((await read({ projects: ['ENG', 'OPPS'] }, { states: statesOf(first) })).code).toBe(1);
    } finally {
      site.jira.control.restoreProject({ project: 'OPS' });
    }
    const back = await read(included, { states: statesOf(first) });
    expect(ending(back, ['issues'])).toEqual(['exit 0', expect.stringMatching(/^issues \d COMPLETE$/)]);
  });

  it('a project that was renamed is found under the key that it had', async () => {
    const config = { projects: ['WEB'] };
    const before = await read(config);
    site.jira.control.renameProject({ project: 'WEB', to: 'SHOP' });
    const fresh = await read(config);
    expect(keysOf(fresh)).toEqual(['SHOP']);
    expect(rowsOf(fresh, 'issues')).toHaveLength(rowsOf(before, 'issues').length);
    const next = await read(config, { states: statesOf(before) });
    expect(next.code).toBe(0);
    const without = await read({ excluded_projects: ['WEB'] });
    expect(keysOf(without)).toEqual(['ENG', 'MOB', 'OPS']);
  });
});
