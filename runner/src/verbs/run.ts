import { asHeadraceError, ConfigError } from '@headrace/sdk/spec';
import { checkJob } from '../engine/check-job.ts';
import type { RunError, RunResult } from '../engine/events.ts';
import { isPermanent } from '../engine/failures.ts';
import type { Job, RunOptions } from '../engine/job.ts';
import type { Interrupt } from '../engine/ports.ts';
import { runJob } from '../engine/run-job.ts';
import type { LoadedFile } from '../jobs/load.ts';
import { isPaused } from '../schedule/plan.ts';
import { lineProgress } from '../terminal/log-lines.ts';
import { liveProgress, type ProgressView } from '../terminal/progress.ts';
import { showResult } from '../terminal/run-table.ts';
import { streamName } from '../terminal/text.ts';
import { listenForAlerts } from './alerts.ts';
import type { Answer, Context } from './context.ts';
import { loadFiles, type PickedJob, pickJobs } from './pick-jobs.ts';
import { machinePorts } from './ports.ts';
import { signalInterrupt } from './signals.ts';
import { listenForTelemetry } from './telemetry.ts';
import { mistakesOf } from './validate.ts';

export interface RunFlags {
  readonly all?: boolean;
  readonly check: boolean;
  readonly dryRun?: boolean;
  /** Started by a schedule: a job that is paused is left out. */
  readonly scheduled?: boolean;
  readonly streams?: readonly string[];
}

const PRIORITIES = ['critical', 'high', 'normal', 'low'];

/** `run [job…|--all]`: one job after the other, the most urgent first. */
export async function run(names: readonly string[], flags: RunFlags, context: Context): Promise<Answer> {
  const chosen = choose(names, flags, context);
  const picked = flags.scheduled ? await withoutPaused(chosen, context) : chosen;
  const { interrupt, close } = signalInterrupt(context.clock);
  try {
    const jobs = await ready(picked, context, interrupt);
    const results: RunResult[] = [];
    let exitCode = jobs.length < picked.length ? 2 : 0;
    for (const { file, job } of jobs) {
      if (interrupt.drain.aborted) break;
      const { check, streams } = flags;
      const options: RunOptions = { check, ...(streams ? { streams } : {}) };
      const answer = flags.dryRun
        ? await show(file, job, options, context, interrupt)
        : await runOne(file, job, options, context, interrupt);
      if (typeof answer === 'number') exitCode = Math.max(exitCode, answer);
      else results.push(answer);
    }
    if (flags.dryRun) return { exitCode, data: { dry_run: true } };
    return answerOf(results, picked.length - jobs.length);
  } finally {
    close();
  }
}

/** Leaves out the jobs that are paused. */
async function withoutPaused(jobs: readonly PickedJob[], context: Context): Promise<PickedJob[]> {
  const left: PickedJob[] = [];
  for (const job of jobs) {
    const machine = machinePorts(job.file, context);
    const pauses = await machine.stores.pauses.list(job.file.tenant).finally(machine.close);
    if (!isPaused(job, pauses)) left.push(job);
    else if (!context.output.quiet) context.output.note(`${job.file.tenant}/${job.name} is paused`);
  }
  return left;
}

/** The answer of a verb that has run jobs. @param leftOut how many were not run, because of a mistake */
export function answerOf(results: readonly RunResult[], leftOut = 0): Answer {
  const errors = results.flatMap(({ tenant, job, errors }) =>
    errors.map((error) => ({ tenant, job, ...error })),
  );
  return { exitCode: exitCodeOf(results, leftOut), data: { runs: results }, errors };
}

/** 0 all complete, 2 nothing newly committed anywhere, else 1; interrupted as the interrupted run says. */
function exitCodeOf(results: readonly RunResult[], leftOut: number): number {
  const interrupted = results.find(({ outcome }) => outcome === 'interrupted');
  if (interrupted) return interrupted.exitCode;
  if (leftOut === 0 && results.every(({ exitCode }) => exitCode === 0)) return 0;
  return results.every(({ exitCode }) => exitCode === 2) ? 2 : 1;
}

