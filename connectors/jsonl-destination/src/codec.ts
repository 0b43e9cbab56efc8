import type { Buffer } from 'node:buffer';
import { gzip } from 'node:zlib';

/** Turns a block of lines into the bytes of a file. Blocks are independent: a file may end behind any of them. */
export type Encode = (block: Buffer) => Promise<Buffer>;

const PARALLEL = 2;

/** Each block a gzip member of its own, compressed on the thread pool, two at a time. */
export function gzipEncoder(level: number): Encode {
  let free = PARALLEL;
  const waiting: Array<() => void> = [];
  return async (block) => {
    if (free > 0) free--;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      return await compress(block, level);
    } finally {
      // The place is handed on, not given back, where somebody waits for it.
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

export const plain: Encode = async (block) => block;

function compress(block: Buffer, level: number): Promise<Buffer> {
  // One output buffer that nearly always fits: the default of 16 kB is concatenated dozens of times a block.
  const chunkSize = Math.max(1 << 14, block.length >> 1);
  return new Promise((resolve, reject) => {
    gzip(block, { level, chunkSize }, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
}
