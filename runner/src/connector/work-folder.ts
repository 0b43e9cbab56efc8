import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A folder of mode 0700 with the files for connectors, of mode 0600 (invariant 6: deleted after the run). */
export interface WorkFolder {
  readonly path: string;
  /** A folder in it for the files of one call. A container sees only this one. */
  call(): CallFolder;
  remove(): void;
}

export interface CallFolder {
  readonly path: string;
  /** Writes a new file and returns its path. */
  write(name: string, content: string): string;
}

const STRANGER_MS = 3_600_000;

/** Creates a work folder under `base`, and deletes what killed runs left there. */
export function openWorkFolder(base: string, now: number): WorkFolder {
  mkdirSync(base, { recursive: true, mode: 0o700 });
  cleanLeftovers(base, now);
  // Of mode 0700 and unique, also within this process.
  const path = mkdtempSync(join(base, `${processName()}~${now}~`));
  let calls = 0;
  return {
    path,
    call() {
      const folder = join(path, String(++calls));
      mkdirSync(folder, { mode: 0o700 });
      return {
        path: folder,
        write(name, content) {
          const file = join(folder, name);
          writeFileSync(file, content, { mode: 0o600, flag: 'wx' });
          return file;
        },
      };
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/**
 * Deletes the folders of processes that are gone. Whether a process of another host (a removed container) still runs is
 * unknown, so its folder is kept for an hour; a connector reads its config when it starts.
 */
function cleanLeftovers(base: string, now: number): void {
  for (const name of readdirSync(base)) {
    const owner = name.split('~').slice(0, 3).join('~');
    const ours = name.startsWith(`${host()}~`);
    const path = join(base, name);
    const age = now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now);
    if (ours ? !isAlive(owner) : age > STRANGER_MS) rmSync(path, { recursive: true, force: true });
  }
}

/** A unique name of this process: host, pid and, if the system tells it, the start time. */
export function processName(pid = process.pid): string {
  return `${host()}~${pid}~${startTime(pid)}`;
}

let holders = 0;

/** A name for one of several holders of locks in this process. */
export function holderName(): string {
  return `${processName()}~${++holders}`;
}

/** Whether the process that `processName` named is still alive on this host. More parts may follow the name. */
export function isAlive(name: string): boolean {
  const [at, pid] = name.split('~');
  if (at !== host() || !pid) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return processName(Number(pid)) === name.split('~').slice(0, 3).join('~');
}

function host(): string {
  return hostname().replace(/[^A-Za-z0-9.-]/g, '_');
}

/** Field 22 of /proc/<pid>/stat (proc(5)): a reused pid has another start time, and a zombie has ended. */
function startTime(pid: number): string {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return '0';
    throw error;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : (fields[19] as string);
}
