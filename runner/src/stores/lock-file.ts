import { randomUUID } from 'node:crypto';
import { linkSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { PRIVATE } from './atomic-write.ts';
import type { Processes } from './history.ts';
import { readRegular } from './regular-file.ts';

/**
 * Takes a lock that one process at a time holds: a file with its name in it. What a process left that is gone is taken
 * over; what this process holds is its own.
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

/** Gives a lock back, if it is this process's. */
export function giveLock(path: string, processes: Processes): void {
  if (holderOf(path) === processes.self()) rmSync(path, { force: true });
}

/** Written beside and linked: a lock is never seen without its holder's name. */
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
