import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { asHeadraceError, ConfigError, type HeadraceError, isHeadraceError } from '@headrace/sdk/spec';
import { holderName, isAlive, processName } from '../connector/work-folder.ts';
import { failRun } from '../engine/fail-run.ts';
import type { Job, RunOptions } from '../engine/job.ts';
import type { Interrupt } from '../engine/ports.ts';
import { runJob } from '../engine/run-job.ts';
import type { LoadedFile } from '../jobs/load.ts';
import { scheduleOf } from '../jobs/schedule.ts';
import { keepSchedule } from '../schedule/keep-schedule.ts';
import type { RunLimits, ScheduledJob } from '../schedule/plan.ts';
import { PRIVATE_FOLDER } from '../stores/atomic-write.ts';
import { giveLock, takeLock } from '../stores/lock-file.ts';
import { openStores, type Stores } from '../stores/open-stores.ts';
import { eachError } from '../terminal/error-lines.ts';
import { lineProgress } from '../terminal/log-lines.ts';
import { resultErrors, resultLine } from '../terminal/run-table.ts';
import { listenForAlerts } from './alerts.ts';
import type { Answer, Context } from './context.ts';
import { loadFiles } from './pick-jobs.ts';
import { type MachinePorts, machinePorts } from './ports.ts';
import { signalInterrupt } from './signals.ts';
import { watchStaleness } from './watch-staleness.ts';

/** How soon `serve` notices a pause, or a change of the jobs file. */
const LOOK_MS = 15_000;

/** `serve`: runs each job when its schedule says so, until it is stopped. */
export async function serve(limits: RunLimits, context: Context): Promise<Answer> {
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
  let runs = 0;
  try {
    output.note(`serve keeps the schedules of ${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}`);
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
      async run(job) {
        const result = await runDue(job, fileOf(watched.files(), job.tenant), context, interrupt);
        if (result === 'ran') runs++;
        return result;
      },
      stop: interrupt.drain,
      lookMs: LOOK_MS,
    });
    await staleness;
  } finally {
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
  context: Context,
  interrupt: Interrupt,
): Promise<'ran' | 'busy'> {
  const { output, clock } = context;
  const view = lineProgress(output, clock);
  const machine = machinePorts(file, context, view.onEvent);
  const options: RunOptions = { check: true, schedule: scheduleOf(job.schedule, job.timezone) };
  try {
    const alerts = listenForAlerts(file, job.name, machine, context);
    const result = await runOrFail(file, job.name, options, machine, interrupt);
    await alerts.sent();
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

/** @param onMistake called for a job that cannot be read; it is left out */
function scheduledJobs(
  files: readonly LoadedFile[],
  onMistake: (error: HeadraceError) => void,
): ScheduledJob[] {
  return files.flatMap((file) =>
    file.jobs.flatMap((name) => {
      try {
        const { tenant, priority, schedule, timezone } = file.written(name);
        return schedule === undefined ? [] : [{ tenant, name, priority, schedule, timezone }];
      } catch (error) {
        onMistake(asHeadraceError(error));
        return [];
      }
    }),
  );
}

/** The jobs files. While they hold a mistake, they stay what they were. Each mistake is shown once. */
function watchFiles(context: Context) {
  let files = loadFiles(context);
  const told = new Set<string>();
  const tell = (error: HeadraceError) => {
    const text = eachError(error)
      .map(({ message }) => message)
      .join('\n');
    if (!told.has(text)) context.output.error(error);
    told.add(text);
  };
  return {
    tell,
    files: (): readonly LoadedFile[] => files,
    reload(): readonly LoadedFile[] {
      try {
        files = loadFiles(context);
      } catch (error) {
        tell(asHeadraceError(error));
      }
      return files;
    },
  };
}

function fileOf(files: readonly LoadedFile[], tenant: string): LoadedFile {
  const file = files.find((one) => one.tenant === tenant);
  if (!file) throw new ConfigError(`there is no tenant ${tenant} any more`, { code: 'jobs.unknown_tenant' });
  return file;
}

/** Each tenant's database, open as long as the schedule is kept. */
function storesOf(files: () => readonly LoadedFile[], { secrets, output }: Context) {
  const open = new Map<string, Stores>();
  const processes = { self: processName, isAlive };
  return {
    of(tenant: string): Stores {
      const root = join(fileOf(files(), tenant).folder, '.headrace');
      const stores = open.get(tenant) ?? openStores(root, tenant, processes, secrets, output.note);
      open.set(tenant, stores);
      return stores;
    },
    close() {
      for (const one of open.values()) one.close();
    },
  };
}

/** One serve per folder: two would run each job twice. @throws ConfigError if another one serves it */
function lockFolders(files: readonly LoadedFile[]): () => void {
  const self = holderName();
  const processes = { self: () => self, isAlive };
  const held: string[] = [];
  const unlock = () => {
    for (const lock of held) giveLock(lock, processes);
  };
  for (const folder of new Set(files.map((file) => file.folder))) {
    mkdirSync(join(folder, '.headrace'), { recursive: true, mode: PRIVATE_FOLDER });
    const lock = join(folder, '.headrace', 'serve.lock');
    const holder = takeLock(lock, processes);
    if (holder !== undefined) {
      unlock();
      throw new ConfigError(`another process keeps the schedules of ${folder}: ${holder}`, {
        code: 'serve.already_running',
        hint: 'stop it first, or leave the schedules to it',
      });
    }
    held.push(lock);
  }
  return unlock;
}
