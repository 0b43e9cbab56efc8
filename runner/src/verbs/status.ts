import { asHeadraceError, type HeadraceError } from '@headrace/sdk/spec';
import type { Job } from '../engine/job.ts';
import type { HistoryStore, JobKey, RunEntry } from '../engine/ports.ts';
import type { LoadedFile } from '../jobs/load.ts';
import { isWhole, type JobStatus, type Known, statusOf } from '../jobs/status.ts';
import type { Stores } from '../stores/open-stores.ts';
import { eachError } from '../terminal/error-lines.ts';
import { showStatus } from '../terminal/status-page.ts';
import type { Answer, Context } from './context.ts';
import { loadFiles, pickJobs } from './pick-jobs.ts';
import { machinePorts } from './ports.ts';

/** `status [job…]`: each job's last run, freshness, next run, and what is wrong. 0, or 1 if something is. */
export async function status(names: readonly string[], context: Context): Promise<Answer> {
  const now = context.clock.now();
  const picked = pickJobs(loadFiles(context), names);
  const jobs: JobStatus[] = [];
  for (const file of new Set(picked.map((one) => one.file))) {
    const machine = machinePorts(file, context);
    const own = picked.filter((one) => one.file === file).map(({ name }) => name);
    jobs.push(...(await jobStatuses(file, own, machine.stores, now).finally(machine.close)));
  }
  showStatus(context.output, jobs, now);
  const isFine = jobs.every(({ problems }) => problems.length === 0);
  return { exitCode: isFine ? 0 : 1, data: { at: now, jobs } };
}

/** The status of all jobs of some files. */
export async function statusesOf(
  files: readonly LoadedFile[],
  storesOf: (file: LoadedFile) => Stores,
  now: number,
): Promise<JobStatus[]> {
  const statuses = files.map((file) => jobStatuses(file, file.jobs, storesOf(file), now));
  return (await Promise.all(statuses)).flat();
}

async function jobStatuses(
  file: LoadedFile,
  names: readonly string[],
  stores: Stores,
  now: number,
): Promise<JobStatus[]> {
  const statuses: JobStatus[] = [];
  for (const name of names) {
    let job: Job;
    try {
      job = file.written(name);
    } catch (error) {
      statuses.push(unreadable(file, name, asHeadraceError(error)));
      continue;
    }
    statuses.push(statusOf(job, await knownOf(job, stores), now));
  }
  return statuses;
}

/** A job with a mistake in the file is a problem of its own; the others are shown. */
function unreadable({ tenant }: LoadedFile, job: string, error: HeadraceError): JobStatus {
  const problems = eachError(error).map(({ code, place, message, hint }) => ({
    code,
    message: place ? `${place}: ${message}` : message,
    hint: hint ?? 'headrace validate shows all mistakes',
  }));
  return { tenant, job, priority: 'normal', problems };
}

/** What the stores know of a job. */
async function knownOf(job: Job, { history, letters, pauses }: Stores): Promise<Known> {
  const { tenant, name } = job;
  const running = await history.running(job);
  const runs = (await runsToLastComplete(job, history)).filter((run) => run.number !== running?.number);
  const open = await letters.list(tenant);
  return {
    running,
    runs,
    letters: open.filter((one) => one.job === name),
    pauses: await pauses.list(tenant),
  };
}

/** The ordinary runs of a job, newest first, as far as the last one that completed every stream. */
export async function runsToLastComplete(
  { tenant, name }: JobKey,
  history: Pick<HistoryStore, 'runs'>,
): Promise<RunEntry[]> {
  const runs: RunEntry[] = [];
  for await (const run of history.runs(tenant, { job: name, kind: 'sync' })) {
    runs.push(run);
    if (isWhole(run)) break;
  }
  return runs;
}
