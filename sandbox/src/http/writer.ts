/** A growing byte buffer for rendering a page. Reused for the next page. */
export interface ByteWriter {
  bytes: Buffer;
  length: number;
}

/** @param capacity initial size in bytes */
export function byteWriter(capacity = 64 * 1024): ByteWriter {
  return { bytes: Buffer.allocUnsafeSlow(capacity), length: 0 };
}

/** The bytes written so far: a view that is valid until the next write. */
export function written(out: ByteWriter): Buffer {
  return out.bytes.subarray(0, out.length);
}

/** Makes room for `more` bytes after the written ones. */
export function reserve(out: ByteWriter, more: number): void {
  if (out.length + more <= out.bytes.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(out.bytes.length * 2, out.length + more));
  out.bytes.copy(larger, 0, 0, out.length);
  out.bytes = larger;
}

export function put(out: ByteWriter, bytes: Buffer): void {
  reserve(out, bytes.length);
  out.bytes.set(bytes, out.length);
  out.length += bytes.length;
}

/** A constant text, encoded once. */
export function piece(text: string): Buffer {
  return Buffer.from(text);
}

/** For texts shorter than this, a loop is faster than a call into the runtime. */
const SHORT = 40;

/** Appends an ASCII-only text. */
export function putAscii(out: ByteWriter, text: string): void {
  const size = text.length;
  reserve(out, size);
  const { bytes, length } = out;
  if (size < SHORT) for (let i = 0; i < size; i++) bytes[length + i] = text.charCodeAt(i);
  else bytes.write(text, length, 'latin1');
  out.length = length + size;
}

/** Appends a text as UTF-8. */
export function putText(out: ByteWriter, text: string): void {
  reserve(out, text.length * 3);
  out.length += out.bytes.write(text, out.length, 'utf8');
}

/** Appends a whole number from 0 to 2^53 - 1. */
export function putNumber(out: ByteWriter, value: number): void {
  reserve(out, 17);
  const { bytes } = out;
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  let rest = value;
  for (let at = out.length + digits - 1; at >= out.length; at--) {
    const next = Math.floor(rest / 10);
    bytes[at] = 48 + (rest - next * 10);
    rest = next;
  }
  out.length += digits;
}

/** Appends byte strings with commas between them: the elements of a JSON array. */
export function putRows(out: ByteWriter, rows: readonly Buffer[]): void {
  for (const [i, row] of rows.entries()) {
    if (i > 0) putAscii(out, ',');
    put(out, row);
  }
}
