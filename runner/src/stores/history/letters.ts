import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { StreamDescriptor } from '@headrace/sdk/protocol';
import { settle } from '../../engine/dead-letters.ts';
import type { RunError } from '../../engine/events.ts';
import type { RunOptions } from '../../engine/job.ts';
import type { DeadLetter, DeadLetterStore, RunEntry } from '../../engine/ports.ts';
import type { Database } from '../database.ts';

type Row = Record<string, SQLOutputValue>;

/** Opens, changes or resolves the dead letter of the run's job. Called in the transaction that ends the run. */
export function settleLetters(db: DatabaseSync, run: RunEntry): void {
  const scope = run.options.backfill?.scope ?? '';
  const row = db
    .prepare('select * from dead_letters where job = ? and scope = ? and resolved is null')
    .get(run.job, scope);
  const letter = row && letterOf(run.tenant, row);
  const settled = settle(letter, run);
  if (!settled) return;
  if ('resolved' in settled) {
    if (letter)
      db.prepare('update dead_letters set resolved = ?, resolved_by = ?, resolution = ? where id = ?').run(
        run.ended ?? run.started,
        run.number,
        settled.resolved,
        letter.id,
      );
    return;
  }
  const { opened, openedBy, lastAt, lastRun, runs, options, streams, errors } = settled.open;
  const values = [
    lastAt,
    lastRun,
    runs,
    JSON.stringify(options),
    streams ? JSON.stringify(streams) : null,
    JSON.stringify(errors),
  ];
  if (letter)
    db.prepare(
      'update dead_letters set last_at = ?, last_run = ?, runs = ?, options = ?, streams = ?, errors = ? where id = ?',
    ).run(...values, letter.id);
  else
    db.prepare(
      `insert into dead_letters (last_at, last_run, runs, options, streams, errors, job, scope, opened, opened_by)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(...values, run.job, scope, opened, openedBy);
}

/** The dead letters of a tenant, in its database. */
export function sqliteLetters(database: (tenant: string) => Database): DeadLetterStore {
  return {
    async list(tenant, all = false) {
      if (!database(tenant).exists()) return [];
      const where = all ? '' : 'where resolved is null';
      const rows = database(tenant).open().prepare(`select * from dead_letters ${where} order by id`).all();
      return rows.map((row) => letterOf(tenant, row));
    },
    async drop(tenant, id, now) {
      if (!database(tenant).exists()) return false;
      const { changes } = database(tenant).change((db) =>
        db
          .prepare(
            "update dead_letters set resolved = ?, resolution = 'dropped' where id = ? and resolved is null",
          )
          .run(now, id),
      );
      return changes === 1;
    },
  };
}

function letterOf(tenant: string, row: Row): DeadLetter {
  return {
    id: Number(row.id),
    tenant,
    job: String(row.job),
    options: JSON.parse(String(row.options)) as RunOptions,
    opened: Number(row.opened),
    openedBy: Number(row.opened_by),
    lastAt: Number(row.last_at),
    lastRun: Number(row.last_run),
    runs: Number(row.runs),
    ...(row.streams === null ? {} : { streams: JSON.parse(String(row.streams)) as StreamDescriptor[] }),
    errors: JSON.parse(String(row.errors)) as RunError[],
    ...(row.resolved === null ? {} : { resolved: Number(row.resolved) }),
    ...(row.resolved_by === null ? {} : { resolvedBy: Number(row.resolved_by) }),
    ...(row.resolution === null ? {} : { resolution: row.resolution as 'success' | 'dropped' }),
  };
}
