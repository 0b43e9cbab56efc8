import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '../src/engine/clock.ts';
import { stream, workspace } from './workspace.ts';

const broken = (name: string) => [
  { do: 'status', stream: name, status: 'STARTED' },
  { do: 'records', stream: name, count: 1 },
  { do: 'state', stream: name },
  { do: 'error', stream: name, kind: 'transient_error', message: `${name} is not served` },
  { do: 'status', stream: name, status: 'INCOMPLETE' },
];

describe('dead letters', () => {
  test('retries double their delay and leave finished streams alone; what is left is retried by name', async () => {
    const slept: number[] = [];
    const clock: Clock = {
      now: () => Date.now(),
      sleep(ms, signal) {
        const isDelay = ms >= 2000 && ms <= 8000;
        if (isDelay) slept.push(ms);
        return systemClock.sleep(isDelay ? 1 : ms, signal);
      },
    };
    const w = workspace({ clock });
    w.job([[...stream('a', 2), ...broken('b')], broken('b'), broken('b'), [...stream('b', 1)]], {
      job: { retries: 2, retry_delay_seconds: 4 },
    });
    const ran = await w.run('run', '--json');
    expect(ran.exitCode).toBe(1);
    // 4 s and 8 s, each with half of it at random.
    expect(slept.map((ms, k) => ms / (4000 * 2 ** k)).every((part) => part >= 0.5 && part <= 1)).toBe(true);
    expect(slept).toHaveLength(2);
    expect(w.calls('read').map((call) => call.catalog?.streams.map(({ stream }) => stream.name))).toEqual([
      ['a', 'b'],
      ['b'],
      ['b'],
    ]);
    expect((await w.runs())[0]?.tries).toMatchObject([
      { number: 1, message: 'b is not served', delayMs: Math.round(slept[0]!) },
      { number: 2, delayMs: Math.round(slept[1]!) },
      { number: 3, delayMs: undefined },
    ]);

    const listed = await w.run('dead', 'list');
    expect(listed.stdout).toBe(
      '✗ 1  acme › j: failed once, open for less than a minute\n     connector.transient_error: b is not served\n',
    );
    expect((await w.run('dead', 'show', '1')).stdout).toContain('left to do   b\n');
    const status = await w.run('status');
    expect(status.exitCode).toBe(1);
    expect(status.stdout).toContain('it failed (1 stream left)');
    expect(status.stdout).toContain('→ headrace dead show 1 says all; headrace dead retry 1 tries again');

    const retried = await w.run('dead', 'retry', '1');
    expect(retried.exitCode).toBe(0);
    const last = w.calls('read').at(-1);
    expect(last?.catalog?.streams.map(({ stream }) => stream.name)).toEqual(['b']);
    // From the last committed state.
    expect(last?.states).toContain('"at":');
    expect((await w.run('dead', 'list')).stdout).toBe('there are no dead letters\n');
    expect((await w.run('dead', 'list', '--all')).stdout).toContain('✓ 1  acme › j: resolved by run 2');
    expect((await w.run('dead', 'retry', '1')).stderr).toContain('there is no open dead letter 1');
  });

  test('a check that fails is one too, and drop forgets it', async () => {
    const w = workspace();
    w.job([stream('a', 1)], { source: { check: 'FAILED' } });
    expect((await w.run('run')).exitCode).toBe(2);
    const shown = await w.run('dead', 'show', '1', '--json');
    expect(shown.json.data).toMatchObject({
      dead_letter: {
        id: 1,
        job: 'j',
        options: { check: true },
        errors: [{ message: 'the token is refused' }],
      },
    });
    expect((await w.run('dead', 'show', '1')).stdout).toContain('everything: it failed before');
    expect((await w.run('dead', 'drop', '1')).stdout).toBe('dropped 1: acme › j\n');
    expect((await w.run('dead', 'list')).stdout).toBe('there are no dead letters\n');
    expect((await w.run('dead', 'retry')).exitCode).toBe(2);
    expect((await w.run('dead', 'show', 'x')).exitCode).toBe(2);
  });
});

