import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress, constants as zlib } from 'node:zlib';
import { codeOf } from '../disk/durable.ts';
import { createFile, openRegular } from '../disk/regular-file.ts';
import type { FileLength } from '../journal/journal-rows.ts';
import { isDamage } from './stored-file.ts';

/** The suffix of a file that is written to replace an `.open` one. */
export const SEALING = '.sealing';

/** The sha256 of a file, hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await using handle = await openRegular(path, 'r');
  for await (const bytes of handle.createReadStream({ highWaterMark: 1 << 20, autoClose: false }))
    hash.update(bytes as Buffer);
  return hash.digest('hex');
}

/**
 * Writes the contents of an unfinished zstd frame, up to a length, as a complete frame, durably.
 * @returns the new file's length and sha256
 */
export async function recompress(
  from: string,
  to: string,
  length: Pick<FileLength, 'bytes' | 'compressedBytes'>,
  { level, mode }: { level: number; mode: number },
): Promise<{ compressedBytes: number; sha256: string }> {
  await rm(to, { force: true });
  const out = await createFile(to, mode);
  try {
    const hash = createHash('sha256');
    let compressedBytes = 0;
    const params = { [zlib.ZSTD_c_compressionLevel]: level, [zlib.ZSTD_c_checksumFlag]: 1 };
    await pipeline(
      linesUpTo(from, length),
      createZstdCompress({ chunkSize: 1 << 17, params }),
      async (compressed: AsyncIterable<Buffer>) => {
        for await (const piece of compressed) {
          hash.update(piece);
          compressedBytes += piece.length;
          await out.appendFile(piece);
        }
      },
    );
    await out.sync();
    return { compressedBytes, sha256: hash.digest('hex') };
  } finally {
    await out.close();
  }
}

/** Why an unfinished zstd frame cannot be read up to a length. Undefined if it can. @throws the system's error */
export async function frameProblem(
  file: string,
  length: Pick<FileLength, 'bytes' | 'compressedBytes'>,
): Promise<string | undefined> {
  if (length.bytes === 0) return undefined;
  try {
    for await (const _ of linesUpTo(file, length));
    return undefined;
  } catch (error) {
    if (codeOf(error) !== undefined && !isDamage(error)) throw error;
    return (error as Error).message;
  }
}

/** @throws if the file is shorter, or contains other bytes than were written */
async function* linesUpTo(
  file: string,
  { bytes, compressedBytes }: Pick<FileLength, 'bytes' | 'compressedBytes'>,
): AsyncGenerator<Buffer> {
  // A flush made everything up to this length readable, so a missing end of the frame is not an error.
  const torn = createZstdDecompress({ finishFlush: zlib.ZSTD_e_flush });
  let left = bytes;
  await using handle = await openRegular(file, 'r');
  await using source = handle.createReadStream({ start: 0, end: compressedBytes - 1, autoClose: false });
  for await (const piece of source.pipe(torn)) {
    const part = (piece as Buffer).subarray(0, left);
    left -= part.length;
    yield part;
  }
  if (left > 0) throw new Error(`${file} holds ${bytes - left} bytes of lines, ${bytes} were committed`);
}
