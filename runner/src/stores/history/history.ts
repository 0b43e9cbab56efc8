import type { DatabaseSync } from 'node:sqlite';
import type { Secrets } from '@headrace/sdk/protocol';
import { ConfigError } from '@headrace/sdk/spec';
import { NAMES } from '../../engine/events.ts';
import type { HistoryStore, JobKey, RunEntry, RunQuery } from '../../engine/ports.ts';
import type { Database } from '../database.ts';
import { setMark } from '../marks.ts';
import type { Processes } from '../processes.ts';
import { settleLetters } from './letters.ts';
import { readRun, writeRun } from './rows.ts';

/** Runs and what became of them, in a tenant's database, without secrets (invariant 6). */
export function sqliteHistory(
  database: (tenant: string) => Database,
  processes: Processes,
  secrets: Secrets,
): HistoryStore {
  const clean = (entry: RunEntry) => secrets.scrubValue(entry, NAMES) as RunEntry;

  function lastOf(db: DatabaseSync, { tenant, name }: JobKey): RunEntry | undefined {
    const row = db.prepare('select * from runs where job = ? order by number desc limit 1').get(name);
    return row && readRun(db, tenant, row);
  }

  const runsNow = (run: RunEntry | undefined) =>
    run && run.ended === undefined && processes.isAlive(run.process) ? run : undefined;

  return {
    async begin(job, options, started) {
      return database(job.tenant).change((db) => {
        const last = lastOf(db, job);
        const running = runsNow(last);
        if (running) throw alreadyRunning(job, running);
        const entry: RunEntry = {
          tenant: job.tenant,
          job: job.name,
          number: (last?.number ?? 0) + 1,
          started,
          attempts: 0,
          tries: [],
          options,
          streams: [],
          errors: [],
          process: processes.self(),
        };
        writeRun(db, clean(entry));
        const { schedule } = options;
        if (schedule !== undefined) setMark(db, { job: job.name, schedule, at: started });
        return entry;
      });
    },
    async save(entry) {
      database(entry.tenant).change((db) => writeRun(db, clean(entry)));
    },
    async end(entry) {
      database(entry.tenant).change((db) => {
        const run = clean(entry);
        writeRun(db, run);
        settleLetters(db, run);
      });
    },
    async *runs(tenant, query) {
      if (!database(tenant).exists()) return;
      const db = database(tenant).open();
      const { sql, values } = select(query);
      // Read whole: another statement must not wait for a reader that takes its time.
      for (const row of db.prepare(sql).all(...values)) yield readRun(db, tenant, row);
    },
    async running(job) {
      return database(job.tenant).exists() ? runsNow(lastOf(database(job.tenant).open(), job)) : undefined;
    },
    async verify(tenant) {
      if (!database(tenant).exists()) return [];
      const rows = database(tenant).open().prepare('pragma integrity_check').all();
      return rows.map((row) => String(row.integrity_check)).filter((text) => text !== 'ok');
    },
  };
}

function select({ job, kind, since, before }: RunQuery): { sql: string; values: Array<string | number> } {
  const conditions: Array<[string, string | number | undefined]> = [
    ['job = ?', job],
    ['kind = ?', kind],
    ['started >= ?', since],
    ['number < ?', before],
  ];
  const used = conditions.filter((one): one is [string, string | number] => one[1] !== undefined);
  const where = used.length > 0 ? `where ${used.map(([sql]) => sql).join(' and ')}` : '';
  const order = job === undefined ? 'started desc, number desc' : 'number desc';
  return {
    sql: `select * from runs ${where} order by ${order}`,
    values: used.map(([, value]) => value),
  };
}

function alreadyRunning(job: JobKey, { started, number, process }: RunEntry): ConfigError {
  const since = new Date(started).toISOString();
  return new ConfigError(`${job.name} is running since ${since} (run ${number}, ${process})`, {
    code: 'run.already_running',
    hint: 'wait until it ends, or stop that process',
  });
}
