import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { ConfigError } from '@headrace/sdk/spec';

/**
 * The bytes of a file. Anything but a regular file is refused: opening a named pipe may block forever, and a
 * device has no end.
 * @throws Error as the system says it (ENOENT); ConfigError (`file.not_regular`) if it is not a regular file
 */
export function readRegular(path: string): Buffer {
  // Checked before it is opened, because opening affects some devices, and again afterwards, because it may have changed.
  refuse(path, statSync(path));
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    refuse(path, fstatSync(fd));
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function refuse(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw new ConfigError(`${path} is ${kindOf(stats)}, and a file is needed`, {
    code: 'file.not_regular',
    place: path,
  });
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}
