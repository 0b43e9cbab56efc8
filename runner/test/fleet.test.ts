import { mkdirSync, writeFileSync } from 'node:fs';
import { Secrets } from '@headrace/sdk/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '../src/engine/clock.ts';
import type { RunEntry } from '../src/engine/ports.ts';
import { openStores } from '../src/stores/open-stores.ts';
import { connector, type Step, stream, workspace } from './workspace.ts';

const PRIORITIES = ['critical', 'high', 'normal', 'low'] as const;

/**
 * The machine's clock, moved to just before the schedule is due. The waits between attempts are written down and cut
 * short; nothing else is.
 */
function scheduleClock(start: string) {
  const waits: number[] = [];
  const shift = Date.parse(start) - Date.now();
  const clock: Clock = {
    now: () => Date.now() + shift,
    sleep(ms, signal) {
      // A delay of 40 s, doubled, with half of it at random: no other sleep is as long and as short.
      const isDelay = ms >= 20_000 && ms < 60_000;
      if (isDelay) waits.push(ms);
      return systemClock.sleep(isDelay ? 5 : ms, signal);
    },
  };
  return { clock, waits };
}

const transient: Step[] = [
  { do: 'status', stream: 'a', status: 'STARTED' },
  { do: 'records', stream: 'a', count: 1 },
  { do: 'state', stream: 'a' },
  { do: 'error', stream: 'a', kind: 'transient_error', message: 'it is not served' },
  { do: 'status', stream: 'a', status: 'INCOMPLETE' },
];

/** It takes as long as the twenty runs, so only `npm run test:long` runs it. */
test.skipIf(process.env.HEADRACE_LONG === undefined)(
  '20 jobs of 10 tenants, two failing always, one flapping: order, isolation, retries, dead letters, history',
  async () => {
    const { clock, waits } = scheduleClock('2026-11-20T01:59:55Z');
    const w = workspace({ clock });
    mkdirSync(w.path('jobs'));
    const failing = ['job-5', 'job-12'];
    const plans: Record<string, Step[][]> = { 'job-3': [transient, stream('a', 1, 1)] };
    for (const name of failing) plans[name] = [transient];
    const jobs = Array.from({ length: 20 }, (_, k) => {
      const name = `job-${k}`;
      const job = {
        source: {
          connector: connector('source'),
          config: {
            notes: w.path(`notes-${name}`),
            plan: plans[name] ?? [stream('a', 2)],
            streams: [{ name: 'a' }],
          },
        },
        destination: { connector: connector('destination'), config: { out: w.path(`out-${name}`) } },
        schedule: '0 2 * * *',
        priority: PRIORITIES[k % 4],
        retries: 1,
        retry_delay_seconds: 40,
      };
      return { tenant: `tenant-${k % 10}`, name, job };
    });
    for (const [tenant, own = []] of Object.entries(Object.groupBy(jobs, (one) => one.tenant)))
      writeFileSync(
        w.path(`jobs/${tenant}.yaml`),
        JSON.stringify({ tenant, jobs: Object.fromEntries(own.map(({ name, job }) => [name, job])) }),
      );
    const processes = { self: () => 'test', isAlive: () => true };
    const stores = jobs.slice(0, 10).map(({ tenant }) => {
      const opened = openStores(w.path('jobs/.headrace'), tenant, processes, new Secrets(), () => {});
      onTestFinished(opened.close);
      return { tenant, ...opened };
    });
    const allRuns = async (): Promise<RunEntry[]> =>
      (
        await Promise.all(stores.map(({ history, tenant }) => Array.fromAsync(history.runs(tenant, {}))))
      ).flat();

    const served = w.run('serve', '--listen', 'off', '--file', 'jobs');
    for (let runs: RunEntry[] = []; runs.length < 20 || runs.some(({ ended }) => ended === undefined); ) {
      await systemClock.sleep(200);
      runs = await allRuns();
    }
    process.emit('SIGTERM', 'SIGTERM');
    expect((await served).exitCode).toBe(0);

    const runs = (await allRuns()).sort((a, b) => a.started - b.started);
    expect(runs).toHaveLength(20);
    // At most 3 at a time, and never 2 of a job.
    for (const run of runs) {
      const beside = runs.filter((one) => one.started <= run.started && (one.ended as number) > run.started);
      expect(beside.length).toBeLessThanOrEqual(3);
    }
    // The most urgent begin first.
    const ranks = runs.map(({ job }) => Number(job.slice(4)) % 4);
    expect(ranks).toEqual([...ranks].sort());

    // The others are complete, whoever fails beside them.
    const outcomes = Object.fromEntries(runs.map(({ job, outcome, attempts }) => [job, [outcome, attempts]]));
    for (const { name } of jobs) {
      const expected = failing.includes(name) ? ['partial', 2] : ['complete', name === 'job-3' ? 2 : 1];
      expect(outcomes[name], name).toEqual(expected);
    }
    // Each of the three waited once, for 40 s of which half is at random.
    expect(waits).toHaveLength(3);
    expect(waits.every((ms) => ms >= 20_000 && ms <= 40_000)).toBe(true);
    const letters = (await Promise.all(stores.map((one) => one.letters.list(one.tenant)))).flat();
    expect(letters.map(({ job, runs, streams }) => [job, runs, streams]).sort()).toEqual([
      ['job-12', 1, [{ name: 'a' }]],
      ['job-5', 1, [{ name: 'a' }]],
    ]);
    const status = await w.run('status', '--file', 'jobs');
    expect(status.stdout).toContain('✗ 2 of 20 jobs need somebody to look');
  },
);
