import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { refuseNoPath } from '@headrace/sdk';
import type { Config } from './config.ts';

/** Where the records go. @throws ConfigError if it is no folder: an address (`s3://…`), `~` */
export function folderOf({ path }: Config): string {
  refuseNoPath(path);
  return resolve(path);
}

/** Makes a folder, and those above it where they are missing; their names survive a loss of power. */
export function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    syncFolder(dirname(made));
    if (made === first) return;
  }
}

/** The name of a new file, or of a new folder, is safe only with the folder that it stands in. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
