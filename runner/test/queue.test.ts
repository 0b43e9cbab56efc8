import { Secrets } from '@headrace/sdk/protocol';
import { expect, test } from 'vitest';
import { systemClock } from '../src/engine/clock.ts';
import type { RunEvent } from '../src/engine/events.ts';
import { runJob } from '../src/engine/run-job.ts';
import { loadJobs, referencesOf } from '../src/jobs/load.ts';
import { parseJob, resolveJob } from '../src/jobs/resolve.ts';
import { createOutput } from '../src/terminal/output.ts';
import { machinePorts } from '../src/verbs/ports.ts';
import { type Step, stream, workspace } from './workspace.ts';

const never = new AbortController().signal;

test('a job that went through a queue as JSON runs the same, and its events survive JSON', async () => {
  const w = workspace();
  const error: Step = { do: 'error', stream: 'b', kind: 'config_error', message: 'b may not be read' };
  const plan = [[...stream('a', 2), { do: 'status', stream: 'b', status: 'STARTED' }, error]];
  w.job(plan, {
    source: { token: '${secret:vendor}', base_url: '${URL}/$$', n: 5 },
    job: { timeout_minutes: 5 },
  });
  w.write('secrets/acme/vendor', 'sesame-of-vendor');
  const secrets = new Secrets();
  const env = { PATH: process.env.PATH, URL: 'https://vendor.example' };
  const options = { cwd: w.folder, env, learned: (one: string) => secrets.add([one]), warn: () => {} };
  const file = loadJobs(undefined, options)[0]!;

  const queued = JSON.stringify(file.written('j'));
  expect(queued).toContain('${secret:vendor}');
  expect(queued).not.toMatch(/sesame|vendor\.example/);
  // On the machine that runs it.
  const job = resolveJob(parseJob(queued), referencesOf(w.folder, 'acme', options));
  expect(job).toEqual(file.job('j'));
  expect(job.source.config).toMatchObject({
    token: 'sesame-of-vendor',
    base_url: 'https://vendor.example/$',
    n: 5,
  });

  const sink = { write: () => {} };
  const output = createOutput({
    json: false,
    quiet: true,
    logLevel: 'INFO',
    stdout: sink,
    stderr: sink,
    env,
    secrets,
  });
  const events: RunEvent[] = [];
  const context = { flags: {}, output, secrets, env, cwd: w.folder, clock: systemClock };
  const machine = machinePorts(file, context, (event) => events.push(event));
  try {
    const result = await runJob(job, { check: false }, machine.ports, {
      drain: never,
      cut: never,
      kill: never,
    });
    expect(result).toMatchObject({ tenant: 'acme', job: 'j', exitCode: 1 });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  } finally {
    machine.close();
  }
  expect(w.ids('a')).toEqual([0, 1]);
  expect(new Set(events.map(({ type }) => type))).toEqual(
    new Set(['run_started', 'program', 'phase', 'streams', 'progress', 'error', 'run_ended']),
  );
  for (const event of events) expect(JSON.parse(JSON.stringify(event))).toEqual(event);
});
