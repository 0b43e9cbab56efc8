import { type JiraOptions, type JiraSandbox, startJira } from '@headrace/sandbox';
import { afterEach, describe, expect, it } from 'vitest';
import {
  cleanUp,
  configFor,
  errors,
  file,
  outcome,
  type Run,
  recordsOf,
  run,
  saved,
  savedOf,
  start,
  states,
  statuses,
} from './run.ts';

const STREAM = 'issue_deletions';
let jira: JiraSandbox;

async function sandbox(options: JiraOptions = {}): Promise<void> {
  jira = await startJira({ issues: 600, projects: 4, seed: 7, ...options });
}

afterEach(async () => {
  cleanUp();
  await jira?.close();
});

const argumentsFor = (state?: string): string[] => [
  'read',
  '--config',
  file(configFor(jira)),
  '--streams',
  STREAM,
  ...(state === undefined ? [] : ['--state', state]),
];
const read = (state?: string): Promise<Run> => run(argumentsFor(state));

interface Report {
  id: string;
  key?: string;
  projectKey: string;
  detectedAt: string;
  reason: string;
}
const reports = (of: Run): Report[] =>
  recordsOf(of, STREAM)
    .map((bytes) => JSON.parse(bytes.toString()) as Report)
    .sort((a, b) => Number(a.id) - Number(b.id));
/** `id reason` of each. */
const brief = (of: Run): string[] => reports(of).map(({ id, reason }) => `${id} ${reason}`);
const idsIn = (project: string): string[] =>
  jira
    .ids()
    .filter((issue) => issue.project === project)
    .map(({ id }) => id);
const requests = (path: string): number => jira.stats().routes[`POST /rest/api/3${path}`]?.requests ?? 0;

/** Syncs one after the other, each from the last one's state. */
function syncs(): (mayFail?: boolean) => Promise<Run> {
  let state: string | undefined;
  return async (mayFail = false) => {
    const of = await read(state);
    if (!mayFail) expect(errors(of)).toEqual([]);
    expect(of.code).toBe(mayFail ? 1 : 0);
    state = saved(of, STREAM);
    return of;
  };
}

