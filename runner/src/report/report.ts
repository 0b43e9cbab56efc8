import { streamKey } from '@headrace/sdk/protocol';
import type { Outcome } from '../engine/events.ts';
import type { RunEntry } from '../engine/ports.ts';

export const DAY_MS = 24 * 3_600_000;

/** What a run of a job came to. `killed`: it neither ended nor runs, so its process was killed. */
export type ReportOutcome = Outcome | 'running' | 'killed';

/** A stream over some days. */
export interface StreamReport {
  readonly name: string;
  readonly namespace?: string;
  /** Records that were committed, for each day of the report. */
  readonly committed: readonly number[];
  /** Whether it was left incomplete by the last run of that day. */
  readonly incomplete: readonly boolean[];
  readonly total: number;
  readonly bytes: number;
  readonly rejected: number;
  /** When it was complete the last time: milliseconds since 1970; undefined if it was not in these days. */
  readonly lastComplete?: number;
  /** Why it is not complete, if its last run left it so. */
  readonly error?: string;
}

/** A finding of `verify` of the destination. */
export interface Problem {
  readonly code: string;
  readonly path: string;
  readonly what: string;
  readonly hint: string;
}

/** What `verify` said: it is as it was committed, or what is wrong; or why it could not be asked. */
export type Verification =
  | { readonly kind: 'verified'; readonly problems: readonly Problem[] }
  | { readonly kind: 'unknown'; readonly reason: string };

/** A job over some days. */
export interface JobReport {
  readonly tenant: string;
  readonly job: string;
  readonly source: string;
  readonly destination: string;
  /** How many runs came to what. */
  readonly outcomes: Readonly<Partial<Record<ReportOutcome, number>>>;
  /** The worst outcome of each day; undefined if there was no run. */
  readonly days: ReadonlyArray<ReportOutcome | undefined>;
  readonly lastRun?: { readonly number: number; readonly started: number; readonly outcome: ReportOutcome };
  /** Of the last run. */
  readonly errors: ReadonlyArray<{ readonly code: string; readonly message: string; readonly hint?: string }>;
  readonly streams: readonly StreamReport[];
  readonly verification?: Verification;
}

export interface Report {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Days in UTC, the oldest first: `2026-11-20`. */
  readonly days: readonly string[];
  readonly jobs: readonly JobReport[];
}

/** The beginning of the first of the last `days` days, in UTC. */
export function firstDay(now: number, days: number): number {
  return Math.floor(now / DAY_MS) * DAY_MS - (days - 1) * DAY_MS;
}

/** `2026-11-20`, … */
export function dayNames(now: number, days: number): string[] {
  const first = firstDay(now, days);
  return Array.from({ length: days }, (_, k) => new Date(first + k * DAY_MS).toISOString().slice(0, 10));
}

const FROM_GOOD_TO_BAD: readonly ReportOutcome[] = [
  'complete',
  'running',
  'interrupted',
  'partial',
  'killed',
  'failed',
];

/**
 * What the runs of a job came to.
 * @param runs the newest first; those that began before the first day are left out
 * @param running the number of the run that is running now
 */
export function jobReport(
  job: Pick<JobReport, 'tenant' | 'job' | 'source' | 'destination'>,
  runs: readonly RunEntry[],
  running: number | undefined,
  now: number,
  days: number,
): JobReport {
  const first = firstDay(now, days);
  const dayOf = ({ started }: RunEntry) => Math.floor((started - first) / DAY_MS);
  const known = runs.filter((run) => dayOf(run) >= 0 && dayOf(run) < days);
  const outcomeOf = (run: RunEntry): ReportOutcome =>
    run.outcome ?? (run.number === running ? 'running' : 'killed');
  const outcomes: Partial<Record<ReportOutcome, number>> = {};
  const worst: Array<ReportOutcome | undefined> = Array.from({ length: days });
  for (const run of known) {
    const outcome = outcomeOf(run);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const before = worst[dayOf(run)];
    if (!before || FROM_GOOD_TO_BAD.indexOf(outcome) > FROM_GOOD_TO_BAD.indexOf(before))
      worst[dayOf(run)] = outcome;
  }
  const [last] = known;
  return {
    ...job,
    outcomes,
    days: worst,
    ...(last ? { lastRun: { number: last.number, started: last.started, outcome: outcomeOf(last) } } : {}),
    errors: (last?.errors ?? []).map(({ code, message, hint }) => ({
      code,
      message,
      ...(hint ? { hint } : {}),
    })),
    streams: streamReports(known, dayOf, days),
  };
}

function streamReports(
  runs: readonly RunEntry[],
  dayOf: (run: RunEntry) => number,
  days: number,
): StreamReport[] {
  const streams = new Map<string, Mutable<StreamReport> & { committed: number[]; incomplete: boolean[] }>();
  const seen = new Set<string>();
  for (const run of runs) {
    const day = dayOf(run);
    for (const { name, namespace, committed, bytes, rejected, complete, error } of run.streams) {
      const key = streamKey({ name, namespace });
      const isFirst = !streams.has(key);
      const one = streams.get(key) ?? {
        name,
        ...(namespace ? { namespace } : {}),
        committed: Array.from({ length: days }, () => 0),
        incomplete: Array.from({ length: days }, () => false),
        total: 0,
        bytes: 0,
        rejected: 0,
      };
      streams.set(key, one);
      if (isFirst && !complete && error) one.error = error;
      // Runs come newest first: the first one of a day is the day's last.
      if (!seen.has(`${day} ${key}`)) one.incomplete[day] = !complete;
      seen.add(`${day} ${key}`);
      one.committed[day] = (one.committed[day] ?? 0) + committed;
      one.total += committed;
      one.bytes += bytes;
      one.rejected += rejected;
      if (complete) one.lastComplete ??= run.ended ?? run.started;
    }
  }
  return [...streams.values()];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
