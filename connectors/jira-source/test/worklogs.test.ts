import { type JiraOptions, type JiraSandbox, startJira } from '@headrace/sandbox';
import { afterEach, describe, expect, it } from 'vitest';
import {
  cleanUp,
  configFor,
  errors,
  file,
  type Run,
  recordsOf,
  run,
  said,
  saved,
  savedOf,
  states,
} from './run.ts';

let jira: JiraSandbox;

/** About 0.4 worklogs an issue. */
async function sandbox(options: JiraOptions = {}): Promise<void> {
  jira = await startJira({ issues: 1000, seed: 7, ...options });
}

afterEach(async () => {
  cleanUp();
  await jira?.close();
});

const read = (stream: string, state?: string, config: object = {}, env = {}): Promise<Run> =>
  run(
    [
      'read',
      '--config',
      file(configFor(jira, config)),
      '--streams',
      stream,
      ...(state === undefined ? [] : ['--state', state]),
    ],
    env,
  );

/** Ids and bytes of what a run sent of a stream. */
const sent = (of: Run, stream = 'worklogs'): Array<[string, string]> =>
  recordsOf(of, stream).map((bytes) => {
    const { id, worklogId } = JSON.parse(bytes.toString()) as { id?: string; worklogId?: number };
    return [String(id ?? worklogId), bytes.toString()];
  });
const ids = (of: Run, stream?: string): string[] => sent(of, stream).map(([id]) => id);
const requests = (method: string, path: string): number =>
  jira.stats().routes[`${method} /rest/api/3${path}`]?.requests ?? 0;