describe('issue_deletions', () => {
  it('tell deleted from moved, out of sight and visible again, each once', async () => {
    await sandbox();
    const sync = syncs();
    const first = await sync();
    expect(brief(first)).toEqual([]);
    expect(statuses(first, STREAM)).toEqual(['STARTED', 'COMPLETE']);

    const [a, b, moved] = idsIn('ENG');
    const [c, hiddenAndDeleted, hiddenAndMoved, back] = idsIn('OPS');
    jira.control.delete({ issues: [a!, b!, c!] });
    jira.control.move({ issues: [moved!], to: 'OPS' });
    jira.control.create({ project: 'ENG', count: 2 });
    const before = Math.floor(jira.now() / 1000) * 1000;
    const second = await sync();
    expect(brief(second)).toEqual([a, b, c].map((id) => `${id} deleted`).sort());
    const [report] = reports(second);
    expect(report).toEqual({
      id: report!.id,
      projectKey: report!.id === c ? 'OPS' : 'ENG',
      detectedAt: expect.stringMatching(/Z$/),
      reason: 'deleted',
    });
    expect(Date.parse(report!.detectedAt)).toBeGreaterThanOrEqual(before - 1000);
    expect(Date.parse(report!.detectedAt)).toBeLessThanOrEqual(jira.now());

    const all = idsIn('OPS');
    expect(all).toContain(moved);
    jira.control.revokeProject({ project: 'OPS' });
    const third = await sync();
    expect(brief(third)).toEqual(all.map((id) => `${id} not_visible`).sort());
    expect(new Set(reports(third).map(({ projectKey }) => projectKey))).toEqual(new Set(['OPS']));
    jira.control.delete({ issues: [hiddenAndDeleted!] });
    jira.control.move({ issues: [hiddenAndMoved!], to: 'ENG' });
    jira.control.resetStats();
    expect(brief(await sync())).toEqual([]);
    expect(requests('/issue/bulkfetch')).toBe(0);

    jira.control.restoreProject({ project: 'OPS' });
    const fifth = await sync();
    expect(brief(fifth)).toEqual(
      all.map((id) => `${id} ${id === hiddenAndDeleted ? 'deleted' : 'visible_again'}`).sort(),
    );
    const of = new Map(reports(fifth).map((one) => [one.id, one]));
    expect(of.get(back!)).toMatchObject({ projectKey: 'OPS', key: expect.stringMatching(/^OPS-\d+$/) });
    expect(of.get(hiddenAndMoved!)).toMatchObject({
      projectKey: 'ENG',
      key: expect.stringMatching(/^ENG-\d+$/),
    });
    expect(of.get(hiddenAndDeleted!)).not.toHaveProperty('key');
    expect(brief(await sync())).toEqual([]);
  });

  it('keep what is known of an archived project; one in the bin is out of sight', async () => {
    await sandbox({ issues: 300 });
    const sync = syncs();
    await sync();
    const [web, mob] = [idsIn('WEB'), idsIn('OPS')];
    jira.control.projectStatus({ project: 'WEB', status: 'archived' });
    jira.control.projectStatus({ project: 'OPS', status: 'deleted' });
    expect(brief(await sync())).toEqual(mob.map((id) => `${id} not_visible`));
    jira.control.projectStatus({ project: 'WEB', status: 'live' });
    jira.control.projectStatus({ project: 'OPS', status: 'live' });
    jira.control.delete({ issues: [web[0]!] });
    const last = await sync();
    expect(brief(last)).toEqual(
      [`${web[0]} deleted`, ...mob.map((id) => `${id} visible_again`)].sort(
        (a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10),
      ),
    );
  });

  it('say nothing of a list that is shorter than its count, nor of what the index shows late', async () => {
    await sandbox({ issues: 6000, projects: 1 });
    const sync = syncs();
    await sync();
    const [gone] = idsIn('ENG');
    jira.control.delete({ issues: [gone!] });
    jira.control.fail({ route: 'search/jql', containing: 'updated <', kind: 'end-early' });
    const short = await sync(true);
    expect(brief(short)).toEqual([]);
    expect(statuses(short, STREAM)).toEqual(['STARTED', 'INCOMPLETE']);
    expect(errors(short)).toMatchObject([
      { message: expect.stringContaining('the list of ids has 5000 rows, where 5999 are counted') },
    ]);
    jira.control.indexLag({ ms: 60_000 });
    const [late] = idsIn('ENG').slice(-1);
    jira.control.delete({ issues: [late!] });
    const [created] = jira.control.create({ project: 'ENG' });
    expect(brief(await sync())).toEqual([`${gone} deleted`]);
    jira.control.advanceClock({ ms: 61_000 });
    expect(brief(await sync())).toEqual([`${late} deleted`]);
    jira.control.delete({ issues: [created!.id] });
    jira.control.advanceClock({ ms: 61_000 });
    expect(brief(await sync())).toEqual([`${created!.id} deleted`]);
  });

  it('do not take a project that went out of sight in mid-sync for deleted', async () => {
    await sandbox({ issues: 200, projects: 2 });
    const state = saved(await read(), STREAM);
    const [gone, other] = [idsIn('ENG')[0], idsIn('OPS')[0]];
    jira.control.delete({ issues: [gone!, other!] });
    jira.control.hold({ route: 'issue/bulkfetch', containing: gone! });
    const child = start(argumentsFor(state));
    const done = outcome(child);
    await expect.poll(() => jira.stats().held, { timeout: 20_000 }).toBe(1);
    jira.control.revokeProject({ project: 'ENG' });
    jira.control.release();
    const of = await done;
    expect(brief(of)).toEqual([`${gone} not_visible`, `${other} deleted`].sort());
    // The rest of the project goes out of sight with the next sync.
    expect(brief(await read(saved(of, STREAM)))).toEqual(idsIn('ENG').map((id) => `${id} not_visible`));
  });

  it('repeat nothing after an interrupted census, and lose nothing of a failed project', async () => {
    await sandbox({ issues: 600, projects: 2 });
    const state = saved(await read(), STREAM);
    const gone = idsIn('ENG').slice(0, 150);
    const [other] = idsIn('OPS');
    jira.control.delete({ issues: [...gone, other!] });
    // The second hundred waits: the first was sent, and the process is told to stop.
    jira.control.hold({ route: 'issue/bulkfetch', containing: gone[120]! });
    const child = start(argumentsFor(state));
    const done = outcome(child);
    await expect.poll(() => jira.stats().held, { timeout: 20_000 }).toBe(1);
    child.kill('SIGTERM');
    const cut = await done;
    expect(statuses(cut, STREAM).at(-1)).toBe('INCOMPLETE');
    expect(reports(cut).length).toBeGreaterThanOrEqual(100);
    jira.control.release();
    const project = states(cut, STREAM).at(-1)!;
    expect(Object.keys(project.state.stream.stream_state.partitions)).toHaveLength(2);
    jira.control.fail({ route: 'search/jql', containing: 'project = 10001', kind: '500', times: null });
    const half = await read(saved(cut, STREAM));
    expect(half.code).toBe(1);
    jira.control.clearFaults();
    const rest = await read(saved(half, STREAM));
    expect([...brief(cut), ...brief(half), ...brief(rest)].sort()).toEqual(
      [...gone, other].map((id) => `${id} deleted`).sort(),
    );
  });

  it('have the issues that came into sight sent with all that belongs to them', async () => {
    await sandbox({ issues: 400, projects: 2 });
    const streams = [STREAM, 'issues', 'comments', 'worklogs'];
    let state: string | undefined;
    /** Ids that a sync of all four sends, per stream. */
    const sync = async (): Promise<Record<string, string[]>> => {
      const more = state === undefined ? [] : ['--state', state];
      const config = file(configFor(jira));
      const of = await run(['read', '--config', config, '--streams', streams.join(), ...more]);
      expect(errors(of)).toEqual([]);
      state = savedOf(of, streams);
      const idsOf = (stream: string) =>
        recordsOf(of, stream)
          .map((bytes) => JSON.parse(`${bytes}`).id)
          .sort();
      return Object.fromEntries(streams.map((stream) => [stream, idsOf(stream)]));
    };
    const partsOf = (issues: readonly string[]) => ({
      issues: [...issues].sort(),
      comments: issues
        .flatMap((id) =>
          JSON.parse(`${jira.issueBytes(id)}`).fields.comment.comments.map((one: { id: string }) => one.id),
        )
        .sort(),
      worklogs: jira
        .worklogs()
        .filter(({ issueId }) => issues.includes(issueId))
        .map(({ id }) => id)
        .sort(),
    });
    const short = (id: string) => JSON.parse(`${jira.issueBytes(id)}`).fields.comment.total <= 20;
    const [some] = [
      jira
        .worklogs()
        .filter(({ issueId }) => short(issueId))
        .slice(0, 3),
    ];
    const concealed = [...new Set(some!.map(({ issueId }) => issueId))];
    jira.control.conceal({ issues: concealed });
    const first = await sync();
    expect(first.issues).toHaveLength(400 - concealed.length);
    // Far behind every position, and unchanged: nothing but the census can tell.
    jira.control.advanceClock({ ms: 7_200_000 });
    await sync();
    jira.control.reveal({ issues: concealed });
    expect(await sync()).toEqual({ [STREAM]: [], ...partsOf(concealed) });

    const ops = idsIn('OPS');
    jira.control.revokeProject({ project: 'OPS' });
    expect(await sync()).toEqual({ [STREAM]: [...ops].sort(), issues: [], comments: [], worklogs: [] });
    jira.control.advanceClock({ ms: 7_200_000 });
    jira.control.restoreProject({ project: 'OPS' });
    const again = await sync();
    expect(again.issues).toEqual([...ops].sort());
    expect(again.worklogs).toEqual(partsOf(ops).worklogs);
    expect(again.comments).toEqual(expect.arrayContaining(partsOf(ops).comments));
    expect(await sync()).toEqual({ [STREAM]: [], issues: [], comments: [], worklogs: [] });
  });

  it('have issues sent that came into sight and were passed in a read without the census', async () => {
    await sandbox({ issues: 60, projects: 2 });
    const saved = new Map<string, string>();
    const sync = async (streams: readonly string[]): Promise<string[]> => {
      const args = ['read', '--config', file(configFor(jira)), '--streams', streams.join()];
      const of = await run([...args, '--state', file(`[${[...saved.values()].join()}]`)]);
      for (const stream of streams)
        saved.set(stream, JSON.stringify({ type: 'STREAM', ...states(of, stream).at(-1)!.state }));
      return recordsOf(of, 'issues').map((bytes) => JSON.parse(`${bytes}`).id);
    };
    const [hidden] = idsIn('ENG');
    jira.control.conceal({ issues: [hidden!] });
    await sync([STREAM, 'issues']);
    jira.control.advanceClock({ ms: 7_200_000 });
    jira.control.touch({ issues: [hidden!], kind: 'edit' });
    jira.control.advanceClock({ ms: 7_200_000 });
    expect(await sync(['issues'])).toEqual([]);
    jira.control.reveal({ issues: [hidden!] });
    expect(await sync([STREAM, 'issues'])).toEqual([hidden]);
    expect(await sync([STREAM, 'issues'])).toEqual([]);
  });

  it('report an issue that landed and was deleted before a census saw it, with the census selected or not', async () => {
    await sandbox({ issues: 60, projects: 2 });
    const saved = new Map<string, string>();
    const states = () => file(`[${[...saved.values()].join()}]`);
    const argsFor = (streams: readonly string[]) => {
      const args = ['read', '--config', file(configFor(jira)), '--streams', streams.join()];
      return [...args, '--state', states()];
    };
    const kept = (of: Run): Run => {
      for (const { state } of of.messages.filter(({ type }) => type === 'STATE'))
        saved.set(state.stream.stream_descriptor.name, JSON.stringify({ type: 'STREAM', ...state }));
      return of;
    };
    const sync = async (...streams: string[]): Promise<Run> => kept(await run(argsFor(streams)));
    const both = [STREAM, 'issues'];
    kept(await run(['read', '--config', file(configFor(jira)), '--streams', both.join()]));
    jira.control.advanceClock({ ms: 61_000 });

    // Made when the census was taken, and before the issues are read.
    jira.control.hold({ route: 'search/jql', containing: 'ORDER BY updated' });
    const child = start(argsFor(both));
    const done = outcome(child);
    await expect.poll(() => jira.stats().held, { timeout: 20_000 }).toBeGreaterThan(0);
    const [late] = jira.control.create({ project: 'ENG', count: 1 });
    jira.control.release();
    expect(recordsOf(kept(await done), 'issues').map((bytes) => JSON.parse(`${bytes}`).id)).toEqual([
      late!.id,
    ]);
    jira.control.delete({ issues: [late!.id] });
    jira.control.advanceClock({ ms: 61_000 });
    const [lone] = jira.control.create({ project: 'OPS', count: 1 });
    // And one that lands without the census.
    expect(recordsOf(await sync('issues'), 'issues')).toHaveLength(1);
    jira.control.delete({ issues: [lone!.id] });
    jira.control.advanceClock({ ms: 61_000 });
    expect(brief(await sync(...both))).toEqual([late!.id, lone!.id].sort().map((id) => `${id} deleted`));
    expect(brief(await sync(...both))).toEqual([]);
  });

  it('survive faults on a fifth of the requests', async () => {
    await sandbox({ issues: 900 });
    const sync = syncs();
    const kinds = ['500', '503', '429-bare', 'reset', 'reset-body', 'cut-json', 'empty'] as const;
    jira.control.faultRate({ rate: 0.2, kinds: [...kinds] });
    await sync();
    const gone = jira.control.delete({ count: 230 }).map(({ id }) => id);
    expect(brief(await sync())).toEqual(gone.map((id) => `${id} deleted`));
  });
});
