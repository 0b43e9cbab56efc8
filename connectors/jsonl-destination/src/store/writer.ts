import type { DestinationEnv, DestinationWriter } from '@headrace/sdk';
import { runSettings, type StoreHalves, storeWriter } from '@headrace/sdk/destination';
import type { JsonlConfig } from '../config.ts';
import { storageError } from '../disk/storage-error.ts';
import { checkPlace, rootOf } from '../place/place.ts';
import { fileHalf } from './file-half.ts';
import { type FilePart, JournalStore } from './journal-store.ts';

/** Opens a folder's journal and the half that writes its files. */
export function openFolder(
  config: JsonlConfig,
  env: DestinationEnv,
  runId: string,
): StoreHalves<FilePart, JournalStore> {
  const store = new JournalStore(config, env);
  return { store, half: fileHalf(store, config, env, runId) };
}

/** The writer of a run. */
export function jsonlWriter(config: JsonlConfig, env: DestinationEnv): DestinationWriter {
  const root = rootOf(config, env.processEnv);
  return storeWriter({
    name: 'jsonl-destination',
    settings: runSettings(config),
    env,
    async open(runId) {
      await checkPlace(root, config, env);
      return openFolder(config, env, runId);
    },
    explain: (error) => storageError(error, root),
  });
}