describe('worklogs', () => {
  it('come with the bytes that Jira sent, 1,000 for two requests, and once', async () => {
    await sandbox({ issues: 5000 });
    const first = await read('worklogs');
    expect(first.code).toBe(0);
    const all = jira.worklogs();
    expect(all.length).toBeGreaterThan(1500);
    expect(ids(first).sort()).toEqual(all.map(({ id }) => id).sort());
    for (const [id, bytes] of sent(first)) expect(bytes).toBe(jira.worklogBytes(id).toString());
    expect(requests('GET', '/worklog/updated')).toBe(2);
    expect(requests('POST', '/worklog/list')).toBe(2);
    jira.control.resetStats();
    const second = await read('worklogs', saved(first, 'worklogs'));
    expect(ids(second)).toEqual([]);
    expect(jira.stats().requests).toBeLessThanOrEqual(2);
  });

  it('go on from any of their states, and from what ends early', async () => {
    await sandbox({ issues: 10_000 });
    jira.control.fail({ route: 'worklog/updated', kind: 'end-early', times: 2, after: 1 });
    const whole = await read('worklogs', undefined, {}, { HEADRACE_STATE_INTERVAL_MS: '0' });
    const all = new Set(jira.worklogs().map(({ id }) => id));
    expect(new Set(ids(whole))).toEqual(all);
    expect(ids(whole)).toHaveLength(all.size);
    const stops = states(whole, 'worklogs').slice(0, -1);
    expect(stops.length).toBeGreaterThan(2);
    let covered = 0;
    for (const stop of stops) {
      covered += stop.state.sourceStats.recordCount;
      const rest = await read('worklogs', file([{ type: 'STREAM', ...stop.state }]));
      const before = ids(whole).slice(0, covered);
      expect(new Set([...before, ...ids(rest)])).toEqual(all);
      expect(before.length + ids(rest).length).toBe(all.size);
    }
  });

  it('lose nothing while they are edited, though Jira holds the last minute back', async () => {
    await sandbox({ issues: 200, projects: 2 });
    const config = { safety_window_minutes: 1 };
    const landed = new Map<string, string>();
    let state: string | undefined;
    for (let sync = 0; sync < 3; sync++) {
      const of = await read('worklogs', state, config);
      for (const [id, bytes] of sent(of)) landed.set(id, bytes);
      state = saved(of, 'worklogs');
      // Edits stand at all distances from the next sync, those of the last minute among them.
      for (let k = 0; k < 10; k++) {
        const worklogs = jira.worklogs();
        jira.control.editWorklogs({ worklogs: [worklogs[(sync * 31 + k * 7) % worklogs.length]!.id] });
        jira.control.addWorklogs({ issues: [jira.ids()[sync * 5 + k]!.id] });
        jira.control.advanceClock({ ms: 5000 + 4000 * sync });
      }
    }
    jira.control.advanceClock({ ms: 61_000 });
    for (const [id, bytes] of sent(await read('worklogs', state, config))) landed.set(id, bytes);
    expect(new Set(landed.keys())).toEqual(new Set(jira.worklogs().map(({ id }) => id)));
    for (const [id, bytes] of landed) expect(bytes).toBe(jira.worklogBytes(id).toString());
    jira.control.resetStats();
    const [one] = jira.worklogs();
    jira.control.editWorklogs({ worklogs: [one!.id] });
    jira.control.advanceClock({ ms: 61_000 });
    const last = await read('worklogs', state, config);
    expect(ids(last).filter((id) => id === one!.id)).toEqual([one!.id]);
  });

  it.each(['projects', 'excluded_projects'])('of %s only, the others are counted', async (option) => {
    await sandbox({ issues: 3000 });
    const { project } = jira.worklogs()[0]!;
    const of = await read('worklogs', undefined, { [option]: [project] });
    const wanted = jira.worklogs().filter((one) => (one.project === project) === (option === 'projects'));
    expect(wanted.length).toBeGreaterThan(50);
    expect(ids(of).sort()).toEqual(wanted.map(({ id }) => id).sort());
    const issues = new Set(jira.worklogs().map(({ issueId }) => issueId)).size;
    expect(requests('POST', '/issue/bulkfetch')).toBeLessThanOrEqual(Math.ceil(issues / 100) + 1);
    const left = jira.worklogs().length - wanted.length;
    expect(said(of, 'INFO').filter((line) => line.includes('not selected'))).toEqual([
      `worklogs: skipped worklogs of projects that are not selected (${left})`,
    ]);
  });

  it('of some projects come from a Data Center too', async () => {
    await sandbox({ deployment: 'data-center', issues: 900, projects: 3 });
    const credentials = { auth_type: 'personal_access_token', token: jira.personalAccessToken };
    const of = await read('worklogs', undefined, { credentials, projects: ['ENG'] });
    expect(errors(of)).toEqual([]);
    const wanted = jira.worklogs().filter(({ project }) => project === 'ENG');
    expect(wanted.length).toBeGreaterThan(50);
    expect(ids(of).sort()).toEqual(wanted.map(({ id }) => id).sort());
  });

  it('that may not be seen are counted once', async () => {
    await sandbox({ issues: 500 });
    const hidden = jira.worklogs().filter(({ project }) => project === 'ENG');
    jira.control.revokeProject({ project: 'ENG' });
    const of = await read('worklogs');
    expect(of.code).toBe(0);
    expect(ids(of)).toHaveLength(jira.worklogs().length - hidden.length);
    expect(said(of, 'INFO').filter((line) => line.startsWith('worklogs: '))).toEqual([
      `worklogs: skipped worklogs that were deleted or are not visible (${hidden.length})`,
    ]);
  });

  it('begin at start_date', async () => {
    await sandbox();
    const at = jira.worklogs()[200]!.updated;
    const start = Math.floor(at / 60_000) * 60_000;
    const of = await read('worklogs', undefined, { start_date: new Date(at).toISOString() });
    const wanted = jira.worklogs().filter(({ updated }) => updated >= start);
    expect(ids(of).sort()).toEqual(wanted.map(({ id }) => id).sort());
  });

  it('survive faults on a fifth of the requests', async () => {
    await sandbox({ issues: 6000 });
    const kinds = [
      '500',
      '503',
      '429-bare',
      'reset',
      'reset-body',
      'cut-json',
      'cut-length',
      'empty',
    ] as const;
    jira.control.faultRate({ rate: 0.2, kinds: [...kinds] });
    const projects = [...new Set(jira.ids().map(({ project }) => project))];
    const of = await read('worklogs', undefined, { projects });
    expect(errors(of)).toEqual([]);
    expect(ids(of).sort()).toEqual(
      jira
        .worklogs()
        .map(({ id }) => id)
        .sort(),
    );
  });

  it('pass recorded answers through with equal bytes', async () => {
    await sandbox({ recorded: true });
    const of = await read('worklogs');
    expect(sent(of)).toHaveLength(30);
    for (const [id, bytes] of sent(of)) expect(bytes).toBe(jira.worklogBytes(id).toString());
  });
});

