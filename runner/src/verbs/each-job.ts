import { asHeadraceError } from '@headrace/sdk/spec';
import type { Job } from '../engine/job.ts';
import type { Interrupt, Ports } from '../engine/ports.ts';
import type { LoadedFile } from '../jobs/load.ts';
import { showBeside } from '../terminal/log-lines.ts';
import type { Answer, Context } from './context.ts';
import { loadFiles, type PickedJob, pickJobs } from './pick-jobs.ts';
import { machinePorts } from './ports.ts';
import { signalInterrupt } from './signals.ts';

/** A job that a verb asks, with what it needs for that. */
export interface AskedJob {
  readonly file: LoadedFile;
  readonly job: Job;
  readonly ports: Ports;
  readonly interrupt: Interrupt;
}

/** What a verb found out about a job: the members of its `--json` entry. */
export interface Found {
  readonly data: object;
  /** 0 if it is left out. */
  readonly exitCode?: number;
}

/**
 * Asks each of the named jobs (all if none is named), one after the other. A job that cannot be asked is reported and the
 * others are still asked; the exit code is then 2.
 */
export async function eachJob(
  names: readonly string[],
  context: Context,
  ask: (one: AskedJob) => Promise<Found>,
): Promise<Answer> {
  return eachPicked(pickJobs(loadFiles(context), names), context, ask);
}

/** As `eachJob`, for jobs that are picked already. */
export async function eachPicked(
  picked: readonly PickedJob[],
  context: Context,
  ask: (one: AskedJob) => Promise<Found>,
): Promise<Answer> {
  const { output, clock } = context;
  const { interrupt, close } = signalInterrupt(clock);
  const jobs: object[] = [];
  let exitCode = 0;
  try {
    for (const { file, name } of picked) {
      if (interrupt.drain.aborted) break;
      const machine = machinePorts(file, context, showBeside(output));
      const whose = { tenant: file.tenant, job: name };
      try {
        const found = await ask({ file, job: file.job(name), ports: machine.ports, interrupt });
        jobs.push({ ...whose, ok: (found.exitCode ?? 0) === 0, ...found.data });
        exitCode = Math.max(exitCode, found.exitCode ?? 0);
      } catch (error) {
        exitCode = 2;
        output.error(file.placed(asHeadraceError(error), name));
        jobs.push({ ...whose, ok: false });
      } finally {
        machine.close();
      }
    }
    return { exitCode, data: { jobs } };
  } finally {
    close();
  }
}
