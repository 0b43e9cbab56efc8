import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '@headrace/sdk';
import type { Config } from './config.ts';
import { folderOf } from './folders.ts';

/** Tries what a write would need. Called by `check`, before anybody trusts this configuration. */
export async function check(config: Config): Promise<void> {
  const folder = folderOf(config);
  try {
    await mkdir(folder, { recursive: true });
    await rm(await mkdtemp(join(folder, '.check-')), { recursive: true });
  } catch (error) {
    throw new ConfigError(`cannot write into ${folder}: ${(error as Error).message}`, {
      code: 'acme.not_writable',
      place: 'config.path',
      hint: 'choose another folder, or let this user write there',
      cause: error,
    });
  }
}