describe('status', () => {
  test('says what ran, how fresh it is, what is next, what is wrong and what to do', async () => {
    let now = Date.parse('2026-11-20T08:00:00Z');
    const w = workspace({ clock: { now: () => now, sleep: () => new Promise(() => {}) } });
    w.job([stream('a', 3)], {
      source: { streams: [{ name: 'a' }] },
      job: { schedule: '0 2 * * *', timezone: 'Europe/Berlin' },
    });
    expect((await w.run('status')).stdout).toContain(
      '· j  has not run yet; next Sat 21 Nov 02:00 Europe/Berlin, in 17 h',
    );
    await w.run('run', '--streams', 'a');
    await w.run('run');
    now += 3 * 3_600_000;
    const fine = await w.run('status');
    expect(fine.stdout).toContain('nothing is wrong');
    expect(fine.exitCode).toBe(0);
    expect(fine.stdout).toMatch(
      /^acme\n {2}✓ j {2}#2 complete 3 h ago in .*, 3 records; next Sat 21 Nov 02:00 Europe\/Berlin, in 14 h\n/,
    );
    expect(fine.stdout).toContain('✓ 1 job, nothing is wrong');
    // Nothing ran it in the night.
    now += 20 * 3_600_000;
    const late = await w.run('status', '--json');
    expect(late.exitCode).toBe(1);
    expect(late.json.data).toMatchObject({
      jobs: [{ job: 'j', last: { number: 2 }, problems: [{ code: 'schedule.missed' }] }],
    });
    await w.run('pause', 'j', '--reason', 'the vendor moves');
    const paused = await w.run('status');
    expect(paused.stdout).toContain('paused since Sat 21 Nov 08:00: the vendor moves');
    expect(paused.stdout).not.toContain('did not run');
    expect((await w.run('resume', 'j')).stdout).toBe('acme › j: resumed\n');
    expect((await w.run('resume', 'j')).stdout).toBe('acme › j: was not paused\n');
    expect((await w.run('pause')).exitCode).toBe(2);
    expect((await w.run('pause', '--all')).stdout).toBe('acme › all jobs: paused\n');
    expect((await w.run('status')).stdout).toContain('→ headrace resume --all\n');
  });

  test('says which run was killed', async () => {
    const w = workspace();
    w.job([stream('a', 1)]);
    await w.run('run');
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(w.path('.headrace/acme/history.sqlite'));
    db.exec("update runs set ended = null, outcome = null, process = 'elsewhere~1~1'");
    db.close();
    const status = await w.run('status');
    expect(status.stdout).toMatch(/run 1, begun .*, was killed/);
    expect(status.stdout).toContain('nothing is lost');
  });
});

test('logs shows what a run reported, without secrets, from a level on', async () => {
  const w = workspace();
  const log = (level: string, message: string) => ({ do: 'log', level, message });
  w.job(
    [
      [
        log('INFO', 'reads page 1 with sesame-of-source'),
        log('DEBUG', 'a detail'),
        ...stream('a', 1),
        ...broken('b'),
      ],
    ],
    { source: { token: 'sesame-of-source' } },
  );
  await w.run('run');
  const shown = await w.run('logs', 'j');
  expect(shown.stdout).toMatch(/^\S+Z run 1 of j: .*source.mjs → .*destination.mjs$/m);
  expect(shown.stdout).toContain('info  source: reads page 1 with ****');
  expect(shown.stdout).toContain('error source: connector.transient_error: b is not served');
  expect(shown.stdout).toMatch(/partial in .*\n$/);
  expect(shown.stdout).not.toContain('a detail');
  expect((await w.run('logs', 'j', '--log-level', 'debug')).stdout).toContain('debug source: a detail');
  expect((await w.run('logs', 'j', '--log-level', 'error')).stdout).not.toContain('reads page');
  const json = await w.run('logs', 'j', '--run', '1', '--json');
  expect(json.json.data).toMatchObject({
    run: 1,
    entries: expect.arrayContaining([expect.objectContaining({ type: 'run_ended' })]),
  });
  const file = w.path('.headrace/acme/logs/j/000001.jsonl');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toContain('sesame');
  expect((await w.run('logs', 'j', '--run', '7')).stderr).toContain('there is no log of run 7 of j');
});

test('alerts are sent for a run, filled in; one that cannot be is told of and stops nothing', async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk.toString('utf8')));
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const w = workspace();
  const alerts = [{ to: 'webhook', url: '${secret:hook}', on: ['partial', 'failed'] }];
  w.job([broken('a')], { source: { streams: [{ name: 'a' }] }, job: { alerts } });
  w.write('secrets/acme/hook', `http://127.0.0.1:${port}/hook-s3cret`);
  expect((await w.run('run')).exitCode).toBe(1);
  expect(bodies.map((body) => JSON.parse(body))).toMatchObject([
    { tenant: 'acme', job: 'j', event: 'partial', run: 1, errors: [{ message: 'a is not served' }] },
  ]);
  // Nobody listens there: it is said, in the log of the run too.
  const command = [{ to: 'command', command: ['no-such-program-of-ours'] }];
  w.job([broken('a')], { source: { streams: [{ name: 'a' }] }, job: { alerts: command } });
  const ran = await w.run('run');
  expect([ran.exitCode, ran.stderr]).toEqual([
    1,
    expect.stringContaining('the alert to command (partial) could not be sent'),
  ]);
  expect((await w.run('logs', 'j')).stdout).toContain('the alert to command (partial) could not be sent');
  w.job([stream('a', 1)], { job: { alerts: [{ to: 'pigeon' }] } });
  expect((await w.run('validate')).stderr).toContain('jobs.j.alerts[0].to');
});

