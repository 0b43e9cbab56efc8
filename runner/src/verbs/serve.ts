import { asHeadraceError, ConfigError, isHeadraceError } from '@headrace/sdk/spec';
import { failRun } from '../engine/fail-run.ts';
import type { Job, RunOptions } from '../engine/job.ts';
import type { Interrupt } from '../engine/ports.ts';
import { runJob } from '../engine/run-job.ts';
import type { LoadedFile } from '../jobs/load.ts';
import { scheduleOf } from '../jobs/schedule.ts';
import type { Listener } from '../listeners/run-events.ts';
import { countRuns } from '../metrics/count-runs.ts';
import { jobGauges } from '../metrics/job-gauges.ts';
import { prometheusText } from '../metrics/prometheus.ts';
import { type Listen, serveMetrics } from '../metrics/server.ts';
import { keepSchedule } from '../schedule/keep-schedule.ts';
import type { RunLimits, ScheduledJob } from '../schedule/plan.ts';
import { lineProgress } from '../terminal/log-lines.ts';
import { resultErrors, resultLine } from '../terminal/run-table.ts';
import { listenForAlerts } from './alerts.ts';
import type { Answer, Context } from './context.ts';
import { type MachinePorts, machinePorts } from './ports.ts';
import { fileOf, lockFolders, scheduledJobs, storesOf, watchFiles } from './served-files.ts';
import { signalInterrupt } from './signals.ts';
import { statusesOf } from './status.ts';
import { listenForTelemetry } from './telemetry.ts';
import { watchStaleness } from './watch-staleness.ts';

/** How soon `serve` notices a pause, or a change of the jobs file. */
const LOOK_MS = 15_000;

export interface ServeFlags {
  readonly limits: RunLimits;
  /** Where `/health` and `/metrics` are served; undefined: nowhere. */
  readonly listen: Listen | undefined;
}

/** `serve`: runs each job when its schedule says so, until it is stopped. */
export async function serve({ limits, listen }: ServeFlags, context: Context): Promise<Answer> {
  const { output, clock } = context;
  const watched = watchFiles(context);
  const jobs = scheduledJobs(watched.files(), watched.tell);
  if (jobs.length === 0)
    throw new ConfigError('no job has a schedule', {
      code: 'schedule.none',
      hint: 'give a job one, e.g. schedule: "0 2 * * *"',
    });
  const unlock = lockFolders(watched.files());
  const { interrupt, close } = signalInterrupt(clock);
  const stores = storesOf(watched.files, context);
  const counted = countRuns();
  let looked = clock.now();
  let server: Awaited<ReturnType<typeof serveMetrics>> | undefined;
  let runs = 0;
  try {
    if (listen)
      server = await serveMetrics(listen, {
        metrics: async () => {
          const statuses = await statusesOf(watched.files(), (file) => stores.of(file.tenant), clock.now());
          return prometheusText([...jobGauges(statuses), ...counted.metrics()]);
        },
        health: () => ({ ok: clock.now() - looked < 4 * LOOK_MS, looked_at: new Date(looked).toISOString() }),
      });
    const where = server ? `, health and metrics at ${server.address}` : '';
    output.note(`serve keeps the schedules of ${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}${where}`);
    const staleness = watchStaleness(watched.files, stores.of, context, interrupt.drain);
    await keepSchedule({
      clock,
      limits,
      marks: {
        list: (tenant) => stores.of(tenant).marks.list(tenant),
        set: (tenant, mark) => stores.of(tenant).marks.set(tenant, mark),
      },
      pauses: { list: (tenant) => stores.of(tenant).pauses.list(tenant) },
      jobs: () => scheduledJobs(watched.reload(), watched.tell),
      onLook(error) {
        if (error === undefined) looked = clock.now();
        else watched.tell(asHeadraceError(error));
      },
      async run(job) {
        const file = fileOf(watched.files(), job.tenant);
        const result = await runDue(job, file, counted.listener(), context, interrupt);
        if (result === 'ran') runs++;
        return result;
      },
      stop: interrupt.drain,
      lookMs: LOOK_MS,
    });
    await staleness;
  } finally {
    await server?.close();
    stores.close();
    unlock();
    close();
  }
  output.note(`serve was stopped by ${String(interrupt.drain.reason)}`);
  return { exitCode: 0, data: { runs } };
}

/** One scheduled run. What goes wrong is in history; it never stops the others. */
async function runDue(
  job: ScheduledJob,
  file: LoadedFile,
  listener: Listener,
  context: Context,
  interrupt: Interrupt,
): Promise<'ran' | 'busy'> {
  const { output, clock } = context;
  const view = lineProgress(output, clock);
  const machine = machinePorts(file, context, view.onEvent);
  machine.listen(listener);
  const options: RunOptions = { check: true, schedule: scheduleOf(job.schedule, job.timezone) };
  try {
    const alerts = listenForAlerts(file, job.name, machine, context);
    const telemetry = await listenForTelemetry(machine, context);
    const result = await runOrFail(file, job.name, options, machine, interrupt);
    await Promise.all([alerts.sent(), telemetry.sent()]);
    output.note(resultLine(result));
    for (const line of resultErrors(result)) output.note(line);
    return 'ran';
  } catch (error) {
    const told = asHeadraceError(error);
    if (told.code === 'run.already_running') {
      output.note(`${file.tenant}/${job.name}: ${told.message}; it stays due`);
      return 'busy';
    }
    // History itself failed: nothing is known of this run, so it is tried again.
    output.error(told);
    return 'busy';
  } finally {
    view.end();
    machine.close();
  }
}

async function runOrFail(
  file: LoadedFile,
  name: string,
  options: RunOptions,
  { ports }: MachinePorts,
  interrupt: Interrupt,
) {
  let job: Job;
  try {
    job = file.job(name);
  } catch (error) {
    if (!isHeadraceError(error)) throw error;
    return failRun(file.written(name), options, file.placed(error, name), ports);
  }
  return runJob(job, options, ports, interrupt);
}
