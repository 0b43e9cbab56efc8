import { ConfigError, TransientError } from '@headrace/sdk';

/** SQLite: busy, locked, an error of the disk, full. The same may work later. */
const LATER = new Set([5, 6, 10, 13]);

/** What SQLite says, in the words of who should do what; any other error as it is. */
export function databaseError(error: unknown, path: string): unknown {
  const { code, errcode = 0, message } = error as Error & { code?: string; errcode?: number };
  if (code !== 'ERR_SQLITE_ERROR') return error;
  const details = { code: 'acme.database', place: path, cause: error };
  if (LATER.has(errcode & 0xff)) {
    const hint = 'make room, or wait until nobody else holds it, and run again: what was committed stays';
    return new TransientError(`the database cannot be written: ${message}`, { ...details, hint });
  }
  const hint = 'is it a SQLite database that this user may write? verify says whether it is sound';
  return new ConfigError(`the database cannot be used: ${message}`, { ...details, hint });
}

/** Calls what may fail so. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw databaseError(error, path);
  }
}
