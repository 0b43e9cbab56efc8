/** `read-messages.ts headrace|readline` reads RECORD lines from stdin, and prints the bytes per second to stderr. */
import { createInterface } from 'node:readline';
import { MessageReader, readChunks, readLines } from '@headrace/sdk/protocol';

const started = process.hrtime.bigint();
let bytes = 0;
let records = 0;

async function headrace(): Promise<void> {
  const reader = new MessageReader();
  for await (const batch of readLines(readChunks(0, undefined, 'reused'))) {
    bytes += batch.ends.at(-1)! + 1;
    for (let k = 0; k < batch.ends.length; k++) {
      const line = reader.line(batch, k);
      if (line.kind !== 'record') throw new Error(`not a record: ${line.kind}`);
      records += line.data.length > 0 ? 1 : 0;
    }
  }
}

async function readline(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line) as { record: { data: object } };
    bytes += Buffer.byteLength(line) + 1;
    records += message.record.data ? 1 : 0;
  }
}

await (process.argv[2] === 'headrace' ? headrace() : readline());
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
process.stderr.write(JSON.stringify({ rate: bytes / seconds / 1e6, records }));
