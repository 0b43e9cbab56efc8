import { Buffer } from 'node:buffer';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidJsonError, Selection } from '@headrace/sdk/protocol';
import { SystemError } from '@headrace/sdk/spec';
import type { JobKey, StateStore } from '../engine/ports.ts';
import { PRIVATE_FOLDER, writeAtomically } from './atomic-write.ts';
import { readRegular } from './regular-file.ts';

const items = new Selection({ records: '' });

/**
 * States, one JSON list per job: `<root>/<tenant>/states/<job>.json`. Each is kept byte for byte, because only
 * its source knows what its numbers mean (invariant 7).
 */
export function fileStates(root: string): StateStore {
  const folder = ({ tenant }: JobKey) => join(root, tenant, 'states');
  const path = (job: JobKey) => join(folder(job), `${job.name}.json`);
  return {
    async load(job) {
      let bytes: Buffer;
      try {
        bytes = readRegular(path(job));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
      return statesIn(bytes, path(job));
    },
    async save(job, states) {
      await mkdir(folder(job), { recursive: true, mode: PRIVATE_FOLDER });
      await writeAtomically(path(job), `[${states.join(',\n')}]\n`);
    },
    async keepBefore(job, text, at) {
      const place = join(folder(job), 'before');
      const time = new Date(at).toISOString().replace(/[:.]/g, '-');
      const file = join(place, `${job.name}-${time}.json`);
      await mkdir(place, { recursive: true, mode: PRIVATE_FOLDER });
      await writeAtomically(file, `${text}\n`);
      return file;
    },
  };
}

function statesIn(bytes: Buffer, path: string): string[] {
  const text = bytes.toString('utf8').trimStart();
  if (text === '') throw damaged(path, 'is empty');
  if (!text.startsWith('[')) throw damaged(path, 'is no list of states');
  try {
    const page = items.scan(bytes);
    return Array.from({ length: page.count }, (_, row) => Buffer.from(page.record(row)).toString('utf8'));
  } catch (error) {
    if (!(error instanceof InvalidJsonError)) throw error;
    throw damaged(path, `is ${error.message}`);
  }
}

function damaged(path: string, what: string): SystemError {
  return new SystemError(`${path} ${what}`, {
    code: 'state.damaged',
    hint: 'restore it from a backup; if you delete it, everything is read again',
  });
}
