import { join } from 'node:path';
import { ConfigError } from '@headrace/sdk';
import { encodeName } from '@headrace/sdk/destination';
import { dataFilesBelow } from '../disk/files-on-disk.ts';
import { refuseLinks } from '../disk/inside.ts';
import { locate } from '../files/locate.ts';
import { frameProblem } from '../files/sealing.ts';
import type { Journal } from '../journal/journal.ts';
import type { FileRow } from '../journal/journal-rows.ts';

/** A file of which less is there, or readable, than was committed. */
interface Damage {
  readonly file: FileRow;
  /** The problem, to follow the file's path in a sentence. */
  readonly what: string;
}

/** Unfinished files that lack committed data. Users may delete closed files. */
export async function findDamage(root: string, journal: Journal, source: string): Promise<Damage[]> {
  const damage: Damage[] = [];
  for (const file of journal.unfinished(source)) {
    if (file.status === 'removing') continue;
    const found = await locate(root, file);
    const size = found?.size ?? 0;
    if (size < file.compressedBytes)
      damage.push({ file, what: `holds ${size} bytes, of which ${file.compressedBytes} were committed` });
    // A repair must be able to read it.
    else if (found && file.status === 'open' && file.path.endsWith('.zst')) {
      const problem = await frameProblem(found.path, file);
      if (problem) damage.push({ file, what: `is damaged: ${problem}` });
    }
  }
  return damage;
}

/**
 * Refuses to continue if committed data are missing, or if there are data that the journal does not know. Otherwise
 * states would account for records that are not there, or records would be stored twice.
 * @throws ConfigError
 */
export async function refuseLosses(
  root: string,
  journal: Journal | undefined,
  source: string,
): Promise<void> {
  const hint =
    'restore the folder from a copy, or delete the states with state --reset (everything is then read again)';
  if (!journal?.sources().includes(source)) {
    await refuseLinks(root, `${encodeName(source)}/*`);
    const found = await findData(join(root, encodeName(source)));
    if (!found) return;
    throw new ConfigError(`there is data of ${source} that the journal does not know: ${found}`, {
      code: 'journal.missing',
      place: root,
      hint,
    });
  }
  const [first] = await findDamage(root, journal, source);
  if (!first) return;
  throw new ConfigError(`${first.file.path} ${first.what}`, {
    code: 'journal.damage',
    place: root,
    hint,
  });
}

/** A data file in a folder or below it, if there is one. */
async function findData(folder: string): Promise<string | undefined> {
  for await (const path of dataFilesBelow(folder)) return path;
  return undefined;
}

/** Checks that there are no data files if there is no journal. @throws ConfigError */
export async function refuseUnknownData(root: string): Promise<void> {
  const found = await findData(root);
  if (!found) return;
  throw new ConfigError(`there is data that no journal knows: ${found}`, {
    code: 'journal.missing',
    place: root,
    hint: 'restore _headrace from a copy, or run state --reset --source NAME (everything is then read again)',
  });
}
