import { ConfigError, isHeadraceError, TransientError } from '@headrace/sdk';
import { codeOf } from './durable.ts';

/** What the system says, in the words of who should do what. */
export function storageError(error: unknown, root: string): Error {
  const code = codeOf(error);
  if (!(error instanceof Error) || isHeadraceError(error) || code === undefined) return error as Error;
  const details = { place: root, cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new TransientError('the disk is full', {
      ...details,
      code: 'destination.disk_full',
      hint: 'make room and run again: nothing that was committed is lost',
    });
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENAMETOOLONG', 'EISDIR'].includes(code)) {
    return new ConfigError(`cannot write: ${error.message}`, {
      ...details,
      code: 'destination.not_writable',
      hint: 'check config.path and who owns it',
    });
  }
  if (code.startsWith('E') && !code.startsWith('ERR_'))
    return new TransientError(`cannot write: ${error.message}`, { ...details, code: 'destination.io' });
  return error;
}
