import type { Dirent } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { DestinationEnv } from '@headrace/sdk';
import { copyFor, encodeName, type Owner, streamOfFolder } from '@headrace/sdk/destination';
import { syncFolder } from '@headrace/sdk/files';
import { codeOf, isThere } from '../disk/durable.ts';
import { refuseLinks } from '../disk/inside.ts';
import { openRegular } from '../disk/regular-file.ts';
import { locate } from '../files/locate.ts';
import type { Journal } from '../journal/journal.ts';
import { EMPTY } from '../journal/journal-rows.ts';
import { changeCopies } from '../journal/move-files.ts';
import { findDamage } from './losses.ts';
import { repair } from './repair.ts';

const NEWLINE = 0x0a;

/**
 * Accepts a source's folder as it is, after a loss: damaged files are renamed to `….damaged` and forgotten, growing
 * files that the journal does not know are added to it, and the rest is repaired as usual. Nothing is deleted.
 */
export async function resetFiles(
  root: string,
  journal: Journal,
  owner: Owner,
  env: DestinationEnv,
): Promise<void> {
  const { source } = owner;
  for (const { file, what } of await findDamage(root, journal, source)) {
    const found = await locate(root, file);
    if (found) {
      const aside = await freeName(root, `${file.path}.damaged`);
      await rename(found.path, join(root, aside));
      env.log.warn(`put aside ${aside}: it ${what}`);
    } else env.log.warn(`forgot ${file.path}: it is gone`);
    journal.removeFiles([file.id]);
  }
  await repair(root, journal, source, env);
  await adoptFlatFiles(root, journal, owner, env);
}

/** A name that does not overwrite a file renamed before. */
async function freeName(root: string, path: string): Promise<string> {
  for (let k = 1; ; k++) {
    const name = k === 1 ? path : `${path}-${k}`;
    if (!(await isThere(join(root, name)))) return name;
  }
}

/** A `flat` file without a journal continues after its last complete line. */
async function adoptFlatFiles(
  root: string,
  journal: Journal,
  owner: Owner,
  { log, now }: DestinationEnv,
): Promise<void> {
  const { source } = owner;
  const folder = encodeName(source);
  await refuseLinks(root, `${folder}/*`);
  for (const entry of await entriesOf(join(root, folder))) {
    const path = `${folder}/${entry.name}`;
    if (!entry.isFile() || !entry.name.endsWith('.jsonl') || journal.fileAt(path)) continue;
    const whole = await cutToWholeLines(join(root, path));
    const folderName = entry.name.slice(0, -'.jsonl'.length);
    const { name, namespace } = streamOfFolder(folderName) ?? { name: folderName, namespace: '' };
    const key = { source, namespace, stream: name };
    const wish = { runId: 'reset', now: now(), replaces: false, generationId: 0, underWay: true };
    journal.transaction(() => {
      const { copy, copies, moves } = copyFor(journal.load(owner).copies, key, owner, wish);
      const written = { ...copy, runs: copy.runs + 1 };
      changeCopies(journal, owner, { copies: [...copies, written], moves });
      journal.addFile(
        {
          ...key,
          copyId: copy.id,
          quarantine: false,
          runId: 'reset',
          part: 0,
          path,
          status: 'flat',
          envelope: 'flat',
          openedAt: now(),
        },
        { ...EMPTY, ...whole },
      );
    });
    log.info(`took over ${path} with ${whole.records} records`);
  }
  await syncFolder(root);
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function cutToWholeLines(
  path: string,
): Promise<{ records: number; bytes: number; compressedBytes: number }> {
  const handle = await openRegular(path, 'r+');
  try {
    let records = 0;
    let whole = 0;
    let at = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false })) {
      const bytes = chunk as Buffer;
      for (let i = bytes.indexOf(NEWLINE); i !== -1; i = bytes.indexOf(NEWLINE, i + 1)) {
        records++;
        whole = at + i + 1;
      }
      at += bytes.length;
    }
    await handle.truncate(whole);
    await handle.sync();
    return { records, bytes: whole, compressedBytes: whole };
  } finally {
    await handle.close();
  }
}
