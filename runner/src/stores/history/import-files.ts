import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { isObject } from '@headrace/sdk/protocol';
import { DataError } from '@headrace/sdk/spec';
import type { RunEntry } from '../../engine/ports.ts';
import { readJson } from '../atomic-write.ts';
import { writeRun } from './rows.ts';

type OldStream = Omit<RunEntry['streams'][number], keyof typeof NEWER>;
interface OldRun extends Omit<RunEntry, keyof Key | 'tries' | 'options' | 'process' | 'streams'> {
  readonly streams: readonly OldStream[];
  readonly process?: string;
}
type Key = Pick<RunEntry, 'tenant' | 'job' | 'number'>;

/** What is counted of a stream since. */
const NEWER = { states: 0, waitedMs: 0 };

/**
 * Takes over the runs of versions that kept one JSON file per run, `<root>/<tenant>/runs/<job>/<number>.json`. Called once,
 * in the transaction that makes the database. The files stay where they are.
 * @param warn called for a file that cannot be read: it costs its own run, whose number is not used again
 */
export function importFiles(
  db: DatabaseSync,
  root: string,
  tenant: string,
  warn: (message: string) => void,
): void {
  const folder = join(root, tenant, 'runs');
  for (const job of namesIn(folder))
    for (const name of namesIn(join(folder, job))) {
      if (!/^\d+\.json$/.test(name)) continue;
      const number = Number.parseInt(name, 10);
      const path = join(folder, job, name);
      const key = { tenant, job, number };
      try {
        writeRun(db, complete(oldRun(path), key));
      } catch (error) {
        warn(`run ${number} of ${job} is not taken over: ${(error as Error).message}`);
        writeRun(db, complete(NOTHING_KNOWN, key));
      }
    }
}

const NOTHING_KNOWN: OldRun = { started: 0, ended: 0, attempts: 0, streams: [], errors: [] };

function oldRun(path: string): OldRun {
  const run = readJson(path);
  if (
    isObject(run) &&
    typeof run.started === 'number' &&
    Array.isArray(run.streams) &&
    Array.isArray(run.errors)
  )
    return run as unknown as OldRun;
  throw new DataError(`${path} is not a run`, { code: 'store.damaged' });
}

function complete(run: OldRun, key: Key): RunEntry {
  const streams = run.streams.map((stream) => ({ ...NEWER, ...stream }));
  return { process: '', ...run, ...key, tries: [], options: { check: true }, streams };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
