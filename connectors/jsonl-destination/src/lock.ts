import { readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError, type DestinationEnv, TransientError } from '@headrace/sdk';
import { codeOf, makeDirectory } from './durable.ts';
import { encodeName } from './names.ts';

/** Who holds a lock; for people only, the lock is the kernel's. */
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
}

const WAIT_MS = 60_000;
const POLL_MS = 100;
/** SQLite: somebody else holds it. */
const BUSY = 5;

/** A handle that is collected gives its lock back: every lock that is held stands here. */
const held = new Set<DatabaseSync>();

/**
 * Takes the lock of one source under a path: a SQLite file of its own held by BEGIN EXCLUSIVE, which the
 * kernel gives back when the process dies. Nothing else may open that file: with POSIX locks, closing any
 * other handle of it in this process would free it.
 * @throws TransientError after 60 s, naming who holds it; the signal's reason when it is aborted
 */
export async function takeLock(request: LockRequest): Promise<Lock> {
  const { root, source, runId, env, signal } = request;
  const folder = join(root, '_headrace', 'locks');
  await makeDirectory(folder);
  const file = join(folder, `${encodeName(source)}.lock`);
  const ownerFile = join(folder, `${encodeName(source)}.owner.json`);
  // HEADRACE_LOCK_WAIT_MS: hidden, for tests.
  const deadline = env.now() + Number(env.processEnv.HEADRACE_LOCK_WAIT_MS ?? WAIT_MS);
  for (let told = false; ; told = true) {
    const db = tryLock(file);
    if (db) {
      held.add(db);
      const owner: LockOwner = {
        host: hostname(),
        pid: process.pid,
        run_id: runId,
        since: new Date(env.now()).toISOString(),
      };
      await writeFile(ownerFile, `${JSON.stringify(owner)}\n`);
      return { release: () => release(db) };
    }
    const who = await readOwner(ownerFile);
    if (env.now() >= deadline) {
      throw new TransientError(`source ${source} is being written by another process: ${who}`, {
        code: 'destination.locked',
        place: root,
        hint: 'wait until it is done, or stop it',
      });
    }
    if (!told) env.log.info(`waiting for another writer of source ${source}: ${who}`);
    await env.sleep(POLL_MS, signal);
  }
}

/** Whether a lock of that source was ever taken here; if not, nobody holds it. */
export async function lockExists(root: string, source: string): Promise<boolean> {
  try {
    await stat(join(root, '_headrace', 'locks', `${encodeName(source)}.lock`));
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function tryLock(file: string): DatabaseSync | undefined {
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    db.exec('begin exclusive');
    return db;
  } catch (error) {
    db.close();
    const { errcode, message } = error as Error & { errcode?: number };
    if (((errcode ?? 0) & 0xff) === BUSY) return undefined;
    throw new ConfigError(`the lock ${file} cannot be taken: ${message}`, {
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
    const { host, pid, run_id, since } = JSON.parse(await readFile(file, 'utf8')) as LockOwner;
    return `run ${run_id} on ${host} (process ${pid}) since ${since}`;
  } catch (error) {
    // It is written after the lock was taken, and not atomically: for a moment it may be missing or half there.
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return 'an unknown run';
    throw error;
  }
}
