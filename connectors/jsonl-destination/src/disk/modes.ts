import type { JsonlConfig } from '../config.ts';

/** With which permissions folders and files are made. What is there keeps its own. */
export interface Modes {
  readonly folder: number;
  readonly file: number;
}

/** Nobody but their owner looks into them. */
export const PRIVATE: Modes = { folder: 0o700, file: 0o600 };

/** A file has what its folder has, without the rights to enter: 0700 makes 0600, 2770 makes 0660. */
export function modesOf({ folder_mode }: Pick<JsonlConfig, 'folder_mode'>): Modes {
  const folder = Number.parseInt(folder_mode, 8);
  return { folder, file: folder & 0o666 };
}

/** Whether the umask may have taken something away from what was just made. */
export function isWider(mode: number): boolean {
  return (mode & 0o7077) !== 0;
}
