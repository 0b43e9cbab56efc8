import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Budgets } from '../engine/ports.ts';
import { PRIVATE, PRIVATE_FOLDER } from './atomic-write.ts';

/**
 * Budgets as SQLite files of the user, outside the jobs file's folder, because jobs of several folders may share a
 * credential. What the tables mean is in the SDK's `machine-budget.ts`.
 */
export function fileBudgets(env: Readonly<Record<string, string | undefined>>): Budgets {
  const state = env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state');
  const folder = join(state, 'headrace', 'budgets');
  return {
    open(host, credential, perSecond) {
      mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
      const path = join(folder, `${nameOf(host, credential)}.sqlite`);
      try {
        setRate(path, perSecond);
      } catch (error) {
        // 11 CORRUPT, 26 NOTADB: it holds nothing that is missed.
        const { errcode = 0 } = error as { errcode?: number };
        if (![11, 26].includes(errcode & 0xff)) throw error;
        for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
        setRate(path, perSecond);
      }
      return path;
    },
  };
}

function setRate(path: string, perSecond: number): void {
  closeSync(openSync(path, 'a', PRIVATE));
  const db = new DatabaseSync(path, { timeout: 30_000 });
  try {
    db.exec('pragma journal_mode = wal; pragma synchronous = off');
    db.exec(
      'create table if not exists budget (id integer primary key, interval_ms real not null, due real not null)',
    );
    db.prepare(
      'insert into budget values (1, ?, 0) on conflict do update set interval_ms = excluded.interval_ms',
    ).run(1000 / perSecond);
  } finally {
    db.close();
  }
}

/** The order in which a configuration names its secrets does not matter. */
function nameOf(host: string, credential: readonly string[]): string {
  const parts = ['headrace budget', host, ...[...credential].sort()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
