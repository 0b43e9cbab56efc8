import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { Secrets } from '@headrace/sdk/protocol';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../src/engine/clock.ts';
import { openStores } from '../src/stores/open-stores.ts';
import { connector, stream, workspace } from './workspace.ts';

/** The machine's clock, moved by `set` to another time. */
function movedClock(): Clock & { set(now: string): void } {
  let shift = 0;
  return {
    now: () => Date.now() + shift,
    sleep: systemClock.sleep,
    set: (now) => {
      shift = Date.parse(now) - Date.now();
    },
  };
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await systemClock.sleep(100);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function get(port: number, path: string, host = 'localhost'): Promise<{ status?: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    asked.on('error', reject).end();
  });
}

test('serve runs what is due, keeps what failed, and ends in order when it is told to', async () => {
  const clock = movedClock();
  const w = workspace({ clock });
  const job = (plan: object[], over: object = {}) => ({
    source: {
      connector: connector('source'),
      config: { notes: w.path('notes'), plan: [plan], streams: [{ name: 'a' }], ...over },
    },
    destination: { connector: connector('destination'), config: { out: w.path('out') } },
    schedule: '0 2 * * *',
    retries: 0,
  });
  mkdirSync(w.path('jobs'));
  const write = (tenant: string, jobs: object) =>
    writeFileSync(w.path(`jobs/${tenant}.yaml`), JSON.stringify({ tenant, jobs }));
  write('acme', {
    fine: job(stream('a', 2)),
    refused: job([], { check: 'FAILED' }),
    later: { ...job(stream('a', 1)), schedule: '0 3 * * *' },
  });
  write('globex', { 'no-secret': job([], { token: '${secret:gone}' }), paused: job(stream('a', 1)) });
  const files = ['--file', 'jobs'];
  await w.run('pause', 'paused', ...files);

  const open = (tenant: string) =>
    openStores(
      w.path('jobs/.headrace'),
      tenant,
      { self: () => 'test', isAlive: () => true },
      new Secrets(),
      () => {},
    );
  const acme = open('acme');
  const globex = open('globex');
  clock.set('2026-11-20T01:59:57.5Z');
  const port = await freePort();
  const served = w.run('serve', '--listen', `127.0.0.1:${port}`, ...files);
  const done = async () => {
    const ended = [
      ...(await Array.fromAsync(acme.history.runs('acme', {}))),
      ...(await Array.fromAsync(globex.history.runs('globex', {}))),
    ];
    return ended.length === 3 && ended.every((run) => run.ended !== undefined);
  };
  await until(done);
  // A second one would run everything twice.
  const second = await w.run('serve', '--listen', '127.0.0.1:0', ...files);
  expect([second.exitCode, second.stderr]).toEqual([2, expect.stringContaining('✗ serve.already_running')]);
  const health = await get(port, '/health');
  expect([health.status, JSON.parse(health.body).ok]).toEqual([200, true]);
  const { body } = await get(port, '/metrics');
  expect(body).toContain('headrace_runs_total{tenant="acme",job="fine",outcome="complete"} 1\n');
  expect(body).toContain('headrace_records_committed_total{tenant="acme",job="fine",stream="a"} 2\n');
  expect(body).toMatch(/^headrace_job_problems\{tenant="globex",job="no-secret"\} 1$/m);
  expect(body).toMatch(/^headrace_job_next_run_timestamp_seconds\{tenant="acme",job="later"\} 1795143600$/m);
  for (const [path, host, status] of [
    ['/', '127.0.0.1', 404],
    ['/metrics', 'rebound.example', 403],
  ] as const)
    expect((await get(port, path, host)).status).toBe(status);
  process.emit('SIGTERM', 'SIGTERM');
  const ran = await served;
  expect(ran.exitCode).toBe(0);
  expect(ran.stderr).toContain('serve keeps the schedules of 5 jobs');
  expect(ran.stderr).toContain('✓ acme › fine #1 complete');
  expect(ran.stderr).toMatch(/✗ config.secret_not_found .*no-secret/);
  expect(ran.stderr).toContain('serve was stopped by SIGTERM');

  const runs = [
    ...(await Array.fromAsync(acme.history.runs('acme', {}))),
    ...(await Array.fromAsync(globex.history.runs('globex', {}))),
  ];
  expect(runs.map(({ job, outcome, options }) => [job, outcome, options.schedule]).sort()).toEqual([
    ['fine', 'complete', '0 2 * * * UTC'],
    ['no-secret', 'failed', '0 2 * * * UTC'],
    ['refused', 'failed', '0 2 * * * UTC'],
  ]);
  expect(await globex.letters.list('globex')).toMatchObject([
    { job: 'no-secret', errors: [{ code: 'config.secret_not_found' }] },
  ]);
  acme.close();
  globex.close();
  // Nothing is due again.
  const status = await w.run('status', ...files, '--json');
  expect(status.json.data).toMatchObject({
    jobs: expect.arrayContaining([expect.objectContaining({ job: 'fine', problems: [] })]),
  });
});

test('schedule export writes a crontab, systemd timers and GitHub workflows', async () => {
  const w = workspace();
  const ends = { source: { connector: 'x' }, destination: { connector: 'y' } };
  const jobs = {
    night: { ...ends, schedule: '30 2 * * *', timezone: 'Europe/Berlin' },
    both: { ...ends, schedule: '*/20 8-9 1 * mon' },
    none: ends,
  };
  w.write('headrace.yaml', JSON.stringify({ tenant: 'acme', jobs }));
  const cron = (await w.run('schedule', 'export', 'cron')).stdout;
  expect(cron).toContain('CRON_TZ=Europe/Berlin\n30 2 * * * cd ');
  expect(cron).toMatch(/ run night --scheduled --file \S+headrace.yaml --tenant acme\n/);
  expect(cron).not.toContain('none');
  const systemd = (await w.run('schedule', 'export', 'systemd')).stdout;
  expect(systemd).toContain('# headrace-acme-night.timer');
  expect(systemd).toContain('OnCalendar=*-*-* 02:30:00 Europe/Berlin\nPersistent=true');
  // Cron takes either of day and weekday.
  expect(systemd).toContain(
    'OnCalendar=*-*-01 08,09:00,20,40:00 UTC\nOnCalendar=Mon *-*-* 08,09:00,20,40:00 UTC\n',
  );
  const github = (await w.run('schedule', 'export', 'github', 'night')).stdout;
  expect(github).toContain('- cron: 30 1 * * *\n');
  expect(github).toContain('in summer this runs 60 minutes later');
  expect(github).toContain('npx headrace run night --tenant acme');
  w.write(
    'headrace.yaml',
    JSON.stringify({ jobs: { j: { ...ends, schedule: '0 1 1 * *', timezone: 'Asia/Tokyo' } } }),
  );
  expect((await w.run('schedule', 'export', 'github')).stderr).toContain('✗ schedule.not_in_utc');
  w.write('headrace.yaml', JSON.stringify({ jobs: { j: ends } }));
  expect((await w.run('schedule', 'export', 'cron')).stderr).toContain('✗ schedule.none');
  expect((await w.run('serve')).stderr).toContain('✗ schedule.none');
  w.write('headrace.yaml', JSON.stringify({ jobs: { j: { ...ends, schedule: '0 1 1 * *' } } }));
  expect((await w.run('serve', '--listen', '0.0.0.0:7733')).stderr).toContain('✗ serve.not_loopback');
});
