import { ConfigError, isHeadraceError, TransientError } from '@headrace/sdk';
import { codeOf } from './durable.ts';

/** Turns a system error into one that says what to do. */
export function storageError(error: unknown, root: string, doing: 'read' | 'write' = 'write'): Error {
  const code = codeOf(error);
  if (!(error instanceof Error) || isHeadraceError(error) || code === undefined) return error as Error;
  const details = { place: root, cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new TransientError('the disk is full', {
      ...details,
      code: 'destination.disk_full',
      hint: 'free some space and run again: nothing that was committed is lost',
    });
  }
  if (code === 'EROFS') {
    return new ConfigError('cannot write: the folder is read-only', {
      ...details,
      code: 'destination.read_only',
      hint: 'mount it writable, or choose another one; state, verify, stats, manifest and cursors also work in a read-only folder',
    });
  }
  if (['EACCES', 'EPERM', 'ENOTDIR', 'ENAMETOOLONG', 'EISDIR'].includes(code)) {
    return new ConfigError(`cannot ${doing}: ${error.message}`, {
      ...details,
      code: 'destination.not_writable',
      hint: 'check config.path and its owner',
    });
  }
  if (code.startsWith('E') && !code.startsWith('ERR_'))
    return new TransientError(`cannot ${doing}: ${error.message}`, { ...details, code: 'destination.io' });
  return error;
}
