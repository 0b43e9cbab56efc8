import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError, type DestinationEnv, TransientError } from '@headrace/sdk';
import { encodeName } from '@headrace/sdk/destination';
import { removeLeftovers, replaceFile } from '@headrace/sdk/files';
import { codeOf } from '../disk/durable.ts';
import { refuseLinks } from '../disk/inside.ts';
import { makeDirectory } from '../disk/make-directory.ts';
import { type Modes, PRIVATE } from '../disk/modes.ts';
import { createFile, isWritable, openRegular, sizeOf } from '../disk/regular-file.ts';

/** Who holds a lock. Only for people: the lock itself is the kernel's. */
interface LockOwner {
  readonly host: string;
  readonly pid: number;
  readonly run_id: string;
  readonly since: string;
}

export interface Lock {
  release(): void;
}

export interface LockRequest {
  readonly root: string;
  readonly source: string;
  readonly runId: string;
  readonly env: DestinationEnv;
  readonly signal?: AbortSignal;
  readonly modes?: Modes;
}

const LOCKS = '_headrace/locks';
const WAIT_MS = 60_000;
const EXCLUSIVE = 'begin exclusive';
const SHARED = 'begin; select count(*) from sqlite_schema';
interface Begin {
  readonly sql: string;
  readonly readOnly: boolean;
}
const POLL_MS = 100;
/** SQLite's code for a lock held by another process. */
const BUSY = 5;

/** All locks held. A handle that is garbage-collected would release its lock. */
const held = new Set<DatabaseSync>();

/**
 * Locks a source in a folder: BEGIN EXCLUSIVE on a SQLite file of its own, which the kernel releases when the process
 * dies. Nothing else may open that file: with POSIX locks, closing any other handle of it in this process would release
 * the lock.
 * @throws TransientError after 60 s, with the holder's name; the signal's reason if it is aborted
 */
export async function takeLock(request: LockRequest): Promise<Lock> {
  const { root, source, modes = PRIVATE } = request;
  await makeDirectory(root, LOCKS, modes);
  const file = lockPath(root, source);
  const ownerFile = ownerPath(root, source);
  await createLock(file, modes);
  const db = await wait(request, file, ownerFile, { sql: EXCLUSIVE, readOnly: false });
  try {
    removeLeftovers(ownerFile);
    await replaceFile(ownerFile, `${JSON.stringify(ownerOf(request))}\n`, { mode: modes.file });
  } catch (error) {
    // The lock is held without this file, too, and the verbs should work on a full disk.
    if (!['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '')) {
      release(db);
      throw error;
    }
  }
  return { release: () => release(db) };
}

/**
 * For reading: waits until nobody writes, and keeps writers out. Nothing is written, so that it works in a read-only or
 * full folder, and other readers can share the lock.
 * @returns undefined if no lock of this source was ever taken, so that nobody holds it
 * @throws as takeLock
 */
export async function waitForWriter(request: LockRequest): Promise<Lock | undefined> {
  const { root, source } = request;
  await refuseLinks(root, `${LOCKS}/*`);
  const file = lockPath(root, source);
  if ((await sizeOf(file)) === undefined) return undefined;
  const begin = { sql: SHARED, readOnly: !(await isWritable(file)) };
  const db = await wait(request, file, ownerPath(root, source), begin);
  return { release: () => release(db) };
}

async function wait(
  { root, source, env, signal }: LockRequest,
  file: string,
  ownerFile: string,
  begin: Begin,
): Promise<DatabaseSync> {
  // HEADRACE_LOCK_WAIT_MS: hidden, for tests.
  const deadline = env.now() + Number(env.processEnv.HEADRACE_LOCK_WAIT_MS ?? WAIT_MS);
  for (let told = false; ; told = true) {
    const db = tryLock(file, begin);
    if (db) {
      held.add(db);
      return db;
    }
    const who = await readOwner(ownerFile);
    if (env.now() >= deadline) {
      throw new TransientError(`source ${source} is being written by another process: ${who}`, {
        code: 'destination.locked',
        place: root,
        hint: 'wait for it to end, or stop it',
      });
    }
    if (!told) env.log.info(`waiting for another writer of source ${source}: ${who}`);
    await env.sleep(POLL_MS, signal);
  }
}

function lockPath(root: string, source: string): string {
  return join(root, LOCKS, `${encodeName(source)}.lock`);
}

function ownerPath(root: string, source: string): string {
  return join(root, LOCKS, `${encodeName(source)}.owner.json`);
}

function ownerOf({ runId, env }: LockRequest): LockOwner {
  return { host: hostname(), pid: process.pid, run_id: runId, since: new Date(env.now()).toISOString() };
}

/** SQLite would use the permissions left by the umask, and follow a link. */
async function createLock(file: string, modes: Modes): Promise<void> {
  if ((await sizeOf(file)) !== undefined) return;
  try {
    await (await createFile(file, modes.file)).close();
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function tryLock(file: string, { sql, readOnly }: Begin): DatabaseSync | undefined {
  const db = new DatabaseSync(file, { timeout: 0, readOnly });
  try {
    db.exec(sql);
    return db;
  } catch (error) {
    db.close();
    const { errcode, message } = error as Error & { errcode?: number };
    if (((errcode ?? 0) & 0xff) === BUSY) return undefined;
    throw new ConfigError(`the lock ${file} cannot be acquired: ${message}`, {
      code: 'destination.lock',
      place: file,
      cause: error,
    });
  }
}

function release(db: DatabaseSync): void {
  if (!held.delete(db)) return;
  db.exec('rollback');
  db.close();
}

async function readOwner(file: string): Promise<string> {
  try {
    await using handle = await openRegular(file, 'r');
    const { host, pid, run_id, since } = JSON.parse(await handle.readFile('utf8')) as LockOwner;
    return `run ${run_id} on ${host} (process ${pid}) since ${since}`;
  } catch (error) {
    // It is written after the lock was taken, so it may be missing. Older versions did not replace it in one step.
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return 'an unknown run';
    throw error;
  }
}
