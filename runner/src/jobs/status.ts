import type { RunError } from '../engine/events.ts';
import type { Job } from '../engine/job.ts';
import type { DeadLetter, Pause, RunEntry } from '../engine/ports.ts';
import { nextDue } from './schedule.ts';

/** What a job's history shows, and what is wrong. Plain data, as `status --json` prints it. */
export interface JobStatus {
  readonly tenant: string;
  readonly job: string;
  readonly priority: Job['priority'];
  readonly schedule?: string;
  readonly timezone?: string;
  /** The run that is going on. */
  readonly running?: RunSummary;
  /** The newest run that is not going on. */
  readonly last?: RunSummary;
  /** The newest run that completed every stream of the job. */
  readonly lastComplete?: RunSummary;
  /** Milliseconds since 1970; undefined without a schedule, or while it is paused. */
  readonly next?: number;
  readonly paused?: Pause;
  readonly problems: readonly JobProblem[];
}

/** The numbers of a run. */
export interface RunSummary {
  readonly number: number;
  readonly started: number;
  readonly ended?: number;
  readonly outcome?: RunEntry['outcome'] | 'killed';
  readonly records: number;
  readonly committed: number;
  readonly streams: { readonly complete: number; readonly all: number };
  /** How long the vendor throttled it, in milliseconds: its stream that waited longest. */
  readonly waitedMs: number;
  readonly process: string;
}

/** Something that a person has to look at. */
interface JobProblem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** The errors behind it. */
  readonly errors?: readonly RunError[];
}

/** How late a scheduled run may be before it counts as missed. */
const LATE_MS = 15 * 60_000;

/** What is known of a job. */
export interface Known {
  readonly running: RunEntry | undefined;
  /** Ordinary runs that are not going on, newest first, as far as the last complete one. */
  readonly runs: readonly RunEntry[];
  /** The open ones of the job. */
  readonly letters: readonly DeadLetter[];
  /** The tenant's. */
  readonly pauses: readonly Pause[];
}

/** @param now milliseconds since 1970 */
export function statusOf(job: Job, known: Known, now: number): JobStatus {
  const { tenant, name, priority, schedule, timezone } = job;
  const { running, runs, letters, pauses } = known;
  const [last] = runs;
  const lastComplete = runs.find(isWhole);
  const paused = pauses.find((one) => one.job === undefined || one.job === name);
  const next = schedule && !paused ? nextDue(schedule, timezone, now) : undefined;
  const isMissed = !running && !paused && schedule && last && isLate(schedule, timezone, last.started, now);
  const problems = letters.map(letterProblem);
  if (!running && last && last.ended === undefined) problems.push(killed(last));
  if (isMissed) problems.push(missed(last, schedule, timezone));
  return {
    tenant,
    job: name,
    priority,
    schedule,
    timezone,
    running: running && summaryOf(running),
    last: last && summaryOf(last),
    lastComplete: lastComplete && summaryOf(lastComplete),
    next,
    paused,
    problems,
  };
}

/** Whether a run completed every stream of its job. */
export function isWhole({ outcome, options }: RunEntry): boolean {
  return outcome === 'complete' && options.streams === undefined && options.backfill === undefined;
}

/** The numbers of a run that ended, was killed or goes on. */
function summaryOf(run: RunEntry): RunSummary {
  const { number, started, ended, outcome, streams, process } = run;
  const sum = (key: 'records' | 'committed') => streams.reduce((total, one) => total + one[key], 0);
  return {
    number,
    started,
    ended,
    outcome: ended === undefined ? 'killed' : outcome,
    records: sum('records'),
    committed: sum('committed'),
    streams: { complete: streams.filter(({ complete }) => complete).length, all: streams.length },
    waitedMs: Math.max(0, ...streams.map(({ waitedMs }) => waitedMs)),
    process,
  };
}

function letterProblem(letter: DeadLetter): JobProblem {
  const { id, runs, errors, streams, options } = letter;
  const what = options.backfill ? `the backfill since ${options.backfill.since}` : 'it';
  const which = streams
    ? `${streams.length} ${streams.length === 1 ? 'stream' : 'streams'} left`
    : 'nothing done';
  const times = runs === 1 ? 'failed' : `failed ${runs} times in a row`;
  return {
    code: 'dead_letter.open',
    message: `${what} ${times} (${which})`,
    hint: `headrace dead show ${id} says all; headrace dead retry ${id} tries again`,
    errors,
  };
}

function killed({ number, started }: RunEntry): JobProblem {
  return {
    code: 'run.killed',
    message: `run ${number}, begun ${new Date(started).toISOString()}, was killed`,
    hint: 'nothing is lost: the next run continues from what is committed',
  };
}

function isLate(schedule: string, timezone: string | undefined, started: number, now: number): boolean {
  const due = nextDue(schedule, timezone, started);
  return due !== undefined && now - due > LATE_MS;
}

function missed(last: RunEntry, schedule: string, timezone: string | undefined): JobProblem {
  const due = nextDue(schedule, timezone, last.started) ?? last.started;
  return {
    code: 'schedule.missed',
    message: `it was due at ${new Date(due).toISOString()} and did not run`,
    hint: 'is `headrace serve` running, or what `headrace schedule export` wrote?',
  };
}
