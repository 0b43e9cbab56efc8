import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secrets } from '@headrace/sdk/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { scheduleOf } from '../jobs/schedule.ts';
import { openStores } from '../stores/open-stores.ts';
import { keepSchedule } from './keep-schedule.ts';
import type { RunLimits, ScheduledJob } from './plan.ts';
import { virtualClock } from './virtual-clock.test-support.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A schedule that is kept in virtual time, over real stores. */
function world(start: string, limits: RunLimits = { all: 100, perTenant: 100 }) {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-schedule-'));
  const clock = virtualClock(Date.parse(start));
  const processes = { self: () => 'me', isAlive: () => false };
  const stores = openStores(folder, 'acme', processes, new Secrets(), () => {});
  onTestFinished(() => {
    stores.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const jobs: ScheduledJob[] = [];
  const runs: Array<{ name: string; at: number }> = [];
  const minutes = new Map<string, number>();
  let busy = 0;
  let most = 0;
  let underWay = 0;
  return {
    clock,
    jobs,
    runs,
    minutes,
    busyFor: (times: number) => {
      busy = times;
    },
    stores,
    most: () => most,
    add(name: string, schedule: string, over: Partial<ScheduledJob> = {}) {
      jobs.push({ tenant: 'acme', name, schedule, priority: 'normal', timezone: undefined, ...over });
    },
    times: (name: string) =>
      runs.filter((run) => run.name === name).map(({ at }) => new Date(at).toISOString().slice(0, 16)),
    /** Keeps the schedule for a time, as one process does. */
    async serve(forMs: number) {
      const stop = new AbortController();
      const over = keepSchedule({
        clock,
        limits,
        marks: stores.marks,
        pauses: stores.pauses,
        jobs: () => jobs,
        stop: stop.signal,
        lookMs: 300_000,
        async run(job) {
          if (busy-- > 0) return 'busy';
          const schedule = scheduleOf(job.schedule, job.timezone);
          const at = clock.now();
          const entry = await stores.history.begin(job, { check: true, schedule }, at);
          most = Math.max(most, ++underWay);
          runs.push({ name: job.name, at });
          await clock.sleep((minutes.get(job.name) ?? 1) * 60_000);
          underWay--;
          await stores.history.end({ ...entry, ended: clock.now(), outcome: 'complete', exitCode: 0 });
          return 'ran';
        },
      });
      await clock.runUntil(clock.now() + forMs);
      stop.abort();
      let isOver = false;
      void over.then(() => (isOver = true));
      while (!isOver) await clock.runUntil(clock.now() + 60_000);
      await over;
    },
  };
}

describe('a week', () => {
  const BERLIN = { timezone: 'Europe/Berlin' };

  test('in which the clock moves on in spring: every due run happens once', async () => {
    const w = world('2026-03-25T12:00:00Z');
    w.add('night', '30 2 * * *', BERLIN);
    w.add('hourly', '0 * * * *', BERLIN);
    w.add('often', '*/15 * * * *', BERLIN);
    w.add('workdays', '0 8 * * mon-fri', BERLIN);
    w.add('new-york', '30 2 * * *', { timezone: 'America/New_York' });
    await w.serve(7 * DAY - 60_000);
    expect(w.times('night')).toEqual([
      '2026-03-26T01:30',
      '2026-03-27T01:30',
      '2026-03-28T01:30',
      // 02:30 does not exist: the clock moves from 02:00 to 03:00.
      '2026-03-29T01:00',
      '2026-03-30T00:30',
      '2026-03-31T00:30',
      '2026-04-01T00:30',
    ]);
    const hours = Array.from({ length: 7 * 24 - 1 }, (_, k) => Date.parse('2026-03-25T13:00:00Z') + k * HOUR);
    expect(w.runs.filter(({ name }) => name === 'hourly').map(({ at }) => at)).toEqual(hours);
    expect(w.times('often')).toHaveLength(4 * 7 * 24 - 1);
    expect(w.times('workdays')).toEqual([
      '2026-03-26T07:00',
      '2026-03-27T07:00',
      '2026-03-30T06:00',
      '2026-03-31T06:00',
      '2026-04-01T06:00',
    ]);
    expect(w.times('new-york').every((time) => time.endsWith('06:30'))).toBe(true);
  });

  test('in which an hour comes twice in autumn: a time of the day once, an hourly job twice', async () => {
    const w = world('2026-10-22T12:00:00Z');
    w.add('night', '30 2 * * *', BERLIN);
    w.add('hourly', '30 * * * *', BERLIN);
    await w.serve(7 * DAY);
    expect(w.times('night')).toEqual([
      '2026-10-23T00:30',
      '2026-10-24T00:30',
      '2026-10-25T00:30',
      '2026-10-26T01:30',
      '2026-10-27T01:30',
      '2026-10-28T01:30',
      '2026-10-29T01:30',
    ]);
    expect(w.times('hourly')).toHaveLength(7 * 24);
  });
});

test('what was missed while nobody kept the schedule is caught up by one run', async () => {
  const w = world('2026-11-02T00:30:00Z');
  w.add('hourly', '0 * * * *');
  await w.serve(2 * HOUR);
  expect(w.times('hourly')).toEqual(['2026-11-02T01:00', '2026-11-02T02:00']);
  await w.clock.runUntil(Date.parse('2026-11-04T09:20:00Z'));
  await w.serve(2 * HOUR);
  expect(w.times('hourly').slice(2)).toEqual(['2026-11-04T09:20', '2026-11-04T10:00', '2026-11-04T11:00']);
});

test('times that pass while a job runs are caught up by one run, and none runs twice at a time', async () => {
  const w = world('2026-11-02T00:30:00Z');
  w.add('slow', '0 * * * *');
  w.minutes.set('slow', 150);
  await w.serve(6 * HOUR);
  expect(w.times('slow')).toEqual(['2026-11-02T01:00', '2026-11-02T03:30', '2026-11-02T06:00']);
  expect(w.most()).toBe(1);
});

test('a new job begins with its next time, a changed schedule too', async () => {
  const w = world('2026-11-02T00:30:00Z');
  w.add('other', '0 0 * * *');
  const later = w.serve(10 * HOUR);
  await new Promise((resolve) => setTimeout(resolve, 20));
  w.add('new', '0 5 * * *');
  await later;
  await w.clock.runUntil(Date.parse('2026-11-03T12:00:00Z'));
  w.jobs[1] = { ...w.jobs[1]!, schedule: '0 13 * * *' };
  await w.serve(2 * HOUR);
  expect(w.times('new').at(-1)).toBe('2026-11-03T13:00');
});

test('while a job is paused its times pass; a pause of all stops all', async () => {
  const w = world('2026-11-02T00:30:00Z');
  w.add('a', '0 * * * *');
  w.add('b', '0 * * * *');
  await w.stores.pauses.pause('acme', { job: 'a', since: 0 });
  await w.serve(2 * HOUR);
  await w.stores.pauses.resume('acme', 'a');
  await w.stores.pauses.pause('acme', { since: 0 });
  const before = w.runs.length;
  await w.serve(2 * HOUR);
  expect(w.runs.length).toBe(before);
  await w.stores.pauses.resume('acme', undefined);
  expect(w.times('a')).toEqual([]);
  await w.serve(HOUR);
  expect(w.times('a')).toHaveLength(1);
  expect(w.times('b')).toHaveLength(3);
});

test('a job that somebody else runs stays due', async () => {
  const w = world('2026-11-02T00:30:00Z');
  w.add('a', '0 * * * *');
  w.busyFor(3);
  await w.serve(HOUR);
  expect(w.times('a')).toEqual(['2026-11-02T01:15']);
});

test('20 jobs of 10 tenants: the urgent first, fair to the tenants, within the limits', async () => {
  const w = world('2026-11-02T00:30:00Z', { all: 3, perTenant: 2 });
  const priorities = ['low', 'normal', 'high', 'critical'] as const;
  for (let k = 0; k < 20; k++)
    w.add(`job-${k}`, '0 1 * * *', { tenant: `tenant-${k % 10}`, priority: priorities[k % 4] as 'low' });
  w.minutes.clear();
  const stop = w.serve(3 * HOUR);
  await stop;
  expect(w.runs).toHaveLength(20);
  expect(w.most()).toBe(3);
  const order = w.runs.map(({ name }) => priorities[Number(name.slice(4)) % 4]);
  const rank = order.map((one) => priorities.indexOf(one!));
  expect(rank).toEqual([...rank].sort((a, b) => b - a));
});
