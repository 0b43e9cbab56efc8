import { randomUUID } from 'node:crypto';
import { linkSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { PRIVATE } from './atomic-write.ts';
import type { Processes } from './processes.ts';
import { readRegular } from './regular-file.ts';

/**
 * Takes a lock, a file with the name of the process that holds it. The lock of a dead process is taken over; taking a
 * lock twice is allowed.
 * @returns undefined, or the name of the process that holds it
 */
export function takeLock(path: string, processes: Processes): string | undefined {
  for (;;) {
    if (create(path, processes.self())) return undefined;
    const holder = holderOf(path);
    if (holder === processes.self()) return undefined;
    if (holder !== undefined && processes.isAlive(holder)) return holder;
    if (holder !== undefined) rmSync(path, { force: true });
  }
}

/** Releases a lock, if this process holds it. */
export function giveLock(path: string, processes: Processes): void {
  if (holderOf(path) === processes.self()) rmSync(path, { force: true });
}

/** Written under another name and linked, so that a lock always has its holder's name in it. */
function create(path: string, content: string): boolean {
  const temp = `${path}.${randomUUID()}.tmp`;
  writeFileSync(temp, content, { mode: PRIVATE, flag: 'wx' });
  try {
    linkSync(temp, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(temp);
  }
}

function holderOf(path: string): string | undefined {
  try {
    return readRegular(path).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
