import type { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type Duplex, pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type LineBatch, LONGEST_LINE, readLines } from '@headrace/sdk/protocol';
import { codeOf } from '../disk/durable.ts';
import { openRegular } from '../disk/regular-file.ts';
import type { FileRow } from '../journal/journal-rows.ts';

const BLOCK = 1 << 20;
/** The longest possible stored line, including envelope, escapes of the quarantine, and replaced invalid UTF-8. */
const LONGEST_STORED = 6 * LONGEST_LINE;

/** What the journal says about a file, for comparison. */
export type Promised = Pick<FileRow, 'records' | 'bytes' | 'compressedBytes' | 'sha256'>;

/** Reads a complete file, or the committed part of a growing one: first its lines, then the differences found. */
export class StoredFile {
  readonly #path: string;
  readonly #promised: Promised;
  readonly #hash = createHash('sha256');
  #records = 0;
  #bytes = 0;
  #compressedBytes = 0;
  #ended = false;
  #cutLine = false;

  constructor(path: string, promised: Promised) {
    this.#path = path;
    this.#promised = promised;
  }

  /**
   * Its lines, in batches of about 1 MiB. A growing file is read up to its committed length.
   * @throws Error with a system code (ENOENT, …), or zlib's error if the compressed data are damaged
   */
  async *lines(): AsyncGenerator<LineBatch> {
    const { compressedBytes } = this.#promised;
    if (compressedBytes > 0) {
      for await (const batch of readLines(this.#open(compressedBytes), LONGEST_STORED)) {
        this.#records += batch.ends.length;
        this.#bytes += batch.ends.at(-1)! + (batch.cut ? 0 : 1);
        this.#cutLine ||= batch.cut;
        yield batch;
      }
    }
    this.#ended = true;
  }

  /** How it differs from the journal, after all lines were read. Empty if it does not. */
  differences(): string[] {
    if (!this.#ended) throw new Error('the file was not read to its end');
    const { records, bytes, compressedBytes, sha256 } = this.#promised;
    const differ: string[] = [];
    const compare = (is: number, promised: number, what: string): void => {
      if (is !== promised) differ.push(`it holds ${is} ${what}, the journal says ${promised}`);
    };
    compare(this.#compressedBytes, compressedBytes, 'bytes on the disk');
    compare(this.#records, records, 'records');
    compare(this.#bytes, bytes, 'bytes of lines');
    if (sha256 !== null && this.#hash.digest('hex') !== sha256) differ.push('its sha256 is another one');
    if (this.#cutLine) differ.push('its last line has no end');
    return differ;
  }

  #open(length: number): AsyncIterable<Buffer> {
    const bytes = this.#counted(length);
    // A held file keeps its suffix until its copy is complete.
    const [, suffix] = /\.jsonl(\.gz|\.zst)?(?:\.open)?(?:\.sealing)?$/.exec(this.#path) ?? [];
    if (suffix === '.gz') return decoded(bytes, createGunzip({ chunkSize: BLOCK }));
    if (suffix === '.zst') return decoded(bytes, createZstdDecompress({ chunkSize: BLOCK }));
    return bytes;
  }

  async *#counted(length: number): AsyncGenerator<Buffer> {
    await using handle = await openRegular(this.#path, 'r');
    const range = { start: 0, end: length - 1 };
    for await (const chunk of handle.createReadStream({ ...range, highWaterMark: BLOCK, autoClose: false })) {
      this.#compressedBytes += chunk.length;
      this.#hash.update(chunk);
      yield chunk;
    }
  }
}

/** Whether an error says that bytes could not be decompressed. */
export function isDamage(error: unknown): boolean {
  return /^(Z_|ZSTD_|ERR_ZSTD|ERR_BUFFER_TOO_LARGE)/.test(codeOf(error) ?? '');
}

function decoded(bytes: AsyncIterable<Buffer>, decoder: Duplex): Duplex {
  // An error in either half ends the other, and whoever reads the lines gets it.
  return pipeline(bytes, decoder, () => undefined);
}
