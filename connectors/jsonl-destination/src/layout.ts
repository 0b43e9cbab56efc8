import { open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigError } from '@headrace/sdk';
import { Chunk } from './chunk.ts';
import type { JsonlConfig } from './config.ts';
import { codeOf, makeDirectory, syncDirectory } from './durable.ts';
import type { Journal } from './journal.ts';
import type { FileLength, NewFile } from './journal-rows.ts';
import { encodeName, streamFolder } from './names.ts';
import type { OpenFiles } from './open-files.ts';

/** One stream's place under the root. */
export interface StreamPlace {
  readonly source: string;
  readonly stream: string;
  /** Only where it is not the source's name: otherwise it would stand in the path twice. */
  readonly namespace: string | undefined;
  /** The place of what could not be stored: `_quarantine/{source}/…`, always partitioned and plain. */
  readonly quarantine: boolean;
}

export interface FileMaker {
  readonly root: string;
  readonly runId: string;
  readonly config: Pick<JsonlConfig, 'layout' | 'compression'>;
  readonly journal: Journal;
  readonly files: OpenFiles;
  /** Directories that this run knows to be durable. */
  readonly folders: Set<string>;
  readonly now: () => number;
}

/** A new file for a stream: in the journal first, then on the disk, its name durable (invariant 2). */
export async function openChunk(maker: FileMaker, place: StreamPlace): Promise<Chunk> {
  const { root, runId, journal, files, folders, now } = maker;
  const openedAt = now();
  const known = {
    source: place.source,
    namespace: place.namespace ?? '',
    stream: place.stream,
    quarantine: place.quarantine,
    runId,
  };
  for (let part = journal.lastPart(known) + 1; ; part++) {
    const path = partitionedPath(maker, place, part, openedAt);
    // A name that something has which the journal does not know is not ours to replace.
    if (await exists(join(root, path))) continue;
    const file: NewFile = { ...known, part, path, status: 'open', openedAt };
    await makeDirectory(dirname(join(root, path)), folders);
    const id = journal.addFile(file);
    if (await create(join(root, `${path}.open`)))
      return new Chunk({ id, root, path, flat: false, length: NOTHING, files });
    journal.removeFile(id);
  }
}

/** The growing file of a stream in the layout `flat` that earlier runs have committed; undefined where there is none. */
export function committedFlat(maker: FileMaker, place: StreamPlace): Chunk | undefined {
  const { root, journal, files } = maker;
  const path = flatPath(place);
  const row = journal.flatFile(path);
  return row && new Chunk({ id: row.id, root, path, flat: true, length: row, files });
}

/** A new growing file. @throws ConfigError where one stands there that the journal does not know */
export async function openFlat(maker: FileMaker, place: StreamPlace): Promise<Chunk> {
  const { root, runId, journal, files, folders, now } = maker;
  const path = flatPath(place);
  await makeDirectory(dirname(join(root, path)), folders);
  const id = journal.addFile({
    source: place.source,
    namespace: place.namespace ?? '',
    stream: place.stream,
    quarantine: false,
    runId,
    part: 0,
    path,
    status: 'flat',
    openedAt: now(),
  });
  if (!(await create(join(root, path)))) {
    journal.removeFile(id);
    throw new ConfigError(`${path} is there and the journal does not know it`, {
      code: 'journal.missing',
      place: root,
      hint: 'move it away',
    });
  }
  return new Chunk({ id, root, path, flat: true, length: NOTHING, files });
}

function flatPath({ source, stream, namespace }: StreamPlace): string {
  return `${encodeName(source)}/${streamFolder(stream, namespace)}.jsonl`;
}

function partitionedPath(
  { config, runId }: FileMaker,
  place: StreamPlace,
  part: number,
  openedAt: number,
): string {
  const day = new Date(openedAt).toISOString().slice(0, 10).replaceAll('-', '/');
  const folder = `${encodeName(place.source)}/${streamFolder(place.stream, place.namespace)}`;
  const suffix = place.quarantine || config.compression === 'none' ? 'jsonl' : 'jsonl.gz';
  return `${place.quarantine ? '_quarantine/' : ''}${folder}/${day}/${runId}-${String(part).padStart(5, '0')}.${suffix}`;
}

const NOTHING: FileLength = {
  records: 0,
  bytes: 0,
  compressedBytes: 0,
  firstEmittedAt: null,
  lastEmittedAt: null,
};

/** False where a file of that name is there already. */
async function create(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await syncDirectory(dirname(path));
  return true;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
