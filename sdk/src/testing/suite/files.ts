import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for the files of one check, deleted afterwards. */
export interface Files {
  readonly folder: string;
  /** Writes a text, or a value as JSON, as a read-only file like a platform does; returns the path. */
  write(value: unknown, name?: string): string;
  remove(): void;
}

export function openFiles(): Files {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-suite-'));
  let count = 0;
  return {
    folder,
    write: (value, name = 'input.json') => {
      const path = join(folder, `${++count}-${name}`);
      writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
      chmodSync(path, 0o444);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
