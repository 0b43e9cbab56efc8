import type { Job } from '../engine/job.ts';
import type { Mark, Pause } from '../engine/ports.ts';
import { nextDue, scheduleOf } from '../jobs/schedule.ts';

/** What the schedule needs to know of a job. */
export type ScheduledJob = Pick<Job, 'tenant' | 'name' | 'priority' | 'timezone'> & {
  readonly schedule: string;
};

/** How many runs may go on at a time. */
export interface RunLimits {
  readonly all: number;
  readonly perTenant: number;
}

const PRIORITIES = ['critical', 'high', 'normal', 'low'];

/** When a job is due, given until when its schedule is kept. It may lie in the past, however long ago. */
export function dueAfter(job: ScheduledJob, mark: Mark): number {
  return nextDue(job.schedule, job.timezone, mark.at) ?? Number.POSITIVE_INFINITY;
}

/** Whether a mark belongs to the job's present schedule. */
export function isOf(mark: Mark | undefined, job: ScheduledJob): mark is Mark {
  return mark?.schedule === scheduleOf(job.schedule, job.timezone);
}

export function isPaused(job: Pick<Job, 'name'>, pauses: readonly Pause[]): boolean {
  return pauses.some((one) => one.job === undefined || one.job === job.name);
}

/** A job that waits to run since it was due. */
export interface DueJob {
  readonly job: ScheduledJob;
  readonly due: number;
}

/**
 * Which of the due jobs may start now, in their order: the most urgent first; among equals the tenant with fewer runs,
 * then the one that has waited longest.
 * @param running the tenants of the runs that go on
 */
export function mayStart(due: readonly DueJob[], running: readonly string[], limits: RunLimits): DueJob[] {
  const busy = [...running];
  const left = [...due];
  const chosen: DueJob[] = [];
  const runsOf = (tenant: string) => busy.filter((one) => one === tenant).length;
  while (busy.length < limits.all) {
    const [next] = left
      .filter(({ job }) => runsOf(job.tenant) < limits.perTenant)
      .sort(
        (a, b) =>
          PRIORITIES.indexOf(a.job.priority) - PRIORITIES.indexOf(b.job.priority) ||
          runsOf(a.job.tenant) - runsOf(b.job.tenant) ||
          a.due - b.due,
      );
    if (!next) break;
    left.splice(left.indexOf(next), 1);
    busy.push(next.job.tenant);
    chosen.push(next);
  }
  return chosen;
}
