import type { HeadraceError } from '@headrace/sdk/spec';
import type { RunResult } from './events.ts';
import type { Job, RunOptions } from './job.ts';
import { errorsOf } from './outcome.ts';
import type { Ports } from './ports.ts';

/**
 * Keeps a run that could not begin, because a variable or a secret of the job does not exist. Called for runs that nobody
 * watches: history, dead letters and alerts must know of them.
 * @throws ConfigError if the job is running
 */
export async function failRun(
  job: Job,
  options: RunOptions,
  error: HeadraceError,
  ports: Ports,
): Promise<RunResult> {
  const now = ports.clock.now();
  const entry = await ports.history.begin(job, options, now);
  const { tenant, name } = job;
  ports.emit({
    type: 'run_started',
    tenant,
    job: name,
    number: entry.number,
    source: job.source.connector,
    destination: job.destination.connector,
    at: now,
  });
  const errors = errorsOf(error);
  for (const one of errors) ports.emit({ type: 'error', error: one });
  const result: RunResult = {
    tenant,
    job: name,
    number: entry.number,
    started: now,
    ended: now,
    attempts: 0,
    tries: [],
    options,
    outcome: 'failed',
    exitCode: 2,
    streams: [],
    errors,
  };
  await ports.history.end({ ...entry, ...result });
  ports.emit({ type: 'run_ended', result });
  return result;
}
