import type { FileChange, FileLength } from '../journal/journal-rows.ts';
import type { Chunk } from './chunk.ts';

/** A place between two lines of a stream: the file, and its length there. */
export interface Position {
  readonly chunk: Chunk | undefined;
  readonly length: FileLength | undefined;
}

/** A commit's change of a file. */
export interface ChunkChange {
  readonly chunk: Chunk;
  readonly change: FileChange;
}

/**
 * A commit's changes of the files up to a position. A full file keeps its suffix `.open` until a commit covers all of
 * it.
 * @param chunks the stream's files, in order
 * @param complete the status of a file that is complete
 * @param now ms since 1970
 */
export function chunkChanges(
  chunks: readonly Chunk[],
  { chunk: last, length }: Position,
  complete: 'closing' | 'held',
  now: number,
): ChunkChange[] {
  if (!last || !length) return [];
  return chunks.slice(0, chunks.indexOf(last) + 1).map((chunk) => {
    const { id, sha256 } = chunk;
    // Compares the bytes of lines, not of the file, because the end of a frame follows the last line.
    const isCovered = chunk !== last || chunk.length.bytes === length.bytes;
    const change: FileChange =
      sha256 !== undefined && isCovered
        ? { id, length: chunk.length, status: complete, sealed: { sha256, closedAt: now } }
        : { id, length, status: chunk.flat ? 'flat' : 'open' };
    return { chunk, change };
  });
}
