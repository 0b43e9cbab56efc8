import { ConfigError } from '@headrace/sdk/spec';
import type { Backfill, RunOptions } from '../engine/job.ts';
import type { HistoryStore, JobKey } from '../engine/ports.ts';
import type { Answer, Context } from './context.ts';
import { loadFiles, pickJobs } from './pick-jobs.ts';
import { machinePorts } from './ports.ts';
import { answerOf, runOne } from './run.ts';
import { signalInterrupt } from './signals.ts';

export interface BackfillFlags {
  readonly days?: number;
  readonly since?: string;
  readonly streams?: readonly string[];
  readonly check: boolean;
}

const DAY_MS = 86_400_000;

/** `backfill [job] --days N | --since T`: reads a range again. The states of ordinary runs stay as they are. */
export async function backfill(
  name: string | undefined,
  flags: BackfillFlags,
  context: Context,
): Promise<Answer> {
  const since = sinceOf(flags, context.clock.now());
  const jobs = pickJobs(loadFiles(context), name === undefined ? [] : [name]);
  const [picked] = jobs;
  if (!picked) throw new ConfigError('there are no jobs', { code: 'jobs.none' });
  if (jobs.length > 1)
    throw new ConfigError('which job?', {
      code: 'usage.which_job',
      hint: `name one of ${jobs.map((one) => one.name).join(', ')}`,
    });
  const { file } = picked;
  const job = file.job(picked.name);
  const machine = machinePorts(file, context);
  const scope = await scopeOf(machine.ports.history, job, since, context.clock.now()).finally(machine.close);
  const { check, streams } = flags;
  const options: RunOptions = { check, ...(streams ? { streams } : {}), backfill: { since, scope } };
  const { interrupt, close } = signalInterrupt(context.clock);
  try {
    return answerOf([await runOne(file, job, options, context, interrupt)]);
  } finally {
    close();
  }
}

/** The begin of the range: a date-time in UTC. `--days` begins at midnight, so that one that broke off can go on. */
function sinceOf({ days, since }: BackfillFlags, now: number): string {
  if ((days === undefined) === (since === undefined))
    throw new ConfigError('say --days or --since', {
      code: 'usage.which_range',
      hint: 'e.g. --days 30, or --since 2026-01-01',
    });
  const at = days === undefined ? timeOf(since as string) : Math.floor(now / DAY_MS - days) * DAY_MS;
  if (at > now)
    throw new ConfigError(`${since} is in the future`, { code: 'usage.bad_range', place: '--since' });
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

function timeOf(text: string): number {
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const at = isTime ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new ConfigError(`${text} is not a time`, {
    code: 'usage.bad_range',
    place: '--since',
    hint: 'a date, 2026-01-01, or a time with its zone, 2026-01-01T08:00:00Z',
  });
}

/** A backfill of the same range that did not complete goes on; otherwise a new one begins. */
async function scopeOf(history: HistoryStore, job: JobKey, since: string, now: number): Promise<string> {
  for await (const { options, outcome } of history.runs(job.tenant, { job: job.name, kind: 'backfill' })) {
    const { backfill } = options as { backfill: Backfill };
    if (backfill.since !== since) continue;
    if (outcome === 'complete') break;
    return backfill.scope;
  }
  return `backfill-${new Date(now).toISOString().replace(/\D/g, '').slice(0, 17)}`;
}
