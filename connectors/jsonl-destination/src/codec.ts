import { Buffer } from 'node:buffer';
import { constants, createZstdCompress, gzip } from 'node:zlib';
import { ConfigError } from '@headrace/sdk';
import type { JsonlConfig } from './config.ts';

/** How the lines of a stream become the bytes of its files. */
export type Codec =
  /** Blocks are independent of each other: they are encoded ahead of their turn, and a file may end behind any of them. */
  | { readonly kind: 'blocks'; readonly suffix: '' | '.gz'; readonly encode: Encode }
  /** A file is one frame: its blocks are encoded one after the other, and what is cut has to be written again. */
  | { readonly kind: 'frame'; readonly suffix: '.zst'; readonly level: number };

type Encode = (block: Buffer) => Promise<Buffer>;

export const plain: Codec = { kind: 'blocks', suffix: '', encode: async (block) => block };

/** @throws ConfigError for a level that the compression does not know */
export function codecOf({ compression, compression_level: level }: JsonlConfig): Codec {
  if (compression === 'none') return plain;
  if (compression === 'zstd') return { kind: 'frame', suffix: '.zst', level };
  if (level > 9) {
    throw new ConfigError(`gzip has the compression levels 1 to 9, not ${level}`, {
      code: 'config.level',
      place: 'config.compression_level',
      hint: 'choose one of them, or zstd, which goes on to 22',
    });
  }
  return { kind: 'blocks', suffix: '.gz', encode: gzipEncoder(level) };
}

const PARALLEL = 2;

/** Each block a gzip member of its own, compressed on the thread pool, two at a time. */
function gzipEncoder(level: number): Encode {
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

function compress(block: Buffer, level: number): Promise<Buffer> {
  // One output buffer that nearly always fits: the default of 16 kB is concatenated dozens of times a block.
  const chunkSize = Math.max(1 << 14, block.length >> 1);
  return new Promise((resolve, reject) => {
    gzip(block, { level, chunkSize }, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
}

/**
 * One zstd frame, compressed on the thread pool. Never `nbWorkers`: it loses data. Never a second frame in a
 * file: Node reads only the first one, and says nothing of it.
 */
export class ZstdFrame {
  readonly #stream;
  #out: Buffer[] = [];
  #settle: ((error?: Error | null) => void) | undefined;

  constructor(level: number) {
    this.#stream = createZstdCompress({
      chunkSize: 1 << 17,
      params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
    });
    this.#stream.on('data', (bytes: Buffer) => this.#out.push(bytes));
    this.#stream.on('error', (error) => this.#settle?.(error));
  }

  /** Everything up to here can be read from what has been returned so far, this included. */
  encode(block: Buffer): Promise<Buffer> {
    return this.#collect((done) => {
      this.#stream.write(block);
      this.#stream.flush(constants.ZSTD_e_flush, done);
    });
  }

  /** What closes the frame. */
  end(): Promise<Buffer> {
    return this.#collect((done) => {
      this.#stream.once('end', done);
      this.#stream.end();
    });
  }

  /** Gives its memory back; it was ended or is not needed any more. */
  destroy(): void {
    this.#stream.destroy();
  }

  #collect(start: (done: (error?: Error | null) => void) => void): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#settle = (error) => {
        // What the stream still keeps to itself comes out as 'data' too.
        while (this.#stream.read() !== null);
        const out = this.#out;
        this.#out = [];
        if (error) reject(error);
        else resolve(out.length === 1 ? out[0]! : Buffer.concat(out));
      };
      start(this.#settle);
    });
  }
}
