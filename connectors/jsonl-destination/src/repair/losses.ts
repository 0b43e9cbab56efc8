import { join } from 'node:path';
import { ConfigError } from '@headrace/sdk';
import { encodeName } from '@headrace/sdk/destination';
import { dataFilesBelow } from '../disk/files-on-disk.ts';
import { refuseLinks } from '../disk/inside.ts';
import { locate } from '../files/locate.ts';
import { frameProblem } from '../files/sealing.ts';
import type { Journal } from '../journal/journal.ts';
import type { FileRow } from '../journal/journal-rows.ts';

/** A file of which less is there, or can be read, than was committed. */
interface Damage {
  readonly file: FileRow;
  /** Behind the file's path. */
  readonly what: string;
}

/** Unfinished files that do not hold what was committed. A closed file that is gone is the user's right. */
export async function findDamage(root: string, journal: Journal, source: string): Promise<Damage[]> {
  const damage: Damage[] = [];
  for (const file of journal.unfinished(source)) {
    if (file.status === 'removing') continue;
    const found = await locate(root, file);
    const size = found?.size ?? 0;
    if (size < file.compressedBytes)
      damage.push({ file, what: `holds ${size} bytes, of which ${file.compressedBytes} were committed` });
    // A repair has to read it.
    else if (found && file.status === 'open' && file.path.endsWith('.zst')) {
      const problem = await frameProblem(found.path, file);
      if (problem) damage.push({ file, what: `is damaged: ${problem}` });
    }
  }
  return damage;
}

/**
 * Refuses to go on where committed data is missing, or where data stands without a journal that knows it:
 * states would promise records that are not there, or records would be stored a second time.
 * @throws ConfigError
 */
export async function refuseLosses(
  root: string,
  journal: Journal | undefined,
  source: string,
): Promise<void> {
  const hint =
    'restore the folder from a copy, or give the states up with: state --reset (everything is read again)';
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

/** Some data file in a folder or below it. */
async function findData(folder: string): Promise<string | undefined> {
  for await (const path of dataFilesBelow(folder)) return path;
  return undefined;
}

/** Where nothing was ever written that a journal knows, no data may stand. @throws ConfigError */
export async function refuseUnknownData(root: string): Promise<void> {
  const found = await findData(root);
  if (!found) return;
  throw new ConfigError(`there is data that no journal knows: ${found}`, {
    code: 'journal.missing',
    place: root,
    hint: 'restore _headrace from a copy, or: state --reset --source NAME (everything is read again)',
  });
}
