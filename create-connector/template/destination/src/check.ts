import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError, refuseNoPath } from '@headrace/sdk';
import type { Config } from './config.ts';

/** Tries what a write would need, and leaves nothing behind. Called by `check`, before anybody trusts this configuration. */
export async function check({ path }: Config): Promise<void> {
  refuseNoPath(path);
  const isNew = !existsSync(path);
  try {
    const db = new DatabaseSync(path, { timeout: 10_000 });
    try {
      db.exec('begin immediate; create table "~check" (x); rollback');
    } finally {
      db.close();
      if (isNew) rmSync(path);
    }
  } catch (error) {
    throw new ConfigError(`cannot write into ${path}: ${(error as Error).message}`, {
      code: 'acme.not_writable',
      place: 'config.path',
      hint: 'choose another file, or let this user write there',
      cause: error,
    });
  }
}
