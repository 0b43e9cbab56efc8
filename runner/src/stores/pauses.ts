import type { PauseStore } from '../engine/ports.ts';
import type { Database } from './database.ts';

/** Stands for all jobs of the tenant: no job has an empty name. */
const ALL = '';

/** The pauses of a tenant, in its database. */
export function sqlitePauses(database: (tenant: string) => Database): PauseStore {
  return {
    async list(tenant) {
      if (!database(tenant).exists()) return [];
      const rows = database(tenant).open().prepare('select * from pauses order by job').all();
      return rows.map(({ job, since, reason }) => ({
        ...(job === ALL ? {} : { job: String(job) }),
        since: Number(since),
        ...(reason === null ? {} : { reason: String(reason) }),
      }));
    },
    async pause(tenant, { job = ALL, since, reason }) {
      database(tenant).change((db) =>
        db
          .prepare('insert into pauses values (?, ?, ?) on conflict do update set reason = excluded.reason')
          .run(job, since, reason ?? null),
      );
    },
    async resume(tenant, job = ALL) {
      if (!database(tenant).exists()) return false;
      const { changes } = database(tenant).change((db) =>
        db.prepare('delete from pauses where job = ?').run(job),
      );
      return changes === 1;
    },
  };
}
