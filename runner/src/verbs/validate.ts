import { asHeadraceError, ConfigErrors, type HeadraceError } from '@headrace/sdk/spec';
import { callsOf } from '../engine/check-job.ts';
import type { Job } from '../engine/job.ts';
import type { Interrupt, Ports } from '../engine/ports.ts';
import { type PreparedJob, prepareJob } from '../engine/prepare.ts';
import { sameTargets } from '../engine/same-target.ts';
import type { LoadedFile } from '../jobs/load.ts';
import { paint } from '../terminal/line.ts';
import { showBeside } from '../terminal/log-lines.ts';
import type { Answer, Context } from './context.ts';
import { loadFiles, type PickedJob, pickJobs } from './pick-jobs.ts';
import { machinePorts } from './ports.ts';
import { signalInterrupt } from './signals.ts';

/** `validate [job…]`: everything that can be known without asking a vendor. 0, or 2 with every mistake. */
export async function validate(names: readonly string[], context: Context): Promise<Answer> {
  const { output, clock } = context;
  const jobs = pickJobs(loadFiles(context), names);
  const { interrupt, close } = signalInterrupt(clock);
  try {
    const mistakes: Mistake[] = [];
    for (const file of new Set(jobs.map((job) => job.file))) {
      const machine = machinePorts(file, context, showBeside(output));
      try {
        mistakes.push(
          ...(await mistakesOf(
            file,
            jobs.filter((job) => job.file === file),
            machine.ports,
            interrupt,
          )),
        );
      } finally {
        machine.close();
      }
    }
    const errors = withoutRepeats(mistakes);
    for (const error of errors) output.error(error);
    if (errors.length === 0)
      output.say([
        paint('green', '✓'),
        ` ${jobs.length} ${jobs.length === 1 ? 'job is' : 'jobs are'} valid: ${jobs.map(({ name }) => name).join(', ')}`,
      ]);
    return {
      exitCode: errors.length === 0 ? 0 : 2,
      data: { jobs: jobs.map(({ file, name }) => ({ tenant: file.tenant, job: name })) },
    };
  } finally {
    close();
  }
}

/** A mistake with the job it was found in. */
export interface Mistake {
  readonly name: string;
  readonly error: HeadraceError;
}

/** Every mistake in a file's jobs, including those between two jobs. */
export async function mistakesOf(
  file: LoadedFile,
  jobs: readonly PickedJob[],
  ports: Ports,
  interrupt: Interrupt,
): Promise<Mistake[]> {
  const mistakes: Mistake[] = [];
  const prepared: Array<{ job: Job; prepared: PreparedJob }> = [];
  for (const { name } of jobs) {
    try {
      const job = file.job(name);
      prepared.push({
        job,
        prepared: await prepareJob(job, ports, (origin) => callsOf(job, ports, origin, interrupt).spec),
      });
    } catch (error) {
      mistakes.push({ name, error: file.placed(asHeadraceError(error), name) });
    }
  }
  for (const { job, error } of sameTargets(prepared))
    mistakes.push({ name: job.name, error: file.placed(error, job.name) });
  return mistakes;
}

/** A mistake in the defaults is found in each job and shown once. */
function withoutRepeats(mistakes: readonly Mistake[]): HeadraceError[] {
  const seen = new Set<string>();
  return mistakes
    .flatMap<HeadraceError>(({ error }) => (error instanceof ConfigErrors ? [...error.errors] : [error]))
    .filter((error) => {
      const key = `${error.code} ${error.place} ${error.message}`;
      return !seen.has(key) && Boolean(seen.add(key));
    });
}
