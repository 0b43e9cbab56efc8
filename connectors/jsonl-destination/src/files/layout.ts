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

/** What the files of a run have in common. */
export interface FileMaker {
  readonly root: string;
  readonly runId: string;
  readonly config: Pick<JsonlConfig, 'layout' | 'envelope'>;
  readonly codec: Codec;
  readonly journal: Journal;
  readonly files: OpenFiles;
  /** Directories that this run knows to be durable. */
  readonly folders: Set<string>;
  readonly now: () => number;
}

/** One stream's place under the root, and the copy of it that is being written. */
export interface FilePlace {
  readonly copy: Pick<Copy, 'id' | 'key'>;
  /** `_quarantine/{source}/…`: what could not be stored, always partitioned and plain. */
  readonly quarantine: boolean;
}

/** A new file for a stream: in the journal first, then on the disk, its name durable (invariant 2). */
export async function openChunk(maker: FileMaker, place: FilePlace): Promise<Chunk> {
  const { root, runId, journal, files, folders, now } = maker;
  const openedAt = now();
  const codec = place.quarantine ? plain : maker.codec;
  const known = factsOf(maker, place);
  for (let part = journal.lastPart({ ...known, runId }) + 1; ; part++) {
    const path = partitionedPath(place, runId, part, openedAt, codec.suffix);
    await makeDirectory(root, dirname(path), journal.modes, folders);
    // A name that something has which the journal does not know is not ours to replace.
    if (await isThere(join(root, path))) continue;
    const id = journal.addFile({ ...known, part, path, status: 'open', openedAt });
    if (await create(maker, `${path}.open`))
      return new Chunk({ id, root, path, codec, files, mode: journal.modes.file });
    journal.removeFiles([id]);
  }
}

/** The growing file of a stream in the layout `flat` that earlier runs have committed; undefined where there is none. */
export function committedFlat(maker: FileMaker, place: FilePlace): Chunk | undefined {
  const { root, journal, files } = maker;
  const path = flatPath(place.copy.key);
  const row = journal.fileAt(path);
  return row && new Chunk({ id: row.id, root, path, codec: plain, files, length: row, flat: true });
}

/** A new growing file. @throws ConfigError where one stands there that the journal does not know */
export async function openFlat(maker: FileMaker, place: FilePlace): Promise<Chunk> {
  const { root, files } = maker;
  const path = flatPath(place.copy.key);
  const id = await addFlat(maker, place, 'flat');
  return new Chunk({ id, root, path, codec: plain, files, flat: true });
}

/** The growing file of a copy that is to replace what is there: `.open` until it is whole. */
export async function openFlatBeside(maker: FileMaker, place: FilePlace): Promise<Chunk> {
  const { root, journal, files } = maker;
  const path = flatPath(place.copy.key);
  const held = journal.filesOf(place.copy.key).find((file) => isHeldFlat(file, place.copy));
  if (held) return new Chunk({ id: held.id, root, path, codec: plain, files, length: held });
  const id = await addFlat(maker, place, 'open');
  return new Chunk({ id, root, path, codec: plain, files });
}

/** What is written to take the place of a held growing file, under that file's row: the switch says that it counts. */
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
  // Before the journal knows it: a repair takes away what is known and of which nothing was committed.
  if ((await isThere(join(root, name))) && !(await removeGivenUp(journal, root, path)))
    throw notOurs(root, name);
  const id = journal.addFile({ ...factsOf(maker, place), part: 0, path, status, openedAt: now() });
  if (await create(maker, name)) return id;
  journal.removeFiles([id]);
  throw notOurs(root, name);
}

function notOurs(root: string, name: string): ConfigError {
  return new ConfigError(`${name} is there and the journal does not know it`, {
    code: 'journal.missing',
    place: root,
    hint: 'move it away',
  });
}

/** Whether the name was that of a copy which this run gave up; its file is off the disk then, and forgotten. */
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

/** False where a file of that name is there already. */
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
