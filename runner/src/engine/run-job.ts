import { streamKey } from '@headrace/sdk/protocol';
import { asHeadraceError } from '@headrace/sdk/spec';
import { runAttempt } from './attempt.ts';
import { announceBackfill, statesOf } from './backfill.ts';
import { configuredCatalog, generationsFor, lastGeneration, unfinishedGenerations } from './catalogs.ts';
import { type CheckedJob, callsOf, checkJob } from './check-job.ts';
import { hasNewToken } from './claim-tokens.ts';
import type { RunAttempt, RunError, RunResult, StreamResult } from './events.ts';
import { isPermanent } from './failures.ts';
import type { Job, RunOptions } from './job.ts';
import { newAccount, progressOf } from './ledger.ts';
import { errorsOf, judge, outcomeOf } from './outcome.ts';
import type { Interrupt, Ports, RunEntry } from './ports.ts';
import { type StateKeeper, stateKeeper } from './states-in.ts';

const LONGEST_DELAY_MS = 300_000;

/** A run in progress: what is known of each stream over all attempts. */
interface Run {
  readonly entry: RunEntry;
  readonly totals: Map<string, StreamResult>;
  checked?: CheckedJob;
  keeper?: StateKeeper;
  begun?: Map<string, number>;
  /** The highest generation that is known. */
  lastGeneration: number;
  errors: readonly RunError[];
  readonly tries: RunAttempt[];
  /** Errors of streams for which no attempt can help. */
  readonly given: RunError[];
  /** Whether another attempt may help. */
  hope: boolean;
}

/**
 * Runs a job: checks both ends, selects the streams, moves the records, and retries transient failures from the states
 * committed so far. Failures of connectors are in the result and never thrown.
 * @throws ConfigError if the job is already running
 */
export async function runJob(
  job: Job,
  options: RunOptions,
  ports: Ports,
  interrupt: Interrupt,
): Promise<RunResult> {
  const started = ports.clock.now();
  const entry = await ports.history.begin(job, options, started);
  ports.emit({
    type: 'run_started',
    tenant: job.tenant,
    job: job.name,
    number: entry.number,
    source: job.source.connector,
    destination: job.destination.connector,
    at: started,
  });
  const run: Run = {
    entry,
    totals: new Map(),
    errors: [],
    tries: [],
    given: [],
    hope: true,
    lastGeneration: 0,
  };

  let attempt = 0;
  while (run.hope && !interrupt.drain.aborted) {
    attempt++;
    const begun = ports.clock.now();
    await tryOnce(run, job, options, attempt, ports, interrupt);
    if (await mayTryAnew(run, ports, interrupt)) {
      attempt--;
      continue;
    }
    const { code, message } = run.errors[0] ?? {};
    const ended = { number: attempt, started: begun, ended: ports.clock.now(), code, message };
    run.tries.push(ended);
    if (!run.hope || attempt > job.retries || interrupt.drain.aborted) break;
    const delayMs =
      Math.min(job.retry_delay_seconds * 1000 * 2 ** (attempt - 1), LONGEST_DELAY_MS) *
      (0.5 + ports.random() / 2);
    const reason = run.errors[0]?.message ?? 'streams are unfinished';
    run.tries[attempt - 1] = { ...ended, delayMs };
    ports.emit({ type: 'retry', attempt: attempt + 1, of: job.retries + 1, delayMs, reason });
    await ports.clock.sleep(delayMs, interrupt.drain);
  }

  const streams = [...run.totals.values()];
  const signal = interrupt.drain.aborted ? String(interrupt.drain.reason) : undefined;
  const result: RunResult = {
    tenant: job.tenant,
    job: job.name,
    number: entry.number,
    started,
    ended: ports.clock.now(),
    attempts: attempt,
    tries: run.tries,
    options,
    ...outcomeOf(streams, run.errors, signal),
    streams,
    errors: run.errors,
  };
  await ports.history.end({ ...entry, ...result });
  ports.emit({ type: 'run_ended', result });
  return result;
}

/** A read that was refused because another run has replaced the token meanwhile does not count as an attempt. */
async function mayTryAnew(run: Run, ports: Ports, interrupt: Interrupt): Promise<boolean> {
  const { checked, errors } = run;
  const isRefused = errors.some(
    ({ failure_type, origin }) => failure_type === 'config_error' && origin !== 'runner',
  );
  if (run.hope || !checked || !isRefused) return false;
  const ends = [checked.prepared.source, checked.prepared.destination];
  if (!(await hasNewToken(ends, ports, interrupt))) return false;
  run.hope = true;
  run.checked = undefined;
  run.given.length = 0;
  for (const [key, { error: _, ...stream }] of run.totals) run.totals.set(key, stream);
  return true;
}