describe('backfill', () => {
  const ours: [string, string] = ['our-source', 'keeping-destination'];

  test('reads a range again with states of its own; an unfinished one goes on, a new one begins', async () => {
    const w = workspace({
      clock: { now: () => Date.parse('2026-11-20T08:00:00Z'), sleep: () => new Promise(() => {}) },
    });
    const full = { name: 'f', supported_sync_modes: ['full_refresh'] };
    w.job(
      [
        [...stream('a', 1), ...stream('f', 1)],
        broken('a'),
        stream('a', 2),
        [...stream('a', 2), ...stream('f', 1)],
      ],
      {
        source: { streams: [{ name: 'a' }, full] },
        ends: ours,
      },
    );
    await w.run('run');
    const before = readFileSync(w.path('out.states'), 'utf8');
    const first = await w.run('backfill', 'j', '--days', '3');
    expect(first.exitCode).toBe(1);
    expect(first.stderr).toContain('stored a second time: a');
    const [, one] = w.calls('read');
    expect(one).toMatchObject({ states: '[]', config: { start_date: '2026-11-17T00:00:00Z' } });
    expect(one?.catalog?.streams.map(({ stream }) => stream.name)).toEqual(['a']);
    const again = await w.run('backfill', '--days', '3', '--json');
    expect(again.exitCode).toBe(0);
    expect(w.calls('read').at(-1)?.states).toContain('"at":');
    const [run] = again.json.data.runs;
    expect(run?.options.backfill).toEqual({
      since: '2026-11-17T00:00:00Z',
      scope: 'backfill-20261120080000000',
    });
    // What ordinary runs continue from has not changed.
    expect(readFileSync(w.path('out.states'), 'utf8')).toBe(before);
    await w.run('run');
    expect(w.calls('read').at(-1)).toMatchObject({ states: before });
    expect(w.calls('read').at(-1)?.config).not.toHaveProperty('start_date');
    expect((await w.run('dead', 'list')).stdout).toBe('there are no dead letters\n');
  });

  test('a foreign destination has a file of states for it', async () => {
    const w = workspace();
    w.job([stream('a', 1)], { source: { streams: [{ name: 'a' }] }, ends: ['our-source', 'destination'] });
    await w.run('run');
    const kept = readFileSync(w.path('.headrace/acme/states/j.json'), 'utf8');
    expect((await w.run('backfill', '--since', '2026-01-01')).exitCode).toBe(0);
    expect(w.calls('read').at(-1)).toMatchObject({ config: { start_date: '2026-01-01T00:00:00Z' } });
    expect(readFileSync(w.path('.headrace/acme/states/j.json'), 'utf8')).toBe(kept);
    expect(w.files().filter((file) => /states\/j~backfill-\d{17}\.json$/.test(file))).toHaveLength(1);
    // A complete one is not continued.
    await w.run('backfill', '--since', '2026-01-01');
    expect(w.calls('read').at(-1)?.states).toBeNull();
  });

  test('is refused where there is no range', async () => {
    const w = workspace();
    w.job([stream('a', 1)]);
    const refused = await w.run('backfill', '--days', '3');
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('✗ backfill.no_start')]);
    w.job([stream('a', 1)], {
      ends: ours,
      source: { streams: [{ name: 'a', supported_sync_modes: ['full_refresh'] }] },
    });
    expect((await w.run('backfill', '--days', '3')).stderr).toContain('there is no range');
    expect((await w.run('backfill', '--days', '3', '--streams', 'a')).stderr).toContain(
      'a is read whole on each run',
    );
    for (const flags of [
      [],
      ['--days', '3', '--since', '2026-01-01'],
      ['--since', 'monday'],
      ['--since', '2999-01-01'],
      ['--days', '0'],
    ])
      expect((await w.run('backfill', ...flags)).exitCode, flags.join(' ')).toBe(2);
    expect(existsSync(w.path('out'))).toBe(false);
    rmSync(w.path('notes'), { force: true });
  });
});
