/**
 * `make-messages.ts RECORD_SIZE BYTES` writes at least BYTES of RECORD lines to stdout, with a STATE after every
 * 1,000 and at the end. It repeats pages only at distances beyond a compressor's window, so that repetition does not
 * help compression.
 */
import { writeSync } from 'node:fs';
import { recordHead, Selection } from '@headrace/sdk/protocol';
import { pages } from './pages.ts';

const PAGES = 40;
const EVERY = 1000;

const [size, total] = process.argv.slice(2).map(Number) as [number, number];
const selection = new Selection({ records: 'issues' });
const head = recordHead('issues', undefined, 1_790_000_000_000);
const end = Buffer.from('}}\n');
const input = pages(size, PAGES).map((page) => selection.scan(page));

function state(at: number): Buffer {
  const stream = { stream_descriptor: { name: 'issues' }, stream_state: { at } };
  return Buffer.from(`${JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream } })}\n`);
}

let written = 0;
let records = 0;
for (let k = 0; written < total; k++) {
  const page = input[k % PAGES]!;
  const out: Uint8Array[] = [];
  for (let row = 0; row < page.count; row++) {
    out.push(head, page.record(row), end);
    if (++records % EVERY === 0) out.push(state(records));
  }
  const bytes = Buffer.concat(out);
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
  written += bytes.length;
}
writeSync(1, state(records));
