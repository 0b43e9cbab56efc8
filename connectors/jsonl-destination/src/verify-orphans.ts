import { join, relative, sep } from 'node:path';
import { isThere } from './durable.ts';
import { dataFilesBelow } from './files-on-disk.ts';
import { encodeName } from './names.ts';
import type { Check } from './verify.ts';

const ORPHAN = 'it is of no run that the journal knows: move it away';

/** Data files that the journal does not know under the name that they have. */
export async function findOrphans({ root, journal, source, report }: Check): Promise<void> {
  for (const folder of [encodeName(source), `_quarantine/${encodeName(source)}`]) {
    for await (const file of dataFilesBelow(join(root, folder))) {
      const path = relative(root, file).replaceAll(sep, '/');
      const final = path.replace(/\.open(\.sealing)?$/, '');
      const unlike = final === path ? ['open', 'held'] : ['closed', 'flat'];
      const known = journal
        .all('select status from files where path = ?', final)
        .some(({ status }) => !unlike.includes(String(status)));
      // What a run has removed meanwhile is none.
      if (!known && (await isThere(file)))
        report({ code: 'orphan', path, what: 'the journal does not know it', hint: ORPHAN });
    }
  }
}
