import { readdirSync, readFileSync } from 'node:fs';

/** Set in the environment of a connector and inherited by everything that it starts, so that they can be found. */
export const MARK = 'HEADRACE_PROCESS';

/** Processes that appear while others are killed are found in the next round. */
const ROUNDS = 5;

/**
 * Kills a process group and, on Linux, everything with the mark: a program that left the group (setsid) is found by its
 * environment, as Jenkins finds what builds leave behind. A program that clears its environment escapes; only a container
 * prevents that.
 * @param group the id of the group's first process
 */
export function killTree(group: number, mark: string): void {
  signalGroup(group, 'SIGKILL');
  killMarked(mark);
}

/** The second half of `killTree`, for when the group may be gone and its id reused. */
export function killMarked(mark: string): void {
  for (let round = 0; round < ROUNDS; round++) {
    const left = marked(mark);
    if (left.length === 0) return;
    for (const pid of left) signal(pid, 'SIGKILL');
  }
}

/** Sends a signal to a process group, if it still has members. */
export function signalGroup(group: number, name: NodeJS.Signals): void {
  signal(-group, name);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It has ended, or it belongs to another user (a setuid program).
    if (!isGone(error)) throw error;
  }
}

/** This user's processes with the mark that are still running. */
function marked(mark: string): number[] {
  if (process.platform !== 'linux') return [];
  const entry = `${MARK}=${mark}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => environmentOf(name).split('\0').includes(entry))
    .map(Number);
}

/** Empty for a process that has ended, a zombie included, and for one of another user. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch (error) {
    if (!isGone(error)) throw error;
    return '';
  }
}

function isGone(error: unknown): boolean {
  return ['ESRCH', 'ENOENT', 'EPERM', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '');
}
