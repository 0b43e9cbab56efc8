import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { asHeadraceError, ConfigError, type HeadraceError } from '@headrace/sdk/spec';
import { holderName, isAlive, processName } from '../connector/work-folder.ts';
import type { LoadedFile } from '../jobs/load.ts';
import type { ScheduledJob } from '../schedule/plan.ts';
import { PRIVATE_FOLDER } from '../stores/atomic-write.ts';
import { giveLock, takeLock } from '../stores/lock-file.ts';
import { openStores, type Stores } from '../stores/open-stores.ts';
import { eachError } from '../terminal/error-lines.ts';
import type { Context } from './context.ts';
import { loadFiles } from './pick-jobs.ts';

/** @param onMistake called for a job that cannot be read; it is left out */
export function scheduledJobs(
  files: readonly LoadedFile[],
  onMistake: (error: HeadraceError) => void,
): ScheduledJob[] {
  return files.flatMap((file) =>
    file.jobs.flatMap((name) => {
      try {
        const { tenant, priority, schedule, timezone } = file.written(name);
        return schedule === undefined ? [] : [{ tenant, name, priority, schedule, timezone }];
      } catch (error) {
        onMistake(asHeadraceError(error));
        return [];
      }
    }),
  );
}

/** The jobs files. While they hold a mistake, they stay what they were. Each mistake is shown once. */
export function watchFiles(context: Context) {
  let files = loadFiles(context);
  const told = new Set<string>();
  const tell = (error: HeadraceError) => {
    const text = eachError(error)
      .map(({ message }) => message)
      .join('\n');
    if (!told.has(text)) context.output.error(error);
    told.add(text);
  };
  return {
    tell,
    files: (): readonly LoadedFile[] => files,
    reload(): readonly LoadedFile[] {
      try {
        files = loadFiles(context);
      } catch (error) {
        tell(asHeadraceError(error));
      }
      return files;
    },
  };
}

export function fileOf(files: readonly LoadedFile[], tenant: string): LoadedFile {
  const file = files.find((one) => one.tenant === tenant);
  if (!file) throw new ConfigError(`there is no tenant ${tenant} any more`, { code: 'jobs.unknown_tenant' });
  return file;
}

/** Each tenant's database, open as long as the schedule is kept. */
export function storesOf(files: () => readonly LoadedFile[], { secrets, output }: Context) {
  const open = new Map<string, Stores>();
  const processes = { self: processName, isAlive };
  return {
    of(tenant: string): Stores {
      const root = join(fileOf(files(), tenant).folder, '.headrace');
      const stores = open.get(tenant) ?? openStores(root, tenant, processes, secrets, output.note);
      open.set(tenant, stores);
      return stores;
    },
    close() {
      for (const one of open.values()) one.close();
    },
  };
}

/** One serve per folder: two would run each job twice. @throws ConfigError if another one serves it */
export function lockFolders(files: readonly LoadedFile[]): () => void {
  const self = holderName();
  const processes = { self: () => self, isAlive };
  const held: string[] = [];
  const unlock = () => {
    for (const lock of held) giveLock(lock, processes);
  };
  for (const folder of new Set(files.map((file) => file.folder))) {
    mkdirSync(join(folder, '.headrace'), { recursive: true, mode: PRIVATE_FOLDER });
    const lock = join(folder, '.headrace', 'serve.lock');
    const holder = takeLock(lock, processes);
    if (holder !== undefined) {
      unlock();
      throw new ConfigError(`another process keeps the schedules of ${folder}: ${holder}`, {
        code: 'serve.already_running',
        hint: 'stop it first, or leave the schedules to it',
      });
    }
    held.push(lock);
  }
  return unlock;
}
