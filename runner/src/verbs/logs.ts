import type { LogLevel } from '@headrace/sdk/protocol';
import { ConfigError } from '@headrace/sdk/spec';
import type { LogEntry } from '../stores/run-logs.ts';
import { entryLine } from '../terminal/log-entries.ts';
import type { Answer, Context } from './context.ts';
import { loadFiles, pickJobs } from './pick-jobs.ts';
import { machinePorts } from './ports.ts';
import { signalInterrupt } from './signals.ts';

export interface LogsFlags {
  readonly run?: number;
  readonly follow?: boolean;
}

/** How often `--follow` looks for more. */
const LOOK_MS = 500;

/** `logs <job>`: what a run reported, by default the newest one. */
export async function logs(name: string, flags: LogsFlags, context: Context): Promise<Answer> {
  const { output, clock } = context;
  const [picked] = pickJobs(loadFiles(context), [name]);
  const { file } = picked!;
  const job = { tenant: file.tenant, name };
  const least: LogLevel = context.flags.logLevel ?? 'INFO';
  const machine = machinePorts(file, context);
  const { interrupt, close } = signalInterrupt(clock);
  try {
    const { history } = machine.ports;
    const number = flags.run ?? (await newest(history.runs(job.tenant, { job: name })))?.number;
    const entries = number === undefined ? undefined : machine.logs.read(job, number);
    if (number === undefined || entries === undefined) throw noLog(name, number);
    const say = (some: readonly LogEntry[]) => {
      for (const entry of some) {
        const line = entryLine(entry, least);
        if (line) output.say(line);
      }
    };
    say(entries);
    let shown = entries.length;
    for (let goesOn = flags.follow === true && !output.json; goesOn; ) {
      goesOn =
        (await history.running(job))?.number === number && (await clock.sleep(LOOK_MS, interrupt.drain));
      const more = machine.logs.read(job, number) ?? [];
      // Fewer than before: the log was turned over, and what is new begins it.
      say(more.slice(more.length < shown ? 0 : shown));
      shown = more.length;
    }
    return {
      exitCode: 0,
      data: { tenant: job.tenant, job: name, run: number, file: machine.logs.fileOf(job, number), entries },
    };
  } finally {
    close();
    machine.close();
  }
}

async function newest<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}

function noLog(job: string, number: number | undefined): ConfigError {
  const what = number === undefined ? `${job} has not run yet` : `there is no log of run ${number} of ${job}`;
  return new ConfigError(what, {
    code: 'logs.none',
    hint: 'the logs of the newest 50 runs of a job are kept',
  });
}
