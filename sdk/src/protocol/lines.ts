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

const CHUNK = 1 << 20;

/** Chunks of at most 1 MiB of a file descriptor, read off the main thread, until its end. */
export async function* readChunks(fd: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
  for (;;) {
    if (signal?.aborted) return;
    const chunk = Buffer.allocUnsafeSlow(CHUNK);
    const length = await readSome(fd, chunk);
    if (length === 0) return;
    yield chunk.subarray(0, length);
  }
}

/** One read(2). A descriptor that is non-blocking and empty (EAGAIN) is asked again after a moment. */
async function readSome(fd: number, into: Buffer): Promise<number> {
  for (let wait = 1; ; wait = Math.min(wait * 2, 20)) {
    try {
      return await new Promise<number>((resolve, reject) => {
        read(fd, into, 0, into.length, null, (error, length) => (error ? reject(error) : resolve(length)));
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
      rest.push(chunk);
      continue;
    }
    const bytes = rest.length === 0 ? chunk : Buffer.concat([...rest, chunk]);
    const stop = bytes.length - (chunk.length - last);
    rest = stop + 1 < bytes.length ? [bytes.subarray(stop + 1)] : [];
    yield { bytes, ends: newlines(bytes, stop), cut: false };
  }
  if (rest.length > 0) {
    const bytes = Buffer.concat(rest);
    yield { bytes, ends: [bytes.length], cut: true };
  }
}

function newlines(bytes: Buffer, last: number): number[] {
  const ends: number[] = [];
  for (let i = bytes.indexOf(0x0a); i !== -1 && i <= last; i = bytes.indexOf(0x0a, i + 1)) ends.push(i);
  return ends;
}
