import type { Clock } from '../engine/clock.ts';
import type { JobKey, Mark, MarkStore, Pause, PauseStore } from '../engine/ports.ts';
import { scheduleOf } from '../jobs/schedule.ts';
import {
  type DueJob,
  dueAfter,
  isOf,
  isPaused,
  mayStart,
  type RunLimits,
  type ScheduledJob,
} from './plan.ts';

/** What keeping a schedule needs of its surroundings. */
export interface ScheduleEnv {
  readonly clock: Clock;
  readonly limits: RunLimits;
  readonly marks: MarkStore;
  readonly pauses: Pick<PauseStore, 'list'>;
  /** The jobs that have a schedule, as the jobs file says now. */
  jobs(): readonly ScheduledJob[];
  /** Called after each look at what is due. An error (the disk is full) ends nothing: it looks again later. */
  onLook?(error?: unknown): void;
  /**
   * Runs a job until it is over. It never rejects.
   * @returns `busy` if somebody else runs the job now: it stays due
   */
  run(job: ScheduledJob): Promise<'ran' | 'busy'>;
  /** Aborted: nothing more is started. */
  readonly stop: AbortSignal;
  /** Pauses and changes of the jobs file are noticed within this time, in milliseconds. */
  readonly lookMs: number;
}

/** A job that somebody else runs is tried again after this time. */
const BUSY_MS = 60_000;

/**
 * Starts each job when it is due, until it is stopped and all runs are over. Each due time is run once. Times that passed
 * while nobody kept the schedule, or while the job was running or waiting, are caught up by one run. While a job is
 * paused, its times pass.
 */
export async function keepSchedule(env: ScheduleEnv): Promise<void> {
  const { clock, stop } = env;
  const running = new Map<string, { readonly tenant: string; readonly over: Promise<void> }>();
  const notBefore = new Map<string, number>();
  let wake = () => {};
  const onStop = () => wake();
  stop.addEventListener('abort', onStop, { once: true });

  async function begin(job: ScheduledJob): Promise<void> {
    const key = keyOf(job);
    const result = await env.run(job);
    if (result === 'busy') notBefore.set(key, clock.now() + BUSY_MS);
    else notBefore.delete(key);
    running.delete(key);
    wake();
  }

  while (!stop.aborted) {
    const now = clock.now();
    const { due, next } = await look(env, now);
    const waiting = due.filter(
      ({ job }) => !running.has(keyOf(job)) && (notBefore.get(keyOf(job)) ?? 0) <= now,
    );
    const tenants = [...running.values()].map(({ tenant }) => tenant);
    for (const { job } of mayStart(waiting, tenants, env.limits))
      running.set(keyOf(job), { tenant: job.tenant, over: begin(job) });
    const woken = new AbortController();
    wake = () => woken.abort();
    if (!stop.aborted) await clock.sleep(Math.max(1, Math.min(next - now, env.lookMs)), woken.signal);
  }
  stop.removeEventListener('abort', onStop);
  await Promise.all([...running.values()].map(({ over }) => over));
}

async function look(env: ScheduleEnv, now: number): Promise<{ due: DueJob[]; next: number }> {
  try {
    const found = await dueJobs(env, now);
    env.onLook?.();
    return found;
  } catch (error) {
    env.onLook?.(error);
    return { due: [], next: Number.POSITIVE_INFINITY };
  }
}

/** The jobs that are due, and when the next one will be. */
async function dueJobs(env: ScheduleEnv, now: number): Promise<{ due: DueJob[]; next: number }> {
  const jobs = env.jobs();
  const marks = new Map<string, Mark>();
  const pauses = new Map<string, readonly Pause[]>();
  for (const tenant of new Set(jobs.map((job) => job.tenant))) {
    for (const mark of await env.marks.list(tenant)) marks.set(keyOf({ tenant, name: mark.job }), mark);
    pauses.set(tenant, await env.pauses.list(tenant));
  }
  const due: DueJob[] = [];
  let next = Number.POSITIVE_INFINITY;
  for (const job of jobs) {
    const mark = marks.get(keyOf(job));
    const passes = isPaused(job, pauses.get(job.tenant) ?? []);
    if (!isOf(mark, job) || (passes && dueAfter(job, mark) <= now)) {
      // A new or changed schedule begins now, and times that pass in a pause are not caught up.
      const schedule = scheduleOf(job.schedule, job.timezone);
      const fresh = { job: job.name, schedule, at: now };
      await env.marks.set(job.tenant, fresh);
      next = Math.min(next, dueAfter(job, fresh));
      continue;
    }
    const at = dueAfter(job, mark);
    if (at <= now) due.push({ job, due: at });
    else next = Math.min(next, at);
  }
  return { due, next };
}

function keyOf({ tenant, name }: JobKey): string {
  return `${tenant}/${name}`;
}
