import { type BigIntStats, closeSync, constants, fchmodSync, fstatSync, openSync, type Stats } from 'node:fs';
import { access, type FileHandle, lstat, open } from 'node:fs/promises';
import { ConfigError } from '@headrace/sdk';
import { codeOf } from './durable.ts';
import { isWider } from './modes.ts';

/**
 * Others may write to a shared folder, so a name of ours may be a link to another file, or a pipe without a writer.
 * Links are not followed, and only regular files are read or written. Windows has neither flag.
 */
const CAREFUL = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const NEW = constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

export const NOT_REGULAR = 'destination.not_regular';

/**
 * Opens an existing file.
 * @throws ConfigError if it is not a regular file; the system's error if it cannot be opened
 */
export async function openRegular(path: string, how: 'r' | 'r+'): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path, flags(how));
  } catch (error) {
    throw await explained(error, path);
  }
  const stats = await handle.stat();
  if (stats.isFile()) return handle;
  await handle.close();
  throw notRegular(path, stats);
}

/** Creates a file. @throws EEXIST if something has its name, including a link */
export async function createFile(path: string, mode: number): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDWR | NEW, mode & 0o777);
  if (isWider(mode)) await handle.chmod(mode);
  return handle;
}

/** The same, for use inside a transaction. @returns a file descriptor */
export function createFileSync(path: string, mode: number): number {
  const fd = openSync(path, constants.O_RDWR | NEW, mode & 0o777);
  if (isWider(mode)) fchmodSync(fd, mode);
  return fd;
}

/** Calls `work` with a descriptor of an existing file. @throws as openRegular */
export function withRegularSync<T>(path: string, work: (fd: number) => T): T {
  let fd: number;
  try {
    fd = openSync(path, flags('r'));
  } catch (error) {
    throw codeOf(error) === 'ELOOP' ? notRegular(path) : error;
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw notRegular(path, stats);
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

/** A file's length, or undefined if nothing has that name. @throws ConfigError if it is not a regular file */
export async function sizeOf(path: string): Promise<number | undefined> {
  let stats: Stats;
  try {
    stats = await lstat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (!stats.isFile()) throw notRegular(path, stats);
  return stats.size;
}

/** Whether this process may write to an existing file. On a read-only file system nobody may. */
export async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return true;
  } catch (error) {
    if (['EROFS', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

type Kind = Pick<Stats | BigIntStats, 'isSymbolicLink' | 'isDirectory' | 'isFIFO'>;

/** @param stats of what is there; without them it is a link */
export function notRegular(path: string, stats?: Kind, wanted: 'file' | 'folder' = 'file'): ConfigError {
  const isLink = !stats || stats.isSymbolicLink();
  const what = isLink
    ? 'link'
    : stats.isDirectory()
      ? 'folder'
      : stats.isFIFO()
        ? 'named pipe'
        : 'special file';
  return new ConfigError(
    `${path} is a ${what} where a ${wanted} of ours should be${isLink ? ': it is not followed' : ''}`,
    {
      code: NOT_REGULAR,
      place: path,
      hint: isLink
        ? 'take it away; to have a folder on another disk, mount that there'
        : 'take it away, and find out who put it there',
    },
  );
}

function flags(how: 'r' | 'r+'): number {
  return (how === 'r' ? constants.O_RDONLY : constants.O_RDWR) | CAREFUL;
}

async function explained(error: unknown, path: string): Promise<unknown> {
  const code = codeOf(error);
  if (code === 'ELOOP') return notRegular(path);
  // A folder, a socket, a pipe without a reader: say which, because the system's message does not.
  if (code === 'EISDIR' || code === 'ENXIO') await sizeOf(path);
  return error;
}
