import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from './proxy.ts';
import { falselyLast, neverLast, poisoned, searchWindow, tooHeavy } from './rules.ts';
import { ending, failures, rowsOf, said, statesOf, type Through, through } from './through.ts';

/** How many different records of a stream came, and how many in all. */
const idsOf = (run: Awaited<ReturnType<Through['read']>>, stream: string): Array<number> => {
  const ids = rowsOf(run, stream).map(({ id, boardId }) => `${id} ${boardId}`);
  return [new Set(ids).size, ids.length];
};

describe('lists of Cloud', () => {
  let site: Through;
  let honest: Awaited<ReturnType<Through['read']>>;
  const LISTS = ['boards', 'sprints', 'projects', 'project_versions', 'labels'];
  beforeAll(async () => {
    site = await through({ issues: 120, projects: 4, closedSprints: 60 });
    honest = await site.read(undefined, LISTS);
  });
  afterAll(() => site.close());

  test.each<[string, Rule]>([
    ['boards', falselyLast(/\/board$/, 3)],
    ['sprints', falselyLast(/\/sprint$/, 7)],
    ['projects', falselyLast(/\/project\/search$/, 2)],
    ['project_versions', falselyLast(/\/version$/, 5)],
    ['labels', falselyLast(/\/label$/, 4)],
    ['sprints', neverLast(/\/sprint$/, 'told')],
    ['sprints', neverLast(/\/sprint$/, 'untold')],
    ['boards', neverLast(/\/board$/, 'untold')],
    ['labels', neverLast(/\/label$/, 'told')],
  ])('%s come whole whatever isLast says', async (stream, rule) => {
    const run = await site.read(rule, [stream]);
    expect(ending(run, [stream])).toEqual(ending(honest, [stream]));
    expect(idsOf(run, stream)).toEqual(idsOf(honest, stream));
  });

  test('issues come of every project, though its page calls itself the last', async () => {
    const run = await site.read(falselyLast(/\/project\/search$/, 2), ['issues']);
    expect(ending(run, ['issues'])).toEqual(['exit 0', 'issues 120 COMPLETE']);
  });

  /** A list counts two rows more than it has. */
  const counting =
    (paths: RegExp): Rule =>
    async ({ path }, next) => {
      const answer = await next();
      if (!paths.test(path)) return answer;
      const text = answer.text.replace(/"total":(\d+)/, (_, total) => `"total":${Number(total) + 2}`);
      return { ...answer, text };
    };

  test('a list that is shorter than its total is INCOMPLETE once, and a warning when it is so again', async () => {
    const rule = counting(/\/board$/);
    const first = await site.read(rule, ['boards']);
    const [, boards] = ending(honest, ['boards']);
    expect(ending(first, ['boards'])).toEqual(['exit 1', boards!.replace('COMPLETE', 'INCOMPLETE')]);
    // What came is not sent again: the copy is whole.
    const second = await site.read(rule, ['boards'], { states: statesOf(first) });
    expect(ending(second, ['boards'])).toEqual(['exit 0', 'boards 0 COMPLETE']);
    expect(said(second, 'WARN').join()).toContain('/rest/agile/1.0/board');
  });

  test('what belongs to projects comes, of those that came of a list that is short', async () => {
    const rule = counting(/\/project\/search$/);
    const streams = ['issues', 'project_versions', 'issue_deletions'];
    const first = await site.read(rule, streams);
    expect(ending(first, streams)).toEqual([
      'exit 1',
      'issues 120 INCOMPLETE',
      `project_versions ${rowsOf(honest, 'project_versions').length} INCOMPLETE`,
      'issue_deletions 0 INCOMPLETE',
    ]);
    const second = await site.read(rule, streams, { states: statesOf(first) });
    expect(ending(second, streams)).toEqual([
      'exit 0',
      'issues 0 COMPLETE',
      'project_versions 0 COMPLETE',
      'issue_deletions 0 COMPLETE',
    ]);
  });

  test('users that records refer to come, all of them, though Jira counts more', async () => {
    const run = await site.read(counting(/\/user\/bulk$/), ['issues', 'users']);
    const all = await site.read(undefined, ['issues', 'users']);
    expect(run.code).toBe(1);
    expect(rowsOf(run, 'users')).toEqual(rowsOf(all, 'users'));
  });

  test('searches come whole though each page calls itself the last', async () => {
    const run = await site.read(falselyLast(/\/search\/jql$/, 20), ['issues']);
    expect(ending(run, ['issues'])).toEqual(['exit 0', 'issues 120 COMPLETE']);
  });
});

describe.each(['cloud', 'data-center'] as const)('searches of %s', (deployment) => {
  let site: Through;
  beforeAll(async () => {
    site = await through({ issues: 300, projects: 1, deployment });
  });
  afterAll(() => site.close());

  test('pages that are too heavy are asked for by halves', async () => {
    const before = site.proxy.asked.length;
    const run = await site.read(tooHeavy(25), ['issues']);
    expect(ending(run, ['issues'])).toEqual(['exit 0', 'issues 300 COMPLETE']);
    expect(idsOf(run, 'issues')).toEqual([300, 300]);
    expect(site.proxy.asked.length - before).toBeLessThan(60);
  });

  test('an issue that fails each page that has it is owed, and the others come', async () => {
    const rule = poisoned(30);
    const first = await site.read(rule, ['issues']);
    expect(ending(first, ['issues'])).toEqual(['exit 1', 'issues 299 INCOMPLETE']);
    expect(failures(first).join()).toContain(rule.id);
    // It comes once it can be read.
    const second = await site.read(undefined, ['issues'], { states: statesOf(first) });
    expect([second.code, rowsOf(second, 'issues').map(({ id }) => id)]).toEqual([0, [rule.id]]);
  });

  test('an outage is no bad record', async () => {
    let asked = 0;
    const run = await site.read(
      ({ path }) => {
        if (!/\/search(\/jql)?$/.test(path) || ++asked < 3) return undefined;
        return { status: 500, text: '{"errorMessages":["Internal server error"],"errors":{}}' };
      },
      ['issues'],
    );
    expect(run.code).toBe(1);
    expect(failures(run).join()).toContain('answered 500, tried 8 times');
  });
});

describe('a search of Data Center that shows so many', () => {
  let site: Through;
  beforeAll(async () => {
    site = await through({ issues: 400, projects: 1, deployment: 'data-center' });
  });
  afterAll(() => site.close());

  test.each([500, 400, 200] as const)('goes on behind them (%d)', async (status) => {
    const run = await site.read(searchWindow(150, status), ['issues']);
    expect(ending(run, ['issues'])).toEqual(['exit 0', 'issues 400 COMPLETE']);
    expect(idsOf(run, 'issues')).toEqual([400, 400]);
  });

  test('says so if more than it shows share a minute', async () => {
    const now = site.jira.now();
    site.jira.control.touch({ issues: site.jira.ids().map(({ id }) => id) });
    expect(site.jira.now() - now).toBeLessThan(60_000);
    const run = await site.read(searchWindow(150, 400), ['issues']);
    expect(run.code).toBe(1);
    expect(failures(run).join()).toMatch(/no page came after the first \d+ rows, all of which are at 20/);
  });
});