/** One attempt. Its errors are kept in the run. */
async function tryOnce(
  run: Run,
  job: Job,
  options: RunOptions,
  attempt: number,
  ports: Ports,
  interrupt: Interrupt,
): Promise<void> {
  try {
    run.checked ??= await checkJob(job, options, attempt, ports, interrupt);
    await move(run, run.checked, job, attempt, ports, interrupt);
  } catch (thrown) {
    const error = asHeadraceError(thrown);
    run.errors = [...run.given, ...errorsOf(error)];
    run.hope = !isPermanent(error);
    for (const one of errorsOf(error)) ports.emit({ type: 'error', error: one });
  }
}

/** States in, both ends started, records moved, streams settled. */
async function move(
  run: Run,
  checked: CheckedJob,
  job: Job,
  attempt: number,
  ports: Ports,
  interrupt: Interrupt,
): Promise<void> {
  const { number } = run.entry;
  const streams = checked.streams.filter(
    ({ stream }) => !run.totals.get(streamKey(stream))?.complete && !run.totals.get(streamKey(stream))?.error,
  );
  if (!run.begun) {
    const earlier = () => ports.history.runs(job.tenant, { job: job.name, kind: 'sync', before: number });
    run.begun = await unfinishedGenerations(streams, earlier());
    run.lastGeneration = await lastGeneration(earlier());
  }
  const { backfill } = run.entry.options;
  if (backfill && !run.keeper) announceBackfill(checked, ports);
  run.keeper ??= stateKeeper(statesOf(job, backfill), checked.prepared, ports.states);
  const { begun, keeper } = run;
  const fullRefresh = streams
    .filter((one) => one.sync_mode === 'full_refresh')
    .map((one) => streamKey(one.stream));
  const fresh = new Set(fullRefresh.filter((key) => !begun.has(key)));
  ports.emit({ type: 'phase', phase: 'state', attempt });
  const states = await keeper.load(callsOf(job, ports, 'destination', interrupt).state, fresh);
  run.lastGeneration = Math.max(run.lastGeneration, ...begun.values());
  const now = ports.clock.now();
  const generations = generationsFor(streams, begun, states.streams, run.lastGeneration, now);
  for (const [key, generation] of generations) begun.set(key, generation);
  for (const { stream } of streams) note(run, progressOf(newAccount(stream)), begun);
  // Saved before anything moves, so that a killed run leaves its generation behind.
  await ports.history.save({
    ...run.entry,
    attempts: attempt,
    tries: run.tries,
    streams: [...run.totals.values()],
  });

  ports.emit({ type: 'phase', phase: 'sync', attempt });
  ports.emit({
    type: 'streams',
    streams: streams.map(({ stream }) => ({ name: stream.name, namespace: stream.namespace })),
  });
  const quarantine = ports.quarantine(job, number);
  const result = await runAttempt(
    {
      job: checked.prepared,
      catalog: configuredCatalog(streams, number, generations),
      states: states.text,
      timeoutMs: job.timeout_minutes === undefined ? undefined : job.timeout_minutes * 60_000,
      stallMs: job.stall_minutes * 60_000,
      quarantine,
      keep: keeper.keep,
    },
    ports,
    interrupt,
  ).finally(() => {
    quarantine.close();
    return keeper.flush();
  });

  const verdict = judge(result);
  for (const account of result.accounts) {
    const key = streamKey(account);
    const error = verdict.again.has(key) ? undefined : (account.mismatch ?? account.failure);
    note(run, progressOf(account), begun, {
      complete: verdict.complete.has(key),
      ...(error ? { error: error.message } : {}),
    });
  }
  run.errors = [...run.given, ...verdict.errors];
  run.given.push(...verdict.lost);
  run.hope = verdict.again.size > 0;
}

/** Adds an attempt's numbers to a stream's. */
function note(
  run: Run,
  progress: ReturnType<typeof progressOf>,
  begun: ReadonlyMap<string, number>,
  end: { complete: boolean; error?: string } = { complete: false },
): void {
  const key = streamKey(progress);
  const before = run.totals.get(key);
  run.totals.set(key, {
    ...progress,
    records: progress.records + (before?.records ?? 0),
    bytes: progress.bytes + (before?.bytes ?? 0),
    committed: progress.committed + (before?.committed ?? 0),
    rejected: progress.rejected + (before?.rejected ?? 0),
    states: progress.states + (before?.states ?? 0),
    waitedMs: progress.waitedMs + (before?.waitedMs ?? 0),
    started: before?.started ?? progress.started,
    generation: begun.get(key) ?? 0,
    ...end,
  });
}
