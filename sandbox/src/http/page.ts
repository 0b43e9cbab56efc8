import { type ByteWriter, byteWriter } from './writer.ts';

/** Larger page buffers are not kept for the next page. */
const SPARE_BYTES = 8 * 1024 * 1024;
const SPARE_COUNT = 8;

/** Page buffers that no answer is using. */
export interface Spare {
  spare: ByteWriter[];
}

/** An empty page buffer. The server takes it back after sending the answer. */
export function page({ spare }: Spare): ByteWriter {
  const out = spare.pop() ?? byteWriter();
  out.length = 0;
  return out;
}

/** Keeps the buffer of a sent answer for the next page. */
export function giveBack({ spare }: Spare, body: Buffer | ByteWriter): void {
  if (Buffer.isBuffer(body) || body.bytes.length > SPARE_BYTES || spare.length >= SPARE_COUNT) return;
  spare.push(body);
}
