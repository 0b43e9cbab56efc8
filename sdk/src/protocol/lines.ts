import { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import { LONGEST_LINE } from './limits.ts';
import { LongLine } from './long-line.ts';

export { readChunks } from './read-chunks.ts';

/** A run of whole lines in `bytes`. Line k is `[ends[k-1] + 1 or 0, ends[k])`, without its newline. */
export interface LineBatch {
  readonly bytes: Buffer;
  /** The position of each line's newline. */
  readonly ends: number[];
  /** True if the input ended and its last line had no newline. The last entry of `ends` is then `bytes.length`. */
  readonly cut: boolean;
  /**
   * Present only if the batch is one line longer than this many bytes. `bytes` then has only its beginning and
   * end.
   */
  readonly longest?: number;
}

/**
 * Splits chunks into whole lines. The bytes of a batch are valid as long as those of its chunks: with the reused
 * memory of `readChunks`, until the next batch is requested. A line that spans chunks is joined. A line longer
 * than `longest` bytes comes in a batch of its own, with only its beginning and end.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer> | Readable,
  longest = LONGEST_LINE,
): AsyncGenerator<LineBatch> {
  let rest: Buffer[] = [];
  let held = 0;
  let long: LongLine | undefined;
  for await (const given of chunks as AsyncIterable<Buffer>) {
    let chunk = given;
    if (held > 0 || long) {
      const first = chunk.indexOf(0x0a);
      if (held + (first === -1 ? chunk.length : first) > longest) {
        long = new LongLine(rest);
        rest = [];
        held = 0;
      }
      if (long) {
        long.add(first === -1 ? chunk : chunk.subarray(0, first));
        if (first === -1) continue;
        yield tooLong(long, longest, false);
        long = undefined;
        chunk = chunk.subarray(first + 1);
      }
    }
    const last = chunk.lastIndexOf(0x0a);
    if (last === -1) {
      // Copy: the memory of the beginning may be reused before the line ends.
      if (rest.length === 1) rest = [Buffer.from(rest[0]!)];
      if (chunk.length > 0) rest.push(Buffer.from(chunk));
      held += chunk.length;
      continue;
    }
    const bytes = joined(rest, chunk);
    const stop = bytes.length - (chunk.length - last);
    // Keep a slice of the chunk, not of the joined buffer: the next chunk follows it in memory, so nothing has to
    // be copied.
    rest = last + 1 < chunk.length ? [chunk.subarray(last + 1)] : [];
    held = chunk.length - last - 1;
    yield { bytes, ends: newlines(bytes, stop), cut: false };
  }
  if (long) yield tooLong(long, longest, true);
  else if (rest.length > 0) {
    const bytes = Buffer.concat(rest);
    yield { bytes, ends: [bytes.length], cut: true };
  }
}

function tooLong(line: LongLine, longest: number, cut: boolean): LineBatch {
  const bytes = line.kept();
  return { bytes, ends: [bytes.length], cut, longest };
}

/** The beginning of a line plus the chunk it ends in. Nothing is copied if they are adjacent in memory. */
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
