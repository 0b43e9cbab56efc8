import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { StreamStatus } from '@headrace/sdk/protocol';
import type { Origin, Outcome, RunAttempt, RunError, StreamResult } from '../../engine/events.ts';
import type { RunOptions } from '../../engine/job.ts';
import type { RunEntry } from '../../engine/ports.ts';

type Row = Record<string, SQLOutputValue>;

/** Writes a run with its attempts, streams and errors, in the place of what was there. Called in a transaction. */
export function writeRun(db: DatabaseSync, run: RunEntry): void {
  const { job, number } = run;
  db.prepare(
    `insert into runs (job, number, kind, started, ended, outcome, exit_code, attempts, options, process)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (job, number) do update set ended = excluded.ended, outcome = excluded.outcome,
       exit_code = excluded.exit_code, attempts = excluded.attempts, process = excluded.process`,
  ).run(
    job,
    number,
    run.options.backfill ? 'backfill' : 'sync',
    run.started,
    run.ended ?? null,
    run.outcome ?? null,
    run.exitCode ?? null,
    run.attempts,
    JSON.stringify(run.options),
    run.process,
  );
  for (const table of ['attempts', 'streams', 'errors'])
    db.prepare(`delete from ${table} where job = ? and number = ?`).run(job, number);
  const attempt = db.prepare('insert into attempts values (?, ?, ?, ?, ?, ?, ?, ?)');
  for (const one of run.tries)
    attempt.run(
      job,
      number,
      one.number,
      one.started,
      one.ended ?? null,
      one.code ?? null,
      one.message ?? null,
      one.delayMs === undefined ? null : Math.round(one.delayMs),
    );
  const stream = db.prepare(
    'insert into streams values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  for (const [position, one] of run.streams.entries())
    stream.run(
      job,
      number,
      position,
      one.name,
      one.namespace ?? null,
      one.status,
      one.complete ? 1 : 0,
      one.records,
      one.bytes,
      one.committed,
      one.rejected,
      one.states,
      one.generation,
      one.estimate ?? null,
      one.started ?? null,
      one.ended ?? null,
      Math.round(one.waitedMs),
      one.error ?? null,
    );
  const error = db.prepare('insert into errors values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  for (const [position, one] of run.errors.entries())
    error.run(
      job,
      number,
      position,
      one.code,
      one.message,
      one.failure_type,
      one.place ?? null,
      one.hint ?? null,
      one.origin,
      one.stream ?? null,
    );
}

/** A row of `runs` with what belongs to it. */
export function readRun(db: DatabaseSync, tenant: string, row: Row): RunEntry {
  const job = String(row.job);
  const ofRun = Number(row.number);
  const all = (table: string, order: string) =>
    db
      .prepare(`select * from ${table} where job = ? and number = ? order by ${order}`)
      .all(job, ofRun) as Row[];
  return {
    tenant,
    job,
    number: ofRun,
    started: Number(row.started),
    ended: number(row.ended),
    outcome: text(row.outcome) as Outcome | undefined,
    exitCode: number(row.exit_code),
    attempts: Number(row.attempts),
    options: JSON.parse(String(row.options)) as RunOptions,
    process: String(row.process),
    tries: all('attempts', 'attempt').map(attemptOf),
    streams: all('streams', 'position').map(streamOf),
    errors: all('errors', 'position').map(errorOf),
  };
}

function attemptOf(row: Row): RunAttempt {
  return {
    number: Number(row.attempt),
    started: Number(row.started),
    ended: number(row.ended),
    code: text(row.code),
    message: text(row.message),
    delayMs: number(row.delay_ms),
  };
}

function streamOf(row: Row): StreamResult {
  return {
    name: String(row.name),
    namespace: text(row.namespace),
    status: row.status as StreamStatus | 'WAITING',
    complete: row.complete === 1,
    records: Number(row.records),
    bytes: Number(row.bytes),
    committed: Number(row.committed),
    rejected: Number(row.rejected),
    states: Number(row.states),
    generation: Number(row.generation),
    estimate: number(row.estimate),
    started: number(row.started),
    ended: number(row.ended),
    waitedMs: Number(row.waited_ms),
    error: text(row.error),
  };
}

function errorOf(row: Row): RunError {
  return {
    code: String(row.code),
    message: String(row.message),
    failure_type: String(row.failure_type),
    place: text(row.place),
    hint: text(row.hint),
    origin: row.origin as Origin,
    stream: text(row.stream),
  };
}

function text(value: SQLOutputValue | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

function number(value: SQLOutputValue | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
