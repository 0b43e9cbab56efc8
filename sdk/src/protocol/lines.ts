import { Buffer } from 'node:buffer';
import { read } from 'node:fs';
import type { Readable } from 'node:stream';

/** A run of whole lines: `bytes` holds them, line k is `[ends[k-1] + 1 or 0, ends[k])`, without its newline. */
export interface LineBatch {
  readonly bytes: Buffer;
  /** Position of each line's newline. */
  readonly ends: number[];
  /** True where the input ended and the last line had no newline: then `ends` closes with `bytes.length`. */
  readonly cut: boolean;
}

const BLOCK = 1 << 20;
/** What a pipe holds: a read gives no more, so no more room is needed. */
const LEAST = 1 << 16;

/**
 * Chunks of a file descriptor, read off the main thread, until its end. Chunks lie one behind the other in
 * blocks of 1 MiB, and no byte is written twice: a chunk is valid for as long as the caller keeps it.
 */
export async function* readChunks(fd: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafeSlow(BLOCK);
  let used = 0;
  for (;;) {
    if (signal?.aborted) return;
    if (block.length - used < LEAST) {
      block = Buffer.allocUnsafeSlow(BLOCK);
      used = 0;
    }
    const length = await readSome(fd, block, used);
    if (length === 0) return;
    yield block.subarray(used, used + length);
    used += length;
  }
}

/** One read(2). A descriptor that is non-blocking and empty (EAGAIN) is asked again after a moment. */
async function readSome(fd: number, into: Buffer, offset: number): Promise<number> {
  for (let wait = 1; ; wait = Math.min(wait * 2, 20)) {
    try {
      return await new Promise<number>((resolve, reject) => {
        read(fd, into, offset, into.length - offset, null, (error, length) =>
          error ? reject(error) : resolve(length),
        );
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/**
 * Cuts chunks into whole lines. The bytes of a batch are valid for as long as the caller keeps them: no
 * buffer is used again. A line longer than a chunk is joined, whatever its length.
 */
export async function* readLines(chunks: AsyncIterable<Buffer> | Readable): AsyncGenerator<LineBatch> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks as AsyncIterable<Buffer>) {
    const last = chunk.lastIndexOf(0x0a);
    if (last === -1) {
      if (chunk.length > 0) rest.push(chunk);
      continue;
    }
    const bytes = joined(rest, chunk);
    const stop = bytes.length - (chunk.length - last);
    rest = stop + 1 < bytes.length ? [bytes.subarray(stop + 1)] : [];
    yield { bytes, ends: newlines(bytes, stop), cut: false };
  }
  if (rest.length > 0) {
    const bytes = Buffer.concat(rest);
    yield { bytes, ends: [bytes.length], cut: true };
  }
}

/** The beginning of a line and the chunk it ends in; nothing is copied where one lies behind the other. */
function joined(rest: Buffer[], chunk: Buffer): Buffer {
  if (rest.length === 0) return chunk;
  const [first] = rest as [Buffer];
  const end = first.byteOffset + first.length;
  if (rest.length === 1 && first.buffer === chunk.buffer && end === chunk.byteOffset) {
    return Buffer.from(chunk.buffer, first.byteOffset, first.length + chunk.length);
  }
  return Buffer.concat([...rest, chunk]);
}

function newlines(bytes: Buffer, last: number): number[] {
  const ends: number[] = [];
  for (let i = bytes.indexOf(0x0a); i !== -1 && i <= last; i = bytes.indexOf(0x0a, i + 1)) ends.push(i);
  return ends;
}
