import { describe, expect, it } from 'vitest';
import { config } from '../config.ts';
import { selectedBy } from './selected.ts';

const selected = (jobs: readonly string[], excluded_jobs: readonly string[] = []) =>
  selectedBy(
    config.parse({ base_url: 'http://ci', credentials: { auth_type: 'none' }, jobs, excluded_jobs }),
  );
const item = (fullName: string, partOf?: string) => ({ fullName, partOf });

describe('the selected jobs', () => {
  it('are all without patterns', () => {
    expect(selected([]).has(item('a/b'))).toBe(true);
    expect(selected([]).roots).toEqual([{ fullName: '', path: '', above: undefined }]);
  });

  it.each([
    [['team/*'], ['team/a'], ['team/a/b', 'other', 'team']],
    [['team/**'], ['team/a', 'team/a/b'], ['other', 'teams/a']],
    [['**/main'], ['main', 'a/main', 'a/b/main'], ['a/mainly']],
    [['a b/x+y (1)'], ['a b/x+y (1)'], ['a b/xxy (1)']],
  ])('%j', (patterns, has, hasNot) => {
    const { has: test } = selected(patterns);
    for (const name of has) expect([name, test(item(name))]).toEqual([name, true]);
    for (const name of hasNot) expect([name, test(item(name))]).toEqual([name, false]);
  });

  it('take configurations and modules with their job, and lose what an excluded folder holds', () => {
    const { has } = selected(['team/*'], ['team/old']);
    expect(has(item('team/m/os=linux', 'team/m'))).toBe(true);
    expect(has(item('team/old'))).toBe(false);
    expect(has(item('team/old/os=linux', 'team/old'))).toBe(false);
  });

  it('are looked for from the folders that the patterns name', () => {
    const roots = (patterns: readonly string[]) => selected(patterns).roots.map(({ path }) => path);
    expect(roots(['team a/api/*'])).toEqual(['/job/team%20a/job/api']);
    expect(roots(['x/one', 'x/two', 'x/y/*'])).toEqual(['/job/x']);
    expect(roots(['a/*', '**/main'])).toEqual(['']);
    expect(roots(['only'])).toEqual(['']);
  });

  it.each([
    [['team/*/x'], 'team/a', true],
    [['team/*/x'], 'other/a', false],
    [['team/*'], 'team/a', false],
    [['team/**/x'], 'team/a/b/c', true],
    [['te*/**'], 'team', true],
  ])('%j may hold something in %s: %s', (patterns, fullName, may) => {
    expect(selected(patterns).mayHold({ fullName })).toBe(may);
  });

  it('know which patterns matched nothing', () => {
    const choice = selected(['a', 'b'], ['c', 'a/*']);
    for (const name of ['a', 'a/x', 'd']) choice.has(item(name));
    expect(choice.unmatched().map(({ place }) => place)).toEqual(['jobs[1]', 'excluded_jobs[0]']);
  });
});
