import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigError } from '@headrace/sdk';
import { type Copy, encodeName, type StreamKey, streamFolder } from '@headrace/sdk/destination';
import { syncFolder } from '@headrace/sdk/files';
import type { JsonlConfig } from '../config.ts';
import { codeOf, isThere } from '../disk/durable.ts';
import { makeDirectory } from '../disk/make-directory.ts';
import type { OpenFiles } from '../disk/open-files.ts';
import { createFile } from '../disk/regular-file.ts';
import type { Journal } from '../journal/journal.ts';
import type { FileRow, NewFile } from '../journal/journal-rows.ts';
import { Chunk } from './chunk.ts';
import { type Codec, plain } from './codec.ts';
import { SEALING } from './sealing.ts';

/** What all files of a run share. */
export interface FileMaker {
  readonly root: string;
  readonly runId: string;
  readonly config: Pick<JsonlConfig, 'layout' | 'envelope'>;
  readonly codec: Codec;
  readonly journal: Journal;
  readonly files: OpenFiles;
  /** Folders that are known to be durable. */
  readonly folders: Set<string>;
  readonly now: () => number;
}

/** A stream's place under the root, and the copy that is being written. */
export interface FilePlace {
  readonly copy: Pick<Copy, 'id' | 'key'>;
  /** `_quarantine/{source}/…`: records that could not be stored; always partitioned and uncompressed. */
  readonly quarantine: boolean;
}

/** Creates a file for a stream: first in the journal, then on disk, with a durable name (invariant 2). */
export async function openChunk(maker: FileMaker, place: FilePlace): Promise<Chunk> {
  const { root, runId, journal, files, folders, now } = maker;
  const openedAt = now();
  const codec = place.quarantine ? plain : maker.codec;
  const known = factsOf(maker, place);
  for (let part = journal.lastPart({ ...known, runId }) + 1; ; part++) {
    const path = partitionedPath(place, runId, part, openedAt, codec.suffix);
    await makeDirectory(root, dirname(path), journal.modes, folders);
    // We do not replace a file that the journal does not know.
    if (await isThere(join(root, path))) continue;
    const id = journal.addFile({ ...known, part, path, status: 'open', openedAt });
    if (await create(maker, `${path}.open`))
      return new Chunk({ id, root, path, codec, files, mode: journal.modes.file });
    journal.removeFiles([id]);
  }
}

/** A stream's growing file in the layout `flat`, if earlier runs have committed one. */
export function committedFlat(maker: FileMaker, place: FilePlace): Chunk | undefined {
  const { root, journal, files } = maker;
  const path = flatPath(place.copy.key);
  const row = journal.fileAt(path);
  return row && new Chunk({ id: row.id, root, path, codec: plain, files, length: row, flat: true });
}

/** Creates a growing file. @throws ConfigError if there is one that the journal does not know */
export async function openFlat(maker: FileMaker, place: FilePlace): Promise<Chunk> {
  const { root, files } = maker;
  const path = flatPath(place.copy.key);
  const id = await addFlat(maker, place, 'flat');
  return new Chunk({ id, root, path, codec: plain, files, flat: true });
}

/** The growing file of a copy that replaces what is there: it has the suffix `.open` until the copy is complete. */
export async function openFlatBeside(maker: FileMaker, place: FilePlace): Promise<Chunk> {
  const { root, journal, files } = maker;
  const path = flatPath(place.copy.key);
  const held = journal.filesOf(place.copy.key).find((file) => isHeldFlat(file, place.copy));
  if (held) return new Chunk({ id: held.id, root, path, codec: plain, files, length: held });
  const id = await addFlat(maker, place, 'open');
  return new Chunk({ id, root, path, codec: plain, files });
}

/** A file written to replace a held growing file, in that file's row. It counts once the transaction says so. */
export async function openFlatAside(maker: FileMaker, { id, path }: FileRow): Promise<Chunk> {
  const { root, files } = maker;
  const aside = `.open${SEALING}` as const;
  await rm(join(root, path + aside), { force: true });
  await create(maker, path + aside);
  return new Chunk({ id, root, path, codec: plain, files, suffix: aside });
}

function isHeldFlat({ copyId, part, status }: FileRow, copy: Pick<Copy, 'id'>): boolean {
  return copyId === copy.id && part === 0 && status === 'held';
}

async function addFlat(maker: FileMaker, place: FilePlace, status: 'flat' | 'open'): Promise<number> {
  const { root, journal, folders, now } = maker;
  const path = flatPath(place.copy.key);
  await makeDirectory(root, dirname(path), journal.modes, folders);
  const name = status === 'flat' ? path : `${path}.open`;
  // Before the journal knows it: a repair removes files that are known and of which nothing was committed.
  if ((await isThere(join(root, name))) && !(await removeGivenUp(journal, root, path)))
    throw notOurs(root, name);
  const id = journal.addFile({ ...factsOf(maker, place), part: 0, path, status, openedAt: now() });
  if (await create(maker, name)) return id;
  journal.removeFiles([id]);
  throw notOurs(root, name);
}

function notOurs(root: string, name: string): ConfigError {
  return new ConfigError(`${name} exists, but the journal does not know it`, {
    code: 'journal.missing',
    place: root,
    hint: 'move it away',
  });
}

/** Whether the name belonged to a copy that this run gave up. Its file is then deleted and forgotten. */
async function removeGivenUp(journal: Journal, root: string, path: string): Promise<boolean> {
  const rows = journal.all("select id from files where path = ? and part = 0 and status = 'removing'", path);
  if (rows.length > 0) await rm(join(root, `${path}.open`), { force: true });
  journal.removeFiles(rows.map(({ id }) => Number(id)));
  return rows.length > 0;
}

function factsOf(
  { runId, config: { envelope } }: FileMaker,
  { copy, quarantine }: FilePlace,
): Omit<NewFile, 'part' | 'path' | 'status' | 'openedAt'> {
  return { ...copy.key, copyId: copy.id, quarantine, runId, envelope: quarantine ? 'none' : envelope };
}

function flatPath(key: StreamKey): string {
  return `${folderOf(key)}.jsonl`;
}

function folderOf({ source, stream, namespace }: StreamKey): string {
  return `${encodeName(source)}/${streamFolder(stream, namespace || undefined)}`;
}

/** The day is the UTC date on which the file was opened. */
function partitionedPath(
  { copy, quarantine }: FilePlace,
  runId: string,
  part: number,
  openedAt: number,
  suffix: string,
): string {
  const day = new Date(openedAt).toISOString().slice(0, 10).replaceAll('-', '/');
  const name = `${runId}-${String(part).padStart(5, '0')}.jsonl${suffix}`;
  return `${quarantine ? '_quarantine/' : ''}${folderOf(copy.key)}/${day}/${name}`;
}

/** False if a file with that name exists already. */
async function create({ root, journal }: FileMaker, name: string): Promise<boolean> {
  const path = join(root, name);
  try {
    await (await createFile(path, journal.modes.file)).close();
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await syncFolder(dirname(path));
  return true;
}
