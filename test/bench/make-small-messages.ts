/**
 * `make-small-messages.ts COUNT` writes COUNT RECORD lines of about 250 bytes to stdout, with a STATE after every
 * 1,000.
 */
import { writeSync } from 'node:fs';

const EVERY = 1000;
const count = Number(process.argv[2]);

const pad = 'water gate '.repeat(12);
for (let at = 0; at < count; at += EVERY) {
  let text = '';
  for (let k = at; k < Math.min(at + EVERY, count); k++)
    text += `{"type":"RECORD","record":{"stream":"s","emitted_at":1790000000000,"data":{"id":${k},"text":"${pad}${k * 7919}"}}}\n`;
  text += `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"s"},"stream_state":{"at":${at}}}}}\n`;
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
}
