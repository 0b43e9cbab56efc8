import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { altered, type Rule } from './cases/proxy.ts';
import { ending, failures, rowsOf, said, statesOf, type Through, through } from './cases/through.ts';

/** Totals that say more than lists bring, of lists that streams go by. */
describe('a list that streams go by and that falls short of its total', () => {
  let site: Through;
  beforeAll(async () => {
    site = await through({ issues: 60, projects: 4 });
  });
  afterAll(() => site.close());

  /** The list of projects counts one more than it brings; `without` is left out of it. */
  const short = (without?: string): Rule => {
    return async ({ path, query }, next) => {
      if (!path.endsWith('/project/search') || query.has('id')) return undefined;
      return altered(await next(), (json) => {
        if (without === undefined) json.total++;
        json.values = json.values.filter(({ key }: { key: string }) => key !== without);
      });
    };
  };
  const STREAMS = ['issues', 'project_versions', 'issue_deletions'];

  it('lets what came be read: incomplete once, a warning in each run that finds the same', async () => {
    const whole = await site.read(undefined, STREAMS);
    const first = await site.read(short(), STREAMS);
    const counts = (lines: string[]) => lines.map((line) => line.replace(/ [A-Z]+$/, ''));
    expect(counts(ending(first, STREAMS)).slice(1)).toEqual(counts(ending(whole, STREAMS)).slice(1));
    const told = (stream: string) =>
      expect.stringMatching(`^${stream}: .*/project/search brought 4 of the 5`);
    expect(failures(first).sort()).toEqual([...STREAMS].sort().map(told));
    const second = await site.read(short(), STREAMS, { states: statesOf(first) });
    expect([second.code, failures(second)]).toEqual([0, []]);
    expect(said(second, 'WARN').filter((one) => one.includes('as it did in the last run'))).toHaveLength(3);
    expect((await site.check(short())).messages.at(-1)).toMatchObject({
      connectionStatus: { status: 'SUCCEEDED' },
    });
  });

  it('a project that it lacks is neither out of sight nor unknown', async () => {
    const first = await site.read(undefined, STREAMS);
    const second = await site.read(short('OPS'), STREAMS, { states: statesOf(first) });
    expect(rowsOf(second, 'issue_deletions')).toEqual([]);
    const named = await site.read(short('OPS'), ['issues'], { config: { projects: ['OPS'] } });
    expect(failures(named)).toEqual([expect.stringContaining('brought 3 of the 4 rows')]);
    expect(new Set(rowsOf(named, 'issues').map(({ projectKey }) => projectKey))).toEqual(new Set(['OPS']));
    const left = await site.read(short('OPS'), ['issues'], { config: { excluded_projects: ['OPS'] } });
    expect(rowsOf(left, 'issues').map(({ projectKey }) => projectKey)).not.toContain('OPS');
  });
});
