import type { InProcess } from '@headrace/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { altered, type Rule } from './proxy.ts';
import { anonymousAuthors, poisoned, withoutChangelog, withoutFields, withoutUpdated } from './rules.ts';
import { ending, failures, rowsOf, said, statesOf, type Through, through } from './through.ts';

/** Issues that lack something, or that cannot be had: the others come, and what they lack is told. */
describe.each(['cloud', 'data-center'] as const)('%s', (deployment) => {
  const STREAMS = ['issues', 'comments', 'attachments', 'worklogs', 'issue_changelogs'];
  let site: Through;
  let whole: InProcess;
  beforeAll(async () => {
    site = await through({ deployment, issues: 80, projects: 1 });
    whole = await site.read(undefined, STREAMS);
  });
  afterAll(() => site.close());

  it.each(['null', 'absent'] as const)('fields that are %s are empty lists', async (as) => {
    const lists = ['comment', 'worklog', 'issuelinks', 'subtasks', 'labels'];
    const run = await site.read(withoutFields(lists, as), STREAMS);
    expect(ending(run, STREAMS)).toEqual(ending(whole, STREAMS));
    const none = await site.read(withoutFields(['attachment'], as, 100), ['issues', 'attachments']);
    expect(ending(none, ['issues', 'attachments'])).toEqual([
      'exit 0',
      'issues 80 COMPLETE',
      'attachments 0 COMPLETE',
    ]);
  });

  it('an issue that does not show its Development field is asked for its panels', async () => {
    if (deployment === 'data-center') return;
    const whole = await site.read(undefined, ['dev_status']);
    const run = await site.read(withoutFields(['customfield_10000'], 'absent', 100), ['dev_status']);
    expect(ending(run, ['dev_status'])).toEqual(ending(whole, ['dev_status']));
    expect(rowsOf(run, 'dev_status').length).toBeGreaterThan(0);
  });

  it('what a search warns of is said once', async () => {
    const rule: Rule = async ({ path }, next) => {
      if (!/\/search(\/jql)?$/.test(path)) return undefined;
      return altered(await next(), (json) => {
        json.warnings = [{ message: 'The value “X” is not known.' }, 'The value “Y” is not known.'];
        json.warningMessages = ['The value “Y” is not known.'];
      });
    };
    const run = await site.read(rule, ['issues']);
    expect(ending(run, ['issues'])).toEqual(['exit 0', 'issues 80 COMPLETE']);
    expect(said(run, 'WARN')).toEqual([
      'Jira warns: The value “X” is not known.',
      'Jira warns: The value “Y” is not known.',
    ]);
  });

  it('nobody has to have written anything', async () => {
    const run = await site.read(anonymousAuthors, STREAMS);
    expect(ending(run, STREAMS)).toEqual(ending(whole, STREAMS));
  });

  it.each(['null', 'absent'] as const)('an issue whose updated is %s comes, and is told', async (as) => {
    const run = await site.read(withoutUpdated(30, as), ['issues']);
    expect(ending(run, ['issues'])).toEqual(['exit 0', 'issues 80 COMPLETE']);
    expect(said(run, 'WARN').join()).toMatch(/updated/);
    const next = await site.read(undefined, ['issues'], { states: statesOf(run) });
    expect(next.code).toBe(0);
  });

  it('an issue that cannot be rendered is owed, named, and comes when it can', async () => {
    const rule = poisoned(30);
    const cut = await site.read(rule, STREAMS);
    expect(ending(cut, ['issues', 'attachments'])).toEqual([
      'exit 1',
      'issues 79 INCOMPLETE',
      expect.stringMatching(/^attachments \d+ INCOMPLETE$/),
    ]);
    expect(failures(cut).join()).toContain(rule.id);
    const again = await site.read(rule, ['issues'], { states: statesOf(cut) });
    expect(ending(again, ['issues'])).toEqual(['exit 1', 'issues 0 INCOMPLETE']);
    const rest = await site.read(undefined, STREAMS, { states: statesOf(cut) });
    expect(rest.code).toBe(0);
    expect(rowsOf(rest, 'issues').map(({ id }) => id)).toEqual([rule.id]);
    for (const stream of STREAMS) {
      const ids = (runs: InProcess[]) =>
        new Set(runs.flatMap((run) => rowsOf(run, stream).map(({ id }) => id)));
      expect(ids([cut, rest]), stream).toEqual(ids([whole]));
    }
  });
});

describe('Data Center', () => {
  let site: Through;
  beforeAll(async () => {
    site = await through({ deployment: 'data-center', issues: 40, projects: 1 });
  });
  afterAll(() => site.close());

  it.each(['null', 'absent', 'no total'] as const)(
    'a changelog that is %s is asked of the issue',
    async (as) => {
      const streams = ['issues', 'issue_changelogs'];
      const whole = await site.read(undefined, streams);
      const run = await site.read(withoutChangelog(as), streams);
      expect(ending(run, streams)).toEqual(ending(whole, streams));
    },
  );

  it('a changelog that Jira does not show at all is told', async () => {
    const lost: Rule = async (asked, next) => {
      if (!/\/search$|\/issue\/\d+$/.test(asked.path)) return undefined;
      const answer = await next();
      return { ...answer, text: answer.text.replaceAll('"changelog":{', '"other":{') };
    };
    const run = await site.read(lost, ['issue_changelogs']);
    expect(ending(run, ['issue_changelogs'])).toEqual(['exit 0', 'issue_changelogs 0 COMPLETE']);
    expect(said(run, 'INFO')).toEqual(['issue_changelogs: skipped changelogs that Jira does not show (40)']);
  });
});
