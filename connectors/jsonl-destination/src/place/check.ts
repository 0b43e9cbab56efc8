import { access, constants, mkdtemp, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, type DestinationEnv, isHeadraceError } from '@headrace/sdk';
import type { JsonlConfig } from '../config.ts';
import { codecOf } from '../files/codec.ts';
import { Journal } from '../journal/journal.ts';
import { checkPlace, nearestExisting, rootOf } from './place.ts';

/** Tries what a write needs, and leaves nothing behind. */
export async function check(config: JsonlConfig, env: DestinationEnv): Promise<void> {
  codecOf(config);
  const root = rootOf(config, env.processEnv);
  try {
    await checkPlace(root, config, env);
    const there = await nearestExisting(root);
    if (!(await stat(there)).isDirectory()) throw new Error(`${there} is not a folder`);
    await access(there, constants.R_OK | constants.W_OK | constants.X_OK);
    const probe = await mkdtemp(join(there, '.headrace-check-'));
    try {
      await writeFile(join(probe, 'probe'), 'x');
    } finally {
      await rm(join(probe, 'probe'), { force: true });
      await rmdir(probe);
    }
  } catch (error) {
    if (isHeadraceError(error)) throw error;
    throw new ConfigError(`cannot write into ${root}: ${(error as Error).message}`, {
      code: 'destination.not_writable',
      place: 'config.path',
      hint: 'choose another folder, or give this user write permission',
      cause: error,
    });
  }
  (await Journal.openExisting(root))?.close();
}
