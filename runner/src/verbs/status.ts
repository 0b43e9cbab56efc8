import type { Job } from '../engine/job.ts';
import type { HistoryStore, JobKey, RunEntry } from '../engine/ports.ts';
import { isWhole, type JobStatus, type Known, statusOf } from '../jobs/status.ts';
import { showStatus } from '../terminal/status-page.ts';
import type { Answer, Context } from './context.ts';
import { loadFiles, pickJobs } from './pick-jobs.ts';
import { type MachinePorts, machinePorts } from './ports.ts';

/** `status [job…]`: each job's last run, freshness, next run, and what is wrong. 0, or 1 if something is. */
export async function status(names: readonly string[], context: Context): Promise<Answer> {
  const now = context.clock.now();
  const jobs: JobStatus[] = [];
  const picked = pickJobs(loadFiles(context), names);
  for (const file of new Set(picked.map((one) => one.file))) {
    const machine = machinePorts(file, context);
    try {
      for (const { name } of picked.filter((one) => one.file === file)) {
        const job = file.written(name);
        jobs.push(statusOf(job, await knownOf(job, machine), now));
      }
    } finally {
      machine.close();
    }
  }
  showStatus(context.output, jobs, now);
  const isFine = jobs.every(({ problems }) => problems.length === 0);
  return { exitCode: isFine ? 0 : 1, data: { at: now, jobs } };
}

/** What the stores know of a job. */
export async function knownOf(
  job: Job,
  { stores: { history, letters, pauses } }: MachinePorts,
): Promise<Known> {
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
