import type { DatabaseSync } from 'node:sqlite';
import type { Mark, MarkStore } from '../engine/ports.ts';
import type { Database } from './database.ts';

/** The marks of a tenant's schedules, in its database. */
export function sqliteMarks(database: (tenant: string) => Database): MarkStore {
  return {
    async list(tenant) {
      const rows = database(tenant).open().prepare('select * from schedules order by job').all();
      return rows.map(({ job, schedule, kept_until }) => ({
        job: String(job),
        schedule: String(schedule),
        at: Number(kept_until),
      }));
    },
    async set(tenant, mark) {
      database(tenant).change((db) => setMark(db, mark));
    },
  };
}

/** Called in a transaction. */
export function setMark(db: DatabaseSync, { job, schedule, at }: Mark): void {
  db.prepare(
    `insert into schedules values (?, ?, ?)
     on conflict do update set schedule = excluded.schedule, kept_until = excluded.kept_until`,
  ).run(job, schedule, at);
}
