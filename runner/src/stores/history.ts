import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secrets } from '@headrace/sdk/protocol';
import { ConfigError } from '@headrace/sdk/spec';
import { NAMES } from '../engine/events.ts';
import type { HistoryStore, JobKey, RunEntry } from '../engine/ports.ts';
import { PRIVATE, PRIVATE_FOLDER, readJson, writeAtomically } from './atomic-write.ts';

/** Names this process and tells whether another one is alive. Two runs of one job at a time would share its state. */
export interface Processes {
  self(): string;
  isAlive(process: string): boolean;
}

type StoredRun = RunEntry & { process: string };

/** Runs, one small JSON file each: `<root>/<tenant>/runs/<job>/<number>.json`, without secrets (invariant 6). */
export function fileHistory(root: string, processes: Processes, secrets: Secrets): HistoryStore {
  const runs = ({ tenant, name }: JobKey) => join(root, tenant, 'runs', name);
  const path = (job: JobKey, number: number) => join(runs(job), `${String(number).padStart(6, '0')}.json`);

  async function numbers(job: JobKey): Promise<number[]> {
    const names = await readdir(runs(job));
    return names
      .filter((name) => /^\d+\.json$/.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => b - a);
  }

  async function load(job: JobKey, number: number): Promise<StoredRun | undefined> {
    return (await readJson(path(job, number))) as StoredRun | undefined;
  }

  return {
    async begin(job, started) {
      await mkdir(runs(job), { recursive: true, mode: PRIVATE_FOLDER });
      for (;;) {
        const last = (await numbers(job))[0] ?? 0;
        const before = last > 0 ? await load(job, last) : undefined;
        if (before && before.ended === undefined && processes.isAlive(before.process)) {
          throw new ConfigError(
            `${job.name} is running since ${new Date(before.started).toISOString()} (run ${last}, ${before.process})`,
            {
              code: 'run.already_running',
              hint: 'wait until it ends, or stop that process',
            },
          );
        }
        const entry: StoredRun = {
          tenant: job.tenant,
          job: job.name,
          number: last + 1,
          started,
          attempts: 0,
          streams: [],
          errors: [],
          process: processes.self(),
        };
        if (await create(path(job, entry.number), JSON.stringify(entry))) return entry;
      }
    },
    save: (entry) =>
      writeAtomically(
        path({ tenant: entry.tenant, name: entry.job }, entry.number),
        `${JSON.stringify(secrets.scrubValue(entry, NAMES))}\n`,
      ),
    async *before(job, number) {
      for (const earlier of await numbers(job)) {
        const entry = earlier < number ? await load(job, earlier) : undefined;
        if (entry) yield entry;
      }
    },
  };
}

/**
 * Creates a file that must not exist: if two runs begin at once, only one gets the number. The file is written under
 * another name and linked, so that a crash leaves no empty file.
 */
async function create(path: string, content: string): Promise<boolean> {
  const temp = `${path}.${randomUUID()}.tmp`;
  await writeFile(temp, content, { mode: PRIVATE, flag: 'wx' });
  try {
    await link(temp, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(temp);
  }
}
