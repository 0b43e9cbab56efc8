import { join, relative, sep } from 'node:path';
import { isHeadraceError } from '@headrace/sdk';
import { encodeName } from '@headrace/sdk/destination';
import { isThere } from '../disk/durable.ts';
import { dataFilesBelow } from '../disk/files-on-disk.ts';
import { refuseLinks } from '../disk/inside.ts';
import { NOT_REGULAR } from '../disk/regular-file.ts';
import type { Check } from './verify.ts';

const ORPHAN = 'it belongs to no run in the journal: move it away';

/** Data files that the journal does not know by this name. */
export async function findOrphans({ root, journal, source, report }: Check): Promise<void> {
  for (const folder of [encodeName(source), `_quarantine/${encodeName(source)}`]) {
    if (await isLink(root, folder, report)) continue;
    for await (const file of dataFilesBelow(join(root, folder))) {
      const path = relative(root, file).replaceAll(sep, '/');
      const final = path.replace(/\.open(\.sealing)?$/, '');
      const unlike = final === path ? ['open', 'held'] : ['closed', 'flat'];
      const known = journal
        .all('select status from files where path = ?', final)
        .some(({ status }) => !unlike.includes(String(status)));
      // A run may have removed it meanwhile.
      if (!known && (await isThere(file)))
        report({ code: 'orphan', path, what: 'the journal does not know it', hint: ORPHAN });
    }
  }
}

/** Links are not followed: what they point to is not ours. */
async function isLink(root: string, folder: string, report: Check['report']): Promise<boolean> {
  try {
    await refuseLinks(root, `${folder}/*`);
    return false;
  } catch (error) {
    if (!isHeadraceError(error) || error.code !== NOT_REGULAR) throw error;
    report({ code: 'orphan', path: folder, what: error.message, hint: error.hint ?? ORPHAN });
    return true;
  }
}