describe('worklogs of issues that came into sight', () => {
  /** What has landed after each sync of both streams, each from the last one's state. */
  function syncs(config: object = {}) {
    const landed = new Map<string, string>();
    let state: string | undefined;
    return async () => {
      const of = await read('worklogs,issue_deletions', state, config);
      expect(errors(of)).toEqual([]);
      for (const [id, bytes] of sent(of)) landed.set(id, bytes);
      state = savedOf(of, ['worklogs', 'issue_deletions']);
      return landed;
    };
  }
  const all = () => new Map(jira.worklogs().map(({ id }) => [id, jira.worklogBytes(id).toString()]));

  it('are brought when their project is seen for the first time, and when it is seen again', async () => {
    await sandbox({ issues: 1200, projects: 2 });
    jira.control.revokeProject({ project: 'OPS' });
    const sync = syncs();
    const ops = jira.worklogs().filter(({ project }) => project === 'OPS');
    expect(
      Math.max(...[...Map.groupBy(ops, ({ issueId }) => issueId).values()].map((own) => own.length)),
    ).toBeGreaterThan(20);
    expect((await sync()).size).toBe(all().size - ops.length);
    jira.control.restoreProject({ project: 'OPS' });
    expect(await sync()).toEqual(all());

    jira.control.revokeProject({ project: 'OPS' });
    jira.control.editWorklogs({ worklogs: ops.slice(0, 5).map(({ id }) => id) });
    jira.control.addWorklogs({ issues: ops.slice(0, 40).map(({ issueId }) => issueId) });
    // The window passes what it may not see.
    jira.control.advanceClock({ ms: 7_200_000 });
    expect(await sync()).not.toEqual(all());
    jira.control.restoreProject({ project: 'OPS' });
    expect(await sync()).toEqual(all());
  });

  it('are brought when an issue is moved into a configured project', async () => {
    await sandbox({ issues: 600, projects: 3 });
    const config = { projects: ['ENG'] };
    const sync = syncs(config);
    await sync();
    const { issueId } = jira.worklogs().find(({ project }) => project === 'OPS')!;
    jira.control.advanceClock({ ms: 7_200_000 });
    jira.control.move({ issues: [issueId], to: 'ENG' });
    const own = jira.worklogs().filter((one) => one.project === 'ENG');
    const landed = await sync();
    for (const { id } of own) expect(landed.get(id)).toBe(jira.worklogBytes(id).toString());
  });
});

describe('worklogs of issues that are owed', () => {
  it('stay owed where their project goes out of sight while they are asked for', async () => {
    await sandbox({ issues: 200, projects: 2 });
    const first = await read('worklogs');
    const { issueId } = jira.worklogs().find(({ project }) => project === 'OPS')!;
    states(first, 'worklogs').at(-1)!.state.stream.stream_state.partitions['']!.owed = [issueId];
    jira.control.hold({ route: 'issue/bulkfetch' });
    const reading = read('worklogs', saved(first, 'worklogs'));
    await expect.poll(() => jira.stats().held, { timeout: 20_000 }).toBe(1);
    jira.control.revokeProject({ project: 'OPS' });
    jira.control.release();
    const cut = await reading;
    expect([cut.code, errors(cut).length]).toEqual([1, 1]);
    jira.control.restoreProject({ project: 'OPS' });
    jira.control.release();
    const own = jira.worklogs().filter((one) => one.issueId === issueId);
    expect(ids(await read('worklogs', saved(cut, 'worklogs')))).toEqual(own.map(({ id }) => id));
  });
});

describe('worklog_deletions', () => {
  it('say once which worklogs were deleted, when the last minute is over', async () => {
    await sandbox();
    const [a, b, c] = jira.worklogs().map(({ id }) => id);
    jira.control.deleteWorklogs({ worklogs: [a!, b!] });
    const config = { safety_window_minutes: 1 };
    const early = await read('worklog_deletions', undefined, config);
    expect(ids(early, 'worklog_deletions')).toEqual([]);
    jira.control.advanceClock({ ms: 50_000 });
    const [{ updated } = { updated: 0 }] = jira.control.deleteWorklogs({ worklogs: [c!] });
    jira.control.advanceClock({ ms: 30_000 });
    const first = await read('worklog_deletions', saved(early, 'worklog_deletions'), config);
    expect(ids(first, 'worklog_deletions')).toEqual([a, b]);
    jira.control.advanceClock({ ms: 31_000 });
    const second = await read('worklog_deletions', saved(first, 'worklog_deletions'), config);
    expect(sent(second, 'worklog_deletions')).toEqual([
      [c, `{"worklogId":${c},"updatedTime":${updated},"properties":[]}`],
    ]);
    const third = await read('worklog_deletions', saved(second, 'worklog_deletions'), config);
    expect(ids(third, 'worklog_deletions')).toEqual([]);
    const all = await read('worklogs');
    for (const id of [a, b, c]) expect(ids(all)).not.toContain(id);
  });
});
