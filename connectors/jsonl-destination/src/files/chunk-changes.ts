import type { FileChange, FileLength } from '../journal/journal-rows.ts';
import type { Chunk } from './chunk.ts';

/** A place between two lines of a stream: in which file, at what length. */
export interface Position {
  readonly chunk: Chunk | undefined;
  readonly length: FileLength | undefined;
}

/** What a commit says of a file. */
export interface ChunkChange {
  readonly chunk: Chunk;
  readonly change: FileChange;
}

/**
 * What a commit that reaches to a position says of the files up to there. A full one keeps its `.open` until a commit
 * covers all of it.
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
    // Lines are compared, not the file's bytes: what closes a frame follows the last of them.
    const isCovered = chunk !== last || chunk.length.bytes === length.bytes;
    const change: FileChange =
      sha256 !== undefined && isCovered
        ? { id, length: chunk.length, status: complete, sealed: { sha256, closedAt: now } }
        : { id, length, status: chunk.flat ? 'flat' : 'open' };
    return { chunk, change };
  });
}
