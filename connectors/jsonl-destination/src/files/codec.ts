import { Buffer } from 'node:buffer';
import {
  constants,
  createGzip,
  createZstdCompress,
  type Gzip,
  type ZlibReset,
  type ZstdCompress,
} from 'node:zlib';
import { ConfigError } from '@headrace/sdk';
import type { JsonlConfig } from '../config.ts';

/** How a stream's lines become the bytes of its files. */
export type Codec =
  /** Blocks are independent: they can be encoded in advance, and a file may end after any of them. */
  | { readonly kind: 'blocks'; readonly suffix: '' | '.gz'; readonly encode: Encode }
  /** A file is one frame: its blocks are encoded in order, and a cut file must be written again. */
  | { readonly kind: 'frame'; readonly suffix: '.zst'; readonly level: number };

type Encode = (block: Buffer) => Promise<Buffer>;

export const plain: Codec = { kind: 'blocks', suffix: '', encode: async (block) => block };

/** @throws ConfigError if the compression does not have this level */
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
/** The output of a block mostly fits into one piece of this size, so that pieces need not be joined. */
const PIECE = 1 << 19;

/** Compresses each block to its own gzip member, on the thread pool, two at a time. */
function gzipEncoder(level: number): Encode {
  const free: Encoder[] = [];
  let made = 0;
  const waiting: Array<(encoder: Encoder) => void> = [];
  const take = (): Encoder | Promise<Encoder> => {
    const one = free.pop();
    if (one) return one;
    if (made++ < PARALLEL) return new Encoder(createGzip({ level, chunkSize: PIECE }));
    return new Promise((go) => waiting.push(go));
  };
  return async (block) => {
    const encoder = await take();
    try {
      return await encoder.member(block);
    } finally {
      const next = waiting.shift();
      if (next) next(encoder);
      else free.push(encoder);
    }
  };
}

/**
 * One zstd frame, compressed on the thread pool. Never with `nbWorkers`, which loses data. Never a second frame in a
 * file: Node silently reads only the first one.
 */
export class ZstdFrame {
  readonly #encoder: Encoder;

  constructor(level: number) {
    const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 };
    this.#encoder = new Encoder(createZstdCompress({ chunkSize: PIECE, params }));
  }

  /** Compresses and flushes: everything so far can be read from what has been returned, including this. */
  encode(block: Buffer): Promise<Buffer> {
    return this.#encoder.flushed(block, constants.ZSTD_e_flush);
  }

  /** The end of the frame. */
  end(): Promise<Buffer> {
    return this.#encoder.end();
  }

  /** Frees its memory. It was ended, or is no longer needed. */
  destroy(): void {
    this.#encoder.destroy();
  }
}

/** A compressor for many blocks, because each new one allocates its memory again. */
class Encoder {
  readonly #stream: Gzip | ZstdCompress;
  #out: Buffer[] = [];
  #settle: ((error?: Error | null) => void) | undefined;

  constructor(stream: Gzip | ZstdCompress) {
    this.#stream = stream;
    stream.on('data', (bytes: Buffer) => this.#out.push(bytes));
    stream.on('error', (error) => this.#settle?.(error));
  }

  /** Compresses to one gzip member. */
  async member(block: Buffer): Promise<Buffer> {
    const bytes = await this.flushed(block, constants.Z_FINISH);
    (this.#stream as Gzip & ZlibReset).reset();
    return bytes;
  }

  flushed(block: Buffer, kind: number): Promise<Buffer> {
    return this.#collect((done) => {
      this.#stream.write(block);
      this.#stream.flush(kind, done);
    });
  }

  end(): Promise<Buffer> {
    return this.#collect((done) => {
      this.#stream.once('end', done);
      this.#stream.end();
    });
  }

  destroy(): void {
    this.#stream.destroy();
  }

  #collect(start: (done: (error?: Error | null) => void) => void): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#settle = (error) => {
        // What the stream has buffered also arrives as 'data'.
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
