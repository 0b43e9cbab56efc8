import type { JsonlConfig } from '../config.ts';

/** The permissions of new folders and files. Existing ones keep theirs. */
export interface Modes {
  readonly folder: number;
  readonly file: number;
}

/** Only accessible by the owner. */
export const PRIVATE: Modes = { folder: 0o700, file: 0o600 };

/** A file gets its folder's permissions without execute: 0700 gives 0600, 2770 gives 0660. */
export function modesOf({ folder_mode }: Pick<JsonlConfig, 'folder_mode'>): Modes {
  const folder = Number.parseInt(folder_mode, 8);
  return { folder, file: folder & 0o666 };
}

/** Whether the umask may have removed permissions from a new file or folder. */
export function isWider(mode: number): boolean {
  return (mode & 0o7077) !== 0;
}