function choose(names: readonly string[], flags: RunFlags, context: Context): PickedJob[] {
  const files = loadFiles(context);
  const picked = pickJobs(files, names);
  if (picked.length === 0) throw new ConfigError('there are no jobs', { code: 'jobs.none' });
  if (names.length > 0 && flags.all)
    throw new ConfigError('name jobs or say --all, not both', { code: 'usage.conflict' });
  if (names.length === 0 && !flags.all && picked.length > 1) {
    throw new ConfigError('which job?', {
      code: 'usage.which_job',
      hint: `name one of ${picked.map(({ name }) => name).join(', ')}, or say --all`,
    });
  }
  return picked;
}

/**
 * Resolves the jobs, the most urgent first. Several jobs are validated together, because they may write to the same
 * target. A job with a mistake is reported and left out; the others run.
 */
async function ready(
  picked: readonly PickedJob[],
  context: Context,
  interrupt: Interrupt,
): Promise<Array<{ file: LoadedFile; job: Job }>> {
  const bad = new Set<PickedJob>();
  const spoil = (one: PickedJob | undefined, error: unknown) => {
    if (one) bad.add(one);
    context.output.error(asHeadraceError(error));
  };
  for (const file of new Set(picked.map((one) => one.file))) {
    const own = picked.filter((one) => one.file === file);
    if (own.length === 1) continue;
    const machine = machinePorts(file, context);
    try {
      for (const { name, error } of await mistakesOf(file, own, machine.ports, interrupt)) {
        // Transient errors are left to the run itself, which retries.
        if (isPermanent(error))
          spoil(
            own.find((one) => one.name === name),
            error,
          );
      }
    } finally {
      machine.close();
    }
  }
  const jobs = picked
    .filter((one) => !bad.has(one))
    .flatMap((one) => {
      try {
        return [{ file: one.file, job: one.file.job(one.name) }];
      } catch (error) {
        spoil(one, error);
        return [];
      }
    });
  return jobs.sort((a, b) => PRIORITIES.indexOf(a.job.priority) - PRIORITIES.indexOf(b.job.priority));
}

/** Runs a job and shows its progress and its result. */
export async function runOne(
  file: LoadedFile,
  job: Job,
  options: RunOptions,
  context: Context,
  interrupt: Interrupt,
): Promise<RunResult> {
  const { output, clock } = context;
  const view: ProgressView = output.live ? liveProgress(output, clock) : lineProgress(output, clock);
  const machine = machinePorts(file, context, (event) => view.onEvent(event));
  const alerts = listenForAlerts(file, job.name, machine, context);
  let result: RunResult;
  try {
    const telemetry = await listenForTelemetry(machine, context);
    result = await runJob(job, options, machine.ports, interrupt);
    await Promise.all([alerts.sent(), telemetry.sent()]);
  } finally {
    machine.close();
    view.end();
  }
  const placed = { ...result, errors: result.errors.map((error) => inFile(error, file, job.name)) };
  showResult(output, placed);
  return placed;
}

function inFile(error: RunError, file: LoadedFile, job: string): RunError {
  // A connector's own place (an option, a stream, a request) may look like a key of a job.
  const isOfJob = error.origin === 'runner' || /^(source|destination)\.config\./.test(error.place ?? '');
  return error.place === undefined || !isOfJob ? error : { ...error, place: file.place(error.place, job) };
}

/** `--dry-run`: does everything but read, and shows how each stream would be read. */
async function show(
  file: LoadedFile,
  job: Job,
  options: RunOptions,
  context: Context,
  interrupt: Interrupt,
): Promise<number> {
  const { output } = context;
  const machine = machinePorts(file, context);
  try {
    const { streams } = await checkJob(job, options, 1, machine.ports, interrupt);
    output.say(`${file.tenant} › ${job.name}: ${job.source.connector} → ${job.destination.connector}`);
    for (const one of streams)
      output.say(`  ${streamName(one.stream)}  ${one.sync_mode} → ${one.destination_sync_mode}`);
    return 0;
  } catch (error) {
    output.error(file.placed(asHeadraceError(error), job.name));
    return 2;
  } finally {
    machine.close();
  }
}
