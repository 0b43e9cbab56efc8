import { ConfigError, TransientError } from '@headrace/sdk';

/** SQLite's codes for busy, locked, I/O error and full: these may work later. */
const LATER = new Set([5, 6, 10, 13]);

/** Turns an error of SQLite into one that says what to do. Returns any other error as it is. */
export function databaseError(error: unknown, path: string): unknown {
  const { code, errcode = 0, message } = error as Error & { code?: string; errcode?: number };
  if (code !== 'ERR_SQLITE_ERROR') return error;
  const details = { code: 'acme.database', place: path, cause: error };
  if (LATER.has(errcode & 0xff)) {
    const hint =
      'free some space, or wait until nobody else uses it, and run again: what was committed stays';
    return new TransientError(`the database cannot be written: ${message}`, { ...details, hint });
  }
  const hint = 'check that it is a SQLite database that this user may write to; verify checks its contents';
  return new ConfigError(`the database cannot be used: ${message}`, { ...details, hint });
}

/** Calls a function that may throw such an error. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw databaseError(error, path);
  }
}
