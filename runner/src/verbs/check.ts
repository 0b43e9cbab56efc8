import { asHeadraceError } from '@headrace/sdk/spec';
import { checkJob } from '../engine/check-job.ts';
import { paint } from '../terminal/line.ts';
import { showBeside } from '../terminal/log-lines.ts';
import { streamName } from '../terminal/text.ts';
import type { Answer, Context } from './context.ts';
import { loadFiles, pickJobs } from './pick-jobs.ts';
import { machinePorts } from './ports.ts';
import { signalInterrupt } from './signals.ts';

/** `check [job…]`: checks both ends of each job with the selected streams. Exit code 0 or 2. */
export async function check(names: readonly string[], context: Context): Promise<Answer> {
  const { output, clock } = context;
  const jobs = pickJobs(loadFiles(context), names);
  const { interrupt, close } = signalInterrupt(clock);
  const results: unknown[] = [];
  let failed = 0;
  try {
    for (const { file, name } of jobs) {
      const machine = machinePorts(file, context, showBeside(output));
      try {
        const { streams } = await checkJob(file.job(name), { check: true }, 1, machine.ports, interrupt);
        output.say([
          paint('green', '✓'),
          ` ${file.tenant} › ${name}: both ends work, ${streams.length} ${streams.length === 1 ? 'stream' : 'streams'}`,
        ]);
        results.push({
          tenant: file.tenant,
          job: name,
          ok: true,
          streams: streams.map(({ stream }) => streamName(stream)),
        });
      } catch (error) {
        failed++;
        output.error(file.placed(asHeadraceError(error), name));
        results.push({ tenant: file.tenant, job: name, ok: false });
      } finally {
        machine.close();
      }
    }
    return { exitCode: failed === 0 ? 0 : 2, data: { jobs: results } };
  } finally {
    close();
  }
}
