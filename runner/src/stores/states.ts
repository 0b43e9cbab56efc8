import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '@headrace/sdk/protocol';
import { SystemError } from '@headrace/sdk/spec';
import type { StateStore } from '../engine/ports.ts';
import { readJson, writeAtomically } from './atomic-write.ts';

/** States as one JSON file a job: `<folder>/states/<job>.json`. */
export function fileStates(folder: string): StateStore {
  const path = (job: string) => join(folder, 'states', `${job}.json`);
  return {
    async load(job) {
      const states = (await readJson(path(job))) ?? [];
      if (!Array.isArray(states))
        throw new SystemError(`${path(job)} is no list of states`, { code: 'state.damaged' });
      return states as JsonObject[];
    },
    async save(job, states) {
      await mkdir(join(folder, 'states'), { recursive: true });
      await writeAtomically(path(job), `${JSON.stringify(states)}\n`);
    },
  };
}
