import { ConfigError } from '@headrace/sdk/spec';
import type { Answer, Context } from './context.ts';
import { loadFiles, type PickedJob, pickJobs } from './pick-jobs.ts';
import { type MachinePorts, machinePorts } from './ports.ts';

export interface PauseFlags {
  readonly all?: boolean;
  readonly reason?: string;
}

/** `pause [job…|--all]`: the schedule leaves these jobs out until they are resumed. `run` still runs them. */
export async function pause(names: readonly string[], flags: PauseFlags, context: Context): Promise<Answer> {
  const since = context.clock.now();
  return change(names, flags, context, async ({ stores: { pauses } }, tenant, job) => {
    await pauses.pause(tenant, { job, since, reason: flags.reason });
    return 'paused';
  });
}

/** `resume [job…|--all]` */
export async function resume(names: readonly string[], flags: PauseFlags, context: Context): Promise<Answer> {
  return change(names, flags, context, async ({ stores: { pauses } }, tenant, job) =>
    (await pauses.resume(tenant, job)) ? 'resumed' : 'was not paused',
  );
}

/** @param work called for each job, or with `--all` once for each tenant, without a job */
async function change(
  names: readonly string[],
  { all }: PauseFlags,
  context: Context,
  work: (machine: MachinePorts, tenant: string, job: string | undefined) => Promise<string>,
): Promise<Answer> {
  if ((names.length === 0) !== (all === true))
    throw new ConfigError('name jobs or say --all', { code: 'usage.which_job' });
  const files = loadFiles(context);
  const chosen: Array<Pick<PickedJob, 'file'> & { name?: string }> = all
    ? files.map((file) => ({ file }))
    : pickJobs(files, names);
  const results = [];
  for (const { file, name } of chosen) {
    const machine = machinePorts(file, context);
    try {
      const result = await work(machine, file.tenant, name);
      context.output.say(`${file.tenant} › ${name ?? 'all jobs'}: ${result}`);
      results.push({ tenant: file.tenant, ...(name === undefined ? {} : { job: name }), result });
    } finally {
      machine.close();
    }
  }
  return { exitCode: 0, data: { jobs: results } };
}
